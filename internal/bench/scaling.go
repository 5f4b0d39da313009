package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"vae/internal/dataset"
	"vae/internal/kernel"
)

// scaling shows how the cost of a step grows, of networks that kinds names: dense, conv.
func (b *bench) scaling(kinds string, threads int) error {
	if threads > 0 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
	}
	if strings.Contains(kinds, "dense") {
		if err := b.scalingDense(); err != nil {
			return err
		}
	}
	if strings.Contains(kinds, "conv") {
		return b.scalingConv()
	}
	return nil
}

func (b *bench) scalingHead(what string) {
	of := map[bool]string{false: "time", true: "processor time"}[b.cpu]
	fmt.Printf("### How the cost of a step grows: %s, %s, %d thread(s) unless it says so\n\n", what, of, runtime.GOMAXPROCS(0))
	fmt.Printf("| what | value | ms a step | us an image | GFLOP/s | share of peak |\n|---|---|---|---|---|---|\n")
}

// scalingDense shows how the cost of a step grows with threads, batch, hidden width
// and latents, and how an epoch's grows with its images: each from the default
// network, one figure changed.
func (b *bench) scalingDense() error {
	data, err := loadTraining()
	if err != nil {
		return err
	}
	base := workloads[0]
	b.scalingHead("the default network")
	processors := runtime.GOMAXPROCS(0)
	for threads := 1; threads <= runtime.NumCPU() && err == nil; threads++ {
		runtime.GOMAXPROCS(threads)
		err = b.scaled("threads", threads, base, data, threads)
	}
	runtime.GOMAXPROCS(processors)
	if err != nil {
		return err
	}
	for _, c := range []struct {
		name   string
		values []int
		set    func(w *workload, v int)
	}{
		{"batch", []int{20, 64, 128, 256, 512, 1024}, func(w *workload, v int) { w.Batch = v }},
		{"hidden width (two equal layers)", []int{256, 512, 1024, 2048}, func(w *workload, v int) { w.Hidden = []int{v, v} }},
		{"latents", []int{2, 8, 20, 64, 256}, func(w *workload, v int) { w.Latent = v }},
		{"images", []int{1000, 5000, 20000, 55000}, nil},
	} {
		for _, v := range c.values {
			w, part := base, data
			if c.set != nil {
				c.set(&w, v)
			} else {
				part.Index = part.Index[:v]
			}
			if err := b.scaled(c.name, v, w, part, processors); err != nil {
				return err
			}
		}
	}
	fmt.Println()
	return nil
}

func (b *bench) scaled(name string, value int, w workload, data dataset.Split, threads int) error {
	o, err := newOurs(w, data)
	if err != nil {
		return err
	}
	return b.scalingRow(name, value, scaledStep{o.run, 20, w.Batch, w.operations(data.Set.Shape.Pixels())}, threads)
}

// scaledStep is a step whose cost is a row.
type scaledStep struct {
	run        func(steps int) (time.Duration, error)
	least      int // steps of a run, half as many at least
	batch      int
	operations float64 // of its products
}

// scalingRow measures a step. Processor time is that of all threads, shared out among them.
func (b *bench) scalingRow(name string, value int, s scaledStep, threads int) error {
	probe, err := s.run(s.least)
	if err != nil {
		return err
	}
	steps := max(1, s.least/2, int(b.seconds/4*float64(s.least)/probe.Seconds()))
	var times []float64
	for range b.rounds {
		start := b.clock()
		if _, err := s.run(steps); err != nil {
			return err
		}
		times = append(times, (b.clock()-start)/float64(steps))
	}
	t := median(times)
	if b.cpu {
		t /= float64(threads)
	}
	rate := s.operations / t
	fmt.Printf("| %s | %d | %.3f | %.2f | %.0f | %.0f %% |\n", name, value, 1e3*t, 1e6*t/float64(s.batch), rate/1e9, 100*rate/kernel.Peak()/float64(threads))
	return nil
}

// operations counts the multiplications and additions of the matrix products of a
// step: forward, weight gradients, and input gradients of all layers but the
// first.
func (w workload) operations(pixels int) float64 {
	var forward, first float64
	in := pixels
	for i, h := range w.Hidden {
		forward += float64(in * h)
		if i == 0 {
			first = float64(in * h)
		}
		in = h
	}
	forward += float64(2 * in * w.Latent)
	rows := float64(w.Batch)
	total := rows * (3*forward - first)
	decoder, in := 0.0, w.Latent
	for i := range w.Hidden {
		h := w.Hidden[len(w.Hidden)-1-i]
		decoder += float64(in * h)
		in = h
	}
	decoder += float64(in * pixels)
	return 2 * (total + rows*float64(w.Samples)*3*decoder)
}
