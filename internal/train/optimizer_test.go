package train

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/model"
)

// trajectories is testdata/optimizers.json: 20 steps of PyTorch's optimizers on a
// small problem (testdata/export_optimizers.py).
type trajectories struct {
	Start []struct {
		Name  string
		Value []float32
	}
	X, Noise []float32
	Steps    int
	Cases    []trajectory
}

type trajectory struct {
	Optimizer          config.Optimizer
	LearningRate       float64 `json:"learning_rate"`
	Momentum           float64
	Beta1, Beta2       float64
	Epsilon            *float64
	Decay, Clip, Scale float64
	Norm               [2]float64 // least and greatest on the way
	Float32            float64    // what rounding is worth, by PyTorch's own run in float32
	First, Last        []float64
}

func (c trajectory) String() string {
	return fmt.Sprintf("%s momentum %g decay %g clip %g beta1 %g scale %g", c.Optimizer, c.Momentum, c.Decay, c.Clip, c.Beta1, c.Scale)
}

func (c trajectory) config() config.Train {
	t := config.Default().Train
	t.Optimizer, t.Momentum, t.Beta1, t.Beta2 = c.Optimizer, c.Momentum, c.Beta1, c.Beta2
	t.WeightDecay, t.Clip = c.Decay, c.Clip
	if c.Epsilon != nil {
		t.Epsilon = *c.Epsilon
	}
	return t
}

func loadTrajectories(t *testing.T) trajectories {
	t.Helper()
	src, err := os.ReadFile("testdata/optimizers.json")
	if err != nil {
		t.Fatal(err)
	}
	var r trajectories
	if err := json.Unmarshal(src, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Cases) < 37 || r.Steps != 20 {
		t.Fatalf("testdata/optimizers.json holds %d cases of %d steps", len(r.Cases), r.Steps)
	}
	return r
}

// problem is the network of the file at its start, and its loss.
func (r trajectories) problem(t *testing.T, scale float64) (*model.Model, *model.Objective) {
	t.Helper()
	c := config.Default().Model
	c.Hidden, c.Latent, c.Activation = []int{3}, 2, "tanh"
	m, err := model.New(c, config.Shape{Width: 3, Height: 2, Channels: 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Start) != len(m.Params()) {
		t.Fatalf("%d parameters in the file, %d in the model", len(r.Start), len(m.Params()))
	}
	for i, p := range m.Params() {
		if p.Name != r.Start[i].Name || copy(p.Value, r.Start[i].Value) != len(p.Value) {
			t.Fatalf("parameter %s of %d values, want %s of %d", p.Name, len(p.Value), r.Start[i].Name, len(r.Start[i].Value))
		}
	}
	o, err := m.NewObjective(model.ObjectiveOptions{Rows: 4, Gradients: true})
	if err != nil {
		t.Fatal(err)
	}
	if copy(o.X, r.X) != 24 || copy(o.Noise[0], r.Noise) != 8 {
		t.Fatal("pixels or noise are missing")
	}
	for i := range o.Weight {
		o.Weight[i] = float32(scale / 4)
	}
	return m, o
}

func TestOptimizersAgainstPyTorch(t *testing.T) {
	r := loadTrajectories(t)
	seen := map[config.Optimizer]int{}
	for _, c := range r.Cases {
		t.Run(c.String(), func(t *testing.T) {
			m, objective := r.problem(t, c.Scale)
			o := mustOptimizer(t, m, optimizing(t, c.config()))
			for step := range r.Steps {
				if err := objective.Run(); err != nil {
					t.Fatal(err)
				}
				o.Step(objective, c.LearningRate)
				if step == 0 {
					c.compare(t, "first", m, c.First)
				}
			}
			c.compare(t, "last", m, c.Last)
		})
		seen[c.Optimizer]++
		if c.Clip > 0 && !(c.Norm[0] < c.Clip && c.Clip < c.Norm[1]) {
			t.Errorf("%v: norms from %g to %g, the limit is not met on the way", c, c.Norm[0], c.Norm[1])
		}
	}
	if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, slices.Sorted(slices.Values(config.Optimizers))) {
		t.Errorf("the file has %v, there are %v", got, config.Optimizers)
	}
}

// compare allows three times what PyTorch's own rounding to float32 makes of the
// worst case, 6e-7, after ways of 0.03 to 0.8.
func (c trajectory) compare(t *testing.T, when string, m *model.Model, want []float64) {
	t.Helper()
	for _, p := range m.Params() {
		if len(want) < len(p.Value) {
			t.Fatalf("the %s parameters are not complete", when)
		}
		for i, v := range p.Value {
			if !(math.Abs(float64(v)-want[i]) <= 2e-6) {
				t.Fatalf("%s[%d] is %.9g at the %s step, PyTorch has %.9g", p.Name, i, v, when, want[i])
			}
		}
		want = want[len(p.Value):]
	}
	if len(want) != 0 || !(c.Float32 <= 6e-7) {
		t.Errorf("%d values too many, float32 differs by %g", len(want), c.Float32)
	}
}

// states are the tensors that an optimizer saves beside a parameter.
var states = map[string][]string{
	"adam": {"adam.first.", "adam.second."}, "adamw": {"adamw.first.", "adamw.second."}, "adamax": {"adamax.first.", "adamax.norm."},
	"adagrad": {"adagrad.sum."}, "sgd": {"sgd.momentum."}, "plain sgd": nil,
}

// choose configures an optimizer that states has.
func choose(c *config.Train, name string) {
	c.Optimizer = config.Optimizer(name)
	switch name {
	case "adagrad":
		c.LearningRate = 0.05
	case "sgd":
		c.LearningRate = 0.01
	case "plain sgd":
		c.Optimizer, c.Momentum, c.LearningRate = "sgd", 0, 0.05
	}
}

func TestEveryOptimizerTrainsAndSavesItsState(t *testing.T) {
	for name, prefixes := range states {
		t.Run(name, func(t *testing.T) {
			task, seen := newTask(t, func(c *config.Config) {
				choose(&c.Train, name)
				c.Train.Epochs, c.Train.Clip, c.Train.WeightDecay = 20, 5, 1e-3
			}, splits(50, 0))
			mustRun(t, task)
			if first, last := seen.rows[0].Train.Loss, seen.rows[19].Train.Loss; !(last < 0.95*first) {
				t.Errorf("training loss went from %g to %g", first, last)
			}
			var want []string
			shapes := map[string]string{}
			for _, p := range task.Model.Params() {
				for _, prefix := range append([]string{""}, prefixes...) {
					want = append(want, prefix+p.Name)
					shapes[prefix+p.Name] = fmt.Sprint(p.Shape)
				}
			}
			var got []string
			for _, tensor := range loadState(t, task).Tensors {
				got = append(got, tensor.Name)
				if fmt.Sprint(tensor.Shape) != shapes[tensor.Name] {
					t.Errorf("%s has shape %v, want %s", tensor.Name, tensor.Shape, shapes[tensor.Name])
				}
				still := !slices.ContainsFunc(tensor.Data, func(v float32) bool { return v != 0 })
				if still {
					t.Errorf("%s is all zero", tensor.Name)
				}
			}
			if !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
				t.Errorf("tensors %v, want %v", got, want)
			}
		})
	}
}

// A gradient that is no number must be found in the parameters after the step, or
// in what is remembered of it.
func TestNonFiniteGradientsAreFound(t *testing.T) {
	r := loadTrajectories(t)
	for name := range states {
		for _, clip := range []float64{0, 1} {
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				m, objective := r.problem(t, 1)
				c := config.Default().Train
				choose(&c, name)
				c.Clip = clip
				o := mustOptimizer(t, m, optimizing(t, c))
				if err := objective.Run(); err != nil {
					t.Fatal(err)
				}
				g := objective.Gradient(3)
				g[1] = float32(bad)
				o.Step(objective, c.LearningRate)
				task := &trainer{Task: Task{Config: optimizing(t, c), Model: m}, optimizer: o}
				if v := m.Params()[3].Value[1]; !(v-v != 0) {
					t.Errorf("%s clip %g: a gradient of %g leaves %g", name, clip, bad, v)
				}
				if err := task.checkParameters(1); err == nil || !strings.Contains(err.Error(), "no finite number") {
					t.Errorf("%s clip %g: after a gradient of %g the check says %v", name, clip, bad, err)
				}
			}
		}
	}
}

// State that overflows is found before it is saved.
func TestNonFiniteStatesAreFound(t *testing.T) {
	r := loadTrajectories(t)
	for name, prefixes := range states {
		m, _ := r.problem(t, 1)
		c := config.Default().Train
		choose(&c, name)
		o := mustOptimizer(t, m, optimizing(t, c))
		all := o.tensors()
		if len(all) != len(prefixes)*len(m.Params()) {
			t.Fatalf("%s: %d tensors", name, len(all))
		}
		for k, tensor := range all {
			i := k / len(prefixes)
			tensor.Data[0] = float32(math.Inf(1))
			if o.finite(i) || !o.finite((i+1)%len(m.Params())) {
				t.Errorf("%s: infinity in %s is not found where it is", name, tensor.Name)
			}
			tensor.Data[0] = 0
		}
		if !o.finite(0) {
			t.Errorf("%s: a state of zeros is called otherwise", name)
		}
	}
}

func mustOptimizer(t *testing.T, m *model.Model, c config.Resolved) *Optimizer {
	t.Helper()
	o, err := NewOptimizer(m, c)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestEveryOptimizerHasARule(t *testing.T) {
	for _, name := range config.Optimizers {
		if _, ok := rules[name]; !ok {
			t.Errorf("%s has no rule", name)
		}
	}
	if len(rules) != len(config.Optimizers) {
		t.Errorf("%d rules for the names %v", len(rules), config.Optimizers)
	}
	if _, err := NewOptimizer(&model.Model{}, config.Resolved{Config: config.Config{Train: config.Train{Optimizer: "lion"}}}); err == nil {
		t.Error("an unknown optimizer: no error")
	}
}

// Weights decay, and neither biases nor the scales of normalizations.
func TestWeightsAloneDecay(t *testing.T) {
	task, _ := newTask(t, func(c *config.Config) {
		c.Model.Encoder, c.Train.WeightDecay = "conv:4:3:1:1,bn,relu,groupnorm:2,dense:8,relu", 0.1
	}, splits(50, 12))
	o, err := NewOptimizer(task.Model, task.Config)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range o.params {
		if decays := len(p.Shape) > 1; (o.states[i].Decay != 0) != decays {
			t.Errorf("%s %v: decay %g", p.Name, p.Shape, o.states[i].Decay)
		}
	}
}
