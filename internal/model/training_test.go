package model

import (
	"math"
	"testing"

	"vae/internal/config"
	"vae/internal/kernel"
)

// TestTrainingAgainstPyTorch trains the full seed network for ten steps and
// holds each loss, every gradient of the first step and the parameters after the
// last against PyTorch's.
func TestTrainingAgainstPyTorch(t *testing.T) {
	r := loadReference(t)
	c := config.Default().Model
	c.Hidden, c.Latent, c.Activation = r.Training.Hidden, r.Training.Latent, r.Training.Activation
	m, err := New(c, config.Shape{Width: 28, Height: 28, Channels: 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	setWeights(m, "large")
	o, err := m.NewObjective(ObjectiveOptions{Rows: r.Training.Batch, Gradients: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range o.Weight {
		o.Weight[i] = 1 / float32(r.Training.Batch)
	}
	moments := make([][2][]float32, len(m.Params()))
	for i, p := range m.Params() {
		moments[i] = [2][]float32{make([]float32, len(p.Value)), make([]float32, len(p.Value))}
	}
	for step := range r.Training.Steps {
		fill(o.X, "training pixel", 1000+step, 0)
		fill(o.Noise[0], "noise", 2000+step, 0)
		if err := o.Run(); err != nil {
			t.Fatal(err)
		}
		near(t, "loss", []float32{float32(o.Loss())}, r.Training.Float64.Loss[step:step+1], 2e-6, 0)
		near(t, "reconstruction", []float32{mean(o.Reconstruction())}, r.Training.Float64.Reconstruction[step:step+1], 2e-6, 0)
		near(t, "KL", []float32{mean(o.KL())}, r.Training.Float64.KL[step:step+1], 2e-5, 0)
		adam := kernel.Adam{LearningRate: r.Training.LearningRate, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: step + 1}
		for i, p := range m.Params() {
			g := o.Gradient(i)
			if step == 0 {
				checkSummary(t, "gradient of "+p.Name, g, r.FirstStep.Gradients[p.Name], 1e-5)
			}
			adam.Update([]kernel.Parameter{{Param: p.Value, Gradient: g, First: moments[i][0], Second: moments[i][1]}})
		}
	}
	for _, p := range m.Params() {
		checkSummary(t, p.Name+" after training", p.Value, r.Training.Float64.ParametersAfter[p.Name], 1e-5)
	}
}

func mean(x []float32) float32 {
	var sum float64
	for _, v := range x {
		sum += float64(v)
	}
	return float32(sum / float64(len(x)))
}

func checkSummary(t *testing.T, what string, x []float32, want summary, tol float64) {
	t.Helper()
	if len(want.Index) == 0 {
		t.Fatalf("%s: no reference", what)
	}
	var sum, sumAbs, squares float64
	for _, v := range x {
		sum += float64(v)
		sumAbs += math.Abs(float64(v))
		squares += float64(v) * float64(v)
	}
	if !(math.Abs(sum-want.Sum) <= tol*want.SumAbs) {
		t.Errorf("%s: sum %g, in PyTorch %g", what, sum, want.Sum)
	}
	if !(math.Abs(sumAbs-want.SumAbs) <= tol*want.SumAbs) {
		t.Errorf("%s: sum of absolute values %g, in PyTorch %g", what, sumAbs, want.SumAbs)
	}
	if want.L2 > 0 && !(math.Abs(math.Sqrt(squares)-want.L2) <= tol*want.L2) {
		t.Errorf("%s: norm %g, in PyTorch %g", what, math.Sqrt(squares), want.L2)
	}
	sampled := make([]float32, len(want.Index))
	for i, j := range want.Index {
		sampled[i] = x[j]
	}
	near(t, what, sampled, want.Value, tol*10, tol*sumAbs/float64(len(x)))
}
