package model

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"vae/internal/config"
)

// reference is testdata/pytorch.json: figures of PyTorch for weights, pixels
// and noise that both sides make by a formula (testdata/export_pytorch.py).
type reference struct {
	FormulaCheck []struct {
		Kind   string  `json:"kind"`
		Tensor int     `json:"tensor"`
		Index  int     `json:"index"`
		FanIn  int     `json:"fan_in"`
		Value  float32 `json:"value"`
	} `json:"formula_check"`
	Small struct {
		Pixels    int       `json:"pixels"`
		Latent    int       `json:"latent"`
		Batch     int       `json:"batch"`
		Sigma     float64   `json:"sigma"`
		RowWeight []float32 `json:"row_weight"`
		Variants  []variant `json:"variants"`
		Sampled   []sampled `json:"sampled"`
	} `json:"small"`
	Kinds    kinds `json:"kinds"`
	Training struct {
		Pixels       int               `json:"pixels"`
		Hidden       []int             `json:"hidden"`
		Latent       int               `json:"latent"`
		Batch        int               `json:"batch"`
		Activation   config.Activation `json:"activation"`
		LearningRate float64           `json:"learning_rate"`
		Steps        int               `json:"steps"`
		Float64      trainingFigure    `json:"float64"`
	} `json:"training"`
	FirstStep struct {
		Loss           float64            `json:"loss"`
		Reconstruction float64            `json:"reconstruction"`
		KL             float64            `json:"kl"`
		Gradients      map[string]summary `json:"gradients"`
	} `json:"first_step"`
}

type variant struct {
	Name           string               `json:"name"`
	Hidden         []int                `json:"hidden"`
	Activation     config.Activation    `json:"activation"`
	Likelihood     config.Likelihood    `json:"likelihood"`
	Beta           float64              `json:"beta"`
	Parameters     []named              `json:"parameters"`
	Mu             []float64            `json:"mu"`
	Logvar         []float64            `json:"logvar"`
	Z              []float64            `json:"z"`
	Output         []float64            `json:"output"`
	Reconstruction []float64            `json:"reconstruction"`
	KL             []float64            `json:"kl"`
	Loss           float64              `json:"loss"`
	Gradients      map[string][]float64 `json:"gradients"`
}

// sampled is a variant with several samples an image.
type sampled struct {
	variant
	Objective string `json:"objective"`
	Samples   int    `json:"samples"`
}

type named struct {
	Name  string `json:"name"`
	Shape []int  `json:"shape"`
}

type trainingFigure struct {
	Loss            []float64          `json:"loss"`
	Reconstruction  []float64          `json:"reconstruction"`
	KL              []float64          `json:"kl"`
	ParametersAfter map[string]summary `json:"parameters_after"`
}

type summary struct {
	Sum     float64   `json:"sum"`
	SumAbs  float64   `json:"sum_abs"`
	L2      float64   `json:"l2"`
	MovedL2 float64   `json:"moved_l2"`
	Index   []int     `json:"index"`
	Value   []float64 `json:"value"`
}

func loadReference(t *testing.T) *reference {
	t.Helper()
	src, err := os.ReadFile("testdata/pytorch.json")
	if err != nil {
		t.Fatal(err)
	}
	r := new(reference)
	if err := json.Unmarshal(src, r); err != nil {
		t.Fatal(err)
	}
	if len(r.Small.Variants) < 14 || len(r.Training.Float64.Loss) != 10 {
		t.Fatalf("testdata/pytorch.json holds %d variants and %d losses", len(r.Small.Variants), len(r.Training.Float64.Loss))
	}
	return r
}

// formula is the number in [0,1) that element index of tensor number has on
// both sides.
func formula(number, index int) float64 {
	h := uint32(index+1)*2654435761 + uint32(number+1)*uint32(40503*65537&0xffffffff)
	h ^= h >> 15
	h *= 2246822519
	h ^= h >> 13
	return float64(h) / (1 << 32)
}

func made(kind string, number, index, fanIn int) float32 {
	u := formula(number, index)
	switch kind {
	case "small weight":
		return float32((2*u - 1) * 0.5)
	case "small bias":
		return float32((2*u - 1) * 0.1)
	case "large weight", "large bias":
		return float32((2*u - 1) / math.Sqrt(float64(fanIn)))
	case "small pixel":
		return float32(min(1, math.Floor(u*256)/255))
	case "training pixel":
		if u < 0.8 {
			return 0
		}
		return float32(min(1, math.Floor((u-0.8)*5*256)/255))
	case "noise":
		return float32(2 * (2*u - 1))
	}
	panic("unknown kind " + kind)
}

func fill(dst []float32, kind string, number, fanIn int) {
	for i := range dst {
		dst[i] = made(kind, number, i, fanIn)
	}
}

// setWeights gives the model the formula's parameters.
func setWeights(m *Model, size string) {
	var in int
	for i, p := range m.Params() {
		kind := size + " bias"
		if len(p.Shape) == 2 {
			in, kind = p.Shape[1], size+" weight"
		}
		fill(p.Value, kind, i, in)
	}
}

func TestFormulaAgreesWithPython(t *testing.T) {
	r := loadReference(t)
	if len(r.FormulaCheck) == 0 {
		t.Fatal("nothing to check")
	}
	for _, c := range r.FormulaCheck {
		if got := made(c.Kind, c.Tensor, c.Index, c.FanIn); got != c.Value {
			t.Errorf("%s %d of tensor %d is %g, in Python %g", c.Kind, c.Index, c.Tensor, got, c.Value)
		}
	}
}

func near(t *testing.T, what string, got []float32, want []float64, relative, absolute float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, want %d", what, len(got), len(want))
	}
	for i := range want {
		if !(math.Abs(float64(got[i])-want[i]) <= absolute+relative*math.Abs(want[i])) {
			t.Errorf("%s: element %d is %.9g, in PyTorch %.9g", what, i, got[i], want[i])
			return
		}
	}
}

// TestAgainstPyTorch holds losses, every per-row term and every gradient
// against PyTorch, for each activation, both likelihoods and several depths. One
// row of six has weight 0, as in a padded batch.
func TestAgainstPyTorch(t *testing.T) {
	r := loadReference(t)
	for _, v := range r.Small.Variants {
		t.Run(v.Name, func(t *testing.T) {
			m := smallModel(t, r, v)
			checkNames(t, m, v.Parameters)
			checkObjective(t, m, r, v)
			checkInference(t, m, r, v)
		})
	}
}

func checkNames(t *testing.T, m *Model, want []named) {
	t.Helper()
	if len(m.Params()) != len(want) {
		t.Fatalf("%d parameters, in PyTorch %d", len(m.Params()), len(want))
	}
	for i, p := range m.Params() {
		if p.Name != want[i].Name || !slices.Equal(p.Shape, want[i].Shape) {
			t.Errorf("parameter %d is %s%v, in PyTorch %s%v", i, p.Name, p.Shape, want[i].Name, want[i].Shape)
		}
	}
}

func checkObjective(t *testing.T, m *Model, r *reference, v variant) {
	t.Helper()
	o, err := m.NewObjective(ObjectiveOptions{Rows: r.Small.Batch, Gradients: true})
	if err != nil {
		t.Fatal(err)
	}
	fill(o.X, "small pixel", 1000, 0)
	fill(o.Noise[0], "noise", 2000, 0)
	copy(o.Weight, r.Small.RowWeight)
	for range 2 { // the second run meets used buffers
		if err := o.Run(); err != nil {
			t.Fatal(err)
		}
	}
	near(t, "loss", []float32{float32(o.Loss())}, []float64{v.Loss}, 1e-6, 0)
	near(t, "reconstruction", o.Reconstruction(), v.Reconstruction, 2e-6, 0)
	near(t, "KL", o.KL(), v.KL, 2e-6, 1e-7)
	checkGradients(t, m, o, v.Gradients, 2e-5)
}

func checkGradients(t *testing.T, m *Model, o *Objective, want map[string][]float64, tolerance float64) {
	t.Helper()
	for i, p := range m.Params() {
		g := o.Gradient(i)
		w, ok := want[p.Name]
		if !ok {
			t.Fatalf("no reference for the gradient of %s", p.Name)
		}
		near(t, "gradient of "+p.Name, g, w, tolerance, tolerance/10*largest(w))
	}
}

func largest(x []float64) float64 {
	var m float64
	for _, v := range x {
		m = max(m, math.Abs(v))
	}
	return m
}

func checkInference(t *testing.T, m *Model, r *reference, v variant) {
	t.Helper()
	e, err := m.NewEncoder(r.Small.Batch)
	if err != nil {
		t.Fatal(err)
	}
	fill(e.X, "small pixel", 1000, 0)
	mu, logvar, err := e.Run()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mu", mu, v.Mu, 1e-5, 1e-6)
	near(t, "logvar", logvar, v.Logvar, 1e-5, 1e-6)
	d, err := m.NewDecoder(r.Small.Batch)
	if err != nil {
		t.Fatal(err)
	}
	for i, z := range v.Z {
		d.Z[i] = float32(z)
	}
	mean, err := d.Run()
	if err != nil {
		t.Fatal(err)
	}
	want := v.Output
	if v.Likelihood == "bernoulli" {
		want = make([]float64, len(v.Output))
		for i, l := range v.Output {
			want[i] = 1 / (1 + math.Exp(-l))
		}
	}
	near(t, "decoder mean", mean, want, 1e-5, 1e-6)
}
