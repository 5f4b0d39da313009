package knn

import (
	"math"
	"math/bits"

	"vae/internal/kernel"
	"vae/internal/rng"
)

// sampled is how many rows a sample has.
const sampled = 2048

// sample is some of the rows, from which the distance of the k-th neighbor is guessed, so
// that few rows are taken before it is known. Where the guess is too small, and only then,
// the search is done again without.
type sample struct {
	x    []float32 // [S, L], less the center
	half []float32 // [S]
	rank int       // the neighbor in the sample at whose distance there are some more than k rows
}

// newSample returns nil where a guess is of no use.
func newSample(of *rows, k int) *sample {
	n := of.count()
	if n < 4*sampled || k > n/8 {
		return nil
	}
	r := rng.Stream(0, "sample of neighbors")
	s := &sample{}
	for j := range sampled { // one of each stretch of rows
		from, to := j*n/sampled, (j+1)*n/sampled
		i := from + r.IntN(to-from)
		s.x, s.half = append(s.x, of.moved(i)...), append(s.half, of.half[i])
	}
	expected := float64(k) * sampled / float64(n)
	s.rank = int(math.Ceil(expected + 3*math.Sqrt(expected) + 2))
	return s
}

// guess limits what each query takes.
func (w *worker) guess() {
	dots, n := w.products(w.sample.x), len(w.sample.half)
	for i := range w.queries {
		if b := &w.best[i]; !b.exact {
			b.guess = b.length + 2*w.sample.quantile(dots[i*n:(i+1)*n], b.length) + 2*b.bound
			b.within(b.guess)
		}
	}
}

// quantile is a number that at least rank, and if possible no more than a quarter more, of
// the differences of half and product do not exceed. They are not below -length/2, but for
// rounding.
func (s *sample) quantile(dots []float32, length float64) float64 {
	least, most := -length/2, math.Max(length, math.SmallestNonzeroFloat32)
	for s.count(dots, most) < s.rank {
		least, most = most, 2*most
	}
	for range 20 {
		middle := (least + most) / 2
		switch n := s.count(dots, middle); {
		case n < s.rank:
			least = middle
		case n <= s.rank*5/4:
			return middle
		default:
			most = middle
		}
	}
	return most
}

// count is how many differences of half and product do not exceed a limit.
func (s *sample) count(dots []float32, limit float64) int {
	var mask [sampled / 64]uint64
	kernel.NotAbove(mask[:], s.half, dots, up(limit))
	n := 0
	for _, word := range mask {
		n += bits.OnesCount64(word)
	}
	return n
}
