package op

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"vae/internal/kernel"
)

// PathLogPriorRatio is LogPriorRatio with the gradient of the path alone: the
// parameters of q(z|x) are held fixed in log q(z|x), so that the derivative by z is
//
//	-z + noise exp(-logvar/2)
//
// and there is none by logvar (Roeder et al. 2017; Tucker et al. 2019).
func PathLogPriorRatio(z, logvar, noise *gorgonia.Node) (*gorgonia.Node, error) {
	r, err := newLogPriorRatio(z, logvar, noise)
	if err != nil {
		return nil, err
	}
	r.pathOnly = true
	return gorgonia.ApplyOp(r, z, logvar, noise)
}

// GradientScale multiplies a gradient on its way back by the normalized weights
// of the K-sample bound that it comes from: the doubly reparameterized gradient
// of q(z|x) (Tucker et al. 2019, equation 8), if the draws pass through it and
// log q(z|x) is that of PathLogPriorRatio. What lies beyond the draws, the
// decoder, keeps its gradient.
type GradientScale struct{ of *logMeanExp }

// Apply returns x [B*K,L] itself; its gradient is scaled.
func (s *GradientScale) Apply(x *gorgonia.Node) (*gorgonia.Node, error) {
	shape, err := shapeOf("gradientScale", x, 2)
	if err != nil {
		return nil, err
	}
	return gorgonia.ApplyOp(&scaledIdentity{newBase("gradientScale", 2, 2), s, newBuffer(shape...)}, x)
}

// By names the node of LogMeanExp whose weights scale the gradient.
func (s *GradientScale) By(bound *gorgonia.Node) error {
	l, ok := bound.Op().(*logMeanExp)
	if !ok {
		return fmt.Errorf("gradientScale: %v is no bound", bound)
	}
	s.of = l
	return nil
}

type scaledIdentity struct {
	base
	scale *GradientScale
	y     buffer
}

func (s *scaledIdentity) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return s.y.tensor.Shape().Clone(), nil
}

func (s *scaledIdentity) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := s.inputs(values)
	if err != nil {
		return nil, err
	}
	copy(s.y.data, in[0])
	return s.y.tensor, nil
}

func (s *scaledIdentity) DiffWRT(int) []bool { return []bool{true} }

func (s *scaledIdentity) SymDiff(_ gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	shape := s.y.tensor.Shape().Clone()
	if s.scale.of == nil || s.scale.of.rows*s.scale.of.samples != shape[0] {
		return nil, fmt.Errorf("gradientScale: no weights for %v", shape)
	}
	back := &scaledIdentityBackward{newBase("gradientScaleBackward", 2, 2), s.scale, newBuffer(shape...)}
	dx, err := gorgonia.ApplyOp(back, grad)
	return gorgonia.Nodes{dx}, err
}

// scaledIdentityBackward runs after the bound, from which its gradient comes.
type scaledIdentityBackward struct {
	base
	scale *GradientScale
	dx    buffer
}

func (s *scaledIdentityBackward) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return s.dx.tensor.Shape().Clone(), nil
}

func (s *scaledIdentityBackward) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := s.inputs(values)
	if err != nil {
		return nil, err
	}
	shape := s.dx.tensor.Shape()
	kernel.ScaleRows(s.dx.data, in[0], s.scale.of.weights.data, shape[0], shape[1])
	return s.dx.tensor, nil
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
	shape, err := shapeOf(name, mu, 2)
	if err != nil {
		return nil, err
	}
	rows, err := shapeOf(name, nll, 1)
	if err != nil {
		return nil, err
	}
	one, err := shapeOf(name, baseline, 1)
	if err != nil {
		return nil, err
	}
	if !shape.Eq(logvar.Shape()) || !shape.Eq(noise.Shape()) || rows[0] != shape[0] || one[0] != 1 ||
		samples < 1 || rows[0]%samples != 0 || leaveOneOut && samples < 2 {
		return nil, fmt.Errorf("%s: nll %v, mu %v, logvar %v, noise %v, baseline %v and %d samples do not fit", name, rows, shape,
			logvar.Shape(), noise.Shape(), one, samples)
	}
	s := &scoreFunction{
		base: newBase(name, 1, 2, 2, 2, 1, 1), rows: shape[0], latents: shape[1], samples: samples, leaveOneOut: leaveOneOut,
		nll: newBuffer(shape[0]), dmu: newBuffer(shape...), dlogvar: newBuffer(shape...),
	}
	return gorgonia.ApplyOp(s, nll, mu, logvar, noise, baseline)
}

type scoreFunction struct {
	base
	rows, latents, samples int
	leaveOneOut            bool
	nll, dmu, dlogvar      buffer
}

func (s *scoreFunction) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.Shape{s.rows}, nil
}

func (s *scoreFunction) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := s.inputs(values)
	if err != nil {
		return nil, err
	}
	nll, logvar, noise, baseline := in[0], in[2], in[3], float64(in[4][0])
	copy(s.nll.data, nll)
	for i := range s.rows {
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
	return s.nll.tensor, nil
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

func (s *scoreFunction) DiffWRT(int) []bool { return []bool{true, true, true, false, false} }

func (s *scoreFunction) SymDiff(_ gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	grads, err := scaledBy(s.name, output, grad, s.dmu, s.dlogvar)
	if err != nil {
		return nil, err
	}
	return gorgonia.Nodes{grad, grads[0], grads[1], nil, nil}, nil
}
