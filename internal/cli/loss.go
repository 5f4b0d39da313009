package cli

import (
	"fmt"
	"math"
	"slices"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/evaluate"
	"vae/internal/model"
	"vae/internal/run"
)

// lossText knows how the loss of a model is written, with honest names: a
// cross-entropy with grey targets is no likelihood.
type lossText struct {
	name    string // of -log p(x|z): "reconstruction", "grey-BCE", "BCE" or "squared error"
	grey    bool   // that is no likelihood: the pixels are grey
	iwae    string // what an importance-weighted objective is called: "-L_5"; else ""
	parts   bool   // the loss has a KL term
	beta    float64
	pixels  int    // of an image, for a mean squared error a pixel; 0 where there is none
	nats    string // the unit: "nats per image", or "per image" of a squared error
	sparsed bool   // the mean activation of the code is of interest
	values  int    // of an image, for the bits of each; 0 where the loss has none
}

// termOf are the words for the loss of a model with one draw of z an image.
func termOf(m *model.Model, blackAndWhite bool) lossText {
	facts := m.Likelihood().Facts()
	name, grey := evaluate.TermOf(m, blackAndWhite)
	t := lossText{name: name, grey: grey, parts: m.Variational(), beta: m.Config().Beta, nats: "nats per image"}
	if !facts.Nats {
		t.pixels, t.nats = m.Shape().Pixels(), "per image"
	}
	if facts.Levels > 0 && t.parts {
		t.values = m.Shape().Pixels()
	}
	return t
}

// trainedOn are the words for the loss that a model is trained on.
func (t lossText) trainedOn(c config.Resolved) lossText {
	if c.Train.Objective == config.IWAE {
		t.iwae = fmt.Sprintf("-L_%d", c.Train.Samples)
	}
	t.sparsed = c.Sparsity.Kind != config.NoPenalty
	return t
}

// legend explains the figures of an epoch.
func (t lossText) legend() string {
	switch {
	case t.iwae != "" && t.pixels > 0:
		return fmt.Sprintf("losses per image: %s (%s, KL of its draws in nats)", t.iwae, t.name)
	case t.parts && t.pixels > 0:
		return fmt.Sprintf("losses per image: total = %s + %s in nats", t.name, t.times("KL"))
	case t.iwae != "":
		return fmt.Sprintf("losses in %s: %s (%s, KL of its draws)%s", t.nats, t.iwae, t.name, t.inBits())
	case t.parts:
		return fmt.Sprintf("losses in %s: total = %s + %s%s", t.nats, t.name, t.times("KL"), t.inBits())
	case t.sparsed:
		return fmt.Sprintf("losses: %s %s, without the penalty; code: its mean activation", t.name, t.nats)
	}
	return fmt.Sprintf("losses: %s %s", t.name, t.nats)
}

// inBits explains the bits of an epoch.
func (t lossText) inBits() string {
	switch {
	case t.values == 0:
		return ""
	case t.iwae == "" && t.beta != 1:
		return ", and without beta in bits per dimension"
	}
	return ", and in bits per dimension"
}

// figures writes the terms of an epoch, to so many decimals.
func (t lossText) figures(decimals int, e run.Terms) string {
	number := func(x float64) string { return console.Fixed(x, decimals) }
	switch {
	case t.iwae != "":
		return fmt.Sprintf("%s (%s, %s)", number(e.Loss), number(e.Reconstruction), number(e.KL))
	case t.parts:
		return fmt.Sprintf("%s = %s + %s", number(e.Loss), number(e.Reconstruction), t.times(number(e.KL)))
	}
	return number(e.Loss)
}

// progress writes the terms so far as figures does, and in shorter forms.
func (t lossText) progress(e run.Terms) []string {
	full := t.figures(1, e)
	return slices.Compact([]string{full + t.activation(e.Activation), full, console.Fixed(e.Loss, 1)})
}

// bits are those of a bound, that of the draws or without beta, for each value of an image.
func (t lossText) bits(e run.Terms) string {
	bound := e.Reconstruction + e.KL
	if t.iwae != "" {
		bound = e.Loss
	}
	if t.values == 0 || math.IsNaN(bound) {
		return ""
	}
	return fmt.Sprintf("   %s bits", console.Fixed(evaluate.BitsPerDimension(bound, t.values), 3))
}

// times puts beta, where it is not 1, before a KL that is shown without it.
func (t lossText) times(kl string) string {
	if t.beta == 1 {
		return kl
	}
	return fmt.Sprintf("%g x %s", t.beta, kl)
}

// sentence writes a loss with its parts, to three decimals.
func (t lossText) sentence(e run.Terms) string {
	loss, reconstruction, kl := console.Fixed(e.Loss, 3), console.Fixed(e.Reconstruction, 3), console.Fixed(e.KL, 3)
	switch {
	case t.iwae != "" && t.pixels > 0:
		return fmt.Sprintf("%s %s per image (%s %s, KL %s nats of its draws)", t.iwae, loss, t.name, reconstruction, kl)
	case t.iwae != "":
		return fmt.Sprintf("%s %s %s (%s %s, KL %s of its draws)", t.iwae, loss, t.nats, t.name, reconstruction, kl)
	case t.parts && t.pixels > 0:
		return fmt.Sprintf("loss %s = %s %s + %s %s nats, per image", loss, t.name, reconstruction, t.times("KL"), kl)
	case t.parts:
		return fmt.Sprintf("loss %s = %s %s + %s %s %s", loss, t.name, reconstruction, t.times("KL"), kl, t.nats)
	case t.pixels > 0:
		return fmt.Sprintf("%s %s %s, mse %.6f a pixel", t.name, loss, t.nats, e.Loss/float64(t.pixels))
	}
	return fmt.Sprintf("%s %s %s", t.name, loss, t.nats)
}

// activation writes the mean activation of a sparse code.
func (t lossText) activation(mean float64) string {
	if !t.sparsed || math.IsNaN(mean) {
		return ""
	}
	return fmt.Sprintf("   code %.4f", mean)
}
