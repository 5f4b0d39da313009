package world

import (
	"encoding/binary"
	"math"
)

// Slices are the equal parts that the rows of a batch are cut into, in their order, for sums over
// rows. Such a sum is the balanced binary tree over the slices of all processes, of which each has
// an aligned subtree: how many slices there are decides its last bits, and how many processes there
// are does not. What is summed within a slice is in the order of its rows.
type Slices struct {
	Own   int   // of this process, a power of two
	World World // nil where there is no other
}

// Count is how many slices of its own a process has, 1 at least.
func (s Slices) Count() int { return max(s.Own, 1) }

// Shared says that there are other processes.
func (s Slices) Shared() bool { return s.World != nil && s.World.Size() > 1 }

// First says that this is the process whose say counts where one is enough.
func (s Slices) First() bool { return !s.Shared() || s.World.Rank() == 0 }

// Total returns the sum of n numbers over all slices of all processes. Each own slice adds what it has
// to zeros. After an error of the world, which its next call returns, it is that of the own slices.
func (s Slices) Total(n int, of func(sum []float64, slice int)) []float64 {
	parts := make([]float64, n*s.Count())
	for i := range s.Count() {
		of(parts[i*n:][:n], i)
	}
	return s.Tree(parts, n)
}

// Tree is Total of rows of n numbers, one for each own slice, which it writes over.
func (s Slices) Tree(parts []float64, n int) []float64 {
	own := tree(parts, n)
	if !s.Shared() {
		return own
	}
	bytes := make([]byte, 8*n)
	for i, v := range own {
		binary.LittleEndian.PutUint64(bytes[8*i:], math.Float64bits(v))
	}
	all, err := s.World.Gather(bytes)
	if err != nil {
		return own
	}
	rows := make([]float64, 0, n*len(all))
	for _, bytes := range all {
		for i := range n {
			rows = append(rows, math.Float64frombits(binary.LittleEndian.Uint64(bytes[8*i:])))
		}
	}
	return tree(rows, n)
}

// tree adds rows of n numbers, a power of two of them, as a balanced tree, in the first.
func tree(rows []float64, n int) []float64 {
	for step := n; step < len(rows); step *= 2 {
		for i := 0; i+step < len(rows); i += 2 * step {
			to := rows[i:][:n]
			for j, v := range rows[i+step:][:n] {
				to[j] += v
			}
		}
	}
	return rows[:n]
}
