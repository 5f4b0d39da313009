package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/run"
)

// fromFlag is --from: the model whose weights a new run begins with.
type fromFlag struct {
	path  string
	flags *pflag.FlagSet
}

func (f *fromFlag) add(c *cobra.Command) {
	f.flags = c.Flags()
	f.flags.StringVar(&f.path, "from", "", "begin with the weights of this `model`, a run directory or model file")
}

func (f *fromFlag) given() bool { return f.flags.Changed("from") }

// origin is the model that a run begins from.
type origin struct {
	*loaded
	digest string // SHA-256 of its file
}

// settled has what is left to the program stand as the model has it, where that is what the program makes.
func (o *origin) settled(c config.Config) config.Config {
	if o == nil {
		return c
	}
	return c.OfModel(o.saved.Config)
}

// load loads the model, nil without the flag, and makes its settings those of a run that says
// nothing else.
func (f *fromFlag) load(base config.Config, p *processes) (config.Config, *origin, error) {
	if !f.given() {
		return base, nil, nil
	}
	m, err := p.model("--from", f.path)
	if err != nil {
		return base, nil, err
	}
	if m.Config().Kind == config.PCA {
		return base, nil, usagef("--from %s: is of kind pca, whose components are computed from the images at once and begin from no weights: leave it out", m.file)
	}
	o := &origin{loaded: m}
	was := m.saved.Config
	base.Model, base.Data.ImageSize, base.Data.Channels = was.Model, was.Data.ImageSize, was.Data.Channels
	o.digest, err = given(p, func() (string, error) { return run.Digest(m.file) })
	base.Train.From = o.digest
	return base, o, err
}

// check refuses settings that do not fit the model that the run begins from, or such of a run
// that began from another.
func (o *origin) check(c config.Config) error {
	switch {
	case o == nil && c.Train.From == "":
		return nil
	case o == nil:
		return usagef("train.from: these settings are of a run that began with the weights of another model (SHA-256 %.12s...): name it with --from, or leave train.from out", c.Train.From)
	case c.Train.From != o.digest:
		return usagef("--from %s: its SHA-256 is %.12s..., and train.from is %.12s...: name that model, or leave train.from out", o.file, o.digest, c.Train.From)
	}
	now := c.Settings()
	for i, was := range o.saved.Config.Settings() {
		if was.Value == now[i].Value || !o.fixes(was.Path, c) {
			continue
		}
		if was.Path == "model.classes" {
			return fmt.Errorf("--from %s: its labels are %s, and those of the images %s: they must be the same", o.file, console.Listed(o.Classes()), console.Listed(c.Model.Classes))
		}
		return usagef("%s: --from %s has %s, which is not to be changed: leave it out", config.Mention(was.Path, unquoted(now[i].Value)), o.file, unquoted(was.Value))
	}
	return nil
}

// fixes tells whether a setting must be that of the model: all that is the network's, and what it
// was begun with. How the terms are weighed may change, but a sigma may not become a parameter,
// nor stop to be one.
func (o *origin) fixes(path string, c config.Config) bool {
	switch path {
	case "model.beta":
		return false
	case "model.sigma":
		return c.Model.Sigma < 0 || o.saved.Config.Model.Sigma < 0 // learned or optimal
	}
	return strings.HasPrefix(path, "model.") || slices.Contains([]string{"data.image_size", "data.channels"}, path)
}

// orNone is a value as it stands in a file, or none of an empty text or list.
func orNone(written string) string {
	if written == `""` || written == "[]" {
		return "none"
	}
	return written
}

func unquoted(written string) string { return strings.Trim(orNone(written), `"`) }
