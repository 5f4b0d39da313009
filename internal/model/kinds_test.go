package model

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vae/internal/config"
)

// kinds is the section of testdata/pytorch.json with every kind of model, objective
// and gradient estimator (testdata/kinds.py).
type kinds struct {
	Pixels    int       `json:"pixels"`
	Latent    int       `json:"latent"`
	Batch     int       `json:"batch"`
	Sigma     float64   `json:"sigma"`
	RowWeight []float32 `json:"row_weight"`
	Cases     []kind    `json:"cases"`
}

type kind struct {
	Name     string `json:"name"`
	Settings struct {
		Kind           config.Kind       `json:"kind"`
		Hidden         []int             `json:"hidden"`
		Activation     config.Activation `json:"activation"`
		CodeActivation config.Activation `json:"code_activation"`
		TopLatent      int               `json:"top_latent"`
		TopHidden      []int             `json:"top_hidden"`
		Likelihood     config.Likelihood `json:"likelihood"`
		Learned        bool              `json:"learned"`
		Classes        int               `json:"classes"`
		Beta           float64           `json:"beta"`
		Objective      config.Objective  `json:"objective"`
		Samples        int               `json:"samples"`
		Estimator      config.Estimator  `json:"estimator"`
		Baseline       float64           `json:"baseline"`
		LeaveOneOut    bool              `json:"leave_one_out"`
		FreeBits       float64           `json:"free_bits"`
		Sparsity       string            `json:"sparsity"`
		Corrupted      bool              `json:"corrupted"`
	} `json:"settings"`
	StateDict      []named              `json:"state_dict"`
	Mu             []float64            `json:"mu"`
	Logvar         []float64            `json:"logvar"`
	Code           []float64            `json:"code"`
	Z              []float64            `json:"z"`
	TopMu          []float64            `json:"top_mu"`
	TopLogvar      []float64            `json:"top_logvar"`
	TopZ           []float64            `json:"top_z"`
	PriorMu        []float64            `json:"prior_mu"`
	PriorLogvar    []float64            `json:"prior_logvar"`
	Output         []float64            `json:"output"`
	Reconstruction []float64            `json:"reconstruction"`
	KL             []float64            `json:"kl"`
	LogWeights     []float64            `json:"log_weights"`
	Bound          []float64            `json:"bound"`
	Loss           float64              `json:"loss"`
	Gradients      map[string][]float64 `json:"gradients"`
}

// TestKindsAgainstPyTorch holds names, losses, every per-row term, every gradient
// and the graphs of inference against PyTorch, where each case is written from its
// definition. One row of five has weight 0, as in a padded batch.
func TestKindsAgainstPyTorch(t *testing.T) {
	r := loadReference(t)
	if len(r.Kinds.Cases) < 28 {
		t.Fatalf("testdata/pytorch.json holds %d kinds", len(r.Kinds.Cases))
	}
	for _, v := range r.Kinds.Cases {
		t.Run(v.Name, func(t *testing.T) {
			m := r.Kinds.model(t, v)
			checkStateDict(t, m, v)
			r.Kinds.checkObjective(t, m, v)
			r.Kinds.checkEncoder(t, m, v)
			r.Kinds.checkDecoder(t, m, v)
			r.Kinds.checkPriorDecoder(t, m, v)
		})
	}
}

func (r *kinds) model(t *testing.T, v kind) *Model {
	t.Helper()
	s := v.Settings
	c := config.Model{
		Kind: s.Kind, Latent: r.Latent, Hidden: s.Hidden, Activation: s.Activation, CodeActivation: s.CodeActivation,
		TopLatent: s.TopLatent, TopHidden: s.TopHidden, Init: "kaiming", OutputBias: "init", Likelihood: s.Likelihood, Sigma: r.Sigma, Beta: s.Beta,
	}
	if s.Learned {
		c.Sigma = config.Learned
	}
	for i := range s.Classes {
		c.Conditional, c.Classes = true, append(c.Classes, strconv.Itoa(i))
	}
	m, err := New(c, config.Shape{Width: r.Pixels, Height: 1, Channels: 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	setWeights(m, "small")
	return m
}

// checkStateDict checks that what is saved has the names, shapes and order of the
// module's state_dict.
func checkStateDict(t *testing.T, m *Model, v kind) {
	t.Helper()
	tensors := m.Tensors()
	if len(tensors) != len(v.StateDict) {
		t.Fatalf("%d tensors, in PyTorch %d", len(tensors), len(v.StateDict))
	}
	for i, want := range v.StateDict {
		if got := tensors[i]; got.Name != want.Name || !slices.Equal(got.Shape, want.Shape) {
			t.Errorf("tensor %d is %s%v, in PyTorch %s%v", i, got.Name, got.Shape, want.Name, want.Shape)
		}
	}
	for _, p := range m.Params() {
		name := strings.TrimPrefix(p.Name, "top_")
		if want := strings.HasPrefix(name, "encoder.") || strings.HasPrefix(name, "fc_"); m.InEncoder(p) != want {
			t.Errorf("%s in the encoder: %v", p.Name, !want)
		}
	}
	if len(m.Params()) != len(v.Gradients) {
		t.Errorf("%d parameters are trained, in PyTorch %d", len(m.Params()), len(v.Gradients))
	}
}

// objective builds the graph of a case with the inputs that it has in PyTorch.
func (r *kinds) objective(t *testing.T, m *Model, v kind) *Objective {
	t.Helper()
	return r.objectiveOf(t, m, v, options(t, v, r.Batch))
}

func (r *kinds) objectiveOf(t *testing.T, m *Model, v kind, options ObjectiveOptions) *Objective {
	t.Helper()
	s := v.Settings
	o, err := m.NewObjective(options)
	if err != nil {
		t.Fatal(err)
	}
	levels := 0
	if s.Kind == "vae" {
		levels++
	}
	if s.TopLatent > 0 {
		levels++
	}
	if (o.Labels != nil) != (s.Classes > 0) || len(o.Noise) != levels {
		t.Fatalf("inputs of %d labels, noise of %d levels", len(o.Labels), len(o.Noise))
	}
	r.feed(o, v)
	return o
}

func (r *kinds) feed(o *Objective, v kind) {
	fill(o.X, "small pixel", 1000, 0)
	if v.Settings.Corrupted {
		fill(o.Input, "small pixel", 3000, 0)
	}
	fillLabels(o.Labels, v.Settings.Classes, 1)
	for level, noise := range o.Noise {
		fill(noise, "noise", []int{2000, 5000}[level], 0)
	}
	copy(o.Weight, r.RowWeight)
	o.Baseline = v.Settings.Baseline
}

func options(t *testing.T, v kind, rows int) ObjectiveOptions {
	t.Helper()
	s := v.Settings
	sparsity, err := config.ParseSparsity(s.Sparsity)
	if err != nil {
		t.Fatal(err)
	}
	return ObjectiveOptions{
		Rows: rows, Samples: s.Samples, ImportanceWeighted: s.Objective == config.IWAE, Gradients: true, Estimator: s.Estimator,
		LeaveOneOut: s.LeaveOneOut, Corrupted: s.Corrupted, FreeBits: s.FreeBits, Sparsity: sparsity,
	}
}

// fillLabels writes the one-hot label of each image for each of its samples.
func fillLabels(labels []float32, classes, samples int) {
	clear(labels)
	for i := 0; i*classes < len(labels); i++ {
		labels[i*classes+int(formula(4000, i/samples)*float64(classes))] = 1
	}
}

// A figure is a float32: 6e-8 of itself, and the same of what it was summed from.
func (r *kinds) checkObjective(t *testing.T, m *Model, v kind) {
	t.Helper()
	o := r.objective(t, m, v)
	for range 2 { // the second run meets used buffers
		runObjective(t, o)
	}
	near(t, "loss", []float32{float32(o.Loss())}, []float64{v.Loss}, 1e-6, 0)
	near(t, "reconstruction", o.Reconstruction(), v.Reconstruction, 1e-6, 0)
	kl := v.KL
	if kl == nil { // an autoencoder
		kl = make([]float64, r.Batch)
	}
	near(t, "KL", o.KL(), kl, 1e-6, 1e-6)
	near(t, "bound", o.IWAE(), v.Bound, 1e-6, 0)
	near(t, "log weights", o.LogWeights(), v.LogWeights, 1e-6, 0)
	near(t, "code", o.Code(), v.Code, 1e-6, 1e-7)
	checkGradients(t, m, o, v.Gradients, 1e-5)
}

func (r *kinds) checkEncoder(t *testing.T, m *Model, v kind) {
	t.Helper()
	e := encoder(t, m, r.Batch)
	fill(e.X, "small pixel", 1000, 0)
	if v.Settings.Corrupted {
		fill(e.X, "small pixel", 3000, 0)
	}
	fillLabels(e.Labels, v.Settings.Classes, 1)
	mu, logvar, err := e.Run()
	if err != nil {
		t.Fatal(err)
	}
	if !m.Variational() {
		near(t, "code", mu, v.Code, 1e-6, 1e-7)
		if logvar != nil {
			t.Errorf("a code has the log-variances %v", logvar)
		}
		return
	}
	near(t, "mu", mu, v.Mu, 1e-6, 1e-6)
	near(t, "logvar", logvar, v.Logvar, 1e-6, 1e-6)
}

func (r *kinds) checkDecoder(t *testing.T, m *Model, v kind) {
	t.Helper()
	d := decoder(t, m, r.Batch*v.Settings.Samples)
	for i, z := range v.Z {
		d.Z[i] = float32(z)
	}
	fillLabels(d.Labels, v.Settings.Classes, v.Settings.Samples)
	mean, err := d.Run()
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Clone(v.Output)
	if v.Settings.Likelihood == "bernoulli" {
		for i, l := range want {
			want[i] = 1 / (1 + math.Exp(-l))
		}
	}
	near(t, "decoder mean", mean, want, 2e-6, 1e-6)
}

func (r *kinds) checkPriorDecoder(t *testing.T, m *Model, v kind) {
	t.Helper()
	if v.Settings.TopLatent == 0 {
		return
	}
	d, err := m.NewPriorDecoder(0, r.Batch*v.Settings.Samples)
	if err != nil {
		t.Fatal(err)
	}
	for i, z := range v.TopZ {
		d.Above[i] = float32(z)
	}
	mu, logvar, err := d.Run()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean of p(z|z2)", mu, v.PriorMu, 2e-6, 1e-6)
	near(t, "log-variance of p(z|z2)", logvar, v.PriorLogvar, 2e-6, 1e-6)
}
