package kernel

import "math"

// Adam holds the constants of one update (Kingma and Ba 2015, algorithm 1, in
// the arrangement that PyTorch uses).
type Adam struct {
	LearningRate, Beta1, Beta2, Epsilon float64
	Step                                int // counts from 1
}

// Update does one step on parameters p with gradients g, in place, and moves
// the first and second moments m and v on. All have the same length.
//
//	m = beta1 m + (1-beta1) g        v = beta2 v + (1-beta2) g^2
//	p = p - lr / (1-beta1^t) * m / (sqrt(v) / sqrt(1-beta2^t) + epsilon)
func (a Adam) Update(p, g, m, v []float32) {
	check("Adam.Update", len(g) == len(p) && len(m) == len(p) && len(v) == len(p), len(p), 1)
	t := float64(a.Step)
	e := elementTasks.Get().(*elements)
	e.a, e.b, e.c, e.d, e.units = p, g, m, v, len(p)
	e.adam = adamConstants{
		beta1: float32(a.Beta1), gain1: float32(1 - a.Beta1),
		beta2: float32(a.Beta2), gain2: float32(1 - a.Beta2),
		rate:    float32(a.LearningRate / (1 - math.Pow(a.Beta1, t))),
		scale:   float32(1 / math.Sqrt(1-math.Pow(a.Beta2, t))),
		epsilon: float32(a.Epsilon),
	}
	e.work = func(e *elements, from, to int) {
		adamUpdate(e.a[from:to], e.b[from:to], e.c[from:to], e.d[from:to], &e.adam)
	}
	e.inParts(1)
}

// adamConstants are those of one step, as every element meets them.
type adamConstants struct{ beta1, gain1, beta2, gain2, rate, scale, epsilon float32 }

func adamUpdatePortable(p, g, m, v []float32, c *adamConstants) {
	for i, gi := range g {
		mi := float32(c.beta1*m[i]) + float32(c.gain1*gi)
		vi := float32(c.beta2*v[i]) + float32(c.gain2*float32(gi*gi))
		m[i], v[i] = mi, vi
		p[i] -= float32(float32(c.rate*mi) / (float32(sqrt32(vi)*c.scale) + c.epsilon))
	}
}

func sqrt32(x float32) float32 { return float32(math.Sqrt(float64(x))) }
