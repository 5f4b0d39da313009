package cli

import (
	"testing"

	"vae/internal/dataset"
)

// TestSameClasses: names with blanks in them are no lists of names.
func TestSameClasses(t *testing.T) {
	m, err := loadModel(conditionalFile(t, "a b", "c"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		classes []string
		want    string
	}{
		{[]string{"a b", "c"}, ""},
		{[]string{"a", "b c"}, m.file + ": conditional on the labels a b, c; photos has a, b c: other labels cannot be measured"},
		{[]string{"a b"}, m.file + ": conditional on the labels a b, c; photos has a b: other labels cannot be measured"},
		{nil, m.file + ": conditional on the labels a b, c; photos has images without one: other labels cannot be measured"},
	} {
		set := &dataset.Set{Classes: c.classes, Pixels: make([]uint8, 64)}
		if c.classes != nil {
			set.Labels = []int{0}
		}
		split := dataset.Split{Set: set, Index: []int{0}}
		got := ""
		if err := sameClasses(m, &dataset.Splits{Name: "photos", Train: split}, split); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.classes, got, c.want)
		}
	}
}
