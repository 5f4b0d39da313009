package config

import (
	"errors"
	"strings"
	"testing"
)

func ae(c *Config)  { c.Model.Kind = "ae" }
func pca(c *Config) { c.Model.Kind = "pca" }

// with is a change of the defaults after another.
func with(base, change func(*Config)) func(*Config) {
	return func(c *Config) { base(c); change(c) }
}

func iwae(c *Config)  { c.Train.Objective, c.Train.Samples = "iwae", 5 }
func score(c *Config) { c.Train.Estimator, c.Train.Baseline = "score", "average" }
func two(c *Config)   { c.Model.TopLatent, c.Model.TopHidden = 50, []int{100} }
func sigmoid(c *Config) {
	c.Model.Kind, c.Model.CodeActivation = "ae", "sigmoid"
}
func layers(c *Config)    { c.Model.Encoder = "conv:8:4:2:1,relu" }
func layerwise(c *Config) { c.Model.Kind, c.Train.Pretrain = "ae", "layerwise" }

func TestNoConflict(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"default": func(*Config) {}, "ae": ae, "pca": pca, "iwae": iwae, "score": score, "two layers": two,
		"iwae with one sample":         func(c *Config) { c.Train.Objective = "iwae" },
		"dreg":                         with(iwae, func(c *Config) { c.Train.Estimator = "dreg" }),
		"iwae of two layers":           with(iwae, two),
		"leave one out":                with(score, func(c *Config) { c.Train.Baseline, c.Train.Samples = "leave-one-out", 2 }),
		"score with an encoder's bn":   with(score, func(c *Config) { c.Model.Encoder, c.Model.Decoder = "dense:3,bn,relu", "dense:out" }),
		"score with free bits":         with(score, func(c *Config) { c.Train.FreeBits = 0.1 }),
		"elbo with all weights":        func(c *Config) { c.Model.Beta, c.Train.KLWarmup, c.Train.FreeBits = 4, "cyclical:5", 0.25 },
		"KL warm-up of two layers":     with(two, func(c *Config) { c.Train.KLWarmup, c.Model.Beta = "linear:5", 2 }),
		"learned sigma":                func(c *Config) { c.Model.Sigma, c.Model.Likelihood = Learned, "gaussian" },
		"binarized":                    func(c *Config) { c.Data.Binarize = "dynamic" },
		"binarized ae":                 with(ae, func(c *Config) { c.Data.Binarize = "static" }),
		"augmented":                    func(c *Config) { c.Data.Augment, c.Data.Binarize = "flip,rotate:5", "dynamic" },
		"augmented, drawn once":        func(c *Config) { c.Data.Augment, c.Data.Binarize = "flip,crop:2", "static" },
		"windows":                      func(c *Config) { c.Data.Crop, c.Data.ImageSize = "64x96", "64x64" },
		"denoising vae":                func(c *Config) { c.Train.Corrupt = "mask:0.25" },
		"denoising iwae":               with(iwae, func(c *Config) { c.Train.Corrupt = "mask:0.25" }),
		"denoising ae":                 with(ae, func(c *Config) { c.Train.Corrupt, c.Model.Likelihood = "gaussian:0.3", "mse" }),
		"conditional":                  func(c *Config) { c.Model.Conditional, c.Model.Classes = true, []string{"a"} },
		"conditional, classes to find": func(c *Config) { c.Model.Conditional = true },
		"conditional ae":               with(ae, func(c *Config) { c.Model.Conditional = true }),
		"sparse by l1":                 with(ae, func(c *Config) { c.Train.Sparsity = "l1:0.1" }),
		"sparse by kl":                 with(sigmoid, func(c *Config) { c.Train.Sparsity = "kl:0.05:3" }),
		"layerwise":                    layerwise,
		"layerwise, a value each": with(layerwise, func(c *Config) {
			c.Train.PretrainEpochs, c.Train.PretrainCorrupt = []int{1, 2, 3}, []string{"none", "none", "mask:1"}
		}),
		"layerwise without hidden":      with(layerwise, func(c *Config) { c.Model.Hidden = nil }),
		"lists for layerwise, not used": func(c *Config) { c.Train.PretrainEpochs, c.Train.PretrainCorrupt = []int{1, 2}, nil },
		"patience":                      func(c *Config) { c.Train.Patience = 5 },
		"lists of layers":               func(c *Config) { c.Model.Encoder, c.Model.Decoder = "auto", "dense:out" },
		"lists of layers, two levels":   with(two, func(c *Config) { c.Model.Encoder = "conv:8:3,relu" }),
		"no validation":                 func(c *Config) { c.Data.Validation = 0 },
	} {
		c := Default()
		change(&c)
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := c.Conflict(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

const drawing = " is for models that draw z from q(z|x): use --kind vae, or leave it out of --kind "

var conflicts = []struct {
	change func(*Config)
	want   string
}{
	// Kinds that are not variational.
	{with(ae, func(c *Config) { c.Train.Objective = "iwae" }), "--objective iwae" + drawing + "ae"},
	{with(ae, func(c *Config) { c.Train.Samples = 5 }), "--samples 5" + drawing + "ae"},
	{with(pca, func(c *Config) { c.Train.Estimator = "score" }), "--estimator score" + drawing + "pca"},
	{with(ae, func(c *Config) { c.Train.Baseline = "average" }), "--baseline average" + drawing + "ae"},
	{with(ae, func(c *Config) { c.Train.KLWarmup = "linear:5" }), "--kl-warmup linear:5" + drawing + "ae"},
	{with(ae, func(c *Config) { c.Train.FreeBits = 0.25 }), "--free-bits 0.25" + drawing + "ae"},
	{with(pca, func(c *Config) { c.Model.Beta = 4 }), "--beta 4" + drawing + "pca"},
	{with(ae, func(c *Config) { c.Model.TopLatent = 50 }), "--top-latent 50" + drawing + "ae"},
	{with(ae, func(c *Config) { c.Model.TopHidden = []int{50} }), "--top-hidden" + drawing + "ae"},
	{with(pca, func(c *Config) { c.Model.Conditional = true }),
		"--conditional is for networks, which can be told a label: use --kind vae or ae, or leave it out of --kind pca"},
	{with(pca, func(c *Config) { c.Train.Corrupt = "mask:0.25" }),
		"--corrupt has no effect with --kind pca: principal components are computed, not trained"},
	{with(pca, func(c *Config) { c.Model.Encoder = "auto" }), "--encoder has no effect with --kind pca: principal components are computed, not trained"},
	{with(pca, func(c *Config) { c.Model.Decoder = "dense:out" }), "--decoder has no effect with --kind pca: principal components are computed, not trained"},
	// Likelihoods.
	{func(c *Config) { c.Data.Binarize, c.Model.Likelihood = "dynamic", "gaussian" },
		"--binarize dynamic makes black and white pixels, which --likelihood gaussian does not describe: use --likelihood bernoulli, or --binarize none"},
	{func(c *Config) { c.Data.Binarize, c.Model.Likelihood = "static", "mse" },
		"--binarize static makes black and white pixels, which --likelihood mse does not describe: use --likelihood bernoulli, or --binarize none"},
	{func(c *Config) { c.Model.Sigma = Learned },
		"--sigma learned is of --likelihood gaussian, and bernoulli has no sigma: use --likelihood gaussian, or give --sigma a number"},
	{with(ae, func(c *Config) { c.Model.Sigma, c.Model.Likelihood = Learned, "gaussian" }),
		"--sigma learned is for --kind vae: for ae use --likelihood mse, or give --sigma a number"},
	{with(ae, func(c *Config) { c.Model.Sigma, c.Model.Likelihood = Optimal, "gaussian" }),
		"--sigma optimal is for --kind vae: for ae use --likelihood mse, or give --sigma a number"},
	{with(iwae, func(c *Config) { c.Model.Sigma, c.Model.Likelihood = Optimal, "gaussian" }),
		"--sigma optimal is the best for --objective elbo: use that, or --sigma learned"},
	// Images.
	{func(c *Config) { c.Data.Crop = "96x96" }, "--crop 96x96 is cut into windows, whose size is to be said: give --image-size WxH"},
	{func(c *Config) { c.Data.Crop, c.Data.ImageSize = "96x63", "64x64" },
		"--crop 96x63 is smaller than the windows of --image-size 64x64 to be cut out of it: give a larger one"},
	{func(c *Config) { c.Data.Crop, c.Data.ImageSize, c.Data.Binarize = "own", "64x64", "static" },
		"--binarize static draws the pixels once, and --crop shows other ones at each use: use --binarize dynamic"},
	{func(c *Config) { c.Data.Augment, c.Data.Binarize = "flip,rotate:5", "static" },
		"--augment flip,rotate:5 mixes pixels, which --binarize static has made black and white before: use --binarize dynamic, or leave rotate and scale out"},
	{func(c *Config) { c.Data.Augment, c.Data.Binarize = "crop:4,fill:0.5", "static" },
		"--augment crop:4,fill:0.5 brings in grey, where --binarize static has made all black and white before: fill with 0 or 1, or use --binarize dynamic"},
	{with(pca, func(c *Config) { c.Data.Augment = "flip" }), "--augment has no effect with --kind pca: principal components are computed, not trained"},
	{with(pca, func(c *Config) { c.Data.Crop, c.Data.ImageSize = "own", "8x8" }),
		"--crop has no effect with --kind pca: principal components are computed, not trained"},
	// Objectives.
	{with(iwae, func(c *Config) { c.Model.Beta = 2 }), noKL}, {with(iwae, func(c *Config) { c.Train.KLWarmup = "linear:5" }), noKL},
	{with(iwae, func(c *Config) { c.Train.FreeBits = 1 }), noKL},
	{with(two, func(c *Config) { c.Train.FreeBits = 1 }),
		"--free-bits needs the KL of each latent in closed form, which two stochastic layers have not: use --kl-warmup, or --top-latent 0"},
	{func(c *Config) { c.Model.TopHidden = []int{50} }, "--top-hidden lies below a second stochastic layer: give its size with --top-latent"},
	{with(two, func(c *Config) { c.Model.Conditional = true }), "--conditional is for models of one stochastic layer: leave it out, or use --top-latent 0"},
	{func(c *Config) { c.Model.Classes = []string{"a"} },
		"model.classes names the labels of a conditional model: add --conditional, or remove it from the configuration"},
	// Estimators.
	{func(c *Config) { c.Train.Estimator = "dreg" }, "--estimator dreg is a gradient of the K-sample bound: use it with --objective iwae --samples 5 (or more)"},
	{with(iwae, score), "--estimator score is for --objective elbo; the gradients of --objective iwae are reparameterization and dreg"},
	{func(c *Config) { c.Train.Estimator = "score" },
		"--estimator score does not learn without a baseline: use --baseline average, or --baseline leave-one-out with --samples 2 or more"},
	{with(score, func(c *Config) { c.Model.Encoder = "conv:3:3,bn,relu,dense:3" }),
		"--estimator score takes it that what a draw costs depends on it alone, and batch normalization in the decoder mixes the images of a batch: use reparameterization, or groupnorm"},
	{with(iwae, func(c *Config) {
		c.Train.Estimator, c.Train.Samples, c.Model.Decoder = "dreg", 3, "residual[dense:20,batchnorm],dense:out"
	}),
		"--estimator dreg takes it that what a draw costs depends on it alone, and batch normalization in the decoder mixes the images of a batch: use reparameterization, or groupnorm"},
	{with(score, func(c *Config) { c.Model.Likelihood, c.Model.Sigma = "gaussian", Optimal }),
		"--estimator score takes it that what a draw costs depends on it alone, and --sigma optimal is that of a whole batch: use reparameterization, or --sigma learned"},
	{func(c *Config) { c.Train.Baseline = "leave-one-out" }, "--baseline leave-one-out is for --estimator score: use that, or --baseline none with reparameterization"},
	{with(score, func(c *Config) { c.Train.Baseline = "leave-one-out" }), "--baseline leave-one-out compares the draws of an image with each other: use --samples 2 or more"},
	{with(two, score), "--estimator score is for models of one stochastic layer: use reparameterization, or --top-latent 0"},
	{with(two, with(iwae, func(c *Config) { c.Train.Estimator = "dreg" })), "--estimator dreg is for models of one stochastic layer: use reparameterization, or --top-latent 0"},
	// Codes.
	{func(c *Config) { c.Model.CodeActivation = "sigmoid" }, "--code-activation sigmoid is for --kind ae, whose code is a layer: use that, or --code-activation linear with vae"},
	{func(c *Config) { c.Train.Sparsity = "l1:0.1" }, "--sparsity l1:0.1 is for --kind ae: use that, or --sparsity none with vae"},
	{with(ae, func(c *Config) { c.Train.Sparsity = "kl:0.05:3" }),
		"--sparsity kl compares rates, which only a code between 0 and 1 has: add --code-activation sigmoid, or use --sparsity l1:WEIGHT"},
	// Pretraining.
	{func(c *Config) { c.Train.Pretrain = "layerwise" }, "--pretrain layerwise trains one autoencoder a layer: use --kind ae, or --pretrain none with vae"},
	{with(layerwise, func(c *Config) { c.Train.From = digestExample }),
		"--pretrain layerwise trains layers from their first weights, and from brings trained ones: leave one of them out"},
	{with(layerwise, func(c *Config) { c.Model.Conditional = true }), "--pretrain layerwise is for models that do not know the label: leave out --conditional"},
	{with(layerwise, func(c *Config) { c.Model.Encoder = "dense:5" }),
		"--pretrain layerwise trains the hidden layers of --hidden one by one, and no others: leave it out, or --encoder and --decoder"},
	{with(layerwise, func(c *Config) { c.Train.PretrainEpochs = []int{1, 2} }),
		"--pretrain-epochs lists 2, and the hidden layers and the code together are 3: give one for each, or one for all"},
	{with(layerwise, func(c *Config) { c.Train.PretrainCorrupt = nil }),
		"--pretrain-corrupt lists nothing, and the hidden layers and the code together are 3: give one for each, or one for all"},
	// Training.
	{func(c *Config) { c.Train.Patience, c.Data.Validation = 5, 0 },
		"--patience 5 needs validation images to judge by: leave out --validation 0, or use --patience 0"},
}

const noKL = "--objective iwae has no KL term that --beta, --kl-warmup or --free-bits could weigh: use --objective elbo with them"

func TestConflict(t *testing.T) {
	for _, tt := range conflicts {
		c := Default()
		tt.change(&c)
		if err := c.Validate(); err != nil {
			t.Errorf("each setting by itself must be right: %v", err)
		}
		if err := c.Conflict(); withFlags(err) != tt.want {
			t.Errorf("conflict\n %q, want\n %q", withFlags(err), tt.want)
		}
	}
}

// withFlags is a message as a command line words it.
func withFlags(err error) string {
	return Word(text(err), func(name, value string) string {
		if s, _ := Find(name); s.Flag != "" {
			name = "--" + s.Flag
		}
		return strings.TrimSpace(name + " " + value)
	})
}

func TestConflictIsData(t *testing.T) {
	c := Default()
	c.Train.Estimator = "dreg"
	var conflict *Conflict
	if err := c.Conflict(); !errors.As(err, &conflict) {
		t.Fatalf("no conflict: %v", err)
	}
	want := Conflict{"train.estimator", "dreg", "is a gradient of the K-sample bound", "use it with \x00⟨train.objective iwae⟩\x00 \x00⟨train.samples 5⟩\x00 (or more)"}
	if *conflict != want {
		t.Errorf("got %+v", *conflict)
	}
	if got := conflict.Error(); got != "\x00⟨train.estimator dreg⟩\x00 is a gradient of the K-sample bound: use it with \x00⟨train.objective iwae⟩\x00 \x00⟨train.samples 5⟩\x00 (or more)" {
		t.Error(got)
	}
}

func TestIdle(t *testing.T) {
	for _, tt := range []struct {
		change func(*Config)
		given  string
		want   string
	}{
		{func(*Config) {}, "model.sigma", "--sigma has no effect with --likelihood bernoulli: leave it out"},
		{func(*Config) {}, "train.momentum", "--momentum has no effect with --optimizer adam: leave it out"},
		{func(c *Config) { c.Train.Optimizer = "sgd" }, "train.momentum", ""},
		{func(c *Config) { c.Train.Optimizer = "adagrad" }, "train.beta1", "--beta1 has no effect with --optimizer adagrad: leave it out"},
		{func(c *Config) { c.Train.Optimizer = "adagrad" }, "train.epsilon", ""},
		{func(c *Config) { c.Train.Optimizer = "sgd" }, "train.epsilon", "--epsilon has no effect with --optimizer sgd: leave it out"},
		{func(*Config) {}, "train.pretrain_epochs", "--pretrain-epochs has no effect with --pretrain none: leave it out"},
		{pca, "model.hidden", "--hidden has no effect with --kind pca: principal components are computed, not trained"},
		{pca, "train.beta2", "--beta2 has no effect with --kind pca: principal components are computed, not trained"},
		{pca, "model.latent", ""},
		{layers, "model.hidden", `--hidden has no effect with --encoder "conv:8:4:2:1,relu": the list has its layers`},
		{layers, "model.activation", `--activation has no effect with --encoder "conv:8:4:2:1,relu": the list has its activations`},
		{with(layers, two), "model.activation", ""},
		{func(c *Config) { c.Model.Decoder = "dense:out" }, "model.hidden", ""},
	} {
		c := Default()
		tt.change(&c)
		if got := withFlags(c.Idle(func(path string) bool { return path == tt.given })); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.given, got, tt.want)
		}
	}
}
