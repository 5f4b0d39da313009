package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/run"
)

// curve is what --y names: figures of an epoch, or what the latents carry.
type curve struct {
	name              string
	unit              string // behind the name; "" for that of the loss
	log               bool
	train, validation func(run.Row) float64 // either may be nil, both where it is about the latents
}

var allCurves = []curve{
	{name: "loss", train: func(r run.Row) float64 { return r.Train.Loss }, validation: func(r run.Row) float64 { return r.Validation.Loss }},
	{name: "reconstruction", train: func(r run.Row) float64 { return r.Train.Reconstruction }, validation: func(r run.Row) float64 { return r.Validation.Reconstruction }},
	{name: "kl", unit: "nats per image", train: func(r run.Row) float64 { return r.Train.KL }, validation: func(r run.Row) float64 { return r.Validation.KL }},
	{name: "latents", unit: "nats"},
	{name: "activation", unit: "mean absolute activation of the code", train: func(r run.Row) float64 { return r.Train.Activation }},
	{name: "learning-rate", unit: "at the end of the epoch", log: true, train: func(r run.Row) float64 { return r.LearningRate }},
	{name: "speed", unit: "images per second", train: func(r run.Row) float64 { return r.ImagesPerSecond }},
}

func curveNames() (names []string) {
	for _, m := range allCurves {
		names = append(names, m.name)
	}
	return names
}

// ofLatents tells whether it is about the latents.
func (m curve) ofLatents() bool { return m.train == nil }

// has tells whether a run has such a figure. The table of a model without a prior has a KL of 0.
func (m curve) has(c *history) bool {
	switch {
	case m.ofLatents():
		return c.latents != nil
	case m.name == "kl" && c.config != nil && c.config.Model.Kind != config.VAE:
		return false
	}
	return lowest(c.of(m.train)) >= 0 || m.validation != nil && lowest(c.of(m.validation)) >= 0
}

// plotted is what is drawn of which runs.
type plotted struct {
	courses []*history
	chosen  []curve // nil for what the runs have
}

// settle chooses what is drawn where nobody has, and says what does not go together.
func (p *plotted) settle(notes console.Notes) error {
	if p.chosen == nil {
		p.chosen = p.usual()
	}
	for _, m := range p.chosen {
		var without []string
		for _, c := range p.courses {
			if !m.has(c) {
				without = append(without, c.name)
			}
		}
		if len(without) == len(p.courses) {
			return fmt.Errorf("--y %s: %s", m.name, p.none(m))
		}
		if len(without) > 0 {
			notes.Printf("note: no %s of %s\n", m.name, console.Listed(without))
		}
	}
	if text := p.unlike(); text != "" {
		notes.Printf("note: %s\n", text)
	}
	return nil
}

// drawable reports that there is nothing to draw.
func (p *plotted) drawable() error {
	if len(p.chosen) > 0 {
		return nil
	}
	return fmt.Errorf("%s: no finite number to draw: the training has diverged from its first epoch on", filepath.Join(p.courses[0].path, run.MetricsFile))
}

// none says why no run has a figure.
func (p *plotted) none(m curve) string {
	c := p.courses[0]
	switch {
	case m.ofLatents() && c.config != nil && c.config.Model.Latent > run.MaxLatents:
		return fmt.Sprintf("%s has %s, and what each carries is kept of up to %s alone", c.path, console.Count(c.config.Model.Latent, "latent"), console.Comma(run.MaxLatents))
	case m.ofLatents() && c.config != nil && c.config.Model.Kind == config.VAE:
		return fmt.Sprintf("%s holds no %s, which trainings leave since this version", c.path, run.LatentsFile)
	case c.config != nil && m.name != "activation" && c.config.Model.Kind != config.VAE:
		return fmt.Sprintf("%s is of --kind %s, which draws no latents and has no KL", c.path, c.config.Model.Kind)
	}
	return c.path + " has no such figure"
}

// usual are the figures that the runs have of those that most people want: those that are the
// loss once more are left out, and of several runs what the latents carry.
func (p *plotted) usual() (chosen []curve) {
	for i, m := range allCurves[:4] {
		has := func(c *history) bool { return m.has(c) && (i == 0 || allCurves[2].has(c)) }
		if slices.ContainsFunc(p.courses, has) && !(m.ofLatents() && len(p.courses) > 1) {
			chosen = append(chosen, m)
		}
	}
	return chosen
}

// lossSettings are those by which losses are of different kinds.
var lossSettings = []string{
	"model.likelihood", "model.sigma", "model.beta", "data.source", "data.image_size", "data.crop", "data.channels", "data.binarize", "train.objective", "train.samples",
}

// unlike says by which settings the losses of the runs are of different kinds; "" where they are
// of one, or nothing tells.
func (p *plotted) unlike() string {
	if !slices.ContainsFunc(p.chosen, func(m curve) bool { return m.unit == "" }) {
		return ""
	}
	values := map[string][]string{}
	for _, c := range p.courses {
		if c.config == nil {
			continue
		}
		for _, s := range c.config.Settings() {
			if counts(s.Path, *c.config) && !slices.Contains(values[s.Path], s.Value) {
				values[s.Path] = append(values[s.Path], s.Value)
			}
		}
	}
	var settings []string
	for _, path := range lossSettings {
		if len(values[path]) > 1 {
			settings = append(settings, path+" "+console.Listed(values[path]))
		}
	}
	if len(settings) == 0 {
		return ""
	}
	return "the losses of these runs are not of one kind and cannot be compared: " + strings.Join(settings, "; ")
}

// counts tells whether a setting has a say in what the loss of a run is.
func counts(path string, c config.Config) bool {
	switch path {
	case "model.sigma":
		return c.Model.Likelihood == config.Gaussian
	case "train.samples":
		return c.Train.Objective == config.IWAE
	}
	return true
}

// label is what a panel is called, with the unit of its figures.
func (p *plotted) label(m curve) string {
	if m.unit != "" {
		return m.name + " (" + m.unit + ")"
	}
	unit := ""
	for _, c := range p.courses {
		own := "nats per image"
		switch {
		case c.config == nil:
			continue
		case c.config.Model.Likelihood == config.SquaredError:
			own = "squared error per image"
		}
		if unit != "" && unit != own {
			return m.name
		}
		unit = own
	}
	if unit == "" {
		return m.name
	}
	return m.name + " (" + unit + ")"
}
