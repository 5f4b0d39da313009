package cli

import (
	"reflect"
	"slices"
	"testing"
)

// A film of two rows of three columns shows both at once, stands still at its ends, and has with
// each frame the text of its column.
func TestColumnFrames(t *testing.T) {
	order, frames := columnFrames(2, 3)
	end := slices.Repeat([]int{0}, filmPause)
	if want := slices.Concat(end, []int{0, 1, 2}, slices.Repeat([]int{2}, filmPause), []int{1}); !slices.Equal(order, want) {
		t.Fatalf("order %v, want %v", order, want)
	}
	texts := captions("value ", []string{"-1", "0", "1"}, order)
	for i, column := range order {
		if want := []int{column, 3 + column}; !reflect.DeepEqual(frames[i], want) {
			t.Errorf("frame %d shows images %v, want %v", i, frames[i], want)
		}
		if want := []string{"value -1", "value 0", "value 1"}[column]; texts[i] != want {
			t.Errorf("frame %d says %q, want %q", i, texts[i], want)
		}
	}
	if got := filmOrder(1, true); len(got) != 1+filmPause {
		t.Errorf("one image: %v", got)
	}
}
