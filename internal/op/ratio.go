package op

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"vae/internal/kernel"
)

// LogDensityRatio returns the vector [B] of log p(z) - log q(z) in nats for
// independent normals p, with priorMu and priorLogvar, and q, with logvar, from
// which z = mu + exp(logvar/2) noise was drawn, all [B,L]:
//
//	1/2 sum_j noise_j^2 + logvar_j - priorLogvar_j - (z_j - priorMu_j)^2 exp(-priorLogvar_j)
//
// since (z - mu) / sigma is the noise. noise is data and has no gradient.
// LogPriorRatio is the case of a standard normal p.
func LogDensityRatio(z, priorMu, priorLogvar, logvar, noise *gorgonia.Node) (*gorgonia.Node, error) {
	const name = "logDensityRatio"
	shape, err := shapeOf(name, z, 2)
	if err != nil {
		return nil, err
	}
	for _, n := range []*gorgonia.Node{priorMu, priorLogvar, logvar, noise} {
		if !shape.Eq(n.Shape()) {
			return nil, fmt.Errorf("%s: z %v and %v do not fit", name, shape, n.Shape())
		}
	}
	r := &logDensityRatio{base: newBase(name, 2, 2, 2, 2, 2, 1), rows: shape[0], latents: shape[1], ratio: newBuffer(shape[0])}
	for i := range r.derivatives {
		r.derivatives[i] = newBuffer(shape...)
	}
	for i := range r.derivatives[3].data {
		r.derivatives[3].data[i] = 0.5
	}
	return gorgonia.ApplyOp(r, z, priorMu, priorLogvar, logvar, noise)
}

type logDensityRatio struct {
	base
	rows, latents int
	ratio         buffer
	derivatives   [4]buffer // by z, priorMu, priorLogvar, logvar
}

func (r *logDensityRatio) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.Shape{r.rows}, nil
}

func (r *logDensityRatio) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := r.inputs(values)
	if err != nil {
		return nil, err
	}
	const rowsPerPart = 16
	kernel.Parallel((r.rows+rowsPerPart-1)/rowsPerPart, func(part int) {
		for i := part * rowsPerPart; i < min((part+1)*rowsPerPart, r.rows); i++ {
			r.row(i, in)
		}
	})
	return r.ratio.tensor, nil
}

func (r *logDensityRatio) row(i int, in [][]float32) {
	z, priorMu, priorLogvar, logvar, noise := in[0], in[1], in[2], in[3], in[4]
	dz, dmu, dlogvar := r.derivatives[0].data, r.derivatives[1].data, r.derivatives[2].data
	var sum float64
	for j := i * r.latents; j < (i+1)*r.latents; j++ {
		e, off := float64(noise[j]), float64(z[j])-float64(priorMu[j])
		pull := off * math.Exp(-float64(priorLogvar[j]))
		sum += e*e + float64(logvar[j]) - float64(priorLogvar[j]) - off*pull
		dz[j], dmu[j], dlogvar[j] = float32(-pull), float32(pull), float32(0.5*(off*pull-1))
	}
	r.ratio.data[i] = float32(0.5 * sum)
}

func (r *logDensityRatio) DiffWRT(int) []bool { return []bool{true, true, true, true, false} }

func (r *logDensityRatio) SymDiff(_ gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	grads, err := scaledBy(r.name, output, grad, r.derivatives[:]...)
	return append(grads, nil), err
}
