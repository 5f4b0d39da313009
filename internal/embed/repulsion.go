package embed

import (
	"context"
	"sync"

	"vae/internal/kernel"
)

// repulsion is what all rows of a map do to each: for row i the sum over others j of
// q^2 (yi - yj), q = 1/(1 + |yi - yj|^2), and Z, the sum of q over all pairs (van der Maaten
// 2014, section 4.2). Rows that follow each other on the curve see the tree as one: a cell is
// opened for all of them if it is too near to any.
type repulsion struct {
	tree  *quadtree
	force []float32 // [N, 2] by rows
	sums  []float64 // of q, by groups
	lists sync.Pool // of *[]float32
	all   []float32 // every row as a body, where the tree is not to be used
}

// groupRows is how many rows share a walk. More walk less, and see more bodies.
const groupRows = 4 * kernel.RepulsionPoints

func newRepulsion(n int, theta float64) *repulsion {
	r := &repulsion{tree: newQuadtree(n, theta), force: make([]float32, 2*n), sums: make([]float64, (n+groupRows-1)/groupRows)}
	r.lists.New = func() any { return new([]float32) }
	return r
}

// run computes the forces at the places y [N, 2], and Z.
func (r *repulsion) run(ctx context.Context, y []float32) (z float64, err error) {
	r.tree.build(y)
	if r.tree.theta == 0 {
		r.all = r.tree.bodies(r.all[:0], boxOf(y))
	}
	err = eachRows(ctx, len(y)/2, func(from, to int) {
		list := r.lists.Get().(*[]float32)
		defer r.lists.Put(list)
		for g := from; g < to; g += groupRows {
			r.group(list, g, min(g+groupRows, to))
		}
	})
	for _, s := range r.sums {
		z += s
	}
	return z, err
}

// group computes those of the rows [from, to) of the order.
func (r *repulsion) group(list *[]float32, from, to int) {
	xy := r.tree.xy[2*from : 2*to]
	bodies := r.all
	if r.tree.theta > 0 {
		*list = r.tree.bodies((*list)[:0], boxOf(xy))
		bodies = *list
	}
	total := 0.0
	for lanes := from; lanes < to; lanes += kernel.RepulsionPoints {
		total += r.lanes(bodies, lanes, min(lanes+kernel.RepulsionPoints, to))
	}
	r.sums[from/groupRows] = total
}

// lanes computes those of as many rows [from, to) as the kernel takes, or fewer, and the sum
// of their q.
func (r *repulsion) lanes(bodies []float32, from, to int) (total float64) {
	const lanes = kernel.RepulsionPoints
	var points [2 * lanes]float32
	var sums [3 * lanes]float32
	for i := range lanes {
		at := min(from+i, to-1) // lanes without a row repeat the last
		points[i], points[lanes+i] = r.tree.xy[2*at], r.tree.xy[2*at+1]
	}
	kernel.Repulsion(sums[:], points[:], bodies)
	for i, row := range r.tree.order[from:to] {
		r.force[2*row], r.force[2*row+1] = sums[i], sums[lanes+i]
		total += float64(sums[2*lanes+i]) - 1 // without what the row is to itself
	}
	return total
}
