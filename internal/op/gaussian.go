package op

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"vae/internal/kernel"
)

// LearnedGaussianNLL returns the vector [B*K] of negative log-likelihoods in nats
// of the rows of x [B,D] under independent normal pixels with the means [B*K,D]
// and one log-variance for all, logvar [1] (Rybkin et al. 2021, sigma-VAE):
//
//	nll_i = 1/2 exp(-logvar) |mean_i - x|^2 + D/2 (logvar + log 2 pi)
//
// x is data and has no gradient.
func LearnedGaussianNLL(mean, logvar, x *gorgonia.Node) (*gorgonia.Node, error) {
	const name = "learnedGaussianNLL"
	shape, err := shapeOf(name, mean, 2)
	if err != nil {
		return nil, err
	}
	data, err := shapeOf(name, x, 2)
	if err != nil {
		return nil, err
	}
	one, err := shapeOf(name, logvar, 1)
	if err != nil {
		return nil, err
	}
	if data[1] != shape[1] || data[0] == 0 || shape[0]%data[0] != 0 || one[0] != 1 {
		return nil, fmt.Errorf("%s: mean %v and logvar %v for images %v", name, shape, one, data)
	}
	l := &learnedGaussian{
		base: newBase(name, 2, 1, 2, 1), rows: shape[0], pixels: shape[1],
		nll: newBuffer(shape[0]), dmean: newBuffer(shape...), dlogvar: newBuffer(shape[0]),
	}
	return gorgonia.ApplyOp(l, mean, logvar, x)
}

type learnedGaussian struct {
	base
	rows, pixels        int
	nll, dmean, dlogvar buffer // dlogvar [B*K]: of each row's term
}

func (l *learnedGaussian) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.Shape{l.rows}, nil
}

func (l *learnedGaussian) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := l.inputs(values)
	if err != nil {
		return nil, err
	}
	logvar := float64(in[1][0])
	kernel.GaussianNLL(l.nll.data, l.dmean.data, in[0], in[2], l.rows, l.pixels, math.Exp(0.5*logvar))
	half := 0.5 * float64(l.pixels)
	for i, nll := range l.nll.data {
		l.dlogvar.data[i] = float32(half - (float64(nll) - half*(logvar+math.Log(2*math.Pi))))
	}
	return l.nll.tensor, nil
}

func (l *learnedGaussian) DiffWRT(int) []bool { return []bool{true, true, false} }

func (l *learnedGaussian) SymDiff(_ gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	grads, err := scaledBy(l.name, output, grad, l.dmean)
	if err != nil {
		return nil, err
	}
	back := &weightedSum{newBase(l.name+"Backward", 1, 1, 1), l.dlogvar, newBuffer(1)}
	dlogvar, err := gorgonia.ApplyOp(back, output, grad)
	return append(grads, dlogvar, nil), err
}

// weightedSum adds up per-row derivatives [B] times the gradients [B] that arrive,
// its second child, in float64; the result is a vector of one.
type weightedSum struct {
	base
	from, to buffer
}

func (w *weightedSum) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return w.to.tensor.Shape().Clone(), nil
}

func (w *weightedSum) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := w.inputs(values)
	if err != nil {
		return nil, err
	}
	var sum float64
	for i, d := range w.from.data {
		if g := in[1][i]; g != 0 { // a padded row has no say
			sum += float64(d) * float64(g)
		}
	}
	w.to.data[0] = float32(sum)
	return w.to.tensor, nil
}
