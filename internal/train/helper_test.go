package train

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/rng"
	"vae/internal/run"
)

var shape = config.Shape{Width: 6, Height: 4, Channels: 1}

// images are blurred bars at two places: something to learn in few steps.
func images(n int, seed uint64) *dataset.Set {
	r := rng.Stream(seed, "test images")
	set := &dataset.Set{Shape: shape}
	for range n {
		column, height := r.IntN(shape.Width), 1+r.IntN(shape.Height)
		for y := range shape.Height {
			for x := range shape.Width {
				p := uint8(r.IntN(12))
				if x == column && y < height {
					p = 255 - p
				}
				set.Pixels = append(set.Pixels, p)
			}
		}
	}
	return set
}

// splits has n training images (every second of a set) and validation images.
func splits(n, validation int) *dataset.Splits {
	set := images(2*n+validation, 1)
	s := &dataset.Splits{Name: "bars", SHA256: "0123"}
	s.Train, s.Validation = dataset.Split{Set: set}, dataset.Split{Set: set}
	for i := range n {
		s.Train.Index = append(s.Train.Index, 2*i)
	}
	for i := range validation {
		s.Validation.Index = append(s.Validation.Index, 2*n+i)
	}
	return s
}

// unlike has validation images that look unlike the training images: the longer
// training lasts, the worse they get.
func unlike() *dataset.Splits {
	data := splits(50, 0)
	data.Validation.Set = images(12, 5)
	for i, p := range data.Validation.Set.Pixels {
		data.Validation.Set.Pixels[i] = p/2 + 60
	}
	data.Validation.Index = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
	return data
}

// silent is an observer that keeps what it is told.
type silent struct {
	steps    []Progress
	rows     []run.Row
	best     []bool
	warnings []string
	notes    []string
	order    string // s, e, w and n for step, epoch, warning and note
	onStep   func(Progress)
	onNote   func()
}

func (o *silent) Step(p Progress) {
	o.steps, o.order = append(o.steps, p), o.order+"s"
	if o.onStep != nil {
		o.onStep(p)
	}
}

func (o *silent) Epoch(row run.Row, best bool) {
	o.rows, o.best, o.order = append(o.rows, row), append(o.best, best), o.order+"e"
}

func (o *silent) Warning(text string) { o.warnings, o.order = append(o.warnings, text), o.order+"w" }

func (o *silent) Note(text string) {
	o.notes, o.order = append(o.notes, text), o.order+"n"
	if o.onNote != nil {
		o.onNote()
	}
}

// newTask trains a small network on 50 images in batches of 16 (the last has
// 2), into a folder of its own.
func newTask(t *testing.T, change func(*config.Config), data *dataset.Splits) (Task, *silent) {
	t.Helper()
	c := config.Default()
	c.Model.Latent, c.Model.Hidden = 2, []int{12}
	c.Train.Epochs, c.Train.Batch, c.Train.LearningRate, c.Train.Seed = 3, 16, 3e-3, 9
	c.Data.ImageSize, c.Data.Channels = "6x4", 1
	if change != nil {
		change(&c)
	}
	m, err := model.New(c.Model, shape, c.Train.Seed)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := run.Create(filepath.Join(t.TempDir(), "run"))
	if err != nil {
		t.Fatal(err)
	}
	o := &silent{}
	resolved, err := c.Resolve(data.Facts())
	if err != nil {
		t.Fatal(err)
	}
	return Task{Config: resolved, Model: m, Data: data, Dir: dir, Program: "vae test", Observer: o}, o
}

// optimizing is the default configuration with another training.
func optimizing(t *testing.T, settings config.Train) config.Resolved {
	t.Helper()
	c := config.Default()
	c.Train = settings
	resolved, err := c.Resolve(config.DataFacts{Shape: shape, Train: config.MaxBatch})
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

func mustRun(t *testing.T, task Task) Result {
	t.Helper()
	result, err := Run(context.Background(), task)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func loadModel(t *testing.T, task Task) (*run.Model, *model.Model) {
	t.Helper()
	saved, err := run.Load(filepath.Join(task.Dir.Path(), run.ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Restore(saved)
	if err != nil {
		t.Fatal(err)
	}
	return saved, m
}

func loadState(t *testing.T, task Task) *run.State {
	t.Helper()
	s, err := run.LoadState(task.Dir.Path())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func bytesOf(t *testing.T, task Task, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(task.Dir.Path(), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// copies returns the parameters by name, in memory of their own.
func copies(m *model.Model) map[string][]float32 {
	all := map[string][]float32{}
	for _, p := range m.Params() {
		all[p.Name] = append([]float32(nil), p.Value...)
	}
	return all
}

// mustTrainer is the trainer of a task before its first step.
func mustTrainer(t *testing.T, task Task) *trainer {
	t.Helper()
	tr, err := newTrainer(task)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// values returns the elements of one parameter.
func values(t *testing.T, m *model.Model, name string) []float32 {
	t.Helper()
	for _, p := range m.Params() {
		if p.Name == name {
			return p.Value
		}
	}
	t.Fatalf("no parameter %s", name)
	return nil
}
