package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/evaluate"
	"vae/internal/kernel"
	"vae/internal/prior"
	"vae/internal/run"
	"vae/internal/train"
)

// runsRoot is where runs are kept, below the working directory.
const runsRoot = "runs"

type trainOptions struct {
	settings        *settings
	run             string
	resume          resumeFlag
	origin          fromFlag
	checkpointEvery time.Duration
	maxPixels       int
	quiet, verbose  bool
	json            bool
	say             func(text string) // of what takes long
	processes       processes
}

func newTrain(s console.Streams) *cobra.Command {
	var o trainOptions
	c := &cobra.Command{
		Use:   "train",
		Short: "Train a model",
		Long: `Train a model and keep it in a run directory, runs/NNNN-KIND-zLATENT by default.

After each epoch the validation images are measured and the best model so far is
kept; at the end the test images are measured with it. Losses are sums over
pixels, averaged over images, in nats; those of --likelihood mse and --kind pca
are squared errors, and beside those of levels, such as logistic, are bits per
dimension. Settings come from the defaults, a preset, a file and flags, each
overriding the one before. A preset that reproduces a published run prints its
figure beside ours at the end.

Without --kind it is a variational autoencoder; --kind ae is one without a
prior, --kind pca the principal components. Its layers are fully connected, with
the widths of --hidden, or those that --encoder lists, such as convolutions. Most
options combine; where two do not, the error says what to use.

--resume goes on with a run that was interrupted or killed, as if nothing had
happened: its files come out the same, to the bit. With more --epochs it makes a
finished run longer. The other settings stay those of the run.

--from begins a new run with the weights of a model, to train it on with other
images or other settings of training. The network is that of the model: what is
said of it must agree.`,
		Example: `  vae train --latent 20
  vae train --preset latent2d
  vae train --kind ae --latent 2 --corrupt mask:0.25
  vae train --encoder conv:32:4:2:1,relu,conv:64:4:2:1,relu,dense:256,relu -v
  vae train --preset photos --data photos/
  vae train --conditional && vae sample --label each > classes.png
  vae train --binarize dynamic --objective iwae --samples 5
  vae train --preset iwae-1l-vae --epochs 40
  vae train --data photos/ --image-size 32x32 --channels 3 --epochs 50
  vae train --data fashion-mnist/ --run runs/fashion
  vae train --from runs/0001-vae-z20 --data photos/ --lr 1e-4
  vae train --resume
  vae train --resume runs/0001-vae-z20 --epochs 40`,
		Args: o.resume.argument,
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.resume.take(args, &o.run); err != nil {
				return err
			}
			return o.processes.run(c.Context(), s, func(s console.Streams) error { return runTrain(c.Context(), o, s) })
		},
	}
	o.settings = newSettings(c.Flags())
	trainFlags(o.settings)
	c.Flags().StringVar(&o.run, "run", "", "run `directory` (default the next number under runs/)")
	o.resume.add(c)
	o.origin.add(c)
	o.checkpointEvery = 10 * time.Minute
	c.Flags().Var((*duration)(&o.checkpointEvery), "checkpoint-every", "save the state so often within an epoch too, 0 for never")
	o.processes.add(c)
	maxPixelsFlag(c.Flags(), &o.maxPixels)
	c.Flags().BoolVar(&o.json, "json", false, "print the test figures as JSON")
	quietVerbose(c, &o.quiet, &o.verbose)
	complete(c, "preset", presetNames())
	c.SetUsageFunc(func(c *cobra.Command) error { return groupedUsage(c, helpColumns(s)) })
	return c
}

// runTrain is the whole of training: settings, data, model, run directory, loop,
// test figures.
func runTrain(ctx context.Context, o trainOptions, s console.Streams) error {
	switch {
	case o.quiet && o.verbose:
		return usagef("--quiet and --verbose exclude each other")
	case o.resume.given() && o.origin.given():
		return usagef("--from begins a run, and --resume goes on with one: leave one of them out")
	case kernel.ForwardOnly():
		return usagef("%s=%s is for forward passes, and does not train: leave it out, or take %s", kernel.PathVariable, kernel.Path(), strings.Join(kernel.Paths(), " or "))
	case o.checkpointEvery < 0:
		return usagef("--checkpoint-every %v must not be negative", o.checkpointEvery)
	}
	notes := console.Notes{W: s.Err, Quiet: o.quiet}
	o.say = func(text string) { notes.Printf("%s\n", worded(text)) }
	// The images stay, and a step leaves almost nothing behind: a heap half as
	// large again would be memory for no speed.
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	j, err := o.prepare(ctx, notes)
	if err != nil {
		return err
	}
	defer j.dir.Close()
	if o.verbose {
		for _, text := range j.data.Unreadable {
			notes.Printf("left out: %s\n", text)
		}
		notes.Printf("%smemory: %s\n", j.config.YAML(), j.need)
		if err := layerTable(notes.W, j.model); err != nil {
			return err
		}
	}
	term := termOf(j.model, evaluate.BlackAndWhite(j.data.Train)).trainedOn(j.config)
	describe(notes, j.model, j.data, j.dir, o.processes.Size())
	for _, note := range j.notes {
		notes.Printf("%s\n", note)
	}
	observer := newObserver(s, notes, term)
	observer.steps = j.config.Model.Kind != config.PCA
	unwatch := observer.watch(ctx)
	task := train.Task{
		Config: j.config, Model: j.model, Data: j.data, Dir: j.dir, Program: program(), Observer: observer,
		From: j.from, CheckpointEvery: o.checkpointEvery, World: o.processes.World,
	}
	j.from = nil // three times the model, of no use once it is restored
	result, err := train.Run(ctx, task)
	unwatch()
	observer.close()
	if err != nil {
		return j.stopped(err, o, notes)
	}
	task = train.Task{}
	for range 2 { // the graphs and moments of training, which pools may hold for one time: measuring takes graphs of its own
		runtime.GC()
	}
	if err := finish(ctx, o, s, notes, j, result, term); err != nil {
		return err
	}
	tryNext(notes, o.run, j.config.Config, j.data)
	return published(ctx, o, s, notes, j.dir, j.data, j.config.Train.Seed)
}

// stopped explains what is left when training did not reach its end.
func (j *job) stopped(err error, o trainOptions, notes console.Notes) error {
	path := j.dir.Path()
	switch interrupted := errors.Is(err, train.ErrInterrupted); {
	case !o.processes.first() && interrupted:
		return console.InterruptedError{Err: err}
	case !o.processes.first(): // the run is not its own
		return err
	case interrupted:
		tryNext(notes, o.run, j.config.Config, j.data)
		return console.InterruptedError{Err: fmt.Errorf("%w; saved in %s, `vae train --resume %s%s` goes on", err, path, console.ShellWord(path), o.settings.again(j.config.Config))}
	}
	_, none := run.Find(runsRoot, path)
	begun := run.HoldsState(path)
	var system syscall.Errno // which can be mended: a full disk
	var restore *train.RestoreError
	switch {
	case errors.As(err, &restore):
		return err
	case begun && errors.As(err, &system):
		return fmt.Errorf("%w; `vae train --resume %s` goes on from what is saved there", err, console.ShellWord(path))
	case none == nil:
		return fmt.Errorf("%w; the best model so far is in %s", err, path)
	case begun || j.goesOn:
		return err
	}
	return errors.Join(err, j.dir.Discard()) // there is nothing in it to keep
}

// longer names the setting that ended a run.
func (j *job) longer() string {
	if j.done < j.config.Train.Epochs {
		return "another --patience"
	}
	return "--epochs N"
}

// finish measures the saved model on the test images.
func finish(ctx context.Context, o trainOptions, s console.Streams, notes console.Notes, j *job, result train.Result, term lossText) error {
	m, err := o.processes.model("--model", j.dir.Path())
	if err != nil {
		return err
	}
	c, data := j.config, j.data
	loss, err := train.NewLoss(m.Model, c)
	if err != nil {
		return err
	}
	loss.World = o.processes.World
	if result.Epochs > 0 {
		notes.Printf("trained %s in %s (%s images/s); the model is that of epoch %d\n", console.Count(result.Epochs, "epoch"), console.Seconds(result.Training),
			console.Comma(int(float64(result.Images)/result.Training.Seconds())), result.Kept)
	} else {
		notes.Printf("there was nothing left to train, %s makes the run longer; the model is that of epoch %d\n", j.longer(), result.Kept)
	}
	test, err := loss.Measure(ctx, data.Test, c.Train.Seed, "test noise")
	if errors.Is(err, context.Canceled) {
		path := console.ShellWord(j.dir.Path())
		return console.InterruptedError{Err: fmt.Errorf("%w while the test images were measured; the model is saved in %s, and `vae evaluate --model %s` measures it", train.ErrInterrupted, j.dir.Path(), path)}
	}
	if err != nil {
		return err
	}
	if o.json {
		figures := map[string]any{
			"run": j.dir.Path(), "epoch": result.Kept, "test_images": data.Test.Len(), "test_loss": test.Loss,
			"test_reconstruction": test.Reconstruction, "reconstruction_term": term.name,
		}
		if m.Variational() {
			figures["test_kl"], figures["beta"] = test.KL, c.Model.Beta
		}
		err = console.NewJSON(s.Out).Encode(figures)
	} else {
		_, err = fmt.Fprintf(s.Out, "test: %s, %s\n", term.sentence(test), console.Count(data.Test.Len(), "image"))
	}
	return err
}

// tryNext shows what can be done with the model, in the run that --run names.
func tryNext(notes console.Notes, named string, c config.Config, data *dataset.Splits) {
	from, course, images, drawn := "", "", console.ShellWord(data.Inputs), "-n 64"
	if c.Model.Conditional {
		drawn = "--label each"
	}
	if named != "" {
		course = " " + console.ShellWord(named)
		from = " --model" + course
	}
	notes.Printf("try next:\n")
	if c.Model.Kind != config.AE || c.Model.Latent <= prior.MaxFitted { // else there is no distribution to draw from
		notes.Printf("  vae sample%s %s > grid.png\n", from, drawn)
	}
	notes.Printf("  vae reconstruct%s %s > pairs.png\n  vae encode%s %s > latents.csv\n  vae evaluate%s\n  vae plot%s\n", from, images, from, images, from, course)
}
