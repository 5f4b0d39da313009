package conv

import (
	"sync"

	"vae/internal/kernel"
)

// plans keeps those of the geometries that were used.
var plans = struct {
	sync.RWMutex
	known map[planKey]*plan
}{known: map[planKey]*plan{}}

type planKey struct {
	g        Geometry
	backward bool
}

func (g Geometry) plan(backward bool, lay func() *plan) *plan {
	key := planKey{g, backward}
	plans.RLock()
	p := plans.known[key]
	plans.RUnlock()
	if p == nil {
		p = lay()
		plans.Lock()
		plans.known[key] = p
		plans.Unlock()
	}
	return p
}

func (g Geometry) forward() *plan {
	return g.plan(false, func() *plan {
		return &plan{
			[]phase{forwardPhase(g.Height, g.OutHeight(), g.KernelHeight, g.Stride, g.Top)},
			[]phase{forwardPhase(g.Width, g.OutWidth(), g.KernelWidth, g.Stride, g.Left)},
		}
	})
}

func (g Geometry) backward() *plan {
	return g.plan(true, func() *plan {
		return &plan{
			backwardPhases(g.Height, g.OutHeight(), g.KernelHeight, g.Stride, g.Top),
			backwardPhases(g.Width, g.OutWidth(), g.KernelWidth, g.Stride, g.Left),
		}
	})
}

// product says whether the convolution is a product of pixels and weights.
func (g Geometry) product() bool {
	return g.taps() == 1 && g.Stride == 1 && g.Top|g.Bottom|g.Left|g.Right == 0
}

// Forward computes y = act(x * w + bias) for rows maps, with weights that PackForward
// laid out and bias [Filters] or nil. An element of y is one chain of multiply-adds in
// rising order of row and column of the kernel and channel: the bits are those of a
// product with the patches of x.
func (g Geometry) Forward(y, x, packed, bias []float32, rows int, act kernel.Activation) {
	g.check("Forward", len(y) == rows*g.out() && len(x) == rows*g.in() && len(packed) == g.PackedForward() &&
		(bias == nil || len(bias) == g.Filters), rows)
	if rows == 0 {
		return
	}
	bias = orZeros(bias, g.Filters, act)
	pixels := rows * g.OutHeight() * g.OutWidth()
	switch {
	case g.product() && bias != nil:
		kernel.Dense(y, x, packed, bias, pixels, g.Filters, g.Channels, act)
	case g.product():
		kernel.MatMulNT(y, x, packed, pixels, g.Filters, g.Channels, false)
	case g.fewFilters():
		g.forwardFlat(y, x, packed, bias, rows, act)
	default:
		d := g.directly(y, x, packed, rows)
		d.bias, d.act = bias, act
		d.run(pixels * g.Weights())
	}
}

// directly is the forward pass to be run, without an end.
func (g Geometry) directly(y, x, packed []float32, rows int) *direct {
	d := directs.Get().(*direct)
	d.plan = g.forward()
	d.dst, d.dstWidth, d.dstChannels, d.dstIn = y, g.OutWidth(), g.Filters, g.out()
	d.src, d.srcWidth, d.srcChannels, d.srcIn = x, g.Width, g.Channels, g.in()
	d.packed, d.images = packed, rows
	return d
}

// orZeros is the bias, or one of zeros where there is none but an activation.
func orZeros(bias []float32, n int, act kernel.Activation) []float32 {
	if bias == nil && act != kernel.Linear {
		return make([]float32, n)
	}
	return bias
}

// InputGradient computes dx = act(the gradient with respect to x of y's, dy, + bias) for
// rows maps, with weights that PackBackward laid out and bias [Channels] or nil. With bias
// and activation that is a transposed convolution of dy.
func (g Geometry) InputGradient(dx, dy, packed, bias []float32, rows int, act kernel.Activation) {
	g.check("InputGradient", len(dx) == rows*g.in() && len(dy) == rows*g.out() && len(packed) == g.PackedBackward() &&
		(bias == nil || len(bias) == g.Channels), rows)
	if rows == 0 {
		return
	}
	bias = orZeros(bias, g.Channels, act)
	if g.product() {
		kernel.MatMulNN(dx, dy, packed, rows*g.Height*g.Width, g.Channels, g.Filters, false)
		if bias != nil {
			kernel.BiasActivation(dx, bias, rows*g.Height*g.Width, g.Channels, act)
		}
		return
	}
	if g.few() {
		g.inputGradientFew(dx, dy, packed, bias, rows, act)
		return
	}
	d := g.directlyBack(dx, dy, packed, rows)
	d.bias, d.act = bias, act
	d.run(rows * g.OutHeight() * g.OutWidth() * g.Weights())
}

// directlyBack is the input gradient to be run, without an end.
func (g Geometry) directlyBack(dx, dy, packed []float32, rows int) *direct {
	d := directs.Get().(*direct)
	d.plan = g.backward()
	d.dst, d.dstWidth, d.dstChannels, d.dstIn = dx, g.Width, g.Channels, g.in()
	d.src, d.srcWidth, d.srcChannels, d.srcIn = dy, g.OutWidth(), g.Filters, g.out()
	d.packed, d.images = packed, rows
	return d
}
