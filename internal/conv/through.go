package conv

import "vae/internal/kernel"

// ForwardThrough computes y = act'(v) times x * w, the derivative of the activation as
// kernel.ActivationGradient has it of its output v: what Forward gives without bias, in which
// the activation is undone while y is in the nearest caches.
func (g Geometry) ForwardThrough(y, x, packed, v []float32, rows int, act kernel.Activation) {
	if g.product() || g.fewFilters() || rows == 0 {
		g.Forward(y, x, packed, nil, rows, kernel.Linear)
		kernel.ActivationGradient(y, y, v, rows, g.out(), act)
		return
	}
	g.check("ForwardThrough", len(y) == rows*g.out() && len(x) == rows*g.in() && len(packed) == g.PackedForward() && len(v) == len(y), rows)
	d := g.directly(y, x, packed, rows)
	d.v, d.act = v, act
	d.run(rows * g.OutHeight() * g.OutWidth() * g.Weights())
}

// InputGradientThrough computes dx as InputGradient does without bias, times act'(v), as
// ForwardThrough has it: the gradient before the activation that gave v.
func (g Geometry) InputGradientThrough(dx, dy, packed, v []float32, rows int, act kernel.Activation) {
	if g.product() || g.few() || rows == 0 {
		g.InputGradient(dx, dy, packed, nil, rows, kernel.Linear)
		kernel.ActivationGradient(dx, dx, v, rows, g.in(), act)
		return
	}
	g.check("InputGradientThrough", len(dx) == rows*g.in() && len(dy) == rows*g.out() && len(packed) == g.PackedBackward() && len(v) == len(dx), rows)
	d := g.directlyBack(dx, dy, packed, rows)
	d.v, d.act = v, act
	d.run(rows * g.OutHeight() * g.OutWidth() * g.Weights())
}
