package op

import "vae/internal/kernel"

// ending is what follows the product of a convolution: bias and activation of each of n
// channels at m pixels, those of all rows of a batch.
type ending struct {
	act  kernel.Activation
	m, n int
	y    *Buffer // [m,n], which is [B,D]
	sum  *Buffer // [m,n] before the activation; nil where its derivative is one of y
}

func newEnding(rows int, out maps, act kernel.Activation) *ending {
	e := &ending{act: act, m: rows * out.pixels, n: out.channels, y: newBuffer(rows, out.pixels*out.channels)}
	if act.OfInput() {
		e.sum = newBuffer(e.y.shape...)
	}
	return e
}

// touched are the buffers besides the result's that both passes use.
func (e *ending) touched(others ...*Buffer) []*Buffer {
	if e.sum != nil {
		others = append(others, e.sum)
	}
	return others
}

// target is where the product is to be written, and the activation that it gets there.
func (e *ending) target() ([]float32, kernel.Activation) {
	if e.sum != nil {
		return e.sum.data, kernel.Linear
	}
	return e.y.data, e.act
}

// finish does what the product has left to do.
func (e *ending) finish() {
	if e.sum != nil {
		kernel.Activate(e.y.data, e.sum.data, e.act)
	}
}

// endingBackward makes the gradients of the product and of the bias.
type endingBackward struct {
	ending
	dz    *Buffer // [m,n] gradient before the activation; nil of a linear one, where it is dy
	db    *Buffer // [n]
	parts *Buffer // of the sums of db
	zero  bool    // which are known to be 0
}

// backward is told whether the derivative of the activation is another's, and whether the
// gradient of the bias of one that is linear is known to be 0.
func (e *ending) backward(left, centered bool) *endingBackward {
	b := &endingBackward{ending: *e, db: newBuffer(e.n), parts: newBuffer(kernel.BiasGradientScratch(e.m, e.n))}
	if left {
		b.act = kernel.Linear
	}
	if b.act != kernel.Linear {
		b.dz = newBuffer(e.y.shape...)
	}
	b.zero = centered && b.dz == nil
	return b
}

// buffers are all that run uses.
func (b *endingBackward) buffers() []*Buffer {
	all := b.touched(b.db, b.parts)
	if b.dz != nil {
		all = append(all, b.dz)
	}
	return all
}

// run writes the gradients of the product, unless it is dy itself, and of the bias, for a slice of n, given the
// result y of all and its gradient dy.
func (b *endingBackward) run(dz, db []float32, slice, n int, y, dy []float32) {
	if b.zero {
		clear(db)
		return
	}
	if b.sum != nil {
		y = b.sum.data
	}
	kernel.BiasGradient(dz, db, part(dy, slice, n), part(y, slice, n), b.parts.data, b.m/n, b.n, b.act)
}
