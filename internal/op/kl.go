package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"vae/internal/kernel"
)

// StandardNormalKL returns the vector [B] of Kullback-Leibler divergences in
// nats between the rows of N(mu, exp(logvar)), mu and logvar [B,L], and the
// standard normal (Kingma and Welling 2014, appendix B):
//
//	kl_i = -1/2 sum_j 1 + logvar_ij - mu_ij^2 - exp(logvar_ij)
func StandardNormalKL(mu, logvar *gorgonia.Node) (*gorgonia.Node, error) {
	const name = "standardNormalKL"
	shape, err := shapeOf(name, mu, 2)
	if err != nil {
		return nil, err
	}
	if !shape.Eq(logvar.Shape()) {
		return nil, fmt.Errorf("%s: mu %v and logvar %v do not fit", name, shape, logvar.Shape())
	}
	kl := &standardNormalKL{
		base: newBase(name, 2, 2, 1), rows: shape[0], latents: shape[1],
		kl: newBuffer(shape[0]), dmu: newBuffer(shape...), dlogvar: newBuffer(shape...),
	}
	return gorgonia.ApplyOp(kl, mu, logvar)
}

type standardNormalKL struct {
	base
	rows, latents    int
	kl, dmu, dlogvar buffer
}

func (k *standardNormalKL) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.Shape{k.rows}, nil
}

func (k *standardNormalKL) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := k.inputs(values)
	if err != nil {
		return nil, err
	}
	kernel.StandardNormalKL(k.kl.data, k.dmu.data, k.dlogvar.data, in[0], in[1], k.rows, k.latents)
	return k.kl.tensor, nil
}

func (k *standardNormalKL) DiffWRT(int) []bool { return []bool{true, true} }

func (k *standardNormalKL) SymDiff(_ gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	return scaledBy(k.name, output, grad, k.dmu, k.dlogvar)
}
