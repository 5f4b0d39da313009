package op

import (
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
	to     []*Buffer
	spare  *Buffer // of sums under way; nil of a single slice
	fanout int     // subtrees that are added in one pass: fewer of large gradients, for each is kept until then
	apart  bool    // slices may be summed at the same time, as they share no memory
}

// large is how many numbers are kept at most for the sake of fewer passes.
const large = 1 << 23

// of has an operation make these gradients so.
func (s *slicedSum) of(f *fused, to ...*Buffer) {
	s.to = to
	f.slice = func(slices world.Slices) {
		s.Slices = slices
		if slices.Count() == 1 {
			return
		}
		size := 0
		for _, b := range to {
			size += b.Len()
		}
		for s.fanout = kernel.MostSummands; s.fanout > 2 && s.kept()*size > large; {
			s.fanout /= 2
		}
		s.spare = newBuffer(s.kept() * size)
		f.touched = append(f.touched, s.spare)
	}
}

// kept is how many gradients beside the sum are under way at most.
func (s *slicedSum) kept() (n int) {
	for count := s.Count(); count > 1; {
		subtrees := min(count, s.fanout)
		n += subtrees - 1
		count /= subtrees
	}
	return n
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
	n := min(count, s.fanout)
	parts := make([][][]float32, n) // of each subtree, what to has
	parts[0] = to
	for i := 1; i < n; i++ {
		for _, x := range to {
			parts[i], spare = append(parts[i], spare[:len(x)]), spare[len(x):]
		}
	}
	if n == count && s.apart {
		kernel.Parallel(n, func(i int) { leaf(parts[i], first+i) })
	} else {
		for i, part := range parts {
			s.subtree(part, spare, first+i*count/n, count/n, leaf)
		}
	}
	summands := make([][]float32, n)
	for k := range to {
		for i, part := range parts {
			summands[i] = part[k]
		}
		kernel.AddTree(summands...)
	}
}

// part is what belongs to one of n slices of rows of numbers, which lie row by row; nil of nil.
func part(rows []float32, slice, n int) []float32 {
	size := len(rows) / n
	return rows[slice*size:][:size]
}
