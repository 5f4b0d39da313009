package posterior

import (
	"math"
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/layer"
)

// run builds a graph, runs it and returns the values of the nodes.
func run(t *testing.T, describe func(b *graph.Builder) []*graph.Node) (values [][]float32) {
	t.Helper()
	var nodes []*graph.Node
	g, err := graph.Build(func(b *graph.Builder) {
		nodes = describe(b)
		b.Keep(nodes...)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		values = append(values, slices.Clone(g.Read(n)))
	}
	return values
}

func input(b *graph.Builder, name string, rows, columns int, values ...float32) *graph.Node {
	n, data := b.Input(name, rows, columns)
	copy(data, values)
	return n
}

func TestDrawsAreMuPlusSigmaNoise(t *testing.T) {
	mu, logvar := []float32{0.5, -1, 2, 0}, []float32{-1, 0.5, 0, 2}
	noise := []float32{1, -1, 0.5, 2, -0.25, 0, 0.75, -2, 1.5, 0.1, -0.1, 3}
	for _, samples := range []int{1, 3} {
		values := run(t, func(b *graph.Builder) []*graph.Node {
			q := Code{input(b, "mu", 2, 2, mu...), input(b, "logvar", 2, 2, logvar...)}
			d := q.Draw(b, input(b, "noise", 2*samples, 2, noise...), samples)
			return []*graph.Node{d.Z, d.Mu(b), d.Logvar(b)}
		})
		for i, z := range values[0] {
			of := i/(2*samples)*2 + i%2 // the K draws of a row follow each other
			want := float64(mu[of]) + math.Exp(float64(logvar[of])/2)*float64(noise[i])
			if math.Abs(float64(z)-want) > 1e-6 {
				t.Errorf("K=%d, z[%d] = %v, not %v", samples, i, z, want)
			}
			if values[1][i] != mu[of] || values[2][i] != logvar[of] {
				t.Errorf("K=%d, draw %d: mu %v, logvar %v, not %v and %v", samples, i, values[1][i], values[2][i], mu[of], logvar[of])
			}
		}
	}
}

func TestAPointIsItsOwnDraw(t *testing.T) {
	values := run(t, func(b *graph.Builder) []*graph.Node {
		q := Code{Mu: input(b, "mu", 2, 1, 0.5, -1)}
		return []*graph.Node{q.Draw(b, nil, 1).Z}
	})
	if !slices.Equal(values[0], []float32{0.5, -1}) {
		t.Errorf("z = %v", values[0])
	}
}

// filled has the parameters 0.1, 0.2, ... in each layer.
func filled(p Posterior) Posterior {
	for _, param := range p.Layers().Params() {
		param.Allocate()
		for i := range param.Value {
			param.Value[i] = float32(i+1) / 10
		}
	}
	return p
}

func TestPosteriorsAreTheirNetworks(t *testing.T) {
	tanh, err := layer.NewActivation(config.Tanh)
	if err != nil {
		t.Fatal(err)
	}
	linear, err := layer.NewActivation(config.Linear)
	if err != nil {
		t.Fatal(err)
	}
	hidden := layer.DenseMaker(tanh)
	stack, width := layer.Hidden("hidden", 1, []int{1}, hidden)
	below, h := layer.Hidden("encoder", 1, []int{1}, hidden)
	gaussian := filled(&Gaussian{layer.NewNormal(below, h, "fc_mu", "fc_logvar", 2)})
	point := filled(&Deterministic{stack, layer.NewDense("code", width, 2, linear)})
	if gaussian.Point() || !point.Point() || len(gaussian.Layers()) != 3 || len(point.Layers()) != 2 {
		t.Errorf("gaussian: point %v, %d layers; deterministic: point %v, %d layers",
			gaussian.Point(), len(gaussian.Layers()), point.Point(), len(point.Layers()))
	}
	const x = 2
	y := math.Tanh(0.1*x + 0.1)
	want := []float64{0.1*y + 0.1, 0.2*y + 0.2}
	values := run(t, func(b *graph.Builder) []*graph.Node {
		in := input(b, "x", 1, 1, x)
		q, p := gaussian.Apply(b, in, false, nil), point.Apply(b, in, false, nil)
		if p.Logvar != nil {
			t.Error("a point has a variance")
		}
		return []*graph.Node{q.Mu, q.Logvar, p.Mu}
	})
	for of, got := range values {
		for i := range want {
			if math.Abs(float64(got[i])-want[i]) > 1e-6 {
				t.Errorf("result %d: %v, not %v", of, got, want)
			}
		}
	}
}
