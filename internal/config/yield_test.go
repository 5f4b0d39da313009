package config

import (
	"slices"
	"testing"
)

// What a preset says of the size of its data gives way to other data, what a user says does not.
func TestYield(t *testing.T) {
	preset := func(c *Config) { c.Data.Validation, c.Train.Batch, c.Train.Warmup, c.Train.Epochs = 500, 100, 1000, 3 }
	facts := DataFacts{Train: 25, Validation: 2}
	for _, c := range []struct {
		name                      string
		change                    func(*Config)
		typed                     []string
		facts                     DataFacts
		validation, batch, warmup int
		notes                     []string
	}{
		{"the preset's data", preset, nil, DataFacts{Train: 60_000, Validation: 500}, 500, 100, 1000, nil},
		{"few", preset, nil, facts, 2, 25, 1, []string{
			"validation: 2 images instead of the preset's 500, to fit these data",
			"batch: all 25 training images at once instead of the preset's 100",
			"warm-up: 1 step, a tenth of the training, instead of the preset's 1,000, which are more than all of it",
		}},
		{"one", preset, []string{"train.warmup"}, DataFacts{Train: 1, Validation: 1}, 1, 1, 1000, []string{
			"validation: 1 image instead of the preset's 500, to fit these data",
			"batch: the only training image instead of the preset's 100",
		}},
		{"many, for a long warm-up", preset, nil, DataFacts{Train: 30_000, Validation: 500}, 500, 100, 90, []string{
			"warm-up: 90 steps, a tenth of the training, instead of the preset's 1,000, which are more than all of it",
		}},
		{"typed", preset, Yielding, facts, 500, 100, 1000, nil},
		{"auto", func(*Config) {}, nil, facts, Auto, Auto, 0, []string{"batch: all 25 training images at once instead of the usual 128"}},
		{"auto, typed", func(*Config) {}, Yielding, facts, Auto, Auto, 0, []string{"batch: all 25 training images at once instead of the usual 128"}},
		{"components", func(c *Config) { preset(c); c.Model.Kind = PCA }, nil, facts, 2, 100, 1000, []string{
			"validation: 2 images instead of the preset's 500, to fit these data",
		}},
	} {
		conf := Default()
		c.change(&conf)
		got, notes := conf.Yield(func(path string) bool { return !slices.Contains(c.typed, path) }, c.facts)
		if got.Data.Validation != c.validation || got.Train.Batch != c.batch || got.Train.Warmup != c.warmup {
			t.Errorf("%s: validation %d, batch %d, warm-up %d", c.name, got.Data.Validation, got.Train.Batch, got.Train.Warmup)
		}
		if !slices.Equal(notes, c.notes) {
			t.Errorf("%s: %q, want %q", c.name, notes, c.notes)
		}
	}
}

func TestGiven(t *testing.T) {
	given := Given([]byte("model:\n  latent: 20\ntrain:\n  batch: 128\n"))
	if len(given) != 2 || !given["model.latent"] || !given["train.batch"] {
		t.Errorf("given %v", given)
	}
	if given := Given([]byte("model: [")); len(given) != 0 {
		t.Errorf("given by what is no file: %v", given)
	}
}
