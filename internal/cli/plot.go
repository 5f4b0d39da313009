package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/render"
	"vae/internal/run"
)

// maxPlotted is the most runs of one picture.
const maxPlotted = 50

type plotOptions struct {
	y     string
	scale int
	film  string
	delay int
	out   output
	quiet bool

	chosen []curve
}

func newPlotRuns(s console.Streams) *cobra.Command {
	o := &plotOptions{scale: 1, delay: filmDelay}
	c := &cobra.Command{
		Use:   "plot [RUN]...",
		Short: "Draw the course of a training",
		Long: `Draw how the figures of a training went, epoch by epoch: of the newest numbered
run, or of those that are named, side by side. A run that is training can be
looked at.

A panel for each of --y: loss, reconstruction, kl, activation (of an
autoencoder's code), learning-rate, speed, and latents, what each latent carries:
bands stacked on one another, of which those that stay thin carry nothing
(posterior collapse). Unless told, loss and what the model has besides. Thick
curves are of the validation images, thin ones of the training images; the best
epoch is marked, and the epochs in which the weight of the KL term grows are
shaded.

On a terminal, and with --format text, every curve is a line of text: its first
value, a sparkline, its last value. --format csv is the table of all figures.

--film makes an animated GIF of the pictures that 'vae train --snapshots' has
left, one an epoch, with the epoch below each.`,
		Example: `  vae plot
  vae plot -o curves.png
  vae plot runs/0001-vae-z20 runs/0002-vae-z2 --y loss,kl -o curves.svg
  vae plot --y latents -o latents.png
  vae plot runs/* --format csv > all.csv
  vae train --snapshots 64 --run runs/film && vae plot runs/film --film film.gif`,
		RunE: func(c *cobra.Command, args []string) error { return runPlot(c.Context(), o, args, s) },
	}
	f := c.Flags()
	f.StringVar(&o.y, "y", "", "what to draw: "+console.Join(curveNames())+" (default loss and what the model has besides)")
	intFlag(f, &o.scale, "scale", "", "enlarge a PNG, and the pixels of a film, 1 to 3")
	f.StringVar(&o.film, "film", "", "write the pictures of the run's snapshots as an animated GIF to this `file`")
	intFlag(f, &o.delay, "delay", "", "milliseconds that a picture of the film stands, in tens")
	outputFlags(c, &o.out, "png", "svg", "text", "csv")
	o.out.single, o.out.plot = true, true
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print results and errors only")
	return c
}

// check settles what is drawn, where it goes and how.
func (o *plotOptions) check(args []string, s console.Streams) (err error) {
	f := o.out.flags
	if o.chosen, err = parseCurves(o.y); err != nil {
		return err
	}
	switch {
	case len(args) > maxPlotted:
		return usagef("%d runs: at most %d can be told apart", len(args), maxPlotted)
	case f.Changed("delay") && !f.Changed("film"):
		return usagef("--delay is for --film: leave it out")
	case f.Changed("film") && len(args) > 1:
		return usagef("--film is of one run, and %d are named", len(args))
	case o.filmAlone() && f.Changed("y"):
		return usagef("--y is for curves, and --film alone draws none: say -o FILE too")
	}
	if err := checkScale(o.scale); err != nil {
		return err
	}
	if err := checkDelay(o.delay); err != nil {
		return err
	}
	if !f.Changed("format") && s.OutTerminal && (o.out.path == "" || o.out.path == "-") {
		o.out.format = "text"
	}
	if err := o.out.resolve(s); err != nil {
		return err
	}
	return o.checkFilm()
}

func (o *plotOptions) checkFilm() error {
	switch {
	case o.film == "":
		return nil
	case samePlace(o.film, o.out.path):
		return usagef("--film and -o are the same file %s: name another", o.film)
	case !strings.EqualFold(filepath.Ext(o.film), ".gif"):
		return usagef("--film %s: is an animated GIF; name a file that ends in .gif", o.film)
	}
	return console.CheckFile(o.film)
}

// filmAlone tells whether there are no curves to draw.
func (o *plotOptions) filmAlone() bool {
	return o.film != "" && !o.out.flags.Changed("output") && !o.out.flags.Changed("format")
}

func runPlot(ctx context.Context, o *plotOptions, args []string, s console.Streams) error {
	if err := o.check(args, s); err != nil {
		return err
	}
	notes := console.Notes{W: s.Err, Quiet: o.quiet}
	if len(args) == 0 {
		newest, err := newestCourse()
		if err != nil {
			return err
		}
		notes.Printf("using %s%s\n", newest, besides(run.MetricsFile, filepath.Join(newest, run.MetricsFile), ""))
		args = []string{newest}
	}
	if err := o.spares(args); err != nil {
		return err
	}
	if o.film != "" {
		if err := o.makeFilm(ctx, args[0], notes); err != nil || o.filmAlone() {
			return err
		}
	}
	courses, bad, err := readCourses(ctx, args, s)
	if err != nil {
		return err
	}
	p := &plotted{courses: courses, chosen: o.chosen}
	if err := p.settle(notes); err != nil {
		return err
	}
	if err := p.drawable(); err != nil && o.out.format != "csv" {
		return err
	}
	if err := o.out.write(ctx, s, func(w io.Writer) error { return o.draw(w, p, s) }); err != nil {
		return err
	}
	if bad > 0 {
		return console.PartialError{Bad: bad, Done: len(courses)}
	}
	return nil
}

// spares sees that nothing of a run is overwritten.
func (o *plotOptions) spares(runs []string) error {
	for _, file := range []struct{ flag, path string }{{"-o", o.out.path}, {"--film", o.film}} {
		if file.path == "" {
			continue
		}
		if err := sparesRuns(file.flag, file.path, runs...); err != nil {
			return err
		}
	}
	return nil
}

func (o *plotOptions) draw(w io.Writer, p *plotted, s console.Streams) error {
	switch o.out.format {
	case "text":
		columns := 80
		if o.out.person {
			columns, _ = s.Size()
		}
		return p.text(w, columns)
	case "csv":
		return p.csv(w, &o.out)
	case "svg":
		return p.curves(1).SVG(w)
	default:
		return p.curves(o.scale).PNG(w)
	}
}

// parseCurves reads what --y names; nil where it names nothing.
func parseCurves(text string) ([]curve, error) {
	if text == "" {
		return nil, nil
	}
	var chosen []curve
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		i := slices.IndexFunc(allCurves, func(m curve) bool { return m.name == name })
		if i < 0 {
			hint := ""
			if near := config.Nearest(name, curveNames()); near != "" {
				hint = fmt.Sprintf(" (did you mean %q?)", near)
			}
			return nil, usagef("--y %q: must be some of %s, with commas between%s", console.Brief(name), console.Join(curveNames()), hint)
		}
		if slices.ContainsFunc(chosen, func(m curve) bool { return m.name == name }) {
			return nil, usagef("--y names %s twice", name)
		}
		chosen = append(chosen, allCurves[i])
	}
	return chosen, nil
}

// filmDelay is how long a picture of a film stands, in milliseconds.
const filmDelay = 25 * render.DefaultDelay
