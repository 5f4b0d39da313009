package train

import (
	"context"
	"math"
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/evaluate"
	"vae/internal/kernel"
	"vae/internal/model"
)

func examine(t *testing.T, task Task) *examination {
	t.Helper()
	e, err := newExamination(task)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.run(); err != nil {
		t.Fatal(err)
	}
	return e
}

// The KL of all latents together is that of validation, which is computed in the
// graph; 130 images fill no whole number of batches.
func TestKLOfEachLatent(t *testing.T) {
	task, _ := newTask(t, func(c *config.Config) { c.Model.Latent = 3 }, splits(130, 0))
	set(task, "fc_mu.weight", 0)
	set(task, "fc_logvar.weight", 0)
	copy(values(t, task.Model, "fc_mu.bias"), []float32{0, 1.5, -0.5})
	copy(values(t, task.Model, "fc_logvar.bias"), []float32{0, -2, 0.7})
	kl := func(mu, logvar float64) float64 { return 0.5 * (mu*mu + math.Exp(logvar) - 1 - logvar) }
	want := []float64{0, kl(1.5, -2), kl(-0.5, float64(float32(0.7)))}
	for j, got := range examine(t, task).kl {
		if !(math.Abs(got-want[j]) <= 1e-6) {
			t.Errorf("latent %d: KL %g, want %g", j, got, want[j])
		}
	}

	task, _ = newTask(t, func(c *config.Config) { c.Model.Latent = 3 }, splits(130, 0))
	b, err := evaluate.NewLoss(task.Model, 7, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	terms, err := b.Measure(context.Background(), task.Data.Train, 1, "any")
	if err != nil {
		t.Fatal(err)
	}
	var sum float64
	for _, v := range examine(t, task).kl {
		sum += v
	}
	if !(math.Abs(sum-terms.KL) <= 1e-5*terms.KL) || !(terms.KL > 1e-3) {
		t.Errorf("KL %g of all latents, %g by validation", sum, terms.KL)
	}
}

// With two stochastic layers it is that of the upper one, whose prior is the standard
// normal.
func TestKLOfTheUpperLatents(t *testing.T) {
	task, _ := newTask(t, func(c *config.Config) { c.Model.TopLatent, c.Model.TopHidden = 4, []int{5} }, splits(30, 0))
	set(task, "top_fc_mu.weight", 0)
	set(task, "top_fc_logvar.weight", 0)
	set(task, "top_fc_mu.bias", 2)
	set(task, "top_fc_logvar.bias", 1)
	kl, want := examine(t, task).kl, 0.5*(4+math.E-1-1)
	if len(kl) != 4 {
		t.Fatalf("%d latents, want the 4 of the upper layer", len(kl))
	}
	for j, got := range kl {
		if !(math.Abs(got-want) <= 1e-6) {
			t.Errorf("latent %d: KL %g, want %g", j, got, want)
		}
	}
}

// A unit is alive that any image makes positive, by the layer written out in float64.
func TestUnitsThatAreAlive(t *testing.T) {
	task, _ := newTask(t, func(c *config.Config) { c.Model.Hidden = []int{12, 6} }, splits(130, 0))
	bias := values(t, task.Model, "encoder.0.bias")
	for i := range bias {
		bias[i] -= float32(i) / 12 // some units are dead, some for nearly all images
	}
	rectify := func(v float64) float64 { return max(v, 0) }
	e := examine(t, task)
	var names []string
	for _, r := range e.relus {
		names = append(names, r.layer)
	}
	if want := []string{"encoder.0", "encoder.2", "decoder.0", "decoder.2"}; !slices.Equal(names, want) {
		t.Fatalf("layers %v, want %v", names, want)
	}
	for i, layers := range [][]string{{"encoder.0"}, {"encoder.0", "encoder.2"}} {
		alive := make([]bool, e.relus[i].units)
		for _, units := range outputs(t, task.Model, task.Data.Train, layers, rectify) {
			for j, v := range units {
				alive[j] = alive[j] || v > 1e-6 // within rounding of 0 by neither
			}
		}
		var want []int
		for j, a := range alive {
			if !a {
				want = append(want, j)
			}
		}
		if !slices.Equal(e.relus[i].dead, want) {
			t.Errorf("%s: dead %v, want %v", names[i], e.relus[i].dead, want)
		}
		dead := len(want)
		if i == 0 && (dead == 0 || dead == 12) {
			t.Errorf("%d units of 12 are dead: the test shows nothing", dead)
		}
	}
}

// What a layer has computed can be read after a run of the objective.
func TestOutputsOfTheLayers(t *testing.T) {
	task, _ := newTask(t, func(c *config.Config) { c.Model.Hidden, c.Model.Activation = []int{12, 6}, "tanh" }, splits(20, 0))
	o, err := task.Model.NewObjective(model.ObjectiveOptions{Rows: 4, Samples: 3, Gradients: true, Inspect: true})
	if err != nil {
		t.Fatal(err)
	}
	task.Data.Train.Gather(o.X, []int{0, 1, 2, 3})
	Noise(o.Noise[0], 0, 1, 1, 0)
	if err := o.Run(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, out := range o.Outputs() {
		names = append(names, out.Layer)
		rows, act := 4, kernel.Tanh
		switch out.Layer[:2] {
		case "de":
			rows = 12
		case "fc":
			act = kernel.Linear
		}
		if out.Layer == "decoder.4" {
			act = kernel.Linear
		}
		if len(out.Values) != rows*out.Units || out.Activation != act {
			t.Errorf("%s: %d values of width %d, activation %d", out.Layer, len(out.Values), out.Units, out.Activation)
		}
	}
	if want := []string{"encoder.0", "encoder.2", "fc_mu", "fc_logvar", "decoder.0", "decoder.2", "decoder.4"}; !slices.Equal(names, want) {
		t.Fatalf("layers %v, want %v", names, want)
	}
	for row, want := range outputs(t, task.Model, task.Data.Train, []string{"encoder.0", "encoder.2"}, math.Tanh)[:4] {
		for j, v := range want {
			if got := float64(o.Outputs()[1].Values[6*row+j]); !(math.Abs(got-v) <= 1e-6) {
				t.Errorf("encoder.2, row %d, unit %d: %g, want %g", row, j, got, v)
			}
		}
	}
	mu, logvar := o.Posterior(0)
	if !slices.Equal(mu, o.Outputs()[2].Values) || !slices.Equal(logvar, o.Outputs()[3].Values) || len(mu) != 8 {
		t.Error("mu and logvar are not what their layers put out")
	}
}

// Validation images where there are enough of them, else training images, and never
// more than 1,000.
func TestWhichImagesAreExamined(t *testing.T) {
	for _, c := range []struct{ train, validation, want, first int }{
		{30, 0, 30, 0}, {30, 10, 30, 0}, {30, 40, 40, 60}, {1500, 500, 1000, 0}, {1500, 1200, 1000, 3000},
	} {
		task, _ := newTask(t, nil, splits(c.train, c.validation))
		e, err := newExamination(task)
		if err != nil {
			t.Fatal(err)
		}
		if e.images.Len() != c.want || e.images.Index[0] != c.first {
			t.Errorf("%d and %d images: %d from %d on, want %d from %d on", c.train, c.validation, e.images.Len(), e.images.Index[0], c.want, c.first)
		}
	}
}

// A unit of a map is a channel, alive if it is somewhere.
func TestChannelsThatAreAlive(t *testing.T) {
	r := relu{"encoder.0", 3, []int{0, 1, 2}}
	r.see([]float32{0, 0, 0, 0, 0, 5}) // two pixels
	if want := []int{0, 1}; !slices.Equal(r.dead, want) {
		t.Errorf("dead %v, want %v", r.dead, want)
	}
	r.see([]float32{1, 0, 0, -1, 0, 0})
	if want := []int{1}; !slices.Equal(r.dead, want) {
		t.Errorf("dead %v, want %v", r.dead, want)
	}
}
