package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/evaluate"
	"vae/internal/run"
	"vae/internal/walk"
)

// defaultSide is how many images a manifold has on a side unless -n says.
const defaultSide = 20

// distribution is what the places of a manifold are quantiles of.
type distribution string

const (
	ofPrior distribution = "prior"
	ofCodes distribution = "codes"
)

type manifoldOptions struct {
	walkOptions
	from    string
	side    int
	latents []int
	of      distribution
	span    ends
	flags   *pflag.FlagSet
}

func newManifold(s console.Streams) *cobra.Command {
	o := &manifoldOptions{side: defaultSide, of: ofPrior}
	c := &cobra.Command{
		Use:   "manifold",
		Short: "Draw the images of a grid of points in the latent space",
		Long: `Draw the images that a grid of points of the latent space is decoded to, side by
side without gaps, the values of the latents at the edges. Of a model of two
latents these are the grid; of one the picture is a strip; of more the two
largest principal axes of the codes are, or the two that --latent 3,7 names, all
others staying at the mean of the prior, or at the code of the image that --from
names. Of more latents than principal axes are known of, which are a map, the two
channels are taken that carry most, or change the image most, at all places at once.

The points are quantiles of the prior where that is standard normal along the
axes, so that each image stands for an equal part of what the model draws (as in
figure 4 of Kingma and Welling 2014), else quantiles of the codes. --of chooses;
--range -2..2 takes evenly spaced values instead, in standard deviations.

A conditional model draws the class that --label names, or that of the image.

` + amongHelp,
		Example: `  vae manifold > manifold.png
  vae manifold -n 30 --of codes -o manifold.png
  vae manifold --latent 3,7 --from mnist:test/00017 --range -2..2 -o plane.png
  vae manifold --label 7 -o sevens.svg`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return runManifold(c.Context(), o, s) },
	}
	f := c.Flags()
	o.flags = f
	intFlag(f, &o.side, "number", "n", fmt.Sprintf("images on a side, 1 to %d", maxWalkSide))
	f.Var(numberList{list: &o.latents, example: "3,7"}, "latent", "the latents across and up, counted from 0, such as 3,7; one makes a strip (default of more than two: principal axes of the codes)")
	f.Var(&choice[distribution]{&o.of, []distribution{ofPrior, ofCodes}}, "of", "what the points are quantiles of: the prior, or the codes (default the prior along latents that have a standard normal one, else the codes)")
	complete(c, "of", config.Names([]distribution{ofPrior, ofCodes}))
	f.Lookup("of").DefValue, f.Lookup("latent").DefValue = "", ""
	f.Var(&o.span, "range", "evenly spaced values instead, in standard deviations of a standard normal prior, else of the codes")
	f.StringVar(&o.from, "from", "", "`image` from whose code the grid departs, instead of the mean of the prior")
	explainEmpty(f, "from")
	f.BoolVar(&o.top, "top", false, "take the latents of the uppermost of two stochastic layers")
	walkFlags(c, &o.walkOptions)
	boardFlags(c, &o.out, "png", "svg", "npy", "csv")
	return c
}

// check refuses what makes no sense for any model.
func (o *manifoldOptions) check() error {
	switch {
	case o.side < 1 || o.side > maxWalkSide:
		return usagef("-n %d: must be from 1 to %d", o.side, maxWalkSide)
	case len(o.latents) > 2:
		return usagef("--latent: %d latents are named, and a grid has two: one across and one up", len(o.latents))
	case len(o.latents) == 2 && o.latents[0] == o.latents[1]:
		return usagef("--latent: %d is named twice", o.latents[0])
	case o.flags.Changed("of") && o.span.given:
		return usagef("--of and --range exclude each other: both say which values")
	case o.flags.Changed("from") && o.from == "":
		return usagef("--from is empty: name an image, or leave it out")
	case o.top && o.flags.Changed("of") && o.of == ofCodes:
		return usagef("--of codes: nothing is known of codes of the uppermost layer but their KL: leave out --top or --of")
	}
	return nil
}

func runManifold(ctx context.Context, o *manifoldOptions, s console.Streams) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := o.checkWalk(ctx, o.from, s); err != nil {
		return err
	}
	w, err := o.begin(ctx, o.from, s)
	if err != nil {
		return err
	}
	m := &manifold{manifoldOptions: o, walking: w}
	if err := m.choose(ctx); err != nil {
		return err
	}
	if err := m.write(ctx, s); err != nil {
		return err
	}
	return w.partial()
}

// manifold is one call of the command at work.
type manifold struct {
	*manifoldOptions
	*walking
	along  []walk.Axis // across, and up unless it is a strip
	values [][]float64 // along each
	note   string      // what the values are
	remark string      // on the choice of the axes
}

// choose settles the axes and the values along them.
func (m *manifold) choose(ctx context.Context) error {
	if err := m.chooseAxes(ctx); err != nil {
		return err
	}
	of, err := m.chooseValues()
	if err != nil {
		return err
	}
	m.note = fmt.Sprintf("%s across", m.nameOf(m.along[0]))
	if len(m.along) > 1 {
		m.note += fmt.Sprintf(" and %s up", m.nameOf(m.along[1]))
	}
	m.note += ", " + of
	if m.space.Latent() > len(m.along) {
		m.note += ", " + m.origin()
	}
	return nil
}

func (m *manifold) chooseAxes(ctx context.Context) error {
	l := m.space.Latent()
	for _, j := range m.latents {
		if j < 0 || j >= l {
			return usagef("--latent %d: the latents of %s are 0 to %d", j, m.model.file, l-1)
		}
		m.along = append(m.along, walk.Axis{Latent: j})
	}
	switch {
	case m.along != nil:
	case l == 1:
		m.along = []walk.Axis{{Latent: 0}}
	case l == 2:
		m.along = []walk.Axis{{Latent: 0}, {Latent: 1}}
	default:
		m.along = m.space.Axes(2)
	}
	if m.space.Places() > 1 {
		return m.ofMap(ctx)
	}
	if m.along == nil {
		return m.unnamed()
	}
	return nil
}

// ofMap takes channels of a map of latents where nothing else is to be had.
func (m *manifold) ofMap(ctx context.Context) error {
	switch {
	case len(m.latents) > 0:
		m.remark = m.single()
	case m.along == nil:
		all, tried, err := m.channels(ctx)
		if err != nil {
			return err
		}
		m.along = all[:min(2, len(all))]
		m.remark = m.aMap() + ": channels are changed at all places at once"
		if tried {
			m.remark += ", those that change the image most"
		}
	}
	return nil
}

// unnamed is the error for axes that neither --latent nor the codes say.
func (m *manifold) unnamed() error {
	latents := console.Count(m.space.Latent(), "latent")
	if m.top {
		return usagef("the uppermost layer of %s has %s: name the two of the grid with --latent", m.model.file, latents)
	}
	return usagef("%s has %s, and it is not known along which axes its codes vary: %s", m.model.file, latents,
		m.remedy(evaluate.MaxAxisLatents, "name two with --latent, such as 0,1"))
}

// chooseValues settles the values along the axes, and says what they are.
func (m *manifold) chooseValues() (string, error) {
	_, known := m.space.Quantiles(m.along[0])
	_, _, prior := m.space.Prior(m.along[0])
	of := m.of
	if !m.flags.Changed("of") && known && (!m.space.StandardNormal() || m.along[0].Vector != nil) {
		of = ofCodes
	}
	switch {
	case m.span.given:
		return m.evenly(), nil
	case of == ofCodes && !known:
		return "", m.unknown("--of codes", "does not say where its codes lie")
	case of == ofPrior && !prior:
		return "", usagef("%s: its latents have no prior of their own, and it is not known where its codes lie: %s", m.model.file, m.remedy(run.MaxLatents, "give --range -3..3"))
	}
	for _, a := range m.along {
		m.values = append(m.values, m.quantiles(a, of))
	}
	return fmt.Sprintf("at %s of the %s", console.Count(m.side, "quantile"), of), nil
}

// quantiles are the values along an axis at the middles of equal parts of a distribution.
func (m *manifold) quantiles(a walk.Axis, of distribution) []float64 {
	values := walk.Middles(m.side)
	mean, sd, _ := m.space.Prior(a)
	codes, _ := m.space.Quantiles(a)
	for i, part := range values {
		if of == ofCodes {
			values[i] = codes.At(100 * part)
		} else {
			values[i] = mean + sd*walk.Normal(part)
		}
	}
	return values
}

// evenly sets evenly spaced values, and says what they are.
func (m *manifold) evenly() string {
	for _, a := range m.along {
		mean, sd := m.scale(a)
		m.values = append(m.values, walk.Spaced(mean+m.span.from*sd, mean+m.span.to*sd, m.side))
	}
	unit := " standard deviations"
	if m.unscaled(m.along[0]) {
		unit = ""
	}
	return fmt.Sprintf("from %g to %g%s", m.span.from, m.span.to, unit)
}
