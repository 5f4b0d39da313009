package model

import (
	"encoding/json"
	"hash/fnv"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
)

// networks is testdata/networks.json: figures of PyTorch for networks of layer lists
// (testdata/export_networks.py).
type networks struct {
	Batch     int           `json:"batch"`
	RowWeight []float32     `json:"row_weight"`
	Cases     []networkCase `json:"cases"`
}

type networkCase struct {
	Name           string               `json:"name"`
	Image          [3]int               `json:"image"`
	Latent         int                  `json:"latent"`
	Encoder        string               `json:"encoder"`
	Decoder        string               `json:"decoder"`
	Classes        int                  `json:"classes"`
	Likelihood     config.Likelihood    `json:"likelihood"`
	StateDict      []named              `json:"state_dict"`
	Mu             []float64            `json:"mu"`
	Logvar         []float64            `json:"logvar"`
	Reconstruction []float64            `json:"reconstruction"`
	KL             []float64            `json:"kl"`
	Loss           float64              `json:"loss"`
	Evaluated      []float64            `json:"evaluated"`
	Float32        float64              `json:"float32"`
	Gradients      map[string][]float64 `json:"gradients"`
	Moments        map[string][]float64 `json:"moments"`
}

func loadNetworks(t *testing.T) networks {
	t.Helper()
	src, err := os.ReadFile("testdata/networks.json")
	if err != nil {
		t.Fatal(err)
	}
	var n networks
	if err := json.Unmarshal(src, &n); err != nil {
		t.Fatal(err)
	}
	if len(n.Cases) < 10 || n.Batch != len(n.RowWeight) {
		t.Fatalf("testdata/networks.json holds %d cases of %d rows", len(n.Cases), n.Batch)
	}
	return n
}

func (c networkCase) config() config.Model {
	m := config.Default().Model
	m.Latent, m.Encoder, m.Decoder, m.Conditional, m.Likelihood = c.Latent, c.Encoder, c.Decoder, c.Classes > 0, c.Likelihood
	for i := range c.Classes {
		m.Classes = append(m.Classes, string(rune('a'+i)))
	}
	return m
}

func (c networkCase) model(t *testing.T) *Model {
	t.Helper()
	m, err := build(c.config(), config.Shape{Width: c.Image[0], Height: c.Image[1], Channels: c.Image[2]})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Params() {
		h := fnv.New32a()
		h.Write([]byte(p.Name))
		number, scale := 10000+int(h.Sum32()%(1<<20)), math.Sqrt(3*float64(p.Shape[0])/float64(len(p.Value)))
		for i := range p.Value {
			switch u := 2*formula(number, i) - 1; {
			case strings.HasSuffix(p.Name, ".bias"):
				p.Value[i] = float32(0.1 * u)
			case len(p.Shape) == 1:
				p.Value[i] = float32(1 + 0.5*u)
			default:
				p.Value[i] = float32(u * scale)
			}
		}
	}
	for _, p := range m.fixed {
		if strings.HasSuffix(p.Name, ".running_var") {
			for i := range p.Value {
				p.Value[i] = 1
			}
		}
	}
	return m
}

// TestNetworksAgainstPyTorch holds names and shapes of the tensors, the terms of each row and
// every gradient of networks of all layers against PyTorch, those of the presets among them. One
// row has weight 0, as in a padded batch, and must not count in a normalization either.
func TestNetworksAgainstPyTorch(t *testing.T) {
	n := loadNetworks(t)
	for _, c := range n.Cases {
		t.Run(c.Name, func(t *testing.T) {
			m := c.model(t)
			c.checkNames(t, m)
			o, err := m.NewObjective(ObjectiveOptions{Rows: n.Batch, Gradients: true, Training: true})
			if err != nil {
				t.Fatal(err)
			}
			fill(o.X, "small pixel", 1000, 0)
			fill(o.Noise[0], "noise", 2000, 0)
			copy(o.Weight, n.RowWeight)
			for i := range n.Batch * c.Classes {
				o.Labels[i] = 0
				if i%c.Classes == i/c.Classes%c.Classes {
					o.Labels[i] = 1
				}
			}
			if err := o.Run(); err != nil {
				t.Fatal(err)
			}
			c.checkTerms(t, o)
			c.checkGradients(t, m, o)
			c.checkEvaluation(t, m)
		})
	}
}

func (c networkCase) checkNames(t *testing.T, m *Model) {
	t.Helper()
	want := map[string][]int{}
	for _, p := range c.StateDict {
		want[p.Name] = p.Shape
	}
	for _, tensor := range m.Tensors() {
		if shape, ok := want[tensor.Name]; !ok || !slices.Equal(shape, tensor.Shape) {
			t.Errorf("tensor %s%v is %v in PyTorch", tensor.Name, tensor.Shape, shape)
		}
		delete(want, tensor.Name)
	}
	for name := range want {
		t.Errorf("PyTorch has a tensor %s", name)
	}
}

// checkTerms allows sums of up to 12,288 pixels, and layers behind each other, a few units of the last place.
func (c networkCase) checkTerms(t *testing.T, o *Objective) {
	t.Helper()
	rows := len(c.KL)
	near(t, "loss", []float32{float32(o.Loss())}, []float64{c.Loss}, 1e-6, 0)
	near(t, "reconstruction", o.Reconstruction()[:rows], c.Reconstruction, 2e-6, 0)
	near(t, "KL", o.KL()[:rows], c.KL, 1e-5, 1e-6)
	mu, logvar := o.Posterior(0)
	near(t, "mu", mu[:len(c.Mu)], c.Mu, 1e-5, 1e-5)
	near(t, "logvar", logvar[:len(c.Logvar)], c.Logvar, 1e-5, 1e-5)
}

// checkGradients allows ten times what rounding is worth in the worst of the gradients of PyTorch's own run in float32, which
// is 2e-7 to 1e-5: sums are in another order, and units that rounding takes over the kink of a rectifier are others.
func (c networkCase) checkGradients(t *testing.T, m *Model, o *Objective) {
	t.Helper()
	if !(c.Float32 <= 2e-5) {
		t.Fatalf("float32 differs by %g: the case says too little", c.Float32)
	}
	var most float64
	for _, g := range c.Gradients {
		most = max(most, g[0])
	}
	for i, p := range m.Params() {
		want, ok := c.Gradients[p.Name]
		if !ok {
			t.Fatalf("no reference for the gradient of %s", p.Name)
		}
		got, tolerance := projected(o.Gradient(i)), 10*c.Float32*want[0]
		if want[0] < 1e-8*most { // 0, but for rounding
			want, tolerance = make([]float64, 3), 1e-6*most
		}
		for k, v := range got {
			if !(math.Abs(v-want[k]) <= tolerance) {
				t.Errorf("gradient of %s: figure %d is %.9g, in PyTorch %.9g of the norm %g", p.Name, k, v, want[k], want[0])
			}
		}
	}
}

// projected is the norm of a gradient, and its products with two vectors.
func projected(g []float32) (figures [3]float64) {
	for i, v := range g {
		figures[0] += float64(v) * float64(v)
		figures[1] += float64(v) * (2*formula(7000, i) - 1)
		figures[2] += float64(v) * (2*formula(7001, i) - 1)
	}
	figures[0] = math.Sqrt(figures[0])
	return figures
}

// checkEvaluation looks at the running moments after the step, and at the first image by means of them.
func (c networkCase) checkEvaluation(t *testing.T, m *Model) {
	t.Helper()
	for _, tensor := range m.Tensors() {
		want, ok := c.Moments[tensor.Name]
		if !ok {
			continue
		}
		var sum, squares float64
		for _, v := range tensor.Data {
			sum += float64(v)
			squares += float64(v) * float64(v)
		}
		near(t, tensor.Name, []float32{float32(math.Sqrt(squares)), float32(sum)}, want, 2e-6, 2e-6*want[0])
	}
	e, err := m.NewEncoder(1)
	if err != nil {
		t.Fatal(err)
	}
	d, err := m.NewDecoder(1)
	if err != nil {
		t.Fatal(err)
	}
	fill(e.X, "small pixel", 1000, 0)
	if c.Classes > 0 {
		e.Labels[0], d.Labels[0] = 1, 1
	}
	mu, _, err := e.Run()
	if err != nil {
		t.Fatal(err)
	}
	last := len(c.Evaluated) - 1
	near(t, "mu in evaluation", mu[:last], c.Evaluated[:last], 1e-5, 1e-5)
	copy(d.Z, mu)
	mean, err := d.Run()
	if err != nil {
		t.Fatal(err)
	}
	var sum, size float64
	for _, p := range mean {
		output := float64(p)
		if c.Likelihood == config.Bernoulli {
			output = math.Log(output) - math.Log1p(-output)
		}
		sum += output
		size += math.Abs(output)
	}
	if want := c.Evaluated[last]; !(math.Abs(sum-want) <= 1e-5*size+1e-4) {
		t.Errorf("the outputs in evaluation add up to %.9g, in PyTorch to %.9g", sum, want)
	}
}
