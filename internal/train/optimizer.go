package train

import (
	"fmt"
	"slices"
	"strings"

	"vae/internal/config"
	"vae/internal/kernel"
	"vae/internal/model"
	"vae/internal/run"
)

// Optimizer moves all parameters of a model against the gradients of a loss. Its
// state is plain memory, so that it can be saved.
type Optimizer struct {
	settings config.Resolved
	rule     rule
	steps    int // done
	params   []*model.Param
	names    []string           // of what it remembers, without the parameter's
	states   []kernel.Parameter // of each parameter
}

// rule is how an optimizer moves parameters.
type rule struct {
	// memory are the names of what it remembers of a parameter, in the order of First and
	// Second of kernel.Parameter.
	memory func(t config.Train) []string
	update func(o *Optimizer, learningRate float64)
}

// rules are those of the names in config.Optimizers.
var rules = map[config.Optimizer]rule{
	config.Adam: {
		func(config.Train) []string { return []string{"adam.first.", "adam.second."} },
		func(o *Optimizer, learningRate float64) { o.adam(learningRate, false) },
	},
	config.AdamW: {
		func(config.Train) []string { return []string{"adamw.first.", "adamw.second."} },
		func(o *Optimizer, learningRate float64) { o.adam(learningRate, true) },
	},
	config.Adamax: {
		func(config.Train) []string { return []string{"adamax.first.", "adamax.norm."} },
		func(o *Optimizer, learningRate float64) {
			t := o.settings.Train
			kernel.Adamax{
				LearningRate: learningRate, Beta1: t.Beta1, Beta2: t.Beta2, Epsilon: o.settings.Epsilon, Step: o.steps, Clip: t.Clip,
			}.Update(o.states)
		},
	},
	config.Adagrad: {
		func(config.Train) []string { return []string{"adagrad.sum."} },
		func(o *Optimizer, learningRate float64) {
			kernel.Adagrad{LearningRate: learningRate, Epsilon: o.settings.Epsilon, Clip: o.settings.Train.Clip}.Update(o.states)
		},
	},
	config.SGD: {
		func(t config.Train) []string {
			if t.Momentum == 0 {
				return nil
			}
			return []string{"sgd.momentum."}
		},
		func(o *Optimizer, learningRate float64) {
			kernel.SGD{LearningRate: learningRate, Momentum: o.settings.Train.Momentum, Clip: o.settings.Train.Clip}.Update(o.states)
		},
	},
}

// NewOptimizer prepares to train a model as configured. Errors: an optimizer that there
// is not.
func NewOptimizer(m *model.Model, c config.Resolved) (*Optimizer, error) {
	r, ok := rules[c.Train.Optimizer]
	if !ok {
		return nil, fmt.Errorf("unknown optimizer %q", c.Train.Optimizer)
	}
	o := &Optimizer{settings: c, rule: r, params: m.Params(), names: r.memory(c.Train)}
	for _, p := range o.params {
		o.states = append(o.states, newState(p, len(o.names), c.Train.WeightDecay))
	}
	return o, nil
}

// newState has nothing remembered yet. Biases and the like do not decay: the decay
// is a penalty on the weights alone.
func newState(p *model.Param, states int, decay float64) kernel.Parameter {
	s := kernel.Parameter{Param: p.Value}
	if strings.HasSuffix(p.Name, ".weight") && len(p.Shape) > 1 { // not the scales of a normalization
		s.Decay = decay
	}
	if states > 0 {
		s.First = make([]float32, len(p.Value))
	}
	if states > 1 {
		s.Second = make([]float32, len(p.Value))
	}
	return s
}

// Step moves the parameters by the gradients of the objective's last run, at a
// learning rate. The gradients of all parameters together are clipped. A gradient
// that is no finite number leaves a parameter that is none either, with clipping
// and without, which the checks of the loop find.
func (o *Optimizer) Step(objective *model.Objective, learningRate float64) {
	o.take(objective)
	o.steps++
	o.rule.update(o, learningRate)
}

// Norm is that of all gradients of the objective's last run together.
func (o *Optimizer) Norm(objective *model.Objective) float64 {
	o.take(objective)
	return kernel.GradientNorm(o.states)
}

func (o *Optimizer) take(objective *model.Objective) {
	for i := range o.states {
		o.states[i].Gradient = objective.Gradient(i)
	}
}

func (o *Optimizer) adam(learningRate float64, decoupled bool) {
	t := o.settings.Train
	kernel.Adam{
		LearningRate: learningRate, Beta1: t.Beta1, Beta2: t.Beta2, Epsilon: o.settings.Epsilon, Step: o.steps, Decoupled: decoupled, Clip: t.Clip,
	}.Update(o.states)
}

// memory are the states of parameter i, in the order of their names.
func (o *Optimizer) memory(i int) [][]float32 {
	return [][]float32{o.states[i].First, o.states[i].Second}[:len(o.names)]
}

// finite reports whether the state of parameter i is.
func (o *Optimizer) finite(i int) bool {
	for _, state := range o.memory(i) {
		if !kernel.Finite(state) {
			return false
		}
	}
	return true
}

// restore takes the states out of what was saved after a number of steps, and returns
// what is left of it.
func (o *Optimizer) restore(saved []run.Tensor, steps int) (rest []run.Tensor, err error) {
	o.steps = steps
	return takeOut(o.tensors(), saved)
}

// takeOut fills tensors with what was saved of them, and returns what is left of that.
func takeOut(tensors, saved []run.Tensor) (rest []run.Tensor, err error) {
	byName := map[string]run.Tensor{}
	for _, s := range saved {
		byName[s.Name] = s
	}
	for _, own := range tensors {
		s, ok := byName[own.Name]
		if !ok {
			return nil, fmt.Errorf("tensor %q is missing", own.Name)
		}
		if !slices.Equal(s.Shape, own.Shape) {
			return nil, fmt.Errorf("tensor %q has shape %v, want %v", own.Name, s.Shape, own.Shape)
		}
		copy(own.Data, s.Data)
		delete(byName, own.Name)
	}
	for _, s := range saved {
		if _, left := byName[s.Name]; left {
			rest = append(rest, s)
		}
	}
	return rest, nil
}

// tensors returns the states for saving, sharing their memory.
func (o *Optimizer) tensors() []run.Tensor {
	var all []run.Tensor
	for i, p := range o.params {
		for k, state := range o.memory(i) {
			all = append(all, run.Tensor{Name: o.names[k] + p.Name, Shape: p.Shape, Data: state})
		}
	}
	return all
}
