package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const repulsionLanes = 16 // points of one call

// repulsion emits the kernel of t-SNE's repulsive forces. A lane is a point, so that the
// order of a point's sums is that of the bodies, on either path.
func repulsion(s isa) {
	name := "repulsion" + s.name
	TEXT(name, 4, "func(sums, points, bodies *float32, pairs int)")
	Doc(name + " is repulsionPortable of 2 pairs bodies, pairs > 0.")
	Pragma("noescape")
	r := &repulsionLoop{emitter: &emitter{isa: s}, sums: GP64(), points: GP64(), bodies: GP64(), left: GP64()}
	Load(Param("sums"), r.sums)
	Load(Param("points"), r.points)
	for part := range repulsionLanes / s.lanes {
		Load(Param("bodies"), r.bodies)
		Load(Param("pairs"), r.left)
		r.loop(part)
	}
	VZEROUPPER()
	RET()
}

type repulsionLoop struct {
	*emitter
	sums, points, bodies, left reg.GPVirtual
	x, y, one                  reg.VecVirtual
	fx, fy, s                  reg.VecVirtual
}

// loop works on the points of one vector.
func (r *repulsionLoop) loop(part int) {
	at := func(base reg.Register, row int) Mem {
		return Mem{Base: base, Disp: 4*repulsionLanes*row + r.bytes()*part}
	}
	r.x, r.y = r.vec(), r.vec()
	VMOVUPS(at(r.points, 0), r.x)
	VMOVUPS(at(r.points, 1), r.y)
	r.one = r.set(1)
	r.fx, r.fy, r.s = r.zeroVector(), r.zeroVector(), r.zeroVector()
	label := fmt.Sprint("pair", part)
	Label(label)
	r.pair()
	ADDQ(Imm(24), r.bodies)
	DECQ(r.left)
	JNE(LabelRef(label))
	VMOVUPS(r.fx, at(r.sums, 0))
	VMOVUPS(r.fy, at(r.sums, 1))
	VMOVUPS(r.s, at(r.sums, 2))
}

// pair adds two bodies, of which one division gives both kernels: 1/a = b/(ab).
func (r *repulsionLoop) pair() {
	dx1, dy1, a := r.distance(0)
	dx2, dy2, b := r.distance(12)
	inverse := r.div(r.one, r.mul(a, b))
	r.body(dx1, dy1, r.mul(b, inverse), 8)
	r.body(dx2, dy2, r.mul(a, inverse), 20)
}

// distance is what lies between the points and the body at a place, and 1 + its square.
func (r *repulsionLoop) distance(place int) (dx, dy, square reg.VecVirtual) {
	dx, dy = r.sub(r.x, r.every(r.bodies, place)), r.sub(r.y, r.every(r.bodies, place+4))
	return dx, dy, r.madd(dx, dx, r.madd(dy, dy, r.one))
}

// body adds one of the mass at a place, where the kernel is q.
func (r *repulsionLoop) body(dx, dy, q reg.VecVirtual, mass int) {
	w := r.mul(q, r.every(r.bodies, mass))
	VADDPS(w, r.s, r.s)
	w = r.mul(w, q)
	VFMADD231PS(w, dx, r.fx)
	VFMADD231PS(w, dy, r.fy)
}
