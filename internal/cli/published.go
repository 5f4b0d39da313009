package cli

import (
	"context"
	"fmt"
	"math"
	"slices"

	"vae/configs"
	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/evaluate"
	"vae/internal/run"
)

// published holds the figures that the preset is to reproduce against those of the
// model that it has made.
func published(ctx context.Context, o trainOptions, s console.Streams, notes console.Notes, dir *run.Dir, data *dataset.Splits, seed uint64) error {
	if o.settings.preset == "" || o.quiet {
		return nil
	}
	figures, err := config.Published(configs.FS, o.settings.preset)
	if err != nil || len(figures) == 0 {
		return err
	}
	preset, err := config.LoadPreset(configs.FS, o.settings.preset, config.Default())
	if err != nil {
		return err
	}
	if preset.Data.Source != data.Name {
		notes.Printf("the published figures of the preset are of %s: nothing to compare with\n", preset.Data.Source)
		return nil
	}
	var rows []run.Row
	if o.processes.first() {
		if rows, err = run.ReadMetrics(dir.Path()); err != nil {
			return err
		}
	}
	r, err := measured(ctx, figures, &o.processes, s, notes, dir, data, seed)
	if err != nil || !o.processes.first() {
		return err
	}
	for _, f := range figures {
		name, here := figureOf(f, r)
		if n := len(rows); f.Measure == ofTraining && n > 0 {
			name, here = fmt.Sprintf("training loss of epoch %d", rows[n-1].Epoch), console.Fixed(rows[n-1].Train.Loss, 2)
		}
		value := fmt.Sprintf("published %g, %s", f.Value, f.Source)
		if math.IsNaN(f.Value) {
			value = fmt.Sprintf("no published number, %s", f.Source)
		}
		notes.Printf("%s: %s; here %s\n", name, value, here)
	}
	changed := o.settings.changed()
	if o.origin.given() {
		changed = append(changed, "--from "+o.origin.path)
	}
	if len(changed) > 0 {
		notes.Printf("(not quite the preset: changed by %s)\n", console.Join(changed))
	}
	return nil
}

// ofTraining is the measure that is in metrics.csv.
const ofTraining = "train"

// measured is what the figures that are none of training are measured by.
func measured(ctx context.Context, figures []config.Figure, p *processes, s console.Streams, notes console.Notes, dir *run.Dir, data *dataset.Splits, seed uint64) (*evaluate.Report, error) {
	if !slices.ContainsFunc(figures, func(f config.Figure) bool { return f.Measure != ofTraining }) {
		return &evaluate.Report{}, nil
	}
	m, err := p.model("--model", dir.Path())
	if err != nil {
		return nil, err
	}
	options := evaluate.Options{Seed: seed, Progress: console.NewCounter(s, notes).Show, World: p.World}
	for _, f := range figures {
		options.Samples = max(options.Samples, f.Samples)
		options.Labels = options.Labels || f.Measure == "probe"
	}
	if options.Samples > 0 {
		notes.Printf("measuring L_%d on %s for the comparison, some minutes; the run is complete, Ctrl-C leaves this out\n", options.Samples, console.Count(data.Test.Len(), "test image"))
	}
	return evaluate.Measure(ctx, m.Model, data.Test, data.Train, options)
}

// figureOf names a figure and writes what the report has of it.
func figureOf(f config.Figure, r *evaluate.Report) (name, here string) {
	switch {
	case f.Measure == "nll" && r.NLL != nil:
		return fmt.Sprintf("test NLL by L_%d", f.Samples), console.Fixed(r.NLL.Mean, 2) + plusMinus(" (standard error over images %.2f)", r.NLL.Estimate)
	case f.Measure == "mse":
		return "test mse a pixel", console.Fixed(r.MSE, 6)
	case f.Measure == "probe" && r.Probe != nil:
		return "test error of a linear classifier, percent", console.Fixed(100*(1-*r.Probe), 2)
	case f.Measure == "loss":
		return "test loss", console.Fixed(r.Loss.Mean, 2)
	}
	return f.Measure, "not measured"
}
