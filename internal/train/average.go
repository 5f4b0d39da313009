package train

import (
	"slices"

	"vae/internal/config"
	"vae/internal/kernel"
	"vae/internal/model"
	"vae/internal/run"
)

// average is the exponential moving average of the weights that takes their place wherever the model is measured
// or kept (Polyak and Juditsky 1992; Child 2021). What a model keeps besides its weights, and a normalization measures,
// is that of the last step. A nil average is none.
type average struct {
	decay  float64
	params []*model.Param
	states []kernel.Parameter // the means, and the weights that they follow
}

// newAverage begins with the weights as they are; without a decay there is none.
func newAverage(m *model.Model, decay float64) *average {
	if decay == 0 {
		return nil
	}
	a := &average{decay: decay, params: m.Params()}
	for _, p := range a.params {
		a.states = append(a.states, kernel.Parameter{Param: slices.Clone(p.Value), Gradient: p.Value})
	}
	return a
}

// begin lets the average be the weights as they are.
func (a *average) begin() {
	if a != nil {
		for _, s := range a.states {
			copy(s.Param, s.Gradient)
		}
	}
}

// follow moves the average on after a step, of which n are done. It is so short at first that the initial weights are
// soon forgotten: a training of fewer steps than 1/(1-decay) would keep little else.
func (a *average) follow(n int) {
	if a != nil {
		kernel.Average{Decay: min(a.decay, float64(1+n)/float64(10+n))}.Update(a.states)
	}
}

// exchange puts the average in the place of the weights, and again the weights in theirs.
func (a *average) exchange() {
	if a == nil {
		return
	}
	for _, s := range a.states {
		for i, v := range s.Gradient {
			s.Gradient[i], s.Param[i] = s.Param[i], v
		}
	}
}

// tensors are the means for saving, sharing their memory.
func (a *average) tensors() (all []run.Tensor) {
	if a == nil {
		return nil
	}
	for i, p := range a.params {
		all = append(all, run.Tensor{Name: "ema." + p.Name, Shape: p.Shape, Data: a.states[i].Param})
	}
	return all
}

// averaged does something with the weights that are measured and kept: while layers are
// pretrained, which the average does not follow, those that are trained.
func (t *trainer) averaged(do func() error) error {
	if t.layer != nil {
		return do()
	}
	t.average.exchange()
	defer t.average.exchange()
	return do()
}

// averagedModel is what a model file holds of the place where training has come to, in memory of its own.
func (t *trainer) averagedModel(c config.Config, info run.Info) (m *run.Model, err error) {
	err = t.averaged(func() error {
		if m, err = t.model(c, info); err == nil && t.average != nil {
			for i, tensor := range m.Tensors {
				m.Tensors[i].Data = slices.Clone(tensor.Data)
			}
		}
		return err
	})
	return m, err
}
