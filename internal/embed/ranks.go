package embed

import (
	"context"
	"sort"

	"vae/internal/kernel"
	"vae/internal/knn"
)

// A rank is how manieth nearest a row is: 1 for the nearest. A neighbor on the map whose rank
// among the rows is beyond k came in from afar, by as much as the rank is beyond it; one of
// the rows whose rank on the map is beyond k was torn away (Venna and Kaski 2001).

// ranks are trustworthiness and continuity of the map as a sample of rows sees it.
func (r *comparison) ranks(ctx context.Context, rows, onMap *knn.Graph, k int) (trust, continuity float64, err error) {
	seen := sampleOf(len(rows.Index)/rows.K, qualityRanks)
	intruded, torn := make([]int, len(seen)), make([]int, len(seen))
	kernel.Parallel(len(seen), func(s int) {
		if ctx.Err() != nil {
			return
		}
		row := r.row(seen[s])
		a, _ := near(rows, seen[s])
		b, _ := near(onMap, seen[s])
		intruded[s] = beyond(r.x, r.l, row, b[:k])
		torn[s] = beyond(r.places, 2, row, a[:k])
	})
	if err := ctx.Err(); err != nil {
		return 0, 0, err
	}
	norm := 2 / (float64(len(seen)*k) * float64(2*r.n-3*k-1))
	for s := range seen {
		trust += norm * float64(intruded[s])
		continuity += norm * float64(torn[s])
	}
	return 1 - trust, 1 - continuity, nil
}

// beyond is the sum of what the ranks of some rows, as seen from one, are beyond their number.
func beyond(x []float32, l, row int, others []int32) int {
	limits := make([]distanceTo, len(others))
	for i, j := range others {
		limits[i] = distanceTo{squaredDistance(x, l, row, int(j)), int(j)}
	}
	sort.Slice(limits, func(i, j int) bool { return limits[i].less(limits[j]) })
	nearer := make([]int, len(limits)+1) // rows that are nearer than limit i and no earlier one
	for j := range len(x) / l {
		if j == row {
			continue
		}
		d := distanceTo{squaredDistance(x, l, row, j), j}
		nearer[sort.Search(len(limits), func(i int) bool { return d.less(limits[i]) })]++
	}
	sum, rank := 0, 1
	for i := range limits {
		rank += nearer[i]
		sum += max(0, rank-len(limits))
	}
	return sum
}

// distanceTo is a squared distance to a row. Of equal ones that of the row with the smaller
// index is less.
type distanceTo struct {
	squared float64
	row     int
}

func (d distanceTo) less(other distanceTo) bool {
	return d.squared < other.squared || d.squared == other.squared && d.row < other.row
}

// squaredDistance of two rows in float64, in four sums, that of column j in sum j mod 4.
func squaredDistance(x []float32, l, a, b int) float64 {
	p, q := x[a*l:(a+1)*l], x[b*l:(b+1)*l]
	q = q[:len(p)]
	var s0, s1, s2, s3 float64
	j := 0
	for ; j+4 <= len(p); j += 4 {
		d0, d1 := float64(p[j])-float64(q[j]), float64(p[j+1])-float64(q[j+1])
		d2, d3 := float64(p[j+2])-float64(q[j+2]), float64(p[j+3])-float64(q[j+3])
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
	}
	for ; j < len(p); j++ {
		d := float64(p[j]) - float64(q[j])
		s0 += d * d
	}
	return s0 + s1 + (s2 + s3)
}
