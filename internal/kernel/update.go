package kernel

import (
	"math"
	"sync"
)

// Parameter is one parameter of a model as an optimizer meets it. First and Second
// are what the optimizer remembers of earlier gradients, zero before the first step:
// the optimizers say what they hold, and one that an optimizer does not use may be
// nil. The other slices have the same length.
type Parameter struct {
	Param         []float32 // the values, which an update moves
	Gradient      []float32 // of the loss, not changed
	First, Second []float32
	Decay         float64 // weight decay; 0 for none
}

// slice is a part of a parameter, with as many of First and Second as there are
// states.
func (p *Parameter) slice(from, to, states int) Parameter {
	part := Parameter{Param: p.Param[from:to], Gradient: p.Gradient[from:to], Decay: p.Decay}
	if states > 0 {
		part.First = p.First[from:to]
	}
	if states > 1 {
		part.Second = p.Second[from:to]
	}
	return part
}

// update is one step of an optimizer, a task of the worker pool. The parameters
// are cut into parts, each of which goes through a processor's caches once; the
// cut depends on their lengths alone.
type update struct {
	work  func(u *update, i int) // on part i
	parts []Parameter
	sums  []float64 // of the squared gradients of each part

	factor                  float32 // of all gradients
	rate, epsilon, momentum float32
	keep                    float32 // of a mean
	adam                    adamConstants
	decoupled               bool    // decay acts on the parameters, not on the gradients
	learningRate            float64 // for that
}

var updates = sync.Pool{New: func() any { return new(update) }}

func (u *update) run(i int) { u.work(u, i) }

// newUpdate checks and cuts the parameters, of which an optimizer remembers
// states numbers an element, and measures the gradient if it is to be clipped.
func newUpdate(name string, params []Parameter, states int, clip float64) *update {
	u := updates.Get().(*update)
	for i := range params {
		p := &params[i]
		n := len(p.Param)
		fits := len(p.Gradient) == n && (states < 1 || len(p.First) == n) && (states < 2 || len(p.Second) == n)
		check(name, fits, n, 1)
		for from := 0; from < n; from += fewestElements {
			u.parts = append(u.parts, p.slice(from, min(from+fewestElements, n), states))
		}
	}
	u.factor = 1
	if clip > 0 {
		u.factor = clipFactor(u.norm(), clip)
	}
	return u
}

// finish moves all parts.
func (u *update) finish(work func(u *update, i int)) {
	u.work = work
	parallel(len(u.parts), u)
	u.release()
}

func (u *update) release() {
	clear(u.parts)
	*u = update{parts: u.parts[:0], sums: u.sums[:0]}
	updates.Put(u)
}

// GradientNorm is the Euclidean length of all gradients together, of the parameters' lengths and the gradients alone.
func GradientNorm(params []Parameter) float64 {
	u := newUpdate("GradientNorm", params, 0, 0)
	defer u.release()
	return u.norm()
}

// norm is the Euclidean length of the whole gradient, in float64 and in an order
// that depends on the parameters' lengths alone.
func (u *update) norm() float64 {
	u.sums = append(u.sums[:0], make([]float64, len(u.parts))...)
	u.work = func(u *update, i int) { u.sums[i] = squares(u.parts[i].Gradient) }
	parallel(len(u.parts), u)
	var sum float64
	for _, s := range u.sums {
		sum += s
	}
	return math.Sqrt(sum)
}

// clipFactor is what brings a gradient down to a norm of at most clip, as PyTorch's
// clip_grad_norm_ computes it. An infinite norm gives 0, which makes NaN of the
// infinite elements, and a norm of NaN gives NaN: neither is hidden from who looks
// at the parameters after the update.
func clipFactor(norm, clip float64) float32 { return float32(min(1, clip/(norm+1e-6))) }

// squares adds up the squares of x in float64, which holds each of them exactly: four
// runs side by side, so that no addition waits for another, and then the rest.
func squares(x []float32) float64 {
	const block = 64
	var sum float64
	n := len(x) / block * (block / 4)
	if n > 0 {
		s := squareSums(x, n)
		sum = (s[0].total() + s[2].total()) + (s[1].total() + s[3].total())
	}
	for _, v := range x[4*n:] {
		sum += float64(v) * float64(v)
	}
	return sum
}

func squareSumsPortable(x []float32, n int) (sums [4]eightSums) {
	for k := range sums {
		for i, v := range x[k*n : (k+1)*n] {
			sums[k][i%8] += float64(v) * float64(v)
		}
	}
	return sums
}
