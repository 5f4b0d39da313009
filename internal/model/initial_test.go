package model

import (
	"math"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
)

// square is the shape of the small images that these tests use.
var square = config.Shape{Width: 3, Height: 2, Channels: 1}

// small is a network of 6-5-4-(2)-4-5-6 units; change may alter its settings.
func small(t *testing.T, change func(*config.Model)) *Model {
	t.Helper()
	c := config.Default().Model
	c.Latent, c.Hidden, c.Activation, c.Beta = 2, []int{5, 4}, "tanh", 0.75
	if change != nil {
		change(&c)
	}
	m, err := New(c, square, 3)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func seedNetwork(t *testing.T, init config.Init, seed uint64) *Model {
	t.Helper()
	c := config.Default().Model
	c.Init = init
	m, err := New(c, config.Shape{Width: 28, Height: 28, Channels: 1}, seed)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestInitialWeightsBelongToTheSeed(t *testing.T) {
	one, same, other := seedNetwork(t, "kaiming", 1), seedNetwork(t, "kaiming", 1), seedNetwork(t, "kaiming", 2)
	for i, p := range one.Params() {
		if !slices.Equal(p.Value, same.Params()[i].Value) {
			t.Errorf("%s differs between two models of one seed", p.Name)
		}
		if slices.Equal(p.Value, other.Params()[i].Value) {
			t.Errorf("%s is the same for another seed", p.Name)
		}
	}
}

func TestInitialWeightsOfLayersDiffer(t *testing.T) {
	m := small(t, func(c *config.Model) { c.Hidden = []int{6, 6, 6} })
	if slices.Equal(m.dense("encoder.0").Weight.Value, m.dense("encoder.2").Weight.Value) ||
		slices.Equal(m.dense("encoder.2").Weight.Value, m.decoderLayer(1).Weight.Value) ||
		slices.Equal(m.dense("fc_mu").Weight.Value, m.dense("fc_logvar").Weight.Value) {
		t.Error("two layers of one shape have the same weights")
	}
}

func TestInitialWeightsAreUniform(t *testing.T) {
	for init, bound := range map[config.Init]func(in, out float64) float64{
		"kaiming": func(in, _ float64) float64 { return 1 / math.Sqrt(in) },
		"glorot":  func(in, out float64) float64 { return math.Sqrt(6 / (in + out)) },
		"he":      func(in, _ float64) float64 { return math.Sqrt(6 / in) },
	} {
		t.Run(string(init), func(t *testing.T) {
			for _, l := range seedNetwork(t, init, 1).layers() {
				want := bound(float64(l.In().Pixels()), float64(l.Out().Pixels()))
				weight, bias := l.Params()[0], l.Params()[1]
				checkUniform(t, weight, want)
				if init == "kaiming" {
					checkUniform(t, bias, want)
				} else if slices.ContainsFunc(bias.Value, func(b float32) bool { return b != 0 }) {
					t.Errorf("%s is not zero", bias.Name)
				}
			}
		})
	}
}

// checkUniform holds range, mean and variance against the uniform distribution
// on [-bound, bound], with five standard errors.
func checkUniform(t *testing.T, p *Param, bound float64) {
	t.Helper()
	var sum, squares, largest float64
	for _, v := range p.Value {
		x := float64(v) / bound
		sum, squares, largest = sum+x, squares+x*x, max(largest, math.Abs(x))
	}
	n := float64(len(p.Value))
	// The variances of x and x^2 are 1/3 and 4/45; the greatest of n draws is
	// below 1-12/n with probability exp(-12). A draw rounds to float32.
	if !(math.Abs(sum/n) <= 5*math.Sqrt(1/(3*n))) || !(math.Abs(squares/n-1.0/3) <= 5*math.Sqrt(4/(45*n))) {
		t.Errorf("%s: mean %g and mean square %g in units of the bound %g", p.Name, sum/n, squares/n, bound)
	}
	if !(largest <= 1+1e-7 && largest >= 1-12/n) {
		t.Errorf("%s: greatest absolute value %g in units of the bound %g", p.Name, largest, bound)
	}
}

func TestModelsThatCannotBeAreErrors(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*config.Model)
		want   string
	}{
		"too many parameters": {func(c *config.Model) { c.Hidden = []int{1 << 20, 1 << 20} }, "million parameters"},
		"too wide to count":   {func(c *config.Model) { c.Hidden = []int{math.MaxInt, math.MaxInt} }, "million parameters"},
		"unknown activation":  {func(c *config.Model) { c.Activation = "relux" }, `unknown activation "relux"`},
	} {
		settings := config.Default().Model
		c.change(&settings)
		m, err := New(settings, square, 1)
		if m != nil || err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", name, err, c.want)
		}
	}
}
