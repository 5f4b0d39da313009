package kernel

// SGD holds the constants of one update of gradient descent with momentum (Polyak
// 1964, in the arrangement that PyTorch uses). First of the parameters is the
// velocity; without momentum there is none.
type SGD struct {
	LearningRate, Momentum float64
	Clip                   float64 // largest norm of the whole gradient; 0 for no limit
}

// Update does one step on all parameters, in place, and moves their velocities on.
//
//	g = factor gradient + decay p            factor = min(1, clip / (norm + 1e-6)), or 1 without Clip
//	first = momentum first + g               p = p - lr first, or p - lr g without Momentum
//
// It passes over memory as Adam's does.
func (s SGD) Update(params []Parameter) {
	work, states := updateSGD, 0
	if s.Momentum != 0 {
		work, states = updateMomentum, 1
	}
	u := newUpdate("SGD.Update", params, states, s.Clip)
	u.rate, u.momentum = float32(s.LearningRate), float32(s.Momentum)
	u.finish(work)
}

func updateSGD(u *update, i int) {
	p := &u.parts[i]
	sgdStep(p.Param, p.Gradient, adjustment{u.factor, float32(p.Decay), 1}, u.rate)
}

func updateMomentum(u *update, i int) {
	p := &u.parts[i]
	momentumStep(p.Param, p.Gradient, p.First, adjustment{u.factor, float32(p.Decay), 1}, u.momentum, u.rate)
}

func sgdStepPortable(p, g []float32, a adjustment, rate float32) {
	for i, gi := range g {
		p[i] -= float32(rate * a.gradient(gi, p[i]))
	}
}

func momentumStepPortable(p, g, velocity []float32, a adjustment, momentum, rate float32) {
	for i, gi := range g {
		v := float32(momentum*velocity[i]) + a.gradient(gi, p[i])
		velocity[i] = v
		p[i] -= float32(rate * v)
	}
}
