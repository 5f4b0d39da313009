package train

import (
	"reflect"
	"testing"

	"vae/internal/config"
	"vae/internal/evaluate"
)

// Every kind of model is saved with the scores of its training images, and where their codes lie, by the
// weights that are saved, and with the prior that is.
func TestScoresAreSaved(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*config.Config){
		"vae":     func(c *config.Config) { c.Train.Epochs = 3 },
		"ae":      func(c *config.Config) { c.Model.Kind, c.Train.Epochs = config.AE, 2 },
		"pca":     components(2),
		"dynamic": func(c *config.Config) { c.Data.Binarize, c.Train.Epochs = config.Dynamic, 1 },
	} {
		task, _ := newTask(t, change, splits(50, 20))
		mustRun(t, task)
		saved, m := loadModel(t, task)
		scorer, err := evaluate.NewTrainingScorer(m, 0, 0, task.Config.Train.Seed)
		if err != nil {
			t.Fatal(err)
		}
		want, latents, err := scorer.Look(t.Context(), task.Data.Train)
		if err != nil || want == nil || want.Images != 50 {
			t.Fatal(name, want, err)
		}
		if !reflect.DeepEqual(saved.Scores, want) {
			t.Errorf("%s: saved scores %v, want %v", name, saved.Scores, want)
		}
		if latents == nil || !reflect.DeepEqual(saved.Latents, latents) {
			t.Errorf("%s: saved latents %v, want %v", name, saved.Latents, latents)
		}
	}
}
