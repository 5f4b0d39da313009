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

// optimizer is Adam over all parameters of a model. Its state is plain memory,
// so that it can be saved.
type optimizer struct {
	params []*model.Param
	adam   kernel.Adam
	first  [][]float32 // first moments, parameter by parameter
	second [][]float32
}

func newOptimizer(m *model.Model, learningRate float64) *optimizer {
	o := &optimizer{
		params: m.Params(),
		adam:   kernel.Adam{LearningRate: learningRate, Beta1: adamBeta1, Beta2: adamBeta2, Epsilon: adamEpsilon},
	}
	for _, p := range o.params {
		o.first = append(o.first, make([]float32, len(p.Value)))
		o.second = append(o.second, make([]float32, len(p.Value)))
	}
	return o
}

// step moves the parameters by the gradients of the objective's last run.
func (o *optimizer) step(objective *model.Objective) error {
	o.adam.Step++
	for i, p := range o.params {
		gradient, err := objective.Gradient(i)
		if err != nil {
			return err
		}
		o.adam.Update(p.Value, gradient, o.first[i], o.second[i])
	}
	return nil
}

// tensors returns the moments for saving, sharing their memory.
func (o *optimizer) tensors() []run.Tensor {
	var all []run.Tensor
	for i, p := range o.params {
		all = append(all,
			run.Tensor{Name: "adam.first." + p.Name, Shape: p.Shape, Data: o.first[i]},
			run.Tensor{Name: "adam.second." + p.Name, Shape: p.Shape, Data: o.second[i]})
	}
	return all
}
