package model

import (
	"testing"

	"vae/internal/config"
)

// What a plan says an objective takes is what it takes, to the byte, where no stock
// operation has a value of its own; and no parameter has memory.
func TestSizes(t *testing.T) {
	shape := config.Shape{Width: 6, Height: 5, Channels: 1}
	for name, c := range map[string]struct {
		change  func(*config.Model)
		options ObjectiveOptions
	}{
		"vae":       {func(*config.Model) {}, ObjectiveOptions{Rows: 9, Gradients: true}},
		"draws":     {func(*config.Model) {}, ObjectiveOptions{Rows: 9, Samples: 7, ImportanceWeighted: true, Gradients: true}},
		"dreg":      {func(*config.Model) {}, ObjectiveOptions{Rows: 9, Samples: 7, ImportanceWeighted: true, Gradients: true, Estimator: config.DReG}},
		"score":     {func(*config.Model) {}, ObjectiveOptions{Rows: 9, Samples: 2, Gradients: true, Estimator: config.Score}},
		"measured":  {func(*config.Model) {}, ObjectiveOptions{Rows: 9}},
		"inspected": {func(*config.Model) {}, ObjectiveOptions{Rows: 9, Inspect: true}},
		"levels":    {func(m *config.Model) { m.TopLatent, m.TopHidden = 3, []int{8} }, ObjectiveOptions{Rows: 9, Samples: 3, Gradients: true}},
		"labels":    {func(m *config.Model) { m.Conditional, m.Classes = true, []string{"a", "b"} }, ObjectiveOptions{Rows: 9, Gradients: true}},
		"ae":        {func(m *config.Model) { m.Kind = config.AE }, ObjectiveOptions{Rows: 9, Gradients: true, Corrupted: true}},
	} {
		conf := config.Default().Model
		conf.Hidden, conf.Latent = []int{20, 10}, 4
		c.change(&conf)
		plan, err := Plan(conf, shape)
		if err != nil {
			t.Fatal(err)
		}
		got, err := plan.ObjectiveSize(c.options)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range plan.Params() {
			if p.Value != nil {
				t.Fatalf("%s: parameter %s of a plan has memory", name, p.Name)
			}
		}
		m, err := New(conf, shape, 1)
		if err != nil {
			t.Fatal(err)
		}
		o, err := m.NewObjective(c.options)
		if err != nil {
			t.Fatal(err)
		}
		shared, _ := o.Memory()
		inputs := len(o.X) + len(o.Labels) + len(o.Weight) + len(o.klWeight) + len(o.scale) + len(o.signal)
		if c.options.Corrupted {
			inputs += len(o.Input)
		}
		for _, noise := range o.Noise {
			inputs += len(noise)
		}
		// Values of stock operations, of the size of latents, lie beside that.
		least := shared + 4*inputs
		if most := least + 4*40*c.options.Rows*max(c.options.Samples, 1)*conf.Latent; got < least || got > most {
			t.Errorf("%s: %d bytes, the objective has %d to %d", name, got, least, most)
		}
		trained, saved := plan.ParametersSize()
		var want float64
		for _, p := range m.Params() {
			want += 4 * float64(len(p.Value))
		}
		if trained != want || saved < trained {
			t.Errorf("%s: %g and %g bytes of parameters, want %g", name, trained, saved, want)
		}
		for what, size := range map[string]func(int) (int, error){"encoder": plan.EncoderSize, "decoder": plan.DecoderSize} {
			few, err := size(10)
			many, err2 := size(1000)
			if err != nil || err2 != nil || few < 10*4*shape.Pixels() || many < 90*few {
				t.Errorf("%s: the %s takes %d bytes of 10 rows, %d of 1000, %v, %v", name, what, few, many, err, err2)
			}
		}
	}
}

// A plan that no memory would hold is no trouble.
func TestSizeOfTooMuch(t *testing.T) {
	conf := config.Default().Model
	plan, err := Plan(conf, config.Shape{Width: 28, Height: 28, Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := plan.ObjectiveSize(ObjectiveOptions{Rows: config.MaxBatch, Samples: config.MaxSamples, ImportanceWeighted: true, Gradients: true})
	if least := 4 * config.MaxBatch * config.MaxSamples * 784; err != nil || bytes < least {
		t.Errorf("%d bytes, want %d at least, error %v", bytes, least, err)
	}
}
