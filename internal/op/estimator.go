package op

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"

	"vae/internal/kernel"
)

// GradientScale multiplies a gradient on its way back by the normalized weights
// of the K-sample bound that it comes from: the doubly reparameterized gradient
// of q(z|x) (Tucker et al. 2019, equation 8), if the draws pass through it and
// log q(z|x) is that of PathLogPriorRatio. What lies beyond the draws, the
// decoder, keeps its gradient.
type GradientScale struct{ weights *Buffer }

// Apply returns x [B*K,L] itself; its gradient is scaled. It runs after the bound, from
// which the gradient comes.
func (s *GradientScale) Apply(x *gorgonia.Node) (*gorgonia.Node, error) {
	const name = "gradientScale"
	shape, err := shapeOf(name, x, 2)
	if err != nil {
		return nil, err
	}
	y, dx := newBuffer(shape...), newBuffer(shape...)
	return apply(&fused{
		name: name, result: y, wrt: []bool{true},
		run: func(in [][]float32) { copy(y.data, in[0]) },
		back: func(b backward) (g gradients) {
			if s.weights == nil || s.weights.Len() != shape[0] {
				g.add(nil, fmt.Errorf("%s: no weights for %v", name, shape))
				return g
			}
			g.add(apply(&fused{
				name: name + "Backward", result: dx, touched: []*Buffer{s.weights},
				run: func(in [][]float32) { kernel.ScaleRows(dx.data, in[0], s.weights.data, shape[0], shape[1]) },
			}, b.grad))
			return g
		},
	}, x)
}

// By names the node of LogMeanExp whose weights scale the gradient.
func (s *GradientScale) By(bound *gorgonia.Node) error {
	f, ok := bound.Op().(*fused)
	if !ok || f.name != logMeanExpName {
		return fmt.Errorf("gradientScale: %v is no bound", bound)
	}
	s.weights = f.touched[0]
	return nil
}

// Stop returns x itself, through which no gradient passes.
func Stop(x *gorgonia.Node) (*gorgonia.Node, error) {
	shape := x.Shape()
	if shape.Dims() == 0 {
		return nil, fmt.Errorf("stop: %v is no row", shape)
	}
	y := newBuffer(shape...)
	return apply(&fused{name: "stop", result: y, wrt: []bool{false}, run: func(in [][]float32) { copy(y.data, in[0]) }}, x)
}

// ScoreFunction returns nll [B*K] itself, with the score-function gradient of its
// mean over q(z|x) (the log-derivative trick; Williams 1992): the derivative of
// element ik by the parameters of q, mu and logvar [B*K,L], is
//
//	(nll_ik - b_ik) d log q(z_ik|x_i),  z_ik = mu + exp(logvar/2) noise held fixed
//
// The baseline b_ik is the mean of the other nll of the same image where
// leaveOneOut is true (Kool et al. 2019), which needs samples > 1, else the one
// element of baseline [1]. noise [B*K,L] and baseline are data and have no
// gradient.
func ScoreFunction(nll, mu, logvar, noise, baseline *gorgonia.Node, samples int, leaveOneOut bool) (*gorgonia.Node, error) {
	const name = "scoreFunction"
	shapes, err := shapesOf(name, wanted{mu, 2}, wanted{nll, 1}, wanted{baseline, 1})
	if err != nil {
		return nil, err
	}
	shape, rows, one := shapes[0], shapes[1], shapes[2]
	if !shape.Eq(logvar.Shape()) || !shape.Eq(noise.Shape()) || rows[0] != shape[0] || one[0] != 1 ||
		samples < 1 || rows[0]%samples != 0 || leaveOneOut && samples < 2 {
		return nil, fmt.Errorf("%s: nll %v, mu %v, logvar %v, noise %v, baseline %v and %d samples do not fit", name, rows, shape,
			logvar.Shape(), noise.Shape(), one, samples)
	}
	s := &scoreFunction{latents: shape[1], samples: samples, leaveOneOut: leaveOneOut, dmu: newBuffer(shape...), dlogvar: newBuffer(shape...)}
	same := newBuffer(shape[0])
	return apply(&fused{
		name: name, result: same, touched: []*Buffer{s.dmu, s.dlogvar}, wrt: []bool{true, true, true, false, false},
		run: func(in [][]float32) {
			copy(same.data, in[0])
			s.derivatives(in[0], in[2], in[3], float64(in[4][0]))
		},
		back: func(b backward) (g gradients) {
			g.add(b.grad, nil)
			g.add(scaled(name, s.dmu, b))
			g.add(scaled(name, s.dlogvar, b))
			g.add(nil, nil)
			g.add(nil, nil)
			return g
		},
	}, nll, mu, logvar, noise, baseline)
}

type scoreFunction struct {
	latents, samples int
	leaveOneOut      bool
	dmu, dlogvar     *Buffer
}

func (s *scoreFunction) derivatives(nll, logvar, noise []float32, baseline float64) {
	for i := range nll {
		if s.leaveOneOut {
			baseline = meanOfOthers(nll[i/s.samples*s.samples:][:s.samples], i%s.samples)
		}
		signal := float64(nll[i]) - baseline
		for j := i * s.latents; j < (i+1)*s.latents; j++ {
			e := float64(noise[j])
			s.dmu.data[j] = float32(signal * e * math.Exp(-0.5*float64(logvar[j])))
			s.dlogvar.data[j] = float32(signal * 0.5 * (e*e - 1))
		}
	}
}

// meanOfOthers is the mean of all elements of x but one.
func meanOfOthers(x []float32, but int) float64 {
	var sum float64
	for k, v := range x {
		if k != but {
			sum += float64(v)
		}
	}
	return sum / float64(len(x)-1)
}
