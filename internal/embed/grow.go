package embed

import (
	"math"

	"vae/internal/kernel"
)

// partRows is how many rows a part of the tree has at most that is made by itself.
const partRows = 2048

// treePart is the cell of some rows in order, and its nodes: the same as if they were made
// where they come to stand, but for that place.
type treePart struct {
	from, to, bits int
	side           float32
	nodes          []node
}

// grow makes the nodes of a square, parts of it at the same time. They do not depend on the
// size of the parts.
func (t *quadtree) grow(side float32, partRows int) {
	b := &treeBuilder{keys: t.keys[0], xy: t.xy, theta: t.theta, partRows: partRows, parts: t.parts[:0]}
	b.plan(0, len(t.order), 2*hilbertBits, side)
	t.parts = b.parts
	kernel.Parallel(len(t.parts), func(i int) {
		p := &t.parts[i]
		own := &treeBuilder{keys: t.keys[0], xy: t.xy, theta: t.theta, nodes: p.nodes[:0]}
		own.cell(p.from, p.to, p.bits, p.side)
		p.nodes = own.nodes
	})
	b.nodes = t.nodes[:0]
	b.cell(0, len(t.order), 2*hilbertBits, side)
	t.nodes = b.nodes
}

// treeBuilder makes nodes of rows in order.
type treeBuilder struct {
	keys     []uint64
	xy       []float32
	theta    float64
	nodes    []node
	partRows int        // 0 for a builder that makes all by itself
	parts    []treePart // in order
}

// plan lists the parts of a cell. The memory of those before is used again.
func (b *treeBuilder) plan(from, to, bits int, side float32) {
	if b.isPart(from, to, bits) {
		at := len(b.parts)
		if b.parts = b.parts[:min(at+1, cap(b.parts))]; len(b.parts) == at {
			b.parts = append(b.parts, treePart{})
		}
		b.parts[at] = treePart{from, to, bits, side, b.parts[at].nodes}
		return
	}
	for from < to {
		end := b.quadrantEnd(from, to, bits-2)
		b.plan(from, end, bits-2, side/2)
		from = end
	}
}

func (b *treeBuilder) isPart(from, to, bits int) bool { return to-from <= b.partRows || bits == 0 }

// cell appends the node of the rows [from, to), at least one, that share all but the last
// bits of their keys, and those within it.
func (b *treeBuilder) cell(from, to, bits int, side float32) {
	switch {
	case b.partRows > 0 && b.isPart(from, to, bits):
		b.graft()
	case to-from <= leafRows || bits == 0:
		b.leaf(from, to, side)
	default:
		b.inner(from, to, bits-2, side)
	}
}

// graft appends the next part.
func (b *treeBuilder) graft() {
	base := int32(len(b.nodes))
	b.nodes = append(b.nodes, b.parts[0].nodes...)
	b.parts = b.parts[1:]
	for i := int(base); i < len(b.nodes); i++ {
		b.nodes[i].skip += base
	}
}

// reach is the squared distance beyond which a cell is seen as one body.
func (b *treeBuilder) reach(side float32) float32 {
	if b.theta == 0 {
		return float32(math.Inf(1))
	}
	reach := side / float32(b.theta)
	return reach * reach
}

func (b *treeBuilder) leaf(from, to int, side float32) {
	var x, y float32
	for r := from; r < to; r++ {
		x += b.xy[2*r]
		y += b.xy[2*r+1]
	}
	mass := float32(to - from)
	b.nodes = append(b.nodes, node{x / mass, y / mass, mass, b.reach(side), int32(len(b.nodes) + 1), int32(from), int32(to - from)})
}

// inner appends a cell of cells that share all but these bits.
func (b *treeBuilder) inner(from, to, bits int, side float32) {
	at := len(b.nodes)
	b.nodes = append(b.nodes, node{})
	var x, y, mass float32
	for from < to {
		end := b.quadrantEnd(from, to, bits)
		child := len(b.nodes)
		b.cell(from, end, bits, side/2)
		c := &b.nodes[child]
		x += float32(c.x * c.mass)
		y += float32(c.y * c.mass)
		mass += c.mass
		from = end
	}
	b.nodes[at] = node{x / mass, y / mass, mass, b.reach(side), int32(len(b.nodes)), 0, 0}
}

// quadrantEnd is where the rows end that are in the same quarter of a cell as the first.
func (b *treeBuilder) quadrantEnd(from, to, bits int) int {
	quarter := b.keys[from] >> (32 + bits)
	low, high := from+1, to
	for low < high {
		middle := (low + high) / 2
		if b.keys[middle]>>(32+bits) == quarter {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}
