package model

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"

	"vae/internal/config"
)

// linearGaussian is a model without hidden layers and with a gaussian likelihood,
// read from its parameters in float64: everything in it is a normal distribution
// and known exactly. z is all latents together, those of the second stochastic
// layer last.
//
//	z ~ N(mean, cov),  x|z ~ N(load z + offset, noise I),  q(z|x) = N(gain x + shift, spread)
type linearGaussian struct {
	mean, offset, shift *mat.VecDense
	cov, spread         *mat.SymDense
	load, gain          *mat.Dense
	noise               float64
}

// values are parameters by name.
type values map[string][]float64

func valuesOf(m *Model) values {
	v := values{}
	for _, p := range m.Params() {
		for _, x := range p.Value {
			v[p.Name] = append(v[p.Name], float64(x))
		}
	}
	return v
}

// linear reads a model of pixels, latents, and latents of a second layer, or 0. The
// log-variances must be constants: fc_logvar.weight and the like are not read.
func linear(v values, pixels, latent, top int, sigma float64) *linearGaussian {
	n := latent + top
	g := &linearGaussian{
		mean: mat.NewVecDense(n, nil), shift: mat.NewVecDense(n, nil), offset: mat.NewVecDense(pixels, v["decoder.0.bias"]),
		load: mat.NewDense(pixels, n, nil), gain: mat.NewDense(n, pixels, nil), noise: sigma * sigma,
	}
	if logvar, ok := v["x_logvar"]; ok {
		g.noise = math.Exp(logvar[0])
	}
	g.load.Slice(0, pixels, 0, latent).(*mat.Dense).Copy(mat.NewDense(pixels, latent, v["decoder.0.weight"]))
	weight, bias := mat.NewDense(latent, pixels, v["fc_mu.weight"]), mat.NewVecDense(latent, v["fc_mu.bias"])
	if top == 0 {
		g.cov, g.spread = diagonal(make([]float64, latent)), diagonal(v["fc_logvar.bias"])
		g.gain, g.shift = weight, bias
		return g
	}
	// z = up z2 + prior_mu.bias + noise in the prior; z2 = down z + top_fc_mu.bias + noise in q
	up, down := mat.NewDense(latent, top, v["prior_mu.weight"]), mat.NewDense(top, latent, v["top_fc_mu.weight"])
	g.mean.SliceVec(0, latent).(*mat.VecDense).CopyVec(mat.NewVecDense(latent, v["prior_mu.bias"]))
	upper := joint(diagonal(make([]float64, top)), diagonal(v["prior_logvar.bias"]), up)
	g.cov = mat.NewSymDense(n, nil)
	for i := range n { // joint has z2 first, this order has it last
		for j := range n {
			g.cov.SetSym(i, j, upper.At((i+top)%n, (j+top)%n))
		}
	}
	g.spread = joint(diagonal(v["fc_logvar.bias"]), diagonal(v["top_fc_logvar.bias"]), down)
	g.gain.Slice(0, latent, 0, pixels).(*mat.Dense).Copy(weight)
	g.gain.Slice(latent, n, 0, pixels).(*mat.Dense).Mul(down, weight)
	g.shift.SliceVec(0, latent).(*mat.VecDense).CopyVec(bias)
	below := g.shift.SliceVec(latent, n).(*mat.VecDense)
	below.MulVec(down, bias)
	below.AddVec(below, mat.NewVecDense(top, v["top_fc_mu.bias"]))
	return g
}

// diagonal is the covariance of independent normals with the log-variances given.
func diagonal(logvar []float64) *mat.SymDense {
	s := mat.NewSymDense(len(logvar), nil)
	for i, lv := range logvar {
		s.SetSym(i, i, math.Exp(lv))
	}
	return s
}

// joint is the covariance of (a, map·a + e), for a with covariance first and e
// with second.
func joint(first, second *mat.SymDense, by *mat.Dense) *mat.SymDense {
	n, m := first.SymmetricDim(), second.SymmetricDim()
	var cross, below mat.Dense
	cross.Mul(by, first)
	below.Mul(&cross, by.T())
	s := mat.NewSymDense(n+m, nil)
	for i := range n + m {
		for j := i; j < n+m; j++ {
			switch {
			case j < n:
				s.SetSym(i, j, first.At(i, j))
			case i < n:
				s.SetSym(i, j, cross.At(j-n, i))
			default:
				s.SetSym(i, j, below.At(i-n, j-n)+second.At(i-n, j-n))
			}
		}
	}
	return s
}

// logp is log p(x).
func (g *linearGaussian) logp(x []float64) float64 {
	var mean mat.VecDense
	mean.MulVec(g.load, g.mean)
	mean.AddVec(&mean, g.offset)
	pixels := g.offset.Len()
	noise := mat.NewSymDense(pixels, nil)
	for i := range pixels {
		noise.SetSym(i, i, g.noise)
	}
	whole := joint(g.cov, noise, g.load)
	n := g.mean.Len()
	return normalOf(&mean, whole.SliceSym(n, n+pixels).(*mat.SymDense)).LogProb(x)
}

// posterior is p(z|x), by the rule for conditioning in terms of precisions.
func (g *linearGaussian) posterior(x []float64) *distmv.Normal {
	n := g.mean.Len()
	var precision, square mat.Dense
	if err := precision.Inverse(g.cov); err != nil {
		panic(err)
	}
	var natural, off, pull mat.VecDense
	natural.MulVec(&precision, g.mean)
	square.Mul(g.load.T(), g.load)
	square.Scale(1/g.noise, &square)
	precision.Add(&precision, &square)
	off.SubVec(mat.NewVecDense(len(x), x), g.offset)
	pull.MulVec(g.load.T(), &off)
	pull.ScaleVec(1/g.noise, &pull)
	natural.AddVec(&natural, &pull)
	var cov mat.Dense
	if err := cov.Inverse(&precision); err != nil {
		panic(err)
	}
	var mean mat.VecDense
	mean.MulVec(&cov, &natural)
	symmetric := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			symmetric.SetSym(i, j, (cov.At(i, j)+cov.At(j, i))/2)
		}
	}
	return normalOf(&mean, symmetric)
}

// q is q(z|x).
func (g *linearGaussian) q(x []float64) *distmv.Normal {
	var mean mat.VecDense
	mean.MulVec(g.gain, mat.NewVecDense(len(x), x))
	mean.AddVec(&mean, g.shift)
	return normalOf(&mean, g.spread)
}

// gap is KL(q(z|x) || p(z|x)): what the evidence lower bound lacks.
func (g *linearGaussian) gap(x []float64) float64 {
	return distmv.KullbackLeibler{}.DistNormal(g.q(x), g.posterior(x))
}

// excess is the relative variance of the importance weights, E_q (p(z|x)/q(z|x))^2
// - 1: the bound of K samples lacks about excess/2K (Maddison et al. 2017,
// proposition 1).
func (g *linearGaussian) excess(x []float64) float64 {
	return math.Expm1(distmv.Renyi{Alpha: 2}.DistNormal(g.posterior(x), g.q(x)))
}

func normalOf(mean *mat.VecDense, cov *mat.SymDense) *distmv.Normal {
	n, ok := distmv.NewNormal(mean.RawVector().Data, cov, nil)
	if !ok {
		panic("a covariance that is none")
	}
	return n
}

// linearCase is a linear-Gaussian model; z2 has 2 latents where it is there.
type linearCase struct {
	name string
	top  int
	set  func(*config.Model)
}

const linearPixels, linearLatent = 5, 3

var linearCases = []linearCase{
	{name: "fixed sigma", set: func(c *config.Model) { c.Sigma = 0.5 }},
	{name: "learned sigma", set: func(c *config.Model) { c.Sigma = config.Learned }},
	{name: "two layers", top: 2, set: func(c *config.Model) { c.Sigma, c.TopLatent = 0.6, 2 }},
	{name: "two layers, learned sigma", top: 2, set: func(c *config.Model) { c.Sigma, c.TopLatent = config.Learned, 2 }},
}

// model has generative weights for which all posteriors are diagonal, and no
// encoder yet.
func (c linearCase) model(t *testing.T) *Model {
	t.Helper()
	settings := config.Model{
		Kind: "vae", Latent: linearLatent, Activation: "relu", Init: "kaiming", Likelihood: "gaussian", Beta: 1,
	}
	c.set(&settings)
	m, err := New(settings, config.Shape{Width: linearPixels, Height: 1, Channels: 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Params() {
		clear(p.Value)
	}
	decoder := m.decoderLayer(0)
	for d := range linearPixels { // orthogonal columns of a discrete cosine transform
		for l := range linearLatent {
			column := math.Cos(math.Pi * (float64(d) + 0.5) * float64(l+1) / linearPixels)
			decoder.Weight.Value[d*linearLatent+l] = float32(column * (0.8 - 0.2*float64(l)))
		}
		decoder.Bias.Value[d] = float32(0.3 + 0.1*float64(d))
	}
	if m.logvarOfPixels() != nil {
		m.logvarOfPixels().Value[0] = -1.1
	}
	if len(m.levels) > 1 {
		for l := range c.top {
			m.dense("prior_mu").Weight.Value[l*c.top+l] = 0.9 - 0.5*float32(l)
		}
		copy(m.dense("prior_mu").Bias.Value, []float32{0.2, -0.1, 0.4})
		copy(m.dense("prior_logvar").Bias.Value, []float32{-0.5, 0.25, -0.75})
	}
	return m
}

func (c linearCase) reference(v values) *linearGaussian {
	sigma := config.Model{}
	c.set(&sigma)
	return linear(v, linearPixels, linearLatent, c.top, sigma.Sigma)
}

// encode sets the encoder to the exact posterior.
func (c linearCase) encode(m *Model) {
	g := c.reference(valuesOf(m))
	set := func(dst []float32, i int, v float64) { dst[i] = float32(v) }
	at := func(x []float64) (mean []float64, cov *mat.SymDense) {
		p := g.posterior(x)
		var s mat.SymDense
		p.CovarianceMatrix(&s)
		return p.Mean(nil), &s
	}
	zero, cov := at(make([]float64, linearPixels))
	for l := range linearLatent {
		set(m.dense("fc_mu").Bias.Value, l, zero[l])
		set(m.dense("fc_logvar").Bias.Value, l, math.Log(cov.At(l, l)))
	}
	for d := range linearPixels {
		x := make([]float64, linearPixels)
		x[d] = 1
		one, _ := at(x)
		for l := range linearLatent {
			set(m.dense("fc_mu").Weight.Value, l*linearPixels+d, one[l]-zero[l])
		}
	}
	for k := range c.top { // up is diagonal: one latent above for one below
		up, precision := float64(m.dense("prior_mu").Weight.Value[k*c.top+k]), math.Exp(-float64(m.dense("prior_logvar").Bias.Value[k]))
		variance := 1 / (1 + up*up*precision)
		set(m.dense("top_fc_mu").Weight.Value, k*linearLatent+k, variance*up*precision)
		set(m.dense("top_fc_mu").Bias.Value, k, -variance*up*precision*float64(m.dense("prior_mu").Bias.Value[k]))
		set(m.dense("top_fc_logvar").Bias.Value, k, math.Log(variance))
	}
}
