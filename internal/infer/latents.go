package infer

import (
	"fmt"
	"math"

	"vae/internal/config"
	"vae/internal/kernel"
	"vae/internal/model"
	"vae/internal/rng"
)

// latents draws z from the prior of a model of any kind.
type latents struct {
	seed        uint64
	temperature float32
	prior       *model.Prior // nil where it is the standard normal
	top         *topLayer    // nil with one stochastic layer
}

// topLayer is the second stochastic layer.
type topLayer struct {
	graph *model.TopDecoder
	width int // L2
}

func newLatents(m *model.Model, seed uint64, temperature float64) (*latents, error) {
	l := &latents{seed: seed, temperature: float32(temperature), prior: m.Prior()}
	if !m.Variational() && l.prior == nil {
		return nil, fmt.Errorf("this autoencoder keeps no distribution to draw its %d latents from, which are too many: train one with a smaller %s, or with %s",
			m.Latent(), config.Mention("model.latent"), config.Mention("model.kind", "vae"))
	}
	if width := m.Config().TopLatent; width > 0 {
		graph, err := m.NewTopDecoder(BatchRows)
		if err != nil {
			return nil, err
		}
		l.top = &topLayer{graph, width}
	}
	return l, nil
}

// draw writes to z [B][L], of BatchRows rows, the latents of the given numbers.
func (l *latents) draw(z [][]float32, numbers []uint64) error {
	if l.top != nil {
		return l.drawBelow(z, numbers)
	}
	kernel.Parallel(len(numbers), func(i int) {
		l.noise(z[i], "sample from the prior", numbers[i])
		if l.prior != nil {
			l.prior.Draw(z[i])
		}
	})
	return nil
}

// drawBelow draws z2 from N(0, 1) and z from p(z|z2).
func (l *latents) drawBelow(z [][]float32, numbers []uint64) error {
	width := l.top.width
	for i, number := range numbers {
		l.noise(l.top.graph.Z[i*width:(i+1)*width], "sample from the prior", number)
		l.noise(z[i], "sample below the prior", number)
	}
	mu, logvar, err := l.top.graph.Run()
	if err != nil {
		return err
	}
	for i, row := range z {
		first := i * len(row)
		for j, noise := range row {
			row[j] = mu[first+j] + float32(math.Exp(0.5*float64(logvar[first+j])))*noise
		}
	}
	return nil
}

// noise fills dst with normal draws of the temperature.
func (l *latents) noise(dst []float32, purpose string, number uint64) {
	rng.Normal(dst, rng.Stream(l.seed, purpose, number))
	for i := range dst {
		dst[i] *= l.temperature
	}
}
