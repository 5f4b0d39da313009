package op

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"vae/internal/kernel"
)

// FreeBitsKL returns the scalar sum over latents of what the divergence between
// N(mu, exp(logvar)) and the standard normal costs beyond free nats, mu and logvar
// [B,L]:
//
//	scale sum_j max(free, sum_i weight_i kl_ij)
//
// so that a latent has the first nats for nothing (Kingma et al. 2016, equation
// 15, with the batch as its minibatch M). weight [B] are the weights of the images
// and scale [1] the factor of the whole; both are data and have no gradient.
func FreeBitsKL(mu, logvar, weight, scale *gorgonia.Node, free float64) (*gorgonia.Node, error) {
	const name = "freeBitsKL"
	shape, err := shapeOf(name, mu, 2)
	if err != nil {
		return nil, err
	}
	if !shape.Eq(logvar.Shape()) || !weight.Shape().Eq(tensor.Shape{shape[0]}) || !scale.Shape().Eq(tensor.Shape{1}) {
		return nil, fmt.Errorf("%s: mu %v, logvar %v, weight %v and scale %v do not fit", name, shape, logvar.Shape(), weight.Shape(), scale.Shape())
	}
	f := &freeBits{
		base: newBase(name, 2, 2, 1, 1, 0), rows: shape[0], latents: shape[1], free: free,
		kl: make([]float64, shape[1]), sum: new(gorgonia.F32), dmu: newBuffer(shape...), dlogvar: newBuffer(shape...),
	}
	return gorgonia.ApplyOp(f, mu, logvar, weight, scale)
}

type freeBits struct {
	base
	rows, latents int
	free          float64
	kl            []float64 // [L] of the batch
	sum           *gorgonia.F32
	dmu, dlogvar  buffer
}

func (f *freeBits) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.ScalarShape(), nil
}

func (f *freeBits) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := f.inputs(values)
	if err != nil {
		return nil, err
	}
	mu, logvar, weight, scale := in[0], in[1], in[2], float64(in[3][0])
	clear(f.kl)
	for i := range mu {
		if w := float64(weight[i/f.latents]); w != 0 {
			m, lv := float64(mu[i]), float64(logvar[i])
			f.kl[i%f.latents] += w * 0.5 * (m*m + math.Expm1(lv) - lv)
		}
	}
	var sum float64
	for _, kl := range f.kl {
		sum += max(f.free, kl)
	}
	*f.sum = gorgonia.F32(scale * sum)
	for i := range mu {
		w := scale * float64(weight[i/f.latents])
		if w == 0 || f.kl[i%f.latents] <= f.free { // a padded row has no say, not even as NaN
			f.dmu.data[i], f.dlogvar.data[i] = 0, 0
			continue
		}
		f.dmu.data[i] = float32(w * float64(mu[i]))
		f.dlogvar.data[i] = float32(w * 0.5 * math.Expm1(float64(logvar[i])))
	}
	return f.sum, nil
}

func (f *freeBits) DiffWRT(int) []bool { return []bool{true, true, false, false} }

func (f *freeBits) SymDiff(_ gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	grads, err := scaledByScalar(f.name, output, grad, f.dmu, f.dlogvar)
	return append(grads, nil, nil), err
}

// RateKL returns the scalar penalty of a sparse autoencoder (Ng 2011, CS294A
// lecture notes on sparse autoencoders): how far the mean activation of each unit
// of code [B,L], in (0,1), is from the wanted rate rho,
//
//	sum_j rho log(rho/rate_j) + (1-rho) log((1-rho)/(1-rate_j)),  rate_j = sum_i weight_i code_ij
//
// with the weights of the images [B], which are data. Rates closer to 0 or 1 than
// 1e-6 count as that, in the gradient too, which so leads back.
func RateKL(code, weight *gorgonia.Node, rho float64) (*gorgonia.Node, error) {
	const name = "rateKL"
	shape, err := shapeOf(name, code, 2)
	if err != nil {
		return nil, err
	}
	if !weight.Shape().Eq(tensor.Shape{shape[0]}) {
		return nil, fmt.Errorf("%s: code %v and weight %v do not fit", name, shape, weight.Shape())
	}
	r := &rateKL{
		base: newBase(name, 2, 1, 0), latents: shape[1], rho: rho,
		rate: make([]float64, shape[1]), sum: new(gorgonia.F32), dcode: newBuffer(shape...),
	}
	return gorgonia.ApplyOp(r, code, weight)
}

type rateKL struct {
	base
	latents int
	rho     float64
	rate    []float64 // [L]
	sum     *gorgonia.F32
	dcode   buffer
}

func (r *rateKL) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.ScalarShape(), nil
}

func (r *rateKL) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := r.inputs(values)
	if err != nil {
		return nil, err
	}
	code, weight := in[0], in[1]
	clear(r.rate)
	for i, a := range code {
		if w := weight[i/r.latents]; w != 0 {
			r.rate[i%r.latents] += float64(w) * float64(a)
		}
	}
	const nearest = 1e-6
	var sum float64
	for j, rate := range r.rate {
		rate = min(max(rate, nearest), 1-nearest)
		sum += r.rho*math.Log(r.rho/rate) + (1-r.rho)*math.Log((1-r.rho)/(1-rate))
		r.rate[j] = (1-r.rho)/(1-rate) - r.rho/rate // the derivative by the rate
	}
	*r.sum = gorgonia.F32(sum)
	for i := range code {
		r.dcode.data[i] = float32(float64(weight[i/r.latents]) * r.rate[i%r.latents])
	}
	return r.sum, nil
}

func (r *rateKL) DiffWRT(int) []bool { return []bool{true, false} }

func (r *rateKL) SymDiff(_ gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	grads, err := scaledByScalar(r.name, output, grad, r.dcode)
	return append(grads, nil), err
}

// L1 returns the vector [B] of the sums of the absolute values of the rows of code
// [B,L]. The derivative at 0 is 0.
func L1(code *gorgonia.Node) (*gorgonia.Node, error) {
	shape, err := shapeOf("l1", code, 2)
	if err != nil {
		return nil, err
	}
	return gorgonia.ApplyOp(&l1{newBase("l1", 2, 1), shape[1], newBuffer(shape[0]), newBuffer(shape...)}, code)
}

type l1 struct {
	base
	latents    int
	sum, dcode buffer
}

func (l *l1) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return l.sum.tensor.Shape().Clone(), nil
}

func (l *l1) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := l.inputs(values)
	if err != nil {
		return nil, err
	}
	for i := range l.sum.data {
		var sum float64
		for j := i * l.latents; j < (i+1)*l.latents; j++ {
			v := in[0][j]
			sum += math.Abs(float64(v))
			l.dcode.data[j] = 0
			if v != 0 {
				l.dcode.data[j] = float32(math.Copysign(1, float64(v)))
			}
		}
		l.sum.data[i] = float32(sum)
	}
	return l.sum.tensor, nil
}

func (l *l1) DiffWRT(int) []bool { return []bool{true} }

func (l *l1) SymDiff(_ gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	return scaledBy(l.name, output, grad, l.dcode)
}

// scaledByScalar is scaledBy for an operation whose result, and so the gradient
// that arrives, is a scalar.
func scaledByScalar(name string, output, grad *gorgonia.Node, derivatives ...buffer) (gorgonia.Nodes, error) {
	var grads gorgonia.Nodes
	for _, from := range derivatives {
		back := &scaleAll{newBase(name+"Backward", 0, 0, 2), from, newBuffer(from.tensor.Shape().Clone()...)}
		d, err := gorgonia.ApplyOp(back, output, grad)
		if err != nil {
			return nil, err
		}
		grads = append(grads, d)
	}
	return grads, nil
}

// scaleAll multiplies a derivative by the scalar gradient, its second child.
type scaleAll struct {
	base
	from, to buffer
}

func (s *scaleAll) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return s.to.tensor.Shape().Clone(), nil
}

func (s *scaleAll) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := s.inputs(values)
	if err != nil {
		return nil, err
	}
	kernel.ScaleRows(s.to.data, s.from.data, in[1], 1, len(s.to.data))
	return s.to.tensor, nil
}
