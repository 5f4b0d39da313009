package train

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/evaluate"
	"vae/internal/run"
)

// family are the trainings that differ in what the loop does for them, with the
// squared error that each must get below, as a part of that of the mean image.
var family = []struct {
	name   string
	error  float64
	change func(*config.Config)
}{
	{"vae", 0.6, func(*config.Config) {}},
	{"free bits and warm-up", 0.6, func(c *config.Config) { c.Train.FreeBits, c.Train.KLWarmup = 0.05, "linear:1" }},
	{"gaussian", 0.6, func(c *config.Config) { c.Model.Likelihood, c.Model.Sigma = "gaussian", 0.3 }},
	{"learned sigma", 0.5, func(c *config.Config) { c.Model.Likelihood, c.Model.Sigma = "gaussian", config.Learned }},
	{"denoising", 0.8, func(c *config.Config) { c.Train.Corrupt = "salt-pepper:0.1" }},
	{"iwae", 0.6, func(c *config.Config) { c.Train.Objective, c.Train.Samples = "iwae", 5 }},
	{"dreg", 0.6, func(c *config.Config) {
		c.Train.Objective, c.Train.Samples, c.Train.Estimator, c.Train.Batch = "iwae", 5, "dreg", 10
	}},
	{"score, average", 0.85, func(c *config.Config) {
		c.Train.Estimator, c.Train.Baseline, c.Train.Samples, c.Train.LearningRate = "score", "average", 4, 1e-2
	}},
	{"score, leave one out", 0.6, func(c *config.Config) {
		c.Train.Estimator, c.Train.Baseline, c.Train.Samples = "score", "leave-one-out", 4
	}},
	{"conditional", 0.9, func(c *config.Config) { c.Model.Conditional, c.Model.Classes = true, []string{"low", "middle", "high"} }},
	{"two layers", 0.75, func(c *config.Config) { c.Model.TopLatent, c.Model.TopHidden = 2, []int{8} }},
	{"two layers, iwae", 0.6, func(c *config.Config) {
		c.Model.TopLatent, c.Model.TopHidden, c.Train.Objective, c.Train.Samples = 2, []int{8}, "iwae", 3
	}},
	{"autoencoder", 0.25, func(c *config.Config) { c.Model.Kind = "ae" }},
	{"linear autoencoder", 0.85, func(c *config.Config) {
		c.Model.Kind, c.Model.Activation, c.Model.Likelihood = "ae", "linear", "mse"
	}},
	{"sparse", 0.9, func(c *config.Config) {
		c.Model.Kind, c.Model.CodeActivation, c.Train.Sparsity = "ae", "sigmoid", "kl:0.1:1"
	}},
	{"pretrained", 0.5, stacked("sigmoid")},
}

// labeled are images for a part of the family; only conditional models look at the
// labels.
func labeled(n int) *dataset.Splits {
	data := splits(n, 40)
	label(data)
	return data
}

// variance is the mean over the pixels of their variance: the squared error of the
// mean image.
func variance(s dataset.Split) float64 {
	x := pixelsOf(s)
	var sum float64
	for j := range shape.Pixels() {
		column := mat.Col(nil, j, x)
		sum += stat.PopVariance(column, nil)
	}
	return sum / float64(shape.Pixels())
}

func TestTheWholeFamilyLearns(t *testing.T) {
	for _, member := range family {
		t.Run(member.name, func(t *testing.T) {
			t.Parallel()
			task, seen := newTask(t, func(c *config.Config) {
				c.Train.Epochs, c.Train.Batch, c.Train.LearningRate = 4, 8, 5e-3
				member.change(c)
			}, labeled(1600))
			b, err := evaluate.NewLoss(task.Model, 8, task.Config.Train.Samples, task.Config.Train.Objective == "iwae")
			if err != nil {
				t.Fatal(err)
			}
			untrained, err := b.Measure(context.Background(), task.Data.Validation, 9, "validation noise")
			if err != nil {
				t.Fatal(err)
			}
			mustRun(t, task)
			if last := seen.rows[3]; !(last.Train.Loss < seen.rows[0].Train.Loss) || !(last.Validation.Loss < 0.8*untrained.Loss) {
				t.Errorf("loss went from %g to %g, on validation images from %g to %g", seen.rows[0].Train.Loss, last.Train.Loss, untrained.Loss, last.Validation.Loss)
			}
			_, mse, err := evaluate.CodeDistribution(task.Model, task.Data.Validation, 1, "test")
			if err != nil {
				t.Fatal(err)
			}
			if constant := variance(task.Data.Train); !(mse < member.error*constant) {
				t.Errorf("squared error %g of that of the mean image", mse/constant)
			}
			for _, text := range seen.warnings {
				if !strings.Contains(text, "posterior collapse") {
					t.Errorf("warning %q", text)
				}
			}
			if _, m := loadModel(t, task); m.Config().Kind != task.Config.Model.Kind {
				t.Errorf("the model is of kind %s", m.Config().Kind)
			}
		})
	}
}

// The same seed gives the same bytes for all of them, whatever the number of threads;
// the network is wide enough for several tasks of the worker pool.
func TestTheWholeFamilyIsDeterministic(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	files := map[int][]string{}
	for _, threads := range []int{1, 2} {
		runtime.GOMAXPROCS(threads)
		files[threads] = make([]string, len(family))
		t.Run(fmt.Sprint(threads), func(t *testing.T) {
			for i, member := range family {
				t.Run(member.name, func(t *testing.T) {
					t.Parallel() // saving waits for the disk
					data := labeled(60)
					data.Train.Dynamic = member.name != "gaussian" && member.name != "linear autoencoder"
					task, _ := newTask(t, func(c *config.Config) {
						c.Train.Epochs = 1
						member.change(c)
						c.Model.Hidden = []int{90, 40}
					}, data)
					mustRun(t, task)
					files[threads][i] = bytesOf(t, task, run.ModelFile) + bytesOf(t, task, run.StateFile)
				})
			}
		})
	}
	for i, member := range family {
		if files[1][i] != files[2][i] || len(files[1][i]) < 10_000 {
			t.Errorf("%s: one thread gave other files than two", member.name)
		}
	}
}

func TestPCAIsDeterministic(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var files []string
	for _, threads := range []int{1, 2} {
		runtime.GOMAXPROCS(threads)
		task, _ := newTask(t, components(5), dynamic(200, 20))
		mustRun(t, task)
		files = append(files, bytesOf(t, task, run.ModelFile))
	}
	if files[0] != files[1] {
		t.Error("one thread gave another file than two")
	}
}
