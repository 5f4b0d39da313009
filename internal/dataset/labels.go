package dataset

import (
	"fmt"
	"slices"
	"strings"
)

// Labeled reports whether every image of the split has a label.
func (s Split) Labeled() bool {
	if s.Set.Labels == nil {
		return false
	}
	for _, i := range s.Index {
		if s.Set.Labels[i] < 0 {
			return false
		}
	}
	return true
}

// Labels returns the labels [N] of the split's images, indices into the set's
// Classes; the set must have labels.
func (s Split) Labels() []int {
	labels := make([]int, len(s.Index))
	for i, index := range s.Index {
		labels[i] = s.Set.Labels[index]
	}
	return labels
}

// Relabelled is the split with its labels as indices into classes; ok is false where an image has another label, or none.
func (s Split) Relabelled(classes []string) (relabelled Split, ok bool) {
	if slices.Equal(s.Set.Classes, classes) {
		return s, true
	}
	if s.Set.Labels == nil {
		return s, s.Len() == 0
	}
	index := make(map[string]int, len(classes))
	for i, class := range classes {
		index[class] = i
	}
	set := *s.Set
	set.Classes, set.Labels = classes, slices.Clone(set.Labels)
	for _, i := range s.Index {
		at, known := index[s.Set.Label(i)]
		if !known {
			return s, false
		}
		set.Labels[i] = at
	}
	return Split{Set: &set, Index: s.Index, Dynamic: s.Dynamic}, true
}

// unlearned warns of classes that test images have and training images, with those for validation, have not.
func (l *loaded) unlearned() []string {
	if l.test == nil || l.test.Labels == nil || l.train.Labels == nil {
		return nil
	}
	learned := l.train.labelled()
	if !slices.Contains(learned, true) {
		return nil
	}
	var missing []string
	for i, there := range l.test.labelled() {
		if there && !learned[i] {
			missing = append(missing, fmt.Sprintf("%q", l.test.Classes[i]))
		}
	}
	const most = 5
	switch n := len(missing); {
	case n == 0:
		return nil
	case n > most:
		missing = append(missing[:most], fmt.Sprintf("and %d more", n-most))
	}
	return []string{"no training image has a label that test images have: " + strings.Join(missing, ", ")}
}

// labelled tells of each class whether an image has it.
func (s *Set) labelled() []bool {
	there := make([]bool, len(s.Classes))
	for _, l := range s.Labels {
		if l >= 0 {
			there[l] = true
		}
	}
	return there
}
