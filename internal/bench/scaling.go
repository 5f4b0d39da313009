package main

import (
	"fmt"
	"runtime"

	"vae/internal/dataset"
	"vae/internal/kernel"
)

// scaling shows how the cost of a step grows with threads, batch, hidden width
// and latents, and how an epoch's grows with its images: each from the default
// network, one figure changed.
func (b *bench) scaling() error {
	data, err := loadTraining()
	if err != nil {
		return err
	}
	base := workloads[0]
	fmt.Printf("### How the cost of a step grows\n\n| what | value | ms a step | us an image | GFLOP/s | share of peak |\n|---|---|---|---|---|---|\n")
	processors := runtime.GOMAXPROCS(0)
	for threads := 1; threads <= processors; threads++ {
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
	probe, err := o.run(20)
	if err != nil {
		return err
	}
	steps := max(10, int(b.seconds/4*20/probe.Seconds()))
	var times []float64
	for range b.rounds {
		d, err := o.run(steps)
		if err != nil {
			return err
		}
		times = append(times, d.Seconds()/float64(steps))
	}
	t := median(times)
	rate := w.operations(data.Set.Shape.Pixels()) / t
	fmt.Printf("| %s | %d | %.3f | %.2f | %.0f | %.0f %% |\n", name, value, 1e3*t, 1e6*t/float64(w.Batch), rate/1e9, 100*rate/kernel.Peak()/float64(threads))
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
