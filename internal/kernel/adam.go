package kernel

import (
	"math"
	"sync"
)

// Adam holds the constants of one update (Kingma and Ba 2015, algorithm 1, in
// the arrangement that PyTorch uses).
type Adam struct {
	LearningRate, Beta1, Beta2, Epsilon float64
	Step                                int // counts from 1
}

// AdamState is one parameter: its values, which Update moves, the gradient, and
// the first and second moments. All have the same length.
type AdamState struct{ Param, Gradient, First, Second []float32 }

// Update does one step on all parameters, in place, and moves their moments on.
//
//	first = beta1 first + (1-beta1) g        second = beta2 second + (1-beta2) g^2
//	p = p - lr / (1-beta1^t) * first / (sqrt(second) / sqrt(1-beta2^t) + epsilon)
//
// The parameters go through the processors' caches once, in one parallel region.
func (a Adam) Update(states []AdamState) {
	for _, s := range states {
		n := len(s.Param)
		check("Adam.Update", len(s.Gradient) == n && len(s.First) == n && len(s.Second) == n, n, 1)
	}
	t := float64(a.Step)
	u := adamUpdates.Get().(*adamUpdate)
	u.constants = adamConstants{
		beta1: float32(a.Beta1), gain1: float32(1 - a.Beta1),
		beta2: float32(a.Beta2), gain2: float32(1 - a.Beta2),
		rate:    float32(a.LearningRate / (1 - math.Pow(a.Beta1, t))),
		scale:   float32(1 / math.Sqrt(1-math.Pow(a.Beta2, t))),
		epsilon: float32(a.Epsilon),
	}
	u.parts = u.parts[:0]
	for _, s := range states {
		for from := 0; from < len(s.Param); from += fewestElements {
			u.parts = append(u.parts, s.slice(from, min(from+fewestElements, len(s.Param))))
		}
	}
	parallel(len(u.parts), u)
	clear(u.parts)
	adamUpdates.Put(u)
}

func (s AdamState) slice(from, to int) AdamState {
	return AdamState{s.Param[from:to], s.Gradient[from:to], s.First[from:to], s.Second[from:to]}
}

// adamUpdate is one call of Update, a task of the worker pool.
type adamUpdate struct {
	constants adamConstants
	parts     []AdamState
}

var adamUpdates = sync.Pool{New: func() any { return new(adamUpdate) }}

func (u *adamUpdate) run(i int) {
	s := u.parts[i]
	adamStep(s.Param, s.Gradient, s.First, s.Second, &u.constants)
}

// adamConstants are those of one step, as every element meets them.
type adamConstants struct{ beta1, gain1, beta2, gain2, rate, scale, epsilon float32 }

func adamStepPortable(p, g, m, v []float32, c *adamConstants) {
	for i, gi := range g {
		mi := float32(c.beta1*m[i]) + float32(c.gain1*gi)
		vi := float32(c.beta2*v[i]) + float32(c.gain2*float32(gi*gi))
		m[i], v[i] = mi, vi
		p[i] -= float32(float32(c.rate*mi) / (float32(sqrt32(vi)*c.scale) + c.epsilon))
	}
}

func sqrt32(x float32) float32 { return float32(math.Sqrt(float64(x))) }
