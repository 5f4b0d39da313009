package op

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"

	"vae/internal/kernel"
)

// LogPriorRatio returns the vector [B*K] of log p(z) - log q(z|x) in nats, for the
// standard normal prior and z = mu + exp(logvar/2) * noise, all [B*K,L]:
//
//	1/2 sum_j noise_j^2 + logvar_j - z_j^2
//
// since (z - mu) / sigma is the noise, whatever mu and sigma are. noise is data
// and has no gradient.
func LogPriorRatio(z, logvar, noise *gorgonia.Node) (*gorgonia.Node, error) {
	return logPriorRatio(z, logvar, noise, false)
}

// PathLogPriorRatio is LogPriorRatio with the gradient of the path alone: the
// parameters of q(z|x) are held fixed in log q(z|x), so that the derivative by z is
//
//	-z + noise exp(-logvar/2)
//
// and there is none by logvar (Roeder et al. 2017; Tucker et al. 2019).
func PathLogPriorRatio(z, logvar, noise *gorgonia.Node) (*gorgonia.Node, error) {
	return logPriorRatio(z, logvar, noise, true)
}

func logPriorRatio(z, logvar, noise *gorgonia.Node, pathOnly bool) (*gorgonia.Node, error) {
	const name = "logPriorRatio"
	shape, err := shapeOf(name, z, 2)
	if err != nil {
		return nil, err
	}
	if !shape.Eq(logvar.Shape()) || !shape.Eq(noise.Shape()) {
		return nil, fmt.Errorf("%s: z %v, logvar %v and noise %v do not fit", name, shape, logvar.Shape(), noise.Shape())
	}
	rows, l := shape[0], shape[1]
	ratio, dz := newBuffer(rows), newBuffer(shape...)
	derivatives := []*Buffer{dz, nil, nil}
	if !pathOnly {
		derivatives[1] = newConstant(0.5, shape...)
	}
	return leaving(name, ratio, derivatives, inParts(rows, 64, func(i int, in [][]float32) {
		from, to := i*l, (i+1)*l
		z, logvar, noise := in[0][from:to], in[1][from:to], in[2][from:to]
		ratio.data[i] = logPriorRatioRow(dz.data[from:to], z, logvar, noise)
		if pathOnly {
			addPath(dz.data[from:to], logvar, noise)
		}
	}), z, logvar, noise)
}

// inParts makes a run of an operation that works on each of n rows by itself, so many
// of them in one part of the work. What it hands to the threads is made once, so that
// a run allocates nothing.
func inParts(n, rows int, row func(i int, in [][]float32)) func(in [][]float32) {
	var inputs [][]float32
	part := func(part int) {
		for i := part * rows; i < min((part+1)*rows, n); i++ {
			row(i, inputs)
		}
	}
	return func(in [][]float32) {
		inputs = in
		kernel.Parallel((n+rows-1)/rows, part)
	}
}

// logPriorRatioRow is one draw's ratio; it sets dz = -z, the derivative by z. That
// by logvar is 1/2 everywhere.
func logPriorRatioRow(dz, z, logvar, noise []float32) float32 {
	var sum float64
	for j, v := range z {
		sum += float64(noise[j]*noise[j] + logvar[j] - v*v)
		dz[j] = -v
	}
	return float32(0.5 * sum)
}

// addPath adds the derivative of -log q by z, with the parameters of q held fixed.
func addPath(dz, logvar, noise []float32) {
	for j, e := range noise {
		dz[j] += e * float32(math.Exp(-0.5*float64(logvar[j])))
	}
}

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
	rows, l := shape[0], shape[1]
	r := &logDensityRatio{dz: newBuffer(shape...), dmu: newBuffer(shape...), dlogvar: newBuffer(shape...)}
	ratio := newBuffer(rows)
	derivatives := []*Buffer{r.dz, r.dmu, r.dlogvar, newConstant(0.5, shape...), nil}
	return leaving(name, ratio, derivatives, inParts(rows, 16, func(i int, in [][]float32) {
		ratio.data[i] = r.row(i*l, (i+1)*l, in)
	}), z, priorMu, priorLogvar, logvar, noise)
}

// logDensityRatio holds the derivatives by z, priorMu and priorLogvar.
type logDensityRatio struct{ dz, dmu, dlogvar *Buffer }

// row computes the draw whose latents have the numbers from..to-1.
func (r *logDensityRatio) row(from, to int, in [][]float32) float32 {
	z, priorMu, priorLogvar, logvar, noise := in[0], in[1], in[2], in[3], in[4]
	var sum float64
	for j := from; j < to; j++ {
		e, off := float64(noise[j]), float64(z[j])-float64(priorMu[j])
		pull := off * math.Exp(-float64(priorLogvar[j]))
		sum += e*e + float64(logvar[j]) - float64(priorLogvar[j]) - off*pull
		r.dz.data[j], r.dmu.data[j], r.dlogvar.data[j] = float32(-pull), float32(pull), float32(0.5*(off*pull-1))
	}
	return float32(0.5 * sum)
}
