package op

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"vae/internal/kernel"
	"vae/internal/world"
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
	kl, dmu, dlogvar := newBuffer(shape[0]), newBuffer(shape...), newBuffer(shape...)
	return leaving(name, kl, []*Buffer{dmu, dlogvar}, func(in [][]float32) {
		kernel.StandardNormalKL(kl.data, dmu.data, dlogvar.data, in[0], in[1], shape[0], shape[1])
	}, mu, logvar)
}

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
	f := &freeBits{free: free, dmu: newBuffer(shape...), dlogvar: newBuffer(shape...)}
	sum := newScalar()
	var s world.Slices
	return leavingBySlices(name, sum, []*Buffer{f.dmu, f.dlogvar, nil, nil}, &s, func(in [][]float32) {
		mu, logvar, weight, scale := in[0], in[1], in[2], float64(in[3][0])
		f.kl = s.Total(shape[1], func(kl []float64, slice int) {
			divergences(kl, part(mu, slice, s.Count()), part(logvar, slice, s.Count()), part(weight, slice, s.Count()))
		})
		sum.data[0] = float32(scale * f.cost())
		f.derivatives(mu, logvar, weight, scale)
	}, mu, logvar, weight, scale)
}

type freeBits struct {
	free         float64
	kl           []float64 // [L] of the batch, of all processes
	dmu, dlogvar *Buffer
}

// divergences adds to kl [L] those of rows of mu and logvar, each times its weight.
func divergences(kl []float64, mu, logvar, weight []float32) {
	l := len(kl)
	for i := range mu {
		if w := float64(weight[i/l]); w != 0 {
			kl[i%l] += w * kernel.StandardNormalKLOf(float64(mu[i]), float64(logvar[i]))
		}
	}
}

func (f *freeBits) cost() (sum float64) {
	for _, kl := range f.kl {
		sum += max(f.free, kl)
	}
	return sum
}

func (f *freeBits) derivatives(mu, logvar, weight []float32, scale float64) {
	l := len(f.kl)
	for i := range mu {
		w := scale * float64(weight[i/l])
		if w == 0 || f.kl[i%l] <= f.free { // a padded row has no say, not even as NaN
			f.dmu.data[i], f.dlogvar.data[i] = 0, 0
			continue
		}
		f.dmu.data[i] = float32(w * float64(mu[i]))
		f.dlogvar.data[i] = float32(w * 0.5 * math.Expm1(float64(logvar[i])))
	}
}
