package kernel

import (
	"math"
)

// Adam holds the constants of one update (Kingma and Ba 2015, algorithm 1, in
// the arrangement that PyTorch uses). First and Second of the parameters are the
// moments.
type Adam struct {
	LearningRate, Beta1, Beta2, Epsilon float64
	Step                                int     // counts from 1
	Decoupled                           bool    // weight decay of AdamW (Loshchilov and Hutter 2019, algorithm 2)
	Clip                                float64 // largest norm of the whole gradient; 0 for no limit
}

// Update does one step on all parameters, in place, and moves their moments on.
//
//	g = factor gradient + decay p            factor = min(1, clip / (norm + 1e-6)), or 1 without Clip
//	first = beta1 first + (1-beta1) g        second = beta2 second + (1-beta2) g^2
//	p = p - lr / (1-beta1^t) * first / (sqrt(second) / sqrt(1-beta2^t) + epsilon)
//
// Decoupled decay is not added to the gradient: the step is subtracted from
// (1 - lr decay) p. The parameters go through the processors' caches once, in one
// parallel region; clipping needs another one, over the gradients, before it.
func (a Adam) Update(params []Parameter) {
	u := newUpdate("Adam.Update", params, 2, a.Clip)
	u.adam = a.constants()
	u.decoupled, u.learningRate = a.Decoupled, a.LearningRate
	u.finish(updateAdam)
}

func updateAdam(u *update, i int) {
	p := &u.parts[i]
	a := adjustment{u.factor, float32(p.Decay), 1}
	if u.decoupled {
		a.decay, a.keep = 0, float32(1-u.learningRate*p.Decay)
	}
	if a == (adjustment{1, 0, 1}) {
		adamStep(p.Param, p.Gradient, p.First, p.Second, &u.adam)
		return
	}
	adamAdjustedStep(p.Param, p.Gradient, p.First, p.Second, &u.adam, a)
}

// adamConstants are those of one step, as every element meets them.
type adamConstants struct{ beta1, gain1, beta2, gain2, rate, scale, epsilon float32 }

func (a Adam) constants() adamConstants {
	t := float64(a.Step)
	return adamConstants{
		beta1: float32(a.Beta1), gain1: float32(1 - a.Beta1),
		beta2: float32(a.Beta2), gain2: float32(1 - a.Beta2),
		rate:    float32(a.LearningRate / (1 - math.Pow(a.Beta1, t))),
		scale:   float32(1 / math.Sqrt(1-math.Pow(a.Beta2, t))),
		epsilon: float32(a.Epsilon),
	}
}

func adamStepPortable(p, g, m, v []float32, c *adamConstants) {
	for i, gi := range g {
		mi := float32(c.beta1*m[i]) + float32(c.gain1*gi)
		vi := float32(c.beta2*v[i]) + float32(c.gain2*float32(gi*gi))
		m[i], v[i] = mi, vi
		p[i] -= float32(float32(c.rate*mi) / (float32(sqrt32(vi)*c.scale) + c.epsilon))
	}
}

// adjustment is what clipping and weight decay do to an update.
type adjustment struct {
	factor float32 // of the gradient
	decay  float32 // what part of the parameter is added to that
	keep   float32 // what part of the parameter the step is subtracted from
}

func (a adjustment) gradient(g, p float32) float32 { return float32(a.factor*g) + float32(a.decay*p) }

func adamAdjustedStepPortable(p, g, m, v []float32, c *adamConstants, a adjustment) {
	for i, gi := range g {
		gi = a.gradient(gi, p[i])
		mi := float32(c.beta1*m[i]) + float32(c.gain1*gi)
		vi := float32(c.beta2*v[i]) + float32(c.gain2*float32(gi*gi))
		m[i], v[i] = mi, vi
		p[i] = float32(a.keep*p[i]) - float32(float32(c.rate*mi)/(float32(sqrt32(vi)*c.scale)+c.epsilon))
	}
}

func sqrt32(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// Adamax holds the constants of one update (Kingma and Ba 2015, algorithm 2, in the
// arrangement that PyTorch uses). First of the parameters is the moment, Second the
// decaying largest gradient.
type Adamax struct {
	LearningRate, Beta1, Beta2, Epsilon float64
	Step                                int     // counts from 1
	Clip                                float64 // largest norm of the whole gradient; 0 for no limit
}

// Update does one step on all parameters, in place, and moves their states on.
//
//	g = factor gradient + decay p            factor = min(1, clip / (norm + 1e-6)), or 1 without Clip
//	first = beta1 first + (1-beta1) g        second = max(beta2 second, |g| + epsilon)
//	p = p - lr / (1-beta1^t) * first / second
//
// It passes over memory as Adam's does.
func (a Adamax) Update(params []Parameter) {
	u := newUpdate("Adamax.Update", params, 2, a.Clip)
	u.adam = Adam{LearningRate: a.LearningRate, Beta1: a.Beta1, Beta2: a.Beta2, Epsilon: a.Epsilon, Step: a.Step}.constants()
	u.finish(updateAdamax)
}

func updateAdamax(u *update, i int) {
	p := &u.parts[i]
	adamaxStep(p.Param, p.Gradient, p.First, p.Second, &u.adam, adjustment{u.factor, float32(p.Decay), 1})
}

func adamaxStepPortable(p, g, m, norm []float32, c *adamConstants, a adjustment) {
	for i, gi := range g {
		gi = a.gradient(gi, p[i])
		mi, ni := float32(c.beta1*m[i])+float32(c.gain1*gi), float32(c.beta2*norm[i])
		if size := abs32(gi) + c.epsilon; !(ni > size) { // NaN too
			ni = size
		}
		m[i], norm[i] = mi, ni
		p[i] -= float32(float32(c.rate*mi) / ni)
	}
}

func abs32(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }

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

// Average is one update of an exponential moving average. Param of the parameters is the
// mean, Gradient the values that it follows.
type Average struct {
	Decay float64 // what part of the mean stays
}

// Update moves all means on, in place.
//
//	mean = decay mean + (1-decay) value
func (a Average) Update(params []Parameter) {
	u := newUpdate("Average.Update", params, 0, 0)
	u.keep, u.rate = float32(a.Decay), float32(1-a.Decay)
	u.finish(updateAverage)
}

func updateAverage(u *update, i int) {
	p := &u.parts[i]
	averageStep(p.Param, p.Gradient, u.keep, u.rate)
}

func averageStepPortable(mean, value []float32, keep, gain float32) {
	for i, v := range value {
		mean[i] = float32(keep*mean[i]) + float32(gain*v)
	}
}
