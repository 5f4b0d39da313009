package evaluate

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"

	"vae/internal/config"
	"vae/internal/model"
)

// values are the parameters of a model without hidden layers, by name, in float64.
type values struct {
	config config.Model
	of     map[string][]float64
}

func valuesOf(m *model.Model) values {
	v := values{m.Config(), map[string][]float64{}}
	for _, p := range m.Params() {
		for _, x := range p.Value {
			v.of[p.Name] = append(v.of[p.Name], float64(x))
		}
	}
	return v
}

func (v values) matrix(layer string) *mat.Dense {
	rows := len(v.of[layer+".bias"])
	return mat.NewDense(rows, len(v.of[layer+".weight"])/rows, v.of[layer+".weight"])
}

func (v values) vector(layer string) *mat.VecDense {
	b := v.of[layer+".bias"]
	return mat.NewVecDense(len(b), b)
}

// apply is what a layer makes of x.
func (v values) apply(layer string, x []float64) []float64 {
	var y mat.VecDense
	y.MulVec(v.matrix(layer), mat.NewVecDense(len(x), x))
	y.AddVec(&y, v.vector(layer))
	return y.RawVector().Data
}

// logDensity is that of independent normals with mean mu at mu + exp(logvar/2) noise.
func logDensity(z, mu, logvar []float64) float64 {
	var sum float64
	for i, lv := range logvar {
		d := z[i] - mu[i]
		sum -= 0.5 * (math.Log(2*math.Pi) + lv + d*d*math.Exp(-lv))
	}
	return sum
}

func place(mu, logvar []float64, noise []float32) []float64 {
	z := make([]float64, len(mu))
	for i := range z {
		z[i] = mu[i] + math.Exp(logvar[i]/2)*float64(noise[i])
	}
	return z
}

// reconstruction is -log p(x|z), with the constants of a density.
func (v values) reconstruction(x, z []float64) float64 {
	var sum float64
	for i, y := range v.apply("decoder.0", z) {
		switch v.config.Likelihood {
		case "bernoulli":
			sum += math.Log1p(math.Exp(-math.Abs(y))) + max(y, 0) - x[i]*y
		case "mse":
			sum += (x[i]-y)*(x[i]-y) + 0.5*math.Log(math.Pi)
		default:
			d := (x[i] - y) / v.config.Sigma
			sum += 0.5*d*d + math.Log(v.config.Sigma) + 0.5*math.Log(2*math.Pi)
		}
	}
	return sum
}

// logWeight is log p(x,z) - log q(z|x) for a draw of z, and of the layer above where
// there is one.
func (v values) logWeight(x []float64, noise, top []float32) float64 {
	mu, logvar := v.apply("fc_mu", x), v.apply("fc_logvar", x)
	z := place(mu, logvar, noise)
	w := -v.reconstruction(x, z) - logDensity(z, mu, logvar)
	if v.config.TopLatent == 0 {
		zero := make([]float64, len(z))
		return w + logDensity(z, zero, zero)
	}
	mu, logvar = v.apply("top_fc_mu", z), v.apply("top_fc_logvar", z)
	above := place(mu, logvar, top)
	zero := make([]float64, len(above))
	return w + logDensity(z, v.apply("prior_mu", above), v.apply("prior_logvar", above)) +
		logDensity(above, zero, zero) - logDensity(above, mu, logvar)
}

// marginal is p(x) of a model with a gaussian likelihood, where the log-variances
// of the prior are constants.
func (v values) marginal() *distmv.Normal {
	load, offset, latent := v.matrix("decoder.0"), v.vector("decoder.0"), v.config.Latent
	cov := mat.NewSymDense(latent, nil)
	mean := mat.NewVecDense(latent, nil)
	for i := range latent {
		cov.SetSym(i, i, 1)
	}
	if v.config.TopLatent > 0 {
		up := v.matrix("prior_mu")
		cov.SymOuterK(1, up)
		for i, lv := range v.of["prior_logvar.bias"] {
			cov.SetSym(i, i, cov.At(i, i)+math.Exp(lv))
		}
		mean = v.vector("prior_mu")
	}
	var half, full mat.Dense
	half.Mul(load, cov)
	full.Mul(&half, load.T())
	pixels := offset.Len()
	whole := mat.NewSymDense(pixels, nil)
	for i := range pixels {
		for j := i; j < pixels; j++ {
			whole.SetSym(i, j, full.At(i, j))
		}
		whole.SetSym(i, i, full.At(i, i)+v.config.Sigma*v.config.Sigma)
	}
	var at mat.VecDense
	at.MulVec(load, mean)
	at.AddVec(&at, offset)
	return normal(at.RawVector().Data, whole)
}

func normal(mean []float64, cov *mat.SymDense) *distmv.Normal {
	n, ok := distmv.NewNormal(mean, cov, nil)
	if !ok {
		panic("a covariance that is none")
	}
	return n
}

func symmetric(n int, values []float64) *mat.SymDense { return mat.NewSymDense(n, values) }

// posterior is p(z|x) of a model with one stochastic layer.
func (v values) posterior(x []float64) *distmv.Normal {
	load, n := v.matrix("decoder.0"), v.config.Latent
	noise := v.config.Sigma * v.config.Sigma
	precision := mat.NewSymDense(n, nil)
	precision.SymOuterK(1/noise, load.T())
	for i := range n {
		precision.SetSym(i, i, precision.At(i, i)+1)
	}
	var c mat.Cholesky
	if !c.Factorize(precision) {
		panic("no posterior")
	}
	cov := mat.NewSymDense(n, nil)
	if err := c.InverseTo(cov); err != nil {
		panic(err)
	}
	var off, pull, mean mat.VecDense
	off.SubVec(mat.NewVecDense(len(x), x), v.vector("decoder.0"))
	pull.MulVec(load.T(), &off)
	pull.ScaleVec(1/noise, &pull)
	mean.MulVec(cov, &pull)
	return normal(mean.RawVector().Data, cov)
}

// q is q(z|x).
func (v values) q(x []float64) *distmv.Normal {
	cov := mat.NewSymDense(v.config.Latent, nil)
	for i, lv := range v.apply("fc_logvar", x) {
		cov.SetSym(i, i, math.Exp(lv))
	}
	return normal(v.apply("fc_mu", x), cov)
}

// linearGaussian is a variational model of 6 pixels and 2 latents whose q(z|x) is
// the exact posterior, or is off by about that much.
func linearGaussian(t testing.TB, off float64) *model.Model {
	t.Helper()
	m := build(t, line, func(c *config.Model) { c.Likelihood, c.Sigma = "gaussian", 0.35 })
	var load []float64
	for d := range 6 { // orthogonal columns, so that the posterior is diagonal
		for l := range 2 {
			load = append(load, (0.3-0.1*float64(l))*math.Cos(math.Pi*(float64(d)+0.5)*float64(l+1)/6))
		}
	}
	set(t, m, "decoder.0.weight", load...)
	set(t, m, "decoder.0.bias", 0.4, 0.45, 0.5, 0.55, 0.5, 0.6)
	v := valuesOf(m)
	gain, bias, logvar := make([]float64, 12), v.posterior(make([]float64, 6)).Mean(nil), make([]float64, 2)
	var cov mat.SymDense
	v.posterior(make([]float64, 6)).CovarianceMatrix(&cov)
	for d := range 6 {
		x := make([]float64, 6)
		x[d] = 1
		for l, mean := range v.posterior(x).Mean(nil) {
			gain[l*6+d] = mean - bias[l] + off*float64(d%3-1)
		}
	}
	for l := range logvar {
		logvar[l] = math.Log(cov.At(l, l)) + off*float64(1-2*l)
		bias[l] += off
	}
	set(t, m, "fc_mu.weight", gain...)
	set(t, m, "fc_mu.bias", bias...)
	set(t, m, "fc_logvar.weight", make([]float64, 12)...)
	set(t, m, "fc_logvar.bias", logvar...)
	return m
}

// twoLayers is a linear-Gaussian model with a second stochastic layer of one latent.
func twoLayers(t testing.TB) *model.Model {
	t.Helper()
	m := build(t, line, func(c *config.Model) { c.Likelihood, c.Sigma, c.TopLatent = "gaussian", 0.4, 1 })
	lower := linearGaussian(t, 0.15)
	for _, p := range lower.Params() {
		set(t, m, p.Name, widened(p.Value)...)
	}
	set(t, m, "prior_mu.weight", 0.6, -0.4)
	set(t, m, "prior_mu.bias", 0.2, -0.1)
	set(t, m, "prior_logvar.weight", 0, 0)
	set(t, m, "prior_logvar.bias", -0.3, 0.1)
	set(t, m, "top_fc_mu.weight", 0.5, -0.25)
	set(t, m, "top_fc_mu.bias", -0.1)
	set(t, m, "top_fc_logvar.weight", 0.1, 0)
	set(t, m, "top_fc_logvar.bias", -0.4)
	return m
}
