package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/evaluate"
	"vae/internal/model"
	"vae/internal/run"
	"vae/internal/train"
)

// runsRoot is where runs are kept, below the working directory.
const runsRoot = "runs"

type trainOptions struct {
	settings       *settings
	run            string
	quiet, verbose bool
	json           bool
}

func newTrain(s Streams) *cobra.Command {
	var o trainOptions
	c := &cobra.Command{
		Use:   "train",
		Short: "Train a model",
		Long: `Train a model and keep it in a run directory, runs/NNNN-KIND-zLATENT by default.

After each epoch the validation images are measured and the best model so far is
kept; at the end the test images are measured with it. All figures are nats per
image: the sum over pixels, averaged over images. Settings come from the
defaults, a preset, a file and flags, each overriding the one before.`,
		Example: `  vae train --latent 20
  vae train --preset latent2d
  vae train --data photos/ --image-size 32x32 --channels 3 --epochs 50
  vae train --data fashion-mnist/ --run runs/fashion`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return runTrain(c.Context(), o, s) },
	}
	o.settings = newSettings(c.Flags())
	trainFlags(o.settings)
	c.Flags().StringVar(&o.run, "run", "", "run `directory` (default the next number under runs/)")
	c.Flags().BoolVar(&o.json, "json", false, "print the test figures as JSON")
	quietVerbose(c, &o.quiet, &o.verbose)
	complete(c, "preset", presetNames())
	complete(c, "activation", config.Activations)
	complete(c, "init", config.Inits)
	complete(c, "likelihood", config.Likelihoods)
	return c
}

func trainFlags(s *settings) {
	s.whole("latent", "model.latent", "latent dimensions", func(c *config.Config) *int { return &c.Model.Latent })
	setting(s, "hidden", "model.hidden", func(c *config.Config) *[]int { return &c.Model.Hidden }, func(p *[]int) {
		s.flags.Var(widths{p}, "hidden", "widths of the encoder's hidden layers, mirrored by the decoder; \"none\" for none")
	})
	s.text("activation", "model.activation", "activation of the hidden layers: "+join(config.Activations), func(c *config.Config) *string { return &c.Model.Activation })
	s.text("init", "model.init", "initial weights: "+join(config.Inits), func(c *config.Config) *string { return &c.Model.Init })
	s.text("likelihood", "model.likelihood", "p(x|z): "+join(config.Likelihoods), func(c *config.Config) *string { return &c.Model.Likelihood })
	s.number("sigma", "model.sigma", "standard deviation of the gaussian likelihood, pixels being 0 to 1", func(c *config.Config) *float64 { return &c.Model.Sigma })
	s.number("beta", "model.beta", "weight of the KL term", func(c *config.Config) *float64 { return &c.Model.Beta })
	s.whole("epochs", "train.epochs", "passes over the training images", func(c *config.Config) *int { return &c.Train.Epochs })
	s.auto("batch", "train.batch", "images in a batch, or auto", "auto: 128, or all of fewer", 1, func(c *config.Config) *int { return &c.Train.Batch })
	s.number("lr", "train.learning_rate", "learning rate of Adam", func(c *config.Config) *float64 { return &c.Train.LearningRate })
	setting(s, "seed", "train.seed", func(c *config.Config) *uint64 { return &c.Train.Seed }, func(p *uint64) {
		s.flags.Uint64Var(p, "seed", *p, "seed of everything random: the same seed gives the same model, to the bit")
	})
	s.text("data", "data.source", "\"mnist\", a folder of IDX files or a folder of images", func(c *config.Config) *string { return &c.Data.Source })
	s.text("image-size", "data.image_size", "resize images to `WxH` pixels (default as they are)", func(c *config.Config) *string { return &c.Data.ImageSize })
	s.whole("channels", "data.channels", "1 for grey, 3 for color, 0 for what the images have", func(c *config.Config) *int { return &c.Data.Channels })
	s.auto("validation", "data.validation", "training images kept back for validation, or auto", "auto: 5,000, or a twelfth of fewer than 60,000", 0,
		func(c *config.Config) *int { return &c.Data.Validation })
	s.whole("limit", "data.limit", "train on so many images only, 0 for all", func(c *config.Config) *int { return &c.Data.Limit })
}

// runTrain is the whole of training: settings, data, model, run directory, loop,
// test figures.
func runTrain(ctx context.Context, o trainOptions, s Streams) error {
	if o.quiet && o.verbose {
		return usagef("--quiet and --verbose exclude each other")
	}
	c, err := o.settings.resolve()
	if err != nil {
		return err
	}
	if o.settings.flags.Changed("sigma") && c.Model.Likelihood != "gaussian" {
		return usagef("--sigma has no effect with a %s likelihood: leave it out, or add --likelihood gaussian", c.Model.Likelihood)
	}
	if o.run != "" {
		if err := run.Free(o.run); err != nil {
			return err
		}
	}
	notes := notes{s.Err, o.quiet}
	// The images stay, and a step leaves almost nothing behind: a heap half as
	// large again would be memory for no speed.
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	data, err := loadData(&c, notes)
	if err != nil {
		return o.settings.named(err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m, err := model.New(c.Model, data.Train.Set.Shape, c.Train.Seed)
	if err != nil {
		return usageError{err}
	}
	dir, err := makeRun(o.run, c)
	if err != nil {
		return err
	}
	if err := dir.SaveConfig(c); err != nil {
		return errors.Join(err, dir.Discard())
	}
	if o.verbose {
		notes.printf("%s", c.YAML())
	}
	term := reconstructionTerm(c, data)
	notes.printf("%s\n", describe(m, data, dir))
	observer := newObserver(s, notes, term)
	unwatch := observer.watch(ctx)
	result, err := train.Run(ctx, train.Task{Config: c, Model: m, Data: data, Dir: dir, Program: program(), Observer: observer})
	unwatch()
	observer.close()
	if err != nil {
		return stopped(err, o, dir, notes, data)
	}
	if err := finish(o, s, notes, c, data, dir, result, term); err != nil {
		return err
	}
	tryNext(notes, o.run, data)
	return nil
}

// loadData opens the data set and writes what it decided into the configuration.
func loadData(c *config.Config, notes notes) (*dataset.Splits, error) {
	data, err := dataset.Load(c.Data, c.Train.Seed)
	if err != nil {
		return nil, err
	}
	shape := data.Train.Set.Shape
	c.Data.ImageSize = fmt.Sprintf("%dx%d", shape.Width, shape.Height)
	c.Data.Channels = shape.Channels
	c.Data.Validation = data.Validation.Len()
	return data, settleBatch(&c.Train.Batch, data.Train.Len(), notes)
}

// settleBatch makes a number of auto, and sees that n training images fill a batch.
func settleBatch(batch *int, n int, notes notes) error {
	most := min(n, config.AutoBatch)
	switch {
	case *batch == config.Auto && most < config.AutoBatch:
		notes.printf("batch %d: there are no more training images\n", most)
		fallthrough
	case *batch == config.Auto:
		*batch = most
	case *batch > n:
		return usagef("--batch %d is more than the %s: lower it, such as to --batch %d", *batch, count(n, "training image"), most)
	}
	return nil
}

func makeRun(path string, c config.Config) (*run.Dir, error) {
	if path != "" {
		return run.Create(path)
	}
	return run.Next(runsRoot, fmt.Sprintf("%s-z%d", c.Model.Kind, c.Model.Latent))
}

func describe(m *model.Model, data *dataset.Splits, dir *run.Dir) string {
	var parameters int
	for _, p := range m.Params() {
		parameters += len(p.Value)
	}
	return fmt.Sprintf("%s: %s of %v, %s for validation, %s for test\nmodel: %s, %s\nrun: %s, %s",
		data.Name, count(data.Train.Len(), "training image"), m.Shape(), comma(data.Validation.Len()), comma(data.Test.Len()),
		architecture(m), count(parameters, "parameter"), dir.Path(), count(runtime.GOMAXPROCS(0), "thread"))
}

// architecture names a network as the literature does: 784-400-200-20.
func architecture(m *model.Model) string {
	text := fmt.Sprintf("%s %d", m.Config().Kind, m.Shape().Pixels())
	for _, h := range m.Config().Hidden {
		text += fmt.Sprintf("-%d", h)
	}
	return fmt.Sprintf("%s-%d, %s, %s likelihood", text, m.Latent(), m.Config().Activation, m.Config().Likelihood)
}

// reconstructionTerm names -log p(x|z) honestly: a cross-entropy with grey
// targets is no likelihood.
func reconstructionTerm(c config.Config, data *dataset.Splits) string {
	if c.Model.Likelihood != "bernoulli" || blackAndWhite(data.Train.Set.Pixels) {
		return "NLL"
	}
	return "grey-BCE"
}

func blackAndWhite(pixels []uint8) bool {
	for _, p := range pixels {
		if p != 0 && p != 255 {
			return false
		}
	}
	return true
}

// stopped explains what is left when training did not reach its end.
func stopped(err error, o trainOptions, dir *run.Dir, notes notes, data *dataset.Splits) error {
	if errors.Is(err, train.ErrInterrupted) {
		tryNext(notes, o.run, data)
		return fmt.Errorf("%w; saved in %s", err, dir.Path())
	}
	if _, findErr := run.Find(runsRoot, dir.Path()); findErr == nil {
		return fmt.Errorf("%w; the best model so far is in %s", err, dir.Path())
	}
	return errors.Join(err, dir.Discard()) // there is nothing in it to keep
}

// finish measures the saved model on the test images.
func finish(o trainOptions, s Streams, notes notes, c config.Config, data *dataset.Splits, dir *run.Dir, result train.Result, term string) error {
	m, err := loadModel(dir.Path())
	if err != nil {
		return err
	}
	bound, err := evaluate.NewBound(m.Model, c.Train.Batch)
	if err != nil {
		return err
	}
	test, err := bound.Measure(data.Test, c.Train.Seed, "test noise")
	if err != nil {
		return err
	}
	notes.printf("trained %s in %s (%s images/s); the model is that of epoch %d\n", count(result.Epochs, "epoch"), seconds(result.Training),
		comma(int(float64(result.Images)/result.Training.Seconds())), result.Best)
	if o.json {
		err = json.NewEncoder(s.Out).Encode(map[string]any{
			"run": dir.Path(), "epoch": result.Best, "test_images": data.Test.Len(), "test_loss": test.Loss,
			"test_reconstruction": test.Reconstruction, "test_kl": test.KL, "reconstruction_term": term, "beta": c.Model.Beta,
		})
	} else {
		_, err = fmt.Fprintf(s.Out, "test: %s nats per image, %s\n", losses(test, term, c.Model.Beta), count(data.Test.Len(), "image"))
	}
	return err
}

// tryNext shows what can be done with the model, in the run that --run names.
func tryNext(notes notes, named string, data *dataset.Splits) {
	from, images := "", shellWord(data.Inputs)
	if named != "" {
		from = " --model " + shellWord(named)
	}
	notes.printf("try next:\n  vae sample%s -n 64 > grid.png\n  vae reconstruct%s %s > pairs.png\n  vae encode%s %s > latents.csv\n",
		from, from, images, from, images)
}

// losses writes a loss with its parts.
func losses(t evaluate.Terms, term string, beta float64) string {
	kl := "KL"
	if beta != 1 {
		kl = fmt.Sprintf("%g KL", beta)
	}
	return fmt.Sprintf("loss %.3f = %s %.3f + %s %.3f", t.Loss, term, t.Reconstruction, kl, beta*t.KL)
}
