package train

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/run"
)

// A training leaves the KL of each latent, epoch by epoch, where there is a closed form; a run of a
// version that left none goes on, and has the rows from there on.
func TestLatentsOfEveryEpoch(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*config.Config)
		header string
	}{
		"vae":        {nil, "epoch,kl_0,kl_1\n"},
		"two levels": {func(c *config.Config) { c.Model.TopLatent, c.Model.TopHidden = 3, []int{4} }, "epoch,top_kl_0,top_kl_1,top_kl_2\n"},
	} {
		task, seen := newTask(t, c.change, splits(50, 12))
		mustRun(t, task)
		text := bytesOf(t, task, run.LatentsFile)
		if !strings.HasPrefix(text, c.header+"1,") || strings.Count(text, "\n") != 4 {
			t.Errorf("%s: %q", name, text)
		}
		table, err := run.ReadLatents(task.Dir.Path())
		if err != nil {
			t.Fatal(err)
		}
		last := table.Rows[len(table.Rows)-1]
		var sum float64
		for _, kl := range last.KL {
			sum += kl
		}
		if c.change == nil && !(sum > 0.5*seen.rows[2].Validation.KL && sum < 2*seen.rows[2].Validation.KL) {
			t.Errorf("%s: the latents carry %g nats, the validation images %g", name, sum, seen.rows[2].Validation.KL)
		}
	}
	ae, _ := newTask(t, func(c *config.Config) { c.Model.Kind = config.AE }, splits(50, 12))
	mustRun(t, ae)
	if _, err := os.Stat(filepath.Join(ae.Dir.Path(), run.LatentsFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an autoencoder: %v", err)
	}
	task, _ := newTask(t, nil, splits(50, 12))
	mustRun(t, task)
	whole := bytesOf(t, task, run.LatentsFile)
	if err := os.Remove(filepath.Join(task.Dir.Path(), run.LatentsFile)); err != nil {
		t.Fatal(err)
	}
	task.Config.Train.Epochs = 4
	task = goOn(t, task)
	mustRun(t, task)
	if got := bytesOf(t, task, run.LatentsFile); !strings.HasPrefix(got, "epoch,kl_0,kl_1\n4,") || strings.Count(got, "\n") != 2 {
		t.Errorf("a run that had none of %q goes on with %q", whole, got)
	}
}
