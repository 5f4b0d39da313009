package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"vae/internal/kernel"
)

// BernoulliNLL returns the vector [B*K] of negative log-likelihoods in nats of
// the rows of x [B,D] under independent Bernoulli pixels with the given logits
// [B*K,D], K rows in succession for each of x; see kernel.BernoulliNLL. x is data
// and has no gradient.
func BernoulliNLL(logits, x *gorgonia.Node) (*gorgonia.Node, error) {
	return rowNLL("bernoulliNLL", logits, x, kernel.BernoulliNLL)
}

// GaussianNLL returns the vector [B*K] of negative log-likelihoods in nats of the
// rows of x [B,D] under independent normal pixels with the given means [B*K,D]
// and fixed standard deviation sigma; see kernel.GaussianNLL.
func GaussianNLL(mean, x *gorgonia.Node, sigma float64) (*gorgonia.Node, error) {
	return rowNLL("gaussianNLL", mean, x, func(nll, residual, mean, x []float32, m, n int) {
		kernel.GaussianNLL(nll, residual, mean, x, m, n, sigma)
	})
}

// SquaredError returns the vector [B*K] of squared distances, summed over pixels,
// between the rows of x [B,D] and of mean [B*K,D], K in succession for each of x;
// see kernel.SquaredError. x is data and has no gradient.
func SquaredError(mean, x *gorgonia.Node) (*gorgonia.Node, error) {
	return rowNLL("squaredError", mean, x, kernel.SquaredError)
}

// likelihoodKernel computes the negative log-likelihood of each row and its
// derivative with respect to the decoder's output in one pass.
type likelihoodKernel func(nll, residual, output, x []float32, m, n int)

func rowNLL(name string, output, x *gorgonia.Node, compute likelihoodKernel) (*gorgonia.Node, error) {
	shape, err := shapeOf(name, output, 2)
	if err != nil {
		return nil, err
	}
	data, err := shapeOf(name, x, 2)
	if err != nil {
		return nil, err
	}
	if data[1] != shape[1] || data[0] == 0 || shape[0]%data[0] != 0 {
		return nil, fmt.Errorf("%s: decoder output %v for images %v", name, shape, data)
	}
	nll := &likelihood{
		base: newBase(name, 2, 2, 1), compute: compute, rows: shape[0], pixels: shape[1],
		nll: newBuffer(shape[0]), residual: newBuffer(shape...),
	}
	return gorgonia.ApplyOp(nll, output, x)
}

type likelihood struct {
	base
	compute       likelihoodKernel
	rows, pixels  int
	nll, residual buffer
}

func (l *likelihood) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.Shape{l.rows}, nil
}

func (l *likelihood) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := l.inputs(values)
	if err != nil {
		return nil, err
	}
	l.compute(l.nll.data, l.residual.data, in[0], in[1], l.rows, l.pixels)
	return l.nll.tensor, nil
}

func (l *likelihood) DiffWRT(int) []bool { return []bool{true, false} }

func (l *likelihood) SymDiff(_ gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	grads, err := scaledBy(l.name, output, grad, l.residual)
	return append(grads, nil), err
}

// scaleRows multiplies the rows of a derivative that the forward pass has left
// in from [B,N] by the gradient [B] that arrives, its second child. The first,
// the forward output, is there for the order of execution.
type scaleRows struct {
	base
	from, to buffer
}

func (s *scaleRows) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return s.to.tensor.Shape().Clone(), nil
}

func (s *scaleRows) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := s.inputs(values)
	if err != nil {
		return nil, err
	}
	shape := s.to.tensor.Shape()
	kernel.ScaleRows(s.to.data, s.from.data, in[1], shape[0], shape[1])
	for i, g := range in[1] {
		if g == 0 { // a padded row has no say, not even as NaN
			clear(s.to.data[i*shape[1]:][:shape[1]])
		}
	}
	return s.to.tensor, nil
}
