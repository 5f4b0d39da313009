package kernel

import "math"

// Adam holds the constants of one update (Kingma and Ba 2015, algorithm 1, in
// the arrangement that PyTorch uses).
type Adam struct {
	LearningRate, Beta1, Beta2, Epsilon float64
	Step                                int // counts from 1
}

// elementsPerTask cuts flat work for the worker pool.
const elementsPerTask = 1 << 14

// Update does one step on parameters p with gradients g, in place, and moves
// the first and second moments m and v on. All have the same length.
//
//	m = beta1 m + (1-beta1) g        v = beta2 v + (1-beta2) g^2
//	p = p - lr / (1-beta1^t) * m / (sqrt(v) / sqrt(1-beta2^t) + epsilon)
func (a Adam) Update(p, g, m, v []float32) {
	check("Adam.Update", len(g) == len(p) && len(m) == len(p) && len(v) == len(p), len(p), 1)
	t := float64(a.Step)
	rate := float32(a.LearningRate / (1 - math.Pow(a.Beta1, t)))
	scale := float32(1 / math.Sqrt(1-math.Pow(a.Beta2, t)))
	beta1, beta2, epsilon := float32(a.Beta1), float32(a.Beta2), float32(a.Epsilon)
	gain1, gain2 := float32(1-a.Beta1), float32(1-a.Beta2)
	Parallel(ceilDiv(len(p), elementsPerTask), func(task int) {
		lo, hi := task*elementsPerTask, min((task+1)*elementsPerTask, len(p))
		p, g, m, v := p[lo:hi], g[lo:hi], m[lo:hi], v[lo:hi]
		for i, gi := range g {
			mi := float32(beta1*m[i]) + float32(gain1*gi)
			vi := float32(beta2*v[i]) + float32(gain2*float32(gi*gi))
			m[i], v[i] = mi, vi
			p[i] -= float32(rate * mi / (float32(sqrt32(vi)*scale) + epsilon))
		}
	})
}

func sqrt32(x float32) float32 { return float32(math.Sqrt(float64(x))) }
