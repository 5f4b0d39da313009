package train

import (
	"bytes"
	"os"
	"testing"

	"vae/internal/config"
	"vae/internal/evaluate"
	"vae/internal/run"
)

// There is a picture before training and one after every epoch: those of the weights as they were,
// the last being what the saved model draws.
func TestSnapshots(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*config.Config){
		"vae":        func(*config.Config) {},
		"two levels": func(c *config.Config) { c.Model.TopLatent, c.Model.TopHidden = 3, []int{4} },
		"conditional": func(c *config.Config) {
			c.Model.Conditional, c.Model.Classes = true, []string{"low", "middle", "high"}
		},
	} {
		data := splits(50, 12)
		if name == "conditional" { // of the last class there is no image
			data.Train.Set.Classes = []string{"low", "middle", "high"}
			for i := range data.Train.Set.Len() {
				data.Train.Set.Labels = append(data.Train.Set.Labels, i%2)
			}
		}
		task, _ := newTask(t, func(c *config.Config) { c.Train.Keep, c.Train.Snapshots = config.Last, 5; change(c) }, data)
		draw := func() string {
			s, err := evaluate.NewSnapshots(task.Model, 5, task.Config.Train.Seed, task.Data.Train.Unseen())
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := s.PNG(&b); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		before := draw()
		mustRun(t, task)
		_, task.Model = loadModel(t, task)
		all, err := run.Snapshots(task.Dir.Path())
		if err != nil || len(all) != 4 {
			t.Fatalf("%s: %v, %v", name, all, err)
		}
		seen := map[string]bool{}
		for i, s := range all {
			content, err := os.ReadFile(s.File)
			if err != nil || s.Epoch != i || seen[string(content)] {
				t.Errorf("%s: picture %d is of epoch %d and not another: %v", name, i, s.Epoch, err)
			}
			seen[string(content)] = true
			if i == 0 && string(content) != before || i == 3 && string(content) != draw() {
				t.Errorf("%s: picture %d is not that of the weights", name, i)
			}
		}
	}
}
