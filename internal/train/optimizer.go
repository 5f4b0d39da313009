package train

import (
	"vae/internal/kernel"
	"vae/internal/model"
	"vae/internal/run"
)

// PyTorch's defaults.
const (
	adamBeta1   = 0.9
	adamBeta2   = 0.999
	adamEpsilon = 1e-8
)

// Adam is the optimizer over all parameters of a model. Its state is plain
// memory, so that it can be saved.
type Adam struct {
	kernel.Adam // the constants, and the number of steps done
	params      []*model.Param
	states      []kernel.AdamState // of each parameter
}

// NewAdam prepares to train a model, with PyTorch's default constants.
func NewAdam(m *model.Model, learningRate float64) *Adam {
	o := &Adam{
		params: m.Params(),
		Adam:   kernel.Adam{LearningRate: learningRate, Beta1: adamBeta1, Beta2: adamBeta2, Epsilon: adamEpsilon},
	}
	for _, p := range o.params {
		o.states = append(o.states, kernel.AdamState{
			Param: p.Value, First: make([]float32, len(p.Value)), Second: make([]float32, len(p.Value)),
		})
	}
	return o
}

// Step moves the parameters by the gradients of the objective's last run.
func (o *Adam) Step(objective *model.Objective) (err error) {
	o.Adam.Step++
	for i := range o.states {
		if o.states[i].Gradient, err = objective.Gradient(i); err != nil {
			return err
		}
	}
	o.Update(o.states)
	return nil
}

// tensors returns the moments for saving, sharing their memory.
func (o *Adam) tensors() []run.Tensor {
	var all []run.Tensor
	for i, p := range o.params {
		all = append(all,
			run.Tensor{Name: "adam.first." + p.Name, Shape: p.Shape, Data: o.states[i].First},
			run.Tensor{Name: "adam.second." + p.Name, Shape: p.Shape, Data: o.states[i].Second})
	}
	return all
}
