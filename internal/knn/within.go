package knn

import (
	"math/bits"
	"slices"

	"vae/internal/kernel"
)

// Within says for each row of query [Q, l], all finite, whether it lies within the ball
// around some row of among [N, l], or on its border. Squared radii [N] are given.
func Within(query, among []float32, l int, radii []float64) []bool {
	center := centerOf(among, l)
	b := &balls{query: newRows(query, l, center), among: newRows(among, l, center), radii: radii}
	b.half = make([]float32, len(radii))
	for i, r := range radii {
		b.half[i] = float32((b.among.squared[i] - r) / 2)
	}
	inside := make([]bool, b.query.count())
	kernel.Parallel((len(inside)+narrowTile-1)/narrowTile, func(t int) {
		first := t * narrowTile
		b.look(first, inside[first:min(first+narrowTile, len(inside))])
	})
	return inside
}

// balls are rows with a radius each.
type balls struct {
	query, among *rows
	radii        []float64 // squared
	half         []float32 // half of squared length less squared radius
}

// look marks which of a run of queries are inside.
func (b *balls) look(first int, inside []bool) {
	l, dots, mask := b.query.l, make([]float32, len(inside)*amongBlock), make([]uint64, amongBlock/64)
	for from := 0; from < b.among.count() && slices.Contains(inside, false); from += amongBlock {
		to := min(from+amongBlock, b.among.count())
		n := to - from
		kernel.MatMulNT(dots[:len(inside)*n], b.query.x[first*l:(first+len(inside))*l], b.among.x[from*l:to*l], len(inside), n, l, false)
		longest := b.among.longest(span{from, to}) + slices.Max(b.radii[from:to])
		for i := range inside {
			inside[i] = inside[i] || b.holds(first+i, from, dots[i*n:(i+1)*n], longest, mask[:(n+63)/64])
		}
	}
}

// holds says whether query q, whose products with a block of rows are given, lies within
// the ball of one of them. longest is at least the sum of a squared length and a squared radius.
func (b *balls) holds(q, from int, dots []float32, longest float64, mask []uint64) bool {
	length := b.query.squared[q]
	kernel.NotAbove(mask, b.half[from:from+len(dots)], dots, up((b.among.bound(length, longest)-length)/2))
	for at, word := range mask {
		for ; word != 0; word &= word - 1 {
			i := from + 64*at + bits.TrailingZeros64(word)
			if kernel.SquaredDistance(b.query.row(q), b.among.row(i)) <= b.radii[i] {
				return true
			}
		}
	}
	return false
}
