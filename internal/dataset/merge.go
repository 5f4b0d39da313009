package dataset

import (
	"fmt"
	"slices"

	"vae/internal/config"
)

// merged is what was loaded with copies of the test images among the training images, as
// some published figures are of all images there are.
func (l *loaded) merged() (*loaded, error) {
	if l.test == nil { // the images that are drawn for the test stay where they are
		return l, nil
	}
	a, b := l.train, l.test
	if a.Shape != b.Shape || (a.Deep == nil) != (b.Deep == nil) || (a.Real == nil) != (b.Real == nil) || !slices.Equal(a.table, b.table) ||
		!slices.Equal(a.Classes, b.Classes) || (a.Labels == nil) != (b.Labels == nil) {
		return nil, fmt.Errorf("%s: the test images are of another form than the training images (size, depth, range or labels), so that they are no set together: leave it out",
			config.Mention("data.merge_test"))
	}
	at := a.Len() - l.validation
	pixels := at * a.Shape.Pixels()
	out := *l
	out.train = &Set{
		Shape: a.Shape, Classes: a.Classes, Low: a.Low, High: a.High, table: a.table, Labels: between(a.Labels, b.Labels, at),
		Pixels: between(a.Pixels, b.Pixels, pixels), Deep: between(a.Deep, b.Deep, pixels), Real: between(a.Real, b.Real, pixels),
	}
	if a.Names != nil || b.Names != nil {
		out.train.Names = between(names(a), names(b), at)
	}
	return &out, nil
}

// between puts b into a at a place; nil into nil is nil.
func between[T any](a, b []T, at int) []T {
	if len(a)+len(b) == 0 {
		return nil
	}
	return slices.Concat(a[:at], b, a[at:])
}

// names are those of all images of a set.
func names(s *Set) []string {
	all := make([]string, s.Len())
	for i := range all {
		all[i] = s.Name(i)
	}
	return all
}

const mergedWarning = "the test images are among the training images: figures of them say nothing about other images"
