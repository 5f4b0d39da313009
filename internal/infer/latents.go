package infer

import (
	"fmt"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/kernel"
	"vae/internal/model"
	"vae/internal/prior"
)

// Latents turns noise into latents of a model of any kind: from the prior of its uppermost
// level down to the latents that are decoded.
type Latents struct {
	levels   []model.Level
	decoders []*model.PriorDecoder // of each level below another
	rows     int
}

// NewLatents prepares for batches of so many rows. An autoencoder that keeps no prior is
// an error.
func NewLatents(m *model.Model, rows int) (*Latents, error) {
	if m.Top().Prior == nil {
		fewer := "a smaller " + config.Mention("model.latent")
		if m.Config().LatentMap() {
			fewer = "fewer channels in latents:CHANNELS at the end of " + config.Mention("model.encoder")
		}
		return nil, fmt.Errorf("this autoencoder keeps no distribution to draw its %s from, which are more than %s: train one with %s, or with %s",
			console.Count(m.Latent(), "latent"), console.Comma(prior.MaxFitted), fewer, config.Mention("model.kind", "vae"))
	}
	p := &Latents{levels: m.Levels(), rows: rows}
	for level := range p.levels[1:] {
		d, err := m.NewPriorDecoder(level, rows)
		if err != nil {
			return nil, err
		}
		p.decoders = append(p.decoders, d)
	}
	return p, nil
}

// Noise makes room for the noise of each level [rows,L], the lowest first.
func (p *Latents) Noise() [][]float32 {
	var noise [][]float32
	for _, l := range p.levels {
		noise = append(noise, make([]float32, p.rows*l.Latents))
	}
	return noise
}

// Draw replaces standard normal draws for each level by latents, in place; those of the
// lowest are what the decoder takes.
func (p *Latents) Draw(noise [][]float32) error {
	top := len(p.levels) - 1
	l := p.levels[top].Latents
	kernel.Parallel(p.rows, func(i int) { p.levels[top].Prior.Draw(noise[top][i*l : (i+1)*l]) })
	for level := top - 1; level >= 0; level-- {
		d := p.decoders[level]
		copy(d.Above, noise[level+1])
		mu, logvar, err := d.Run()
		if err != nil {
			return err
		}
		kernel.Reparameterize(noise[level], mu, logvar, noise[level])
	}
	return nil
}
