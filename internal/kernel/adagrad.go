package kernel

// Adagrad holds the constants of one update (Duchi, Hazan and Singer 2011, figure 1
// with diagonal matrices, in the arrangement that PyTorch uses). First of the
// parameters is the sum of the squared gradients.
type Adagrad struct {
	LearningRate, Epsilon float64
	Clip                  float64 // largest norm of the whole gradient; 0 for no limit
}

// Update does one step on all parameters, in place, and adds to their sums.
//
//	g = factor gradient + decay p            factor = min(1, clip / (norm + 1e-6)), or 1 without Clip
//	first = first + g^2                      p = p - lr g / (sqrt(first) + epsilon)
//
// It passes over memory as Adam's does.
func (a Adagrad) Update(params []Parameter) {
	u := newUpdate("Adagrad.Update", params, 1, a.Clip)
	u.rate, u.epsilon = float32(a.LearningRate), float32(a.Epsilon)
	u.finish(updateAdagrad)
}

func updateAdagrad(u *update, i int) {
	p := &u.parts[i]
	adagradStep(p.Param, p.Gradient, p.First, adjustment{u.factor, float32(p.Decay), 1}, u.rate, u.epsilon)
}

func adagradStepPortable(p, g, sum []float32, a adjustment, rate, epsilon float32) {
	for i, gi := range g {
		gi = a.gradient(gi, p[i])
		si := sum[i] + float32(gi*gi)
		sum[i] = si
		p[i] -= float32(float32(rate*gi) / (sqrt32(si) + epsilon))
	}
}
