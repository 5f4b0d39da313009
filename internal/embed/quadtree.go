package embed

import (
	"math"

	"vae/internal/kernel"
)

// quadtree is the tree of Barnes and Hut (1986) over places in the plane. Rows stand in the
// order of a Hilbert curve, in which the rows of a cell follow each other and those of a
// group are near each other.
type quadtree struct {
	theta float64
	order []int32   // [N] rows along the curve
	xy    []float32 // [N, 2] their places
	nodes []node    // a cell, then all within it
	keys  [2][]uint64
	parts []treePart
}

// node is a cell of the tree: where its rows are in the mean, and how many.
type node struct {
	x, y, mass float32
	reach      float32 // squared distance beyond which the cell is seen as one body
	skip       int32   // the node behind all within the cell
	first      int32   // the rows of a leaf, by their place in the order
	count      int32   // 0 of a cell that has cells in it
}

const (
	leafRows = 16 // most rows of a leaf, unless its cell is the smallest there is
	lumpRows = 64 // rows of a smallest cell that are seen one by one
)

func newQuadtree(n int, theta float64) *quadtree {
	t := &quadtree{theta: theta, order: make([]int32, n), xy: make([]float32, 2*n)}
	for i := range t.order {
		t.order[i] = int32(i)
	}
	t.keys = [2][]uint64{make([]uint64, n), make([]uint64, n)}
	return t
}

// build makes the tree of the places y [N, 2].
func (t *quadtree) build(y []float32) {
	box := boxOf(y)
	side := max(box.x1-box.x0, box.y1-box.y0)
	scale := float32(0)
	if side > 1e-30 {
		scale = (1 << hilbertBits) * 0.99999 / side
	}
	n := len(t.order)
	inRuns(n, func(from, to int) {
		for r := from; r < to; r++ {
			i := t.order[r]
			key := hilbert(uint32((y[2*i]-box.x0)*scale), uint32((y[2*i+1]-box.y0)*scale))
			t.keys[0][r] = uint64(key)<<32 | uint64(i)
		}
	})
	t.sort()
	inRuns(n, func(from, to int) {
		for r := from; r < to; r++ {
			i := int32(t.keys[0][r])
			t.order[r] = i
			t.xy[2*r], t.xy[2*r+1] = y[2*i], y[2*i+1]
		}
	})
	t.grow(side, partRows)
}

// sort orders the keys by their upper half, rows of one cell as they stood before.
func (t *quadtree) sort() {
	const digit = 11
	for shift := 32; shift < 64; shift += digit {
		var place [1<<digit + 1]int32
		for _, k := range t.keys[0] {
			place[k>>shift&(1<<digit-1)+1]++
		}
		for i := range len(place) - 1 {
			place[i+1] += place[i]
		}
		for _, k := range t.keys[0] {
			at := &place[k>>shift&(1<<digit-1)]
			t.keys[1][*at] = k
			*at++
		}
		t.keys[0], t.keys[1] = t.keys[1], t.keys[0]
	}
}

// bodies appends to list what the rows of a box see, three numbers each: far cells as one
// body, the others row by row.
func (t *quadtree) bodies(list []float32, b box) []float32 {
	cx, cy, hx, hy := (b.x0+b.x1)/2, (b.y0+b.y1)/2, (b.x1-b.x0)/2, (b.y1-b.y0)/2
	for k := 0; k < len(t.nodes); {
		d := &t.nodes[k]
		dx, dy := outside(d.x-cx, hx), outside(d.y-cy, hy)
		switch {
		case float32(dx*dx)+float32(dy*dy) > d.reach || d.count > lumpRows && t.theta > 0:
			list = append(list, d.x, d.y, d.mass)
			k = int(d.skip)
		case d.count > 0:
			xy := t.xy[2*d.first : 2*(d.first+d.count)]
			for r := 0; r < len(xy); r += 2 {
				list = append(list, xy[r], xy[r+1], 1)
			}
			k = int(d.skip)
		default:
			k++
		}
	}
	return list
}

// outside is how far a distance goes beyond half a side, or 0.
func outside(d, half float32) float32 {
	d = math.Float32frombits(math.Float32bits(d)&^(1<<31)) - half
	b := int32(math.Float32bits(d))
	return math.Float32frombits(uint32(b &^ (b >> 31)))
}

// box is where places lie.
type box struct{ x0, y0, x1, y1 float32 }

// boxOf holds all places, at least one.
func boxOf(y []float32) box {
	b := box{y[0], y[1], y[0], y[1]}
	for i := 2; i < len(y); i += 2 {
		b.x0, b.x1 = min(b.x0, y[i]), max(b.x1, y[i])
		b.y0, b.y1 = min(b.y0, y[i+1]), max(b.y1, y[i+1])
	}
	return b
}

// inRuns calls do for runs of n rows at the same time.
func inRuns(n int, do func(from, to int)) {
	const run = 4096
	kernel.Parallel((n+run-1)/run, func(i int) { do(i*run, min((i+1)*run, n)) })
}
