package main

import (
	"fmt"
	"runtime"
	"time"
)

// convScale is a convolutional network that grows: the encoder of Burgess et al. 2018 on square images of three
// channels, with so many more 3x3 layers on the map a quarter as wide, and a decoder that mirrors it.
type convScale struct{ image, channels, extra, batch int }

var convBase = convScale{64, 32, 0, 64}

func (s convScale) request() workerRequest {
	halves := fmt.Sprintf("2*[conv:%d:4:2:1,relu]", s.channels)
	encoder := halves
	if s.extra > 0 {
		encoder += fmt.Sprintf(",%d*[conv:%d:3:1:1,relu]", s.extra, s.channels)
	}
	encoder += "," + halves + ",2*[dense:256,relu]"
	return workerRequest{Task: "train", Net: net{[3]int{s.image, s.image, 3}, encoder, "", 10}, Batch: s.batch}
}

// step prepares training steps of the network.
func (s convScale) step() (scaledStep, error) {
	m, step, err := workerStep(s.request())
	if err != nil {
		return scaledStep{}, err
	}
	var products float64
	layers := m.Table()
	for _, l := range layers {
		products += 3 * l.MACs // forward, gradients of the weights and of the input
	}
	products -= layers[0].MACs // no gradient of the images
	run := func(steps int) (time.Duration, error) {
		start := time.Now()
		for range steps {
			if err := step(); err != nil {
				return 0, err
			}
		}
		return time.Since(start), nil
	}
	_, err = run(1)
	return scaledStep{run, 2, s.batch, 2 * products * float64(s.batch)}, err
}

// scalingConv shows how the cost of a step of a convolutional network grows with threads, batch, the width of the images,
// channels and depth, one figure changed.
func (b *bench) scalingConv() error {
	b.scalingHead("a convolutional network")
	processors := runtime.GOMAXPROCS(0)
	var err error
	for threads := 1; threads <= runtime.NumCPU() && err == nil; threads++ {
		runtime.GOMAXPROCS(threads)
		err = b.scaledConv("threads", threads, convBase, threads)
	}
	runtime.GOMAXPROCS(processors)
	if err != nil {
		return err
	}
	for _, c := range []struct {
		name   string
		values []int
		set    func(s *convScale, v int)
	}{
		{"batch", []int{1, 8, 32, 64, 256}, func(s *convScale, v int) { s.batch = v }},
		{"width of the images", []int{16, 32, 64, 128}, func(s *convScale, v int) { s.image = v }},
		{"channels", []int{8, 16, 32, 64, 128}, func(s *convScale, v int) { s.channels = v }},
		{"more layers of 3x3", []int{0, 1, 2, 4, 8}, func(s *convScale, v int) { s.extra = v }},
	} {
		for _, v := range c.values {
			s := convBase
			c.set(&s, v)
			if err := b.scaledConv(c.name, v, s, processors); err != nil {
				return err
			}
		}
	}
	fmt.Println()
	return nil
}

func (b *bench) scaledConv(name string, value int, s convScale, threads int) error {
	step, err := s.step()
	if err != nil {
		return fmt.Errorf("%s %d: %w", name, value, err)
	}
	return b.scalingRow(name, value, step, threads)
}
