package main

import (
	"runtime/debug"
	"time"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/rng"
	"vae/internal/train"
)

// workload is a training step: network, batch, objective and optimizer.
type workload struct {
	name         string
	Hidden       []int   `json:"hidden"`
	Latent       int     `json:"latent"`
	Activation   string  `json:"activation"`
	Batch        int     `json:"batch"`
	Samples      int     `json:"samples"`
	Objective    string  `json:"objective"`
	LearningRate float64 `json:"learning_rate"`
	Epsilon      float64 `json:"epsilon"`
}

// workloads are the default network, and the protocol of Burda et al. 2015.
var workloads = []workload{
	{"mnist 784-400-200-20, batch 128", []int{400, 200}, 20, "relu", 128, 1, "elbo", 1e-3, 1e-8},
	{"iwae 784-200-200-50, batch 20, K=1", []int{200, 200}, 50, "tanh", 20, 1, "iwae", 1e-3, 1e-4},
	{"iwae 784-200-200-50, batch 20, K=5", []int{200, 200}, 50, "tanh", 20, 5, "iwae", 1e-3, 1e-4},
	{"iwae 784-200-200-50, batch 20, K=50", []int{200, 200}, 50, "tanh", 20, 50, "iwae", 1e-3, 1e-4},
}

// ours trains a workload with this program.
type ours struct {
	w         workload
	data      dataset.Split
	objective *model.Objective
	optimizer *train.Optimizer
	order     []int
	at, step  int
}

func newOurs(w workload, data dataset.Split) (*ours, error) {
	c := config.Default().Model
	c.Hidden, c.Latent, c.Activation = w.Hidden, w.Latent, config.Activation(w.Activation)
	m, err := model.New(c, data.Set.Shape, 1)
	if err != nil {
		return nil, err
	}
	objective, err := m.NewObjective(model.ObjectiveOptions{
		Rows: w.Batch, Samples: w.Samples, ImportanceWeighted: w.Objective == "iwae", Gradients: true, Training: true,
	})
	if err != nil {
		return nil, err
	}
	for i := range objective.Weight {
		objective.Weight[i] = 1 / float32(w.Batch)
	}
	settings := config.Resolved{Config: config.Default(), Epsilon: w.Epsilon}
	optimizer, err := train.NewOptimizer(m, settings)
	if err != nil {
		return nil, err
	}
	o := &ours{w: w, data: data, objective: objective, optimizer: optimizer, order: make([]int, data.Len())}
	o.at = len(o.order) // begin with a permutation
	debug.FreeOSMemory()
	_, err = o.run(30)
	return o, err
}

// run does steps as training does them: batch, noise, graph, optimizer.
func (o *ours) run(steps int) (time.Duration, error) {
	start := time.Now()
	for range steps {
		if o.at+o.w.Batch > len(o.order) {
			rng.Permutation(o.order, rng.Stream(1, "shuffle", uint64(o.step)))
			o.at = 0
		}
		o.data.Gather(o.objective.X, o.order[o.at:o.at+o.w.Batch])
		o.at += o.w.Batch
		o.step++
		train.Noise(o.objective.Noise[0], 0, 1, o.step, 0)
		if err := o.objective.Run(); err != nil {
			return 0, err
		}
		o.optimizer.Step(o.objective, o.w.LearningRate)
	}
	return time.Since(start), nil
}
