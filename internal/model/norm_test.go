package model

import (
	"math"
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/layer"
	"vae/internal/posterior"
	"vae/internal/rng"
	"vae/internal/run"
)

// batchNormalized is a small model with batch normalization behind the first layer of encoder
// and decoder.
func batchNormalized(t *testing.T, change func(*config.Model)) *Model {
	t.Helper()
	m := small(t, change)
	behind := func(name string, s layer.Stack) layer.Stack {
		features := config.Shape{Width: 1, Height: 1, Channels: s[0].Out().Pixels()}
		return slices.Insert(s, 1, layer.Layer(layer.NewBatchNorm(name, features, layer.Linear)))
	}
	q := m.levels[0].Posterior.(*posterior.Gaussian)
	q.Net.Hidden, m.decoder = behind("encoder.1", q.Net.Hidden), behind("decoder.1", m.decoder)
	m.params, m.fixed = m.layers().Params(), m.layers().Saved()
	for i, p := range m.saved() {
		if len(p.Value) == 0 {
			p.Allocate()
			rng.Uniform(p.Value, 0.5, rng.Stream(9, p.Name, uint64(i)))
			for j := range p.Value {
				p.Value[j]++
			}
		}
	}
	return m
}

// A variance below 0, of a file that was changed by hand, gave pixels that are no numbers.
func TestVariancesBelowZeroAreRefused(t *testing.T) {
	m := batchNormalized(t, nil)
	tensors := saved(m).Tensors
	i := slices.IndexFunc(tensors, func(tensor run.Tensor) bool { return tensor.Name == "decoder.1.running_var" })
	tensors[i].Data[1] = -0.5
	want := `tensor "decoder.1.running_var" holds -0.5 at position 1, and a variance is never below 0`
	if err := m.Load(tensors); err == nil || err.Error() != want {
		t.Errorf("a variance of -0.5: %v, want %s", err, want)
	}
	for _, v := range []float64{math.NaN(), math.Inf(1)} {
		tensors[i].Data[1] = float32(v)
		if err := m.Load(tensors); err == nil {
			t.Errorf("a variance of %g: no error", v)
		}
	}
	tensors[i].Data[1] = 0
	tensors[i-1].Data[1] = -0.5 // a mean may
	if err := m.Load(tensors); err != nil {
		t.Errorf("a variance of 0: %v", err)
	}
}

func trainingObjective(t *testing.T, m *Model, options ObjectiveOptions, rows, weighed int) *Objective {
	t.Helper()
	options.Rows, options.Gradients, options.Training = rows, true, true
	o, err := m.NewObjective(options)
	if err != nil {
		t.Fatal(err)
	}
	pixels := rng.Stream(1, "test pixels")
	for i := range o.X {
		o.X[i] = pixels.Float32()
	}
	for _, noise := range o.Noise {
		rng.Normal(noise, rng.Stream(1, "test noise"))
	}
	o.Weigh(weighed)
	return o
}

// running are copies of the running moments.
func running(m *Model) (all [][]float32) {
	for _, p := range m.Fixed() {
		all = append(all, slices.Clone(p.Value))
	}
	return all
}

func TestSavedMomentsHaveTheirOrder(t *testing.T) {
	var names []string
	for _, p := range batchNormalized(t, nil).Fixed() {
		names = append(names, p.Name)
	}
	if want := []string{"encoder.1.running_mean", "encoder.1.running_var", "decoder.1.running_mean", "decoder.1.running_var"}; !slices.Equal(names, want) {
		t.Errorf("saved beside the parameters are %v, want %v", names, want)
	}
}

// Through the moments of a batch, and of K draws of it; rows without weight have no say.
func TestGradientsThroughBatchNorm(t *testing.T) {
	for _, options := range []ObjectiveOptions{{}, {Samples: 3, ImportanceWeighted: true}} {
		m := batchNormalized(t, nil)
		o := trainingObjective(t, m, options, 7, 5)
		runObjective(t, o)
		var gradients [][]float32
		for i := range m.Params() {
			gradients = append(gradients, slices.Clone(o.Gradient(i)))
		}
		for i, p := range m.Params() {
			if p.Name != "encoder.0.bias" { // which the mean takes out again, nearly
				checkGradientWithin(t, o, p, gradients[i], 1e-3)
			}
		}
	}
}

func TestPaddedRowsHaveNoSayInBatchNorm(t *testing.T) {
	const rows, padded = 5, 9
	exact, m := batchNormalized(t, nil), batchNormalized(t, nil)
	want, o := trainingObjective(t, exact, ObjectiveOptions{}, rows, rows), trainingObjective(t, m, ObjectiveOptions{}, padded, rows)
	copy(o.X, want.X)
	copy(o.Noise[0], want.Noise[0])
	runObjective(t, want)
	runObjective(t, o)
	all := results(t, exact, want)
	for name, got := range results(t, m, o) {
		for i, v := range all[name] {
			if !(math.Abs(float64(got[i]-v)) <= 1e-5*(1+math.Abs(float64(v)))) {
				t.Errorf("%s: element %d is %g in the padded batch, %g in the exact one", name, i, got[i], v)
			}
		}
	}
	for i, moments := range running(m) {
		for j, v := range running(exact)[i] {
			if !(math.Abs(float64(moments[j]-v)) <= 1e-6) {
				t.Errorf("%s: %g with padding, %g without", m.Fixed()[i].Name, moments[j], v)
			}
		}
	}
}

// Training alone moves the moments, and only what is not training depends on them.
func TestMomentsMoveInTrainingAlone(t *testing.T) {
	m := batchNormalized(t, nil)
	before := running(m)
	measured := objective(t, m, 6, true) // with gradients, as of their estimators
	runObjective(t, measured)
	loss := measured.Loss()
	same := func(a, b [][]float32) bool { return slices.EqualFunc(a, b, slices.Equal) }
	if !same(running(m), before) {
		t.Error("measuring has moved the moments")
	}
	o := trainingObjective(t, m, ObjectiveOptions{}, 6, 6)
	runObjective(t, o)
	once, trained := running(m), o.Loss()
	runObjective(t, o)
	if same(once, before) || same(running(m), once) || o.Loss() != trained {
		t.Errorf("moments %v, after a run %v, then %v; losses %g, %g", before, once, running(m), trained, o.Loss())
	}
	runObjective(t, measured)
	if measured.Loss() == loss {
		t.Error("the moments have no effect")
	}
}
