package prior

import (
	"math"
	"slices"
	"testing"

	"vae/internal/graph"
	"vae/internal/op"
	"vae/internal/posterior"
	"vae/internal/rng"
)

const (
	rows, samples, latents = 2, 3, 2
)

// known is what the tests know of each prior that can be trained: a row for each.
var known = map[string]struct {
	prior          func() Trainable
	mean, variance [latents]float64
}{
	"standard normal": {func() Trainable { return StandardNormal{} }, [latents]float64{}, [latents]float64{1, 1}},
}

// logNormal is log N(z; mean, variance).
func logNormal(z, mean, variance float64) float64 {
	return -0.5 * (math.Log(2*math.Pi*variance) + (z-mean)*(z-mean)/variance)
}

// eachPrior runs a test with every prior, whose parameters are -0.7, -0.6, ...
func eachPrior(t *testing.T, test func(t *testing.T, p Trainable, name string)) {
	for name, k := range known {
		t.Run(name, func(t *testing.T) {
			p := k.prior()
			for _, param := range p.Params() {
				param.Allocate()
				for i := range param.Value {
					param.Value[i] = float32(i-7) / 10
				}
			}
			test(t, p, name)
		})
	}
}

// evaluated is the graph of a divergence: the value of each row or draw, and the gradients of
// their weighted sum with respect to the code [rows,latents] and to the prior's parameters.
type evaluated struct {
	graph     *graph.Graph
	params    []*graph.Param // mu and logvar first
	noise     []float32
	values    *graph.Node
	gradients []*graph.Node
}

// weights are those of the rows.
var weights = [rows]float32{0.75, -0.5}

// evaluate builds and runs what describe makes of a code and of its draws, K for each row.
func evaluate(t *testing.T, p Trainable, k int, describe func(b *graph.Builder, q posterior.Code, d posterior.Draws, weight *graph.Node) *graph.Node) *evaluated {
	t.Helper()
	e := &evaluated{params: []*graph.Param{graph.NewParam("mu", rows, latents), graph.NewParam("logvar", rows, latents)}}
	copy(allocated(e.params[0]), []float32{0.5, -1, 0.25, 2})
	copy(allocated(e.params[1]), []float32{-1, 0.5, 0.25, -0.5})
	e.params = append(e.params, p.Params()...)
	var err error
	e.graph, err = graph.Build(func(b *graph.Builder) {
		q := posterior.Code{Mu: b.Param(e.params[0]), Logvar: b.Param(e.params[1])}
		var noise *graph.Node
		noise, e.noise = b.Input("noise", rows*k, latents)
		weight, w := b.Input("weight", rows*k)
		for i := range w {
			w[i] = weights[i/k]
		}
		e.values = describe(b, q, q.Draw(b, noise, k), weight)
		loss := e.values
		if !loss.Shape().IsScalar() {
			loss = b.Node(op.Dot(weight, e.values))
		}
		b.Keep(e.values, loss)
		e.gradients = b.Gradients(loss, e.params)
	})
	if err != nil {
		t.Fatal(err)
	}
	rng.Normal(e.noise, rng.Stream(1, "noise"))
	if err := e.graph.Run(); err != nil {
		t.Fatal(err)
	}
	return e
}

func allocated(p *graph.Param) []float32 {
	p.Allocate()
	return p.Value
}

// against holds the gradients against central differences of a function of the parameters.
func (e *evaluated) against(t *testing.T, what string, f func() float64) {
	t.Helper()
	const h = 1. / 256
	for k, p := range e.params {
		for i, v := range p.Value {
			p.Value[i] = v + h
			above, high := f(), float64(p.Value[i])
			p.Value[i] = v - h
			want := (above - f()) / (high - float64(p.Value[i]))
			p.Value[i] = v
			if got := float64(e.graph.Read(e.gradients[k])[i]); !(math.Abs(got-want) <= 2e-4*(1+math.Abs(want))) {
				t.Errorf("%s: gradient of %s[%d] is %g, want %g", what, p.Name, i, got, want)
			}
		}
	}
}

// sigma is the standard deviation of latent i of the code.
func (e *evaluated) sigma(i int) float64 { return math.Exp(0.5 * float64(e.params[1].Value[i])) }

// ratio is log p(z) - log q(z|x) of draw i, of k a row; kl the divergence of a row.
func (e *evaluated) ratio(name string, i, k int) (sum float64) {
	for j := range latents {
		at := i/k*latents + j
		mu, s := float64(e.params[0].Value[at]), e.sigma(at)
		z := mu + s*float64(e.noise[i*latents+j])
		sum += logNormal(z, known[name].mean[j], known[name].variance[j]) - logNormal(z, mu, s*s)
	}
	return sum
}

func (e *evaluated) kl(p ClosedKL, row int) (sum float64) {
	for j := range latents {
		i := row*latents + j
		sum += p.LatentKL(j, float64(e.params[0].Value[i]), float64(e.params[1].Value[i]))
	}
	return sum
}

// The ratio of densities of each draw against the densities written down, and its gradients.
func TestLogRatio(t *testing.T) {
	eachPrior(t, func(t *testing.T, p Trainable, name string) {
		e := evaluate(t, p, samples, func(b *graph.Builder, _ posterior.Code, d posterior.Draws, _ *graph.Node) *graph.Node {
			return p.LogRatio(b, d, false)
		})
		got := slices.Clone(e.graph.Read(e.values))
		for i, v := range got {
			if want := e.ratio(name, i, samples); !(math.Abs(float64(v)-want) <= 1e-5*(1+math.Abs(want))) {
				t.Errorf("draw %d: %g, want %g", i, v, want)
			}
		}
		gradients := make([][]float32, len(e.params))
		for k := range e.params {
			gradients[k] = slices.Clone(e.graph.Read(e.gradients[k]))
		}
		e.againstItself(t, gradients)
	})
}

// againstItself holds gradients against differences of the graph's own values, which are
// float32.
func (e *evaluated) againstItself(t *testing.T, gradients [][]float32) {
	t.Helper()
	const h = 1. / 32
	for k, p := range e.params {
		for i, v := range p.Value {
			p.Value[i] = v + h
			above := e.weighted(t)
			p.Value[i] = v - h
			want := (above - e.weighted(t)) / (2 * h)
			p.Value[i] = v
			if got := float64(gradients[k][i]); !(math.Abs(got-want) <= 2e-3*(1+math.Abs(want))) {
				t.Errorf("gradient of %s[%d] is %g, want %g", p.Name, i, got, want)
			}
		}
	}
}

// weighted runs the graph and sums its values up.
func (e *evaluated) weighted(t *testing.T) (sum float64) {
	t.Helper()
	if err := e.graph.Run(); err != nil {
		t.Fatal(err)
	}
	values := e.graph.Read(e.values)
	for i, v := range values {
		sum += float64(weights[i*rows/len(values)]) * float64(v)
	}
	return sum
}

// The closed divergence of a latent against the integral of q log q/p, that of a row and the
// one beyond free nats against its sum, each with its gradients.
func TestClosedKL(t *testing.T) {
	eachPrior(t, func(t *testing.T, prior Trainable, name string) {
		p, closed := prior.(ClosedKL)
		if !closed {
			t.Skip("no closed form")
		}
		e := evaluate(t, prior, 1, func(b *graph.Builder, q posterior.Code, _ posterior.Draws, _ *graph.Node) *graph.Node {
			return p.KL(b, q)
		})
		for i, v := range e.graph.Read(e.values) {
			if want := e.kl(p, i); !(math.Abs(float64(v)-want) <= 1e-6*(1+want)) {
				t.Errorf("row %d: KL %g, want %g", i, v, want)
			}
		}
		total := func() float64 { return float64(weights[0])*e.kl(p, 0) + float64(weights[1])*e.kl(p, 1) }
		e.against(t, "KL", total)
		for j := range latents {
			mu, s := float64(e.params[0].Value[j]), e.sigma(j)
			got := p.LatentKL(j, mu, 2*math.Log(s))
			if want := integral(mu, s, known[name].mean[j], known[name].variance[j]); !(math.Abs(got-want) <= 1e-6) {
				t.Errorf("latent %d: KL %g, want %g", j, got, want)
			}
		}
		const free = -1e3 // so that no latent is below it
		e = evaluate(t, prior, 1, func(b *graph.Builder, q posterior.Code, _ posterior.Draws, weight *graph.Node) *graph.Node {
			scale, two := b.Input("scale", 1)
			two[0] = 2
			return p.FreeBits(b, q, weight, scale, free)
		})
		if got, want := float64(e.graph.Read(e.values)[0]), 2*total(); !(math.Abs(got-want) <= 1e-5*(1+math.Abs(want))) {
			t.Errorf("beyond free nats %g, want %g", got, want)
		}
		e.against(t, "free bits", func() float64 { return 2 * total() })
	})
}

// integral is that of q log q/p for normal q and p, by the rule of rectangles.
func integral(mu, sigma, mean, variance float64) (sum float64) {
	const step = 1. / 512
	for u := -12.; u <= 12; u += step {
		z := mu + sigma*u
		log := logNormal(z, mu, sigma*sigma)
		sum += step * sigma * math.Exp(log) * (log - logNormal(z, mean, variance))
	}
	return sum
}

// Noise becomes draws with the mean and the variance of the prior.
func TestDraw(t *testing.T) {
	eachPrior(t, func(t *testing.T, p Trainable, name string) {
		const n = 50_000
		var sum, squares [latents]float64
		for i := range uint64(n) {
			z := make([]float32, latents)
			rng.Normal(z, rng.Stream(2, "draws", i))
			p.Draw(z)
			for j, v := range z {
				d := float64(v) - known[name].mean[j]
				sum[j] += d / n
				squares[j] += d * d / n
			}
		}
		for j, v := range known[name].variance {
			if !(math.Abs(sum[j]) <= 5*math.Sqrt(v/n)) || !(math.Abs(squares[j]/v-1) <= 5*math.Sqrt(2./n)) {
				t.Errorf("latent %d: off by %g, variance %g, want %g", j, sum[j], squares[j], v)
			}
		}
	})
}
