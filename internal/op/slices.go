package op

import (
	"math/bits"

	"vae/internal/kernel"
	"vae/internal/world"
)

// Sliced is an operation that sums over the rows of a batch. Slice, before its memory is placed, has
// these sums made of slices; without it there is one, of all rows.
type Sliced interface{ Slice(world.Slices) }

// Slice implements Sliced; an operation that sums over no rows has nothing to do.
func (f *fused) Slice(s world.Slices) {
	if f.slice != nil {
		f.slice(s)
	}
}

// slicedSum makes gradients of parameters, of several buffers, as a tree over slices of the rows.
type slicedSum struct {
	world.Slices
	to    []*Buffer
	spare *Buffer // of sums under way: for each level of the tree as much as to has; nil of a single slice
}

// of has an operation make these gradients so.
func (s *slicedSum) of(f *fused, to ...*Buffer) {
	s.to = to
	f.slice = func(slices world.Slices) {
		s.Slices = slices
		if levels := bits.Len(uint(slices.Count())) - 1; levels > 0 {
			size := 0
			for _, b := range to {
				size += b.Len()
			}
			s.spare = newBuffer(levels * size)
			f.touched = append(f.touched, s.spare)
		}
	}
}

// run has leaf write, for each slice, what it adds to the buffers, to memory of their lengths.
func (s *slicedSum) run(leaf func(to [][]float32, slice int)) {
	to := make([][]float32, len(s.to))
	for i, b := range s.to {
		to[i] = b.data
	}
	if s.Count() == 1 {
		leaf(to, 0)
		return
	}
	s.subtree(to, s.spare.data, 0, s.Count(), leaf)
}

func (s *slicedSum) subtree(to [][]float32, spare []float32, first, count int, leaf func(to [][]float32, slice int)) {
	if count == 1 {
		leaf(to, first)
		return
	}
	right := make([][]float32, len(to))
	for i, x := range to {
		right[i], spare = spare[:len(x)], spare[len(x):]
	}
	s.subtree(to, spare, first, count/2, leaf)
	s.subtree(right, spare, first+count/2, count/2, leaf)
	for i, x := range to {
		kernel.Add(x, x, right[i])
	}
}

// part is what belongs to one of n slices of rows of numbers, which lie row by row; nil of nil.
func part(rows []float32, slice, n int) []float32 {
	size := len(rows) / n
	return rows[slice*size:][:size]
}
