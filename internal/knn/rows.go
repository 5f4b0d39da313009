package knn

import (
	"math"
	"slices"

	"vae/internal/kernel"
)

// The square of a distance is |q|^2 + 2 (|x|^2/2 - q·x), with products in float32.
// That is only a first look: a pair whose distance could matter, given the bound of
// the rounding error, is computed again in float64. So results are those of float64
// throughout. Rows far from 0 next to their distances are first moved by a center, as
// the error grows with their lengths.

// rows is a matrix and the squared lengths of its rows.
type rows struct {
	given   []float32 // [N, L]
	l       int
	center  []float32 // [L], nil for 0
	x       []float32 // [N, L], given less center, rounded to float32: what lengths and products are of
	squared []float64 // [N]
	half    []float32 // [N], halves of the same
	chunks  []float64 // the greatest of each chunk of squared lengths
}

// chunk is how many rows are looked at together.
const chunk = 64

// newRows takes the rows of x, and of what is searched together all with one center.
func newRows(x []float32, l int, center []float32) *rows {
	n := len(x) / l
	chunks := (n + chunk - 1) / chunk
	r := &rows{given: x, l: l, center: center, x: x}
	if center != nil {
		r.x = make([]float32, len(x))
	}
	r.squared, r.half, r.chunks = make([]float64, n), make([]float32, n), make([]float64, chunks)
	kernel.Parallel(chunks, func(c int) {
		for i := c * chunk; i < min((c+1)*chunk, n); i++ {
			r.move(i)
			sum := 0.0
			for _, v := range r.moved(i) {
				sum += float64(v) * float64(v)
			}
			r.squared[i], r.half[i], r.chunks[c] = sum, float32(sum/2), max(r.chunks[c], sum)
		}
	})
	return r
}

// longest is at least the greatest squared length of a part of the rows.
func (r *rows) longest(part span) float64 {
	longest := 0.0
	for _, v := range r.chunks[part.from/chunk : (part.to+chunk-1)/chunk] {
		longest = max(longest, v)
	}
	return longest
}

// move subtracts the center from row i.
func (r *rows) move(i int) {
	row, moved := r.row(i), r.moved(i)
	for j, v := range r.center {
		moved[j] = row[j] - v
	}
}

func (r *rows) row(i int) []float32 { return r.given[i*r.l : (i+1)*r.l] }

func (r *rows) moved(i int) []float32 { return r.x[i*r.l : (i+1)*r.l] }

func (r *rows) count() int { return len(r.squared) }

// bound is more than the error of |q|^2 + 2 (half[i] - q·x), with the difference
// in float32 and the rest in float64, for rows of these squared lengths, or shorter ones.
// A chain of L multiplications and additions in float32 is off by at most
// (L+1) 2^-24 |q| |x| (Higham 2002, section 3.1), and by 2^-126 for each number,
// product or sum that is too small; half and the difference are off by 2^-24 of
// themselves. Where something may overflow nothing is known.
//
// Rows less a center are rounded once more, each number by at most 2^-24 of what it becomes
// (a difference that is denormal is exact). So they are off by at most 2^-24 of their lengths
// q and x, a distance d <= q+x between them by e = 2^-24 (q+x), and its square by no more
// than e (2d+e) = 2^-23 (1+2^-25) (q+x)^2. The distance in float64 is of the rows as given,
// and off by a part of itself.
func (r *rows) bound(query, among float64) float64 {
	q, x := math.Sqrt(query), math.Sqrt(among)
	if q*x > 1e37 || among > 1e37 {
		return math.Inf(1)
	}
	terms, moved := 2.1*float64(r.l+2), 0.0
	if r.center != nil {
		moved = 0x1.1p-23 * (q + x) * (q + x)
	}
	return terms*(0x1p-24*q*x+0x1p-125*(1+q+x)) + 0x1.1p-23*(q*x+among) + 1e-12*terms*(query+among) + moved
}

// usual is a squared length that few rows exceed, as the bound of those that do is of
// no use to others.
func (r *rows) usual() float64 {
	const looked = 1 << 10
	step := (r.count() + looked - 1) / looked
	var some []float64
	for i := 0; i < r.count(); i += step {
		some = append(some, r.squared[i])
	}
	slices.Sort(some)
	return min(64*some[len(some)/2], r.longest(span{0, r.count()}))
}
