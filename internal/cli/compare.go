package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/evaluate"
	"vae/internal/world"
)

type compareOptions struct {
	measuring measuring
	json      bool
}

func newCompare(s console.Streams) *cobra.Command {
	o := &compareOptions{}
	c := &cobra.Command{
		Use:   "compare RUN RUN...",
		Short: "Measure several models side by side",
		Long: `Measure several models as evaluate does, and print them side by side: first the
settings in which they differ, then the figures. Each is measured on the images
of its own training data.`,
		Example: `  vae compare runs/0001-vae-z20 runs/0002-ae-z20
  vae compare runs/* --samples 1000
  vae compare runs/0001-vae-z20 runs/0002-pca-z20 --json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usagef("name two runs or more; 'vae evaluate' measures one")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return runCompare(c.Context(), o, args, s) },
	}
	measuringFlags(c, &o.measuring)
	c.Flags().BoolVar(&o.json, "json", false, "print the figures as JSON")
	return c
}

func runCompare(ctx context.Context, o *compareOptions, args []string, s console.Streams) error {
	if err := o.measuring.check(); err != nil {
		return err
	}
	notes := console.Notes{W: s.Err, Quiet: o.measuring.quiet}
	models := make([]*loaded, len(args))
	for i, arg := range args { // all of them, before any is measured
		m, err := loadModel(arg)
		if err != nil {
			return err
		}
		models[i] = m
	}
	evaluations := make([]*evaluation, len(models))
	for i, m := range models {
		e, err := o.measuring.measure(ctx, m, 0, &processes{World: world.Alone{}}, s, notes)
		if err != nil {
			return err
		}
		evaluations[i] = e
	}
	if o.json {
		encoder := console.NewJSON(s.Out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(evaluations)
	}
	for _, e := range evaluations[1:] {
		if e.Term != evaluations[0].Term {
			notes.Printf("note: losses and bounds with %s and with %s do not compare\n", evaluations[0].Term, e.Term)
			break
		}
	}
	return sideBySide(s.Out, args, evaluations)
}

// sideBySide prints a column a run.
func sideBySide(w io.Writer, names []string, all []*evaluation) error {
	t := console.NewTable(w)
	row := func(name string, cell func(i int) string) {
		cells := []string{name}
		for i := range all {
			cells = append(cells, cell(i))
		}
		t.Row(cells...)
	}
	row("", func(i int) string { return names[i] })
	settings := make([][]config.Written, len(all))
	for i, e := range all {
		settings[i] = e.model.saved.Config.Settings()
	}
	for k, first := range settings[0] {
		for i := range settings {
			if settings[i][k] != first && first.Path != "model.classes" { // conditional says it in a word
				row(first.Path, func(i int) string { return settings[i][k].Value })
				break
			}
		}
	}
	for _, figure := range evaluate.Compared {
		cells := make([]string, len(all))
		any := false
		for i, e := range all {
			cells[i] = figure.Cell(e.measured())
			any = any || cells[i] != ""
		}
		if any {
			row(figure.Name, func(i int) string { return dashed(cells[i]) })
		}
	}
	return t.Flush()
}

func dashed(cell string) string {
	if cell == "" {
		return "-"
	}
	return cell
}
