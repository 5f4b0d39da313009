package cli

import (
	"testing"

	"vae/internal/dataset"
)

// TestOfClasses: names with blanks in them are no lists of names, and fewer classes than the model's in another order are taken.
func TestOfClasses(t *testing.T) {
	m, err := loadModel(conditionalFile(t, "a b", "c"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		classes []string
		want    string
	}{
		{[]string{"a b", "c"}, ""},
		{[]string{"c"}, ""},
		{[]string{"c", "a b"}, ""},
		{[]string{"a", "b c"}, m.file + ": conditional on the labels a b, c; photos has a, b c: other labels cannot be measured"},
		{[]string{"b"}, m.file + ": conditional on the labels a b, c; photos has b: other labels cannot be measured"},
		{nil, m.file + ": conditional on the labels a b, c; photos has images without one: other labels cannot be measured"},
	} {
		set := &dataset.Set{Classes: c.classes, Pixels: make([]uint8, 64)}
		if c.classes != nil {
			set.Labels = []int{0}
		}
		split := dataset.Split{Set: set, Index: []int{0}}
		got := ""
		relabelled, err := ofClasses(m, &dataset.Splits{Name: "photos"}, split)
		if err != nil {
			got = err.Error()
		} else if name := relabelled.Set.Label(0); name != c.classes[0] || m.Classes()[relabelled.Labels()[0]] != name {
			t.Errorf("%q became %q", c.classes[0], name)
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.classes, got, c.want)
		}
	}
}
