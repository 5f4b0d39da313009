package main

import (
	"fmt"

	"vae/internal/config"
	"vae/internal/model"
	"vae/internal/rng"
	"vae/internal/train"
)

// net is a network as both sides are told of it.
type net struct {
	Image   [3]int `json:"image"` // width, height, channels
	Encoder string `json:"encoder"`
	Decoder string `json:"decoder"`
	Latent  int    `json:"latent"`
}

// workerRequest is one line.
type workerRequest struct {
	Op, Task string
	Net      net
	Batch    int
	Steps    int
	Seconds  float64
}

// workerStep prepares a task of a new model on batches of pixels that take turns, with fresh noise in each step.
func workerStep(r workerRequest) (*model.Model, func() error, error) {
	c := config.Default()
	c.Model.Encoder, c.Model.Decoder, c.Model.Latent = r.Net.Encoder, r.Net.Decoder, r.Net.Latent
	shape := config.Shape{Width: r.Net.Image[0], Height: r.Net.Image[1], Channels: r.Net.Image[2]}
	m, err := model.New(c.Model, shape, 1)
	if err != nil {
		return nil, nil, err
	}
	w := newConvWork(r.Batch, shape)
	var step func() error
	switch r.Task {
	case "train":
		step, err = w.training(m, c, r.Batch)
	case "encode":
		step, err = w.encoding(m, r.Batch)
	case "sample":
		step, err = w.sampling(m, r.Batch)
	default:
		err = fmt.Errorf("unknown task %q", r.Task)
	}
	return m, step, err
}

type convWork struct {
	batches [][]float32
	step    int
}

func newConvWork(batch int, image config.Shape) *convWork {
	w := &convWork{batches: make([][]float32, 4)}
	for i := range w.batches {
		w.batches[i] = make([]float32, batch*image.Pixels())
		stream := rng.Stream(1, "pixels", uint64(i))
		for j := range w.batches[i] {
			w.batches[i][j] = stream.Float32()
		}
	}
	return w
}

func (w *convWork) next() []float32 {
	w.step++
	return w.batches[w.step%len(w.batches)]
}

func (w *convWork) encoding(m *model.Model, batch int) (func() error, error) {
	e, err := m.NewEncoder(batch)
	return func() error {
		copy(e.X, w.next())
		_, _, err := e.Run()
		return err
	}, err
}

func (w *convWork) sampling(m *model.Model, batch int) (func() error, error) {
	d, err := m.NewDecoder(batch)
	return func() error {
		w.step++
		rng.Normal(d.Z, rng.Stream(1, "draws", uint64(w.step)))
		_, err := d.Run()
		return err
	}, err
}

func (w *convWork) training(m *model.Model, c config.Config, batch int) (func() error, error) {
	objective, err := m.NewObjective(model.ObjectiveOptions{Rows: batch, Gradients: true, Training: true})
	if err != nil {
		return nil, err
	}
	objective.Weigh(batch)
	optimizer, err := train.NewOptimizer(m, config.Resolved{Config: c, Epsilon: 1e-8})
	return func() error {
		copy(objective.X, w.next())
		train.Noise(objective.Noise[0], 0, 1, w.step, 0)
		if err := objective.Run(); err != nil {
			return err
		}
		optimizer.Step(objective, 1e-4)
		return nil
	}, err
}
