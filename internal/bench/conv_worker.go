//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	"vae/internal/config"
	"vae/internal/model"
	"vae/internal/rng"
	"vae/internal/train"
)

// workerRequest is one line.
type workerRequest struct {
	Op, Task string
	Net      net
	Batch    int
	Steps    int
	Seconds  float64
}

// work answers requests until there are no more.
func work() error {
	defer debug.SetGCPercent(debug.SetGCPercent(20)) // as training has it
	lines := bufio.NewScanner(os.Stdin)
	var step func() error
	for lines.Scan() {
		var r workerRequest
		err := json.Unmarshal(lines.Bytes(), &r)
		var a answer
		switch {
		case err != nil:
		case r.Op == "prepare":
			if step, err = workerStep(r); err == nil {
				a, err = probe(step, r.Seconds)
			}
		case r.Op == "memory":
			a.Bytes, err = peakMemory()
		case step == nil:
			err = fmt.Errorf("%s before prepare", r.Op)
		default:
			a, err = timed(step, r.Steps)
		}
		if err != nil {
			a.Error = err.Error()
		}
		line, err := json.Marshal(a)
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
	return lines.Err()
}

// probe is the shortest time of a step, after two that warm up.
func probe(step func() error, seconds float64) (answer, error) {
	if _, err := timed(step, 2); err != nil {
		return answer{}, err
	}
	best, start := answer{Seconds: math.Inf(1)}, time.Now()
	for n := 0; n < 3 || time.Since(start).Seconds() < seconds; n++ {
		a, err := timed(step, 1)
		if err != nil {
			return answer{}, err
		}
		best.Seconds = min(best.Seconds, a.Seconds)
	}
	return best, nil
}

// timed does so many steps.
func timed(step func() error, steps int) (a answer, err error) {
	cpu, err := processorTime()
	if err != nil {
		return a, err
	}
	start := time.Now()
	for range steps {
		if err := step(); err != nil {
			return a, err
		}
	}
	a.Seconds = time.Since(start).Seconds()
	after, err := processorTime()
	a.CPU = after - cpu
	return a, err
}

func usage() (u syscall.Rusage, err error) {
	err = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u, err
}

func processorTime() (float64, error) {
	u, err := usage()
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9, err
}

func peakMemory() (float64, error) {
	u, err := usage()
	return 1024 * float64(u.Maxrss), err
}

// workerStep prepares a task on batches of pixels that take turns, with fresh noise in each step.
func workerStep(r workerRequest) (func() error, error) {
	c := config.Default()
	c.Model.Encoder, c.Model.Decoder, c.Model.Latent = r.Net.Encoder, r.Net.Decoder, r.Net.Latent
	shape := config.Shape{Width: r.Net.Image[0], Height: r.Net.Image[1], Channels: r.Net.Image[2]}
	m, err := model.New(c.Model, shape, 1)
	if err != nil {
		return nil, err
	}
	w := &convWork{batches: make([][]float32, 4)}
	for i := range w.batches {
		w.batches[i] = make([]float32, r.Batch*shape.Pixels())
		stream := rng.Stream(1, "pixels", uint64(i))
		for j := range w.batches[i] {
			w.batches[i][j] = stream.Float32()
		}
	}
	switch r.Task {
	case "train":
		return w.training(m, c, r.Batch)
	case "encode":
		e, err := m.NewEncoder(r.Batch)
		return func() error {
			copy(e.X, w.next())
			_, _, err := e.Run()
			return err
		}, err
	case "sample":
		d, err := m.NewDecoder(r.Batch)
		return func() error {
			w.step++
			rng.Normal(d.Z, rng.Stream(1, "draws", uint64(w.step)))
			_, err := d.Run()
			return err
		}, err
	}
	return nil, fmt.Errorf("unknown task %q", r.Task)
}

type convWork struct {
	batches [][]float32
	step    int
}

func (w *convWork) next() []float32 {
	w.step++
	return w.batches[w.step%len(w.batches)]
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
		train.Noise(objective.Noise[0], 1, w.step, 0)
		if err := objective.Run(); err != nil {
			return err
		}
		optimizer.Step(objective, 1e-4)
		return nil
	}, err
}
