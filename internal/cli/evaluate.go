package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"vae/internal/codec"
	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/evaluate"
	"vae/internal/world"
)

// maxImportance is the most draws of z an image that the likelihood is estimated with.
const maxImportance = 10_000_000

type evaluateOptions struct {
	model     string
	measuring measuring
	gradients bool
	repeats   int
	repeated  func() bool // --repeats was given
	rates     bool
	json      bool
	processes processes
}

// measuring is what evaluate and compare have in common.
type measuring struct {
	split   string
	data    string
	samples int
	limit   int
	pixels  int // the most of an image
	seed    uint64
	skipBad bool
	quick   bool
	quiet   bool
	counted func() bool // -n was given
	sampled func() bool // --samples was given
}

func measuringFlags(c *cobra.Command, m *measuring) {
	f := c.Flags()
	m.samples, m.seed = 100, 1
	f.StringVar(&m.split, "split", "test", "images to measure on: test or validation")
	f.StringVar(&m.data, "data", "", "\"mnist\" or a `folder`: the training data where they are now, or others, of which the test images are measured, or all where none are apart")
	intFlag(f, &m.samples, "samples", "", "k, the draws of z an image for the likelihood L_k; 0 to leave it out")
	intFlag(f, &m.limit, "number", "n", "measure so many images only")
	maxPixelsFlag(f, &m.pixels)
	f.BoolVar(&m.skipBad, "skip-bad", false, "leave out images that cannot be read, where they are an error else")
	uintFlag(f, &m.seed, "seed", "", "seed of all draws: the same seed gives the same figures")
	f.BoolVar(&m.quick, "quick", false, "loss, squared error and units only: no classifiers, no latent space, no likelihood")
	f.BoolVarP(&m.quiet, "quiet", "q", false, "print results and errors only")
	m.counted = func() bool { return f.Changed("number") }
	m.sampled = func() bool { return f.Changed("samples") }
	complete(c, "split", []string{"test", "validation"})
	explainEmpty(f, "split")
}

func (m *measuring) check() error {
	switch {
	case m.split != "test" && m.split != "validation":
		return usagef("--split %q: must be test or validation", m.split)
	case m.samples < 0 || m.samples > maxImportance:
		return usagef("--samples %d: must be from 0 to %s", m.samples, console.Comma(maxImportance))
	case m.quick && m.sampled():
		return usagef("--samples has no effect with --quick, which leaves the likelihood out")
	case m.counted() && m.limit < 1:
		return usagef("-n %d: must be at least 1", m.limit)
	}
	return nil
}

func newEvaluate(s console.Streams) *cobra.Command {
	o := &evaluateOptions{repeats: 200}
	c := &cobra.Command{
		Use:   "evaluate",
		Short: "Measure a trained model",
		Long: `Measure a trained model on the test or validation images of its training data.

The figures, where they apply: the loss and its parts; the likelihood by L_k, the
importance-weighted bound with k draws (Burda et al. 2015), with its standard
error over images, and in bits per dimension where it gives the levels of pixels a
probability (logistic, dmol, beta-binomial, categorical; bernoulli of black and
white); the squared error a pixel; the KL
of each latent and how many are active (posterior mean with a variance above
0.01); the aggregate posterior against the prior; the accuracy of a linear
classifier and of the 5 nearest neighbors on the codes; continuity (does the
image change evenly between two codes?) and completeness (do draws from the prior
lie among the codes of real images?) of the latent space. With grey pixels a Bernoulli
cross-entropy is no likelihood, and is called grey-BCE.

--bits says what the images take, compressed by compress: in all and by part, beside the
model's bound, the same without the model, PNG, WebP (lossless) and xz. Images that
are drawn black and white are drawn with --seed. --samples is that of compress then,
1 unless it is given.`,
		Example: `  vae evaluate
  vae evaluate --samples 5000
  vae evaluate --model runs/0003-vae-z2 --split validation --json
  vae evaluate --bits
  vae evaluate --gradient-variance`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return o.processes.run(c.Context(), s, func(s console.Streams) error { return runEvaluate(c.Context(), o, s) })
		},
	}
	modelFlag(c, &o.model)
	measuringFlags(c, &o.measuring)
	o.processes.add(c)
	c.Flags().BoolVar(&o.gradients, "gradient-variance", false, "compare estimators of the encoder's gradient: variance and bias")
	intFlag(c.Flags(), &o.repeats, "repeats", "", "gradients of each estimator for --gradient-variance")
	c.Flags().BoolVar(&o.rates, "bits", false, "say what the images take, compressed with the model and otherwise")
	c.Flags().BoolVar(&o.json, "json", false, "print the figures as JSON")
	o.repeated = func() bool { return c.Flags().Changed("repeats") }
	return c
}

func runEvaluate(ctx context.Context, o *evaluateOptions, s console.Streams) error {
	if err := o.measuring.check(); err != nil {
		return err
	}
	if o.repeated() && !o.gradients {
		return usagef("--repeats has no effect without --gradient-variance")
	}
	if o.repeats < 2 || o.repeats > 1_000_000 {
		return usagef("--repeats %d: must be from 2 to 1,000,000", o.repeats)
	}
	if o.rates && (o.gradients || o.measuring.quick) {
		return usagef("--bits is a measurement of its own: leave out --gradient-variance and --quick")
	}
	if o.rates && o.measuring.samples > codec.MaxSamples {
		return usagef("--samples %d: must be from 1 to %s with --bits", o.measuring.samples, console.Comma(codec.MaxSamples))
	}
	notes := console.Notes{W: s.Err, Quiet: o.measuring.quiet}
	if o.rates && o.processes.shared() {
		return usagef("--bits is measured by one process alone, and mpirun has started %d", o.processes.Size())
	}
	m, err := o.processes.model("--model", o.model)
	if err != nil {
		return err
	}
	if o.rates {
		r, err := o.bits(ctx, m, notes)
		if err != nil {
			return err
		}
		return printed(r, o.json, s)
	}
	if o.gradients && (!m.Variational() || len(m.Levels()) > 1) {
		return usagef("--gradient-variance is for variational models with one stochastic layer: %s is none", m.file)
	}
	repeats := 0
	if o.gradients {
		repeats = o.repeats
	}
	e, err := o.measuring.measure(ctx, m, repeats, &o.processes, s, notes)
	if err != nil || !o.processes.first() {
		return err
	}
	return printed(e, o.json, s)
}

// evaluation is a report and what it is about.
type evaluation struct {
	Model string `json:"model"`
	Epoch int    `json:"epoch"`
	Data  string `json:"data"`
	Split string `json:"split"`
	Seed  uint64 `json:"seed"`
	Term  string `json:"reconstruction_term"`
	*evaluate.Report

	model  *loaded
	text   lossText
	levels int // that a pixel of the images may have
}

// measure measures one model.
func (o *measuring) measure(ctx context.Context, m *loaded, repeats int, p *processes, s console.Streams, notes console.Notes) (*evaluation, error) {
	var data *dataset.Splits
	var split dataset.Split
	err := world.Meanwhile(ctx, p.World, func(ctx context.Context) (err error) {
		data, split, err = o.load(ctx, m, notes)
		return err
	})
	if err == nil {
		err = p.same("images", data.SHA256)
	}
	if err != nil {
		return nil, err
	}
	m.announce(notes)
	options := evaluate.Options{Samples: o.samples, Labels: true, Space: true, Gradients: repeats, Seed: o.seed, Progress: console.NewCounter(s, notes).Show, World: p.World}
	if o.quick {
		options.Samples, options.Labels, options.Space = 0, false, false
	}
	r, err := evaluate.Measure(ctx, m.Model, split, data.Train, options)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.file, err)
	}
	text := termOf(m.Model, evaluate.BlackAndWhite(split)) // of one draw, whatever it was trained on
	return &evaluation{
		Model: m.file, Epoch: m.saved.Info.Epoch, Data: data.Name, Split: o.split, Seed: o.seed, Term: text.name,
		Report: r, model: m, text: text, levels: split.Set.Levels(),
	}, nil
}

// apart tells whether the images of the split are not all that there are.
func (o *measuring) apart(m *loaded, data *dataset.Splits) bool {
	return data.SHA256 == m.saved.Info.DatasetSHA256 || o.data == "" || data.Own || o.split == "validation"
}

// ofClasses is the split with the labels of a conditional model.
func ofClasses(m *loaded, data *dataset.Splits, split dataset.Split) (dataset.Split, error) {
	if split.Labeled() {
		if relabelled, ok := split.Relabelled(m.Classes()); ok {
			return relabelled, nil
		}
	}
	return split, fmt.Errorf("%s: conditional on the labels %s; %s has %s: other labels cannot be measured", m.file, console.Listed(m.Classes()), data.Name, labelsOf(split))
}
