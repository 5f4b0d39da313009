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
	"vae/internal/evaluate"
)

// defaultTop is how many images a picture of the most unusual ones shows unless --top says.
const defaultTop = 32

type scoreOptions struct {
	inputs    inputOptions
	samples   int
	by        string
	top       int
	threshold string
	reference []string
	anomaly   []string
	seed      uint64
	out       output
	given     func(flag string) bool
}

func newScore(s console.Streams) *cobra.Command {
	o := &scoreOptions{}
	c := &cobra.Command{
		Use:   "score IMAGES...",
		Short: "Tell how unusual images are to a model",
		Long: `Score images, one row an image; every score is greater for a more unusual one.

  percentile     how many percent of the training images have a smaller score
  loss           reconstruction term + beta KL, one draw of z: minus the ELBO
  bce            the reconstruction term: binary cross-entropy in nats; of other
                 likelihoods reconstruction (nats) or squared_error
  kl             KL(q(z|x) || p(z)) in nats
  bound          -L_K, the importance-weighted bound of --samples K draws, nats
  mse            mean squared error a pixel, pixels being 0 to 1

An autoencoder or PCA has no loss, kl and bound. With grey pixels a cross-entropy is
no likelihood, nor are loss and bound of it bounds of one.

--by names the score that ranks and that the percentile is of: loss (or elbo), of an
autoencoder or PCA mse (or error), unless given. --top N leaves the N most unusual
images, most unusual first; a picture (--format png) shows them above their
reconstructions. --threshold T leaves those at or above T, a percentile ("99.5%") or
a score ("120"), and the exit code is then 4 if there are any, 0 if there are none.
The percentile is by a sample of the training images, or by the images that
--reference names. --anomaly LABEL says how well the scores tell the images of that
label from the others (AUROC).

` + inputHelp + "\n\n" + labelHelp + "\n\n" + shardHelp,
		Example: `  vae score parts/ > scores.csv
  vae score parts/ --top 20 -o unusual.png
  vae score parts/ --threshold 99.5% --reference good/ -q || echo look
  vae score mnist:test --samples 50 --by bound --top 10
  vae score mnist:test --anomaly 1 -o scores.csv`,
		Args: someArguments,
		RunE: func(c *cobra.Command, args []string) error { return runScore(c.Context(), o, args, s) },
	}
	o.seed = 1
	inputFlags(c, &o.inputs, "score so many images only")
	o.inputs.shard.add(c)
	f := c.Flags()
	intFlag(f, &o.samples, "samples", "", "K, the draws of z an image for the bound; 0 to leave it out")
	f.StringVar(&o.by, "by", "", "`score` that ranks: loss, bce, kl, bound, mse, ... (default loss, without one mse)")
	intFlag(f, &o.top, "top", "", fmt.Sprintf("only so many images, the most unusual, first (default %d in a picture)", defaultTop))
	f.StringVar(&o.threshold, "threshold", "", "only images at or above `T`, \"99.5%\" for a percentile or a score; the exit code is 4 if there are any")
	f.StringArrayVar(&o.reference, "reference", nil, "`images` to take the percentile among, instead of training images; may be given several times")
	f.Var(&textList{list: &o.anomaly}, "anomaly", "say how well the scores tell images of these `labels` from the others")
	uintFlag(f, &o.seed, "seed", "", "seed of all draws: the same seed gives the same scores")
	for _, flag := range []string{"reference", "anomaly"} {
		explainEmpty(f, flag)
	}
	outputFlags(c, &o.out, "csv", "json", "npy", "parquet", "png")
	o.out.single = true
	gridFlags(c, &o.out.grid)
	o.given = f.Changed
	return c
}

// checkFlags refuses what makes no sense for any model.
func (o *scoreOptions) checkFlags(ctx context.Context, args []string, s console.Streams) error {
	switch {
	case o.samples < 0 || o.samples > maxImportance:
		return usagef("--samples %d: must be from 0 to %s", o.samples, console.Comma(maxImportance))
	case o.given("top") && (o.top < 1 || o.top > maxNeighbors):
		return usagef("--top %d: must be from 1 to %s", o.top, console.Comma(maxNeighbors))
	case slices.Contains(o.reference, ""):
		return usagef("--reference is empty: name files, folders or mnist:train, or leave it out")
	case slices.Contains(o.anomaly, ""):
		return usagef("--anomaly is empty: name a label, or leave it out")
	case twice(slices.Concat(args, o.reference), "-"):
		return usagef("- is given twice: stdin is one image")
	}
	if err := o.checkShard(s); err != nil {
		return err
	}
	if err := o.out.resolve(s); err != nil {
		return err
	}
	if o.out.format == "png" && o.top == 0 {
		o.top = defaultTop
	}
	return spared(ctx, o.reference, &o.out)
}

// checkShard refuses what is of all images together.
func (o *scoreOptions) checkShard(s console.Streams) error {
	shard := &o.inputs.shard
	if err := shard.resolve(&o.inputs, &o.out, s.Env); err != nil {
		return err
	}
	for _, flag := range []string{"top", "anomaly"} {
		if o.given(flag) {
			return shard.whole("--"+flag, "leave it out, and look at the scores of all parts")
		}
	}
	if o.out.format == "png" || strings.EqualFold(filepath.Ext(o.out.path), ".png") {
		return shard.whole("a picture of the most unusual ones", "use --format csv, json, npy or parquet")
	}
	return nil
}

// score finds the score that ranks, by its name or another word for it.
func (o *scoreOptions) score(m *loaded) (names []string, by int, err error) {
	if o.samples > 0 && !m.Variational() {
		return nil, 0, usagef("--samples: %s, of kind %s, has no bound of a likelihood: leave it out", m.file, m.Config().Kind)
	}
	names = evaluate.ScoreNames(m.Model, o.samples > 0)
	name := map[string]string{"": evaluate.ScoreLoss, "elbo": evaluate.ScoreLoss, "error": evaluate.ScoreMSE}[o.by]
	switch {
	case o.by == "" && !m.Variational():
		name = evaluate.ScoreMSE
	case name == "":
		name = o.by
	}
	by = slices.Index(names, name)
	switch {
	case by >= 0:
		return names, by, nil
	case name == evaluate.ScoreBound && m.Variational():
		return nil, 0, usagef("--by bound: say with --samples K by how many draws of z")
	}
	hint := ""
	if near := config.Nearest(name, names); near != "" {
		hint = fmt.Sprintf(" (did you mean %q?)", near)
	}
	return nil, 0, usagef("--by %q: must be one of %s%s", console.Brief(o.by), console.Join(names), hint)
}

func runScore(ctx context.Context, o *scoreOptions, args []string, s console.Streams) error {
	if err := o.checkFlags(ctx, args, s); err != nil {
		return err
	}
	work := &scoring{scoreOptions: o, ctx: ctx, streams: s}
	r, err := o.inputs.open(ctx, args, &o.out, s, work.takeModel)
	if err != nil {
		return err
	}
	defer r.stream.Close()
	if done, err := o.inputs.shard.done(r); done || err != nil {
		return err
	}
	work.reader = r
	if len(o.anomaly) > 0 && !r.stream.Labelled() {
		return usagef("--anomaly: the inputs have no labels: give a folder with a folder for each label, or leave it out")
	}
	if work.scorer, err = evaluate.NewScorer(r.model.Model, evaluate.ScoreOptions{Samples: o.samples, Seed: o.seed}); err != nil {
		return err
	}
	if err := work.findStanding(); err != nil {
		return err
	}
	if o.out.format == "png" {
		err = work.picture()
	} else {
		err = o.inputs.shard.write(ctx, r, s, work.table)
	}
	switch {
	case err != nil:
		return err
	case work.bar.given && work.found > 0:
		return console.FoundError{What: fmt.Sprintf("%s of %s at or above %s", console.Comma(work.found), console.Count(r.done, "image"), work.barText())}
	}
	return r.partial()
}

// scoring is one call of the command at work.
type scoring struct {
	*scoreOptions
	*reader
	ctx      context.Context
	streams  console.Streams
	names    []string // of the scores
	ranking  int      // the score that ranks
	bar      threshold
	standing standing
	scorer   *evaluate.Scorer
	found    int // images at or above the threshold
	grey     bool
	apart    separation
}

// takeModel refuses options that do not go with the model.
func (w *scoring) takeModel(m *loaded) (err error) {
	if w.names, w.ranking, err = w.score(m); err != nil {
		return err
	}
	if shape := m.Shape(); w.out.format == "png" && w.top > maxStrip/(8*shape.Pixels()) {
		return usagef("--top %d: a picture of so many images of %v is too large: lower it, or use --format csv", w.top, shape)
	}
	w.bar, err = parseThreshold(w.threshold)
	return err
}

// table writes the scores, and then the areas of --anomaly.
func (w *scoring) table(out io.Writer) error {
	rows, err := w.newRows(out)
	if err != nil {
		return err
	}
	defer rows.abort()
	if err := w.each(rows.row); err != nil {
		return err
	}
	w.printAreas()
	return rows.close()
}
