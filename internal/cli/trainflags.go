package cli

import (
	"github.com/spf13/cobra"

	"vae/internal/config"
)

// trainFlags ties a flag to every setting, by subject: the help lists them in this
// order.
func trainFlags(s *settings) {
	s.flags.SortFlags = false
	modelFlags(s)
	dataFlags(s)
	objectiveFlags(s)
	optimizerFlags(s)
}

func modelFlags(s *settings) {
	s.text("kind", "model.kind", "kind of model: "+join(config.Names(config.Kinds)), func(c *config.Config) *string { return (*string)(&c.Model.Kind) })
	s.whole("latent", "model.latent", "latent dimensions", func(c *config.Config) *int { return &c.Model.Latent })
	s.widths("hidden", "model.hidden", "widths of the encoder's hidden layers, mirrored by the decoder; \"none\" for none", func(c *config.Config) *[]int { return &c.Model.Hidden })
	s.text("activation", "model.activation", "activation of the hidden layers: "+join(config.Names(config.Activations)), func(c *config.Config) *string { return (*string)(&c.Model.Activation) })
	s.text("code-activation", "model.code_activation", "activation of an autoencoder's code, of the same names", func(c *config.Config) *string { return (*string)(&c.Model.CodeActivation) })
	s.whole("top-latent", "model.top_latent", "dimensions of a second stochastic layer above the first, 0 for none", func(c *config.Config) *int { return &c.Model.TopLatent })
	s.widths("top-hidden", "model.top_hidden", "widths of the hidden layers between the two stochastic layers", func(c *config.Config) *[]int { return &c.Model.TopHidden })
	s.text("init", "model.init", "initial weights: "+join(config.Names(config.Inits)), func(c *config.Config) *string { return (*string)(&c.Model.Init) })
	s.text("output-bias", "model.output_bias", "initial bias of the decoder's last layer: init, or data for the mean image", func(c *config.Config) *string { return (*string)(&c.Model.OutputBias) })
	s.text("likelihood", "model.likelihood", "p(x|z): "+join(config.Names(config.Likelihoods))+" for squared error", func(c *config.Config) *string { return (*string)(&c.Model.Likelihood) })
	s.named("sigma", "model.sigma", "standard deviation of the gaussian likelihood, pixels being 0 to 1, or learned", "learned", config.Learned, func(c *config.Config) *float64 { return &c.Model.Sigma })
	s.number("beta", "model.beta", "weight of the KL term", func(c *config.Config) *float64 { return &c.Model.Beta })
	s.truth("conditional", "model.conditional", "tell encoder and decoder the label of each image", func(c *config.Config) *bool { return &c.Model.Conditional })
}

func dataFlags(s *settings) {
	s.text("data", "data.source", "\"mnist\", a folder of IDX files or a folder of images", func(c *config.Config) *string { return &c.Data.Source })
	s.text("image-size", "data.image_size", "resize images to `WxH` pixels (default as they are)", func(c *config.Config) *string { return &c.Data.ImageSize })
	s.whole("channels", "data.channels", "1 for grey, 3 for color, 0 for what the images have", func(c *config.Config) *int { return &c.Data.Channels })
	s.auto("validation", "data.validation", "training images kept back for validation, or auto", "auto: 5,000, or a twelfth of fewer than 60,000", 0,
		func(c *config.Config) *int { return &c.Data.Validation })
	s.whole("limit", "data.limit", "train on so many images only, 0 for all", func(c *config.Config) *int { return &c.Data.Limit })
	s.text("binarize", "data.binarize", "draw black and white pixels from the grey ones: none, static for once, dynamic for anew at each use", func(c *config.Config) *string { return (*string)(&c.Data.Binarize) })
	s.text("corrupt", "train.corrupt", "noise on what the encoder sees: none, mask:P, salt-pepper:P, gaussian:SIGMA", func(c *config.Config) *string { return &c.Train.Corrupt })
}

func objectiveFlags(s *settings) {
	s.text("objective", "train.objective", "bound to train on: "+join(config.Names(config.Objectives)), func(c *config.Config) *string { return (*string)(&c.Train.Objective) })
	s.whole("samples", "train.samples", "draws of z an image", func(c *config.Config) *int { return &c.Train.Samples })
	s.text("estimator", "train.estimator", "gradient of q(z|x): "+join(config.Names(config.Estimators)), func(c *config.Config) *string { return (*string)(&c.Train.Estimator) })
	s.text("baseline", "train.baseline", "of --estimator score: "+join(config.Names(config.Baselines)), func(c *config.Config) *string { return (*string)(&c.Train.Baseline) })
	s.text("kl-warmup", "train.kl_warmup", "how the KL weight grows: none, linear:EPOCHS, cyclical:EPOCHS[:SHARE]", func(c *config.Config) *string { return &c.Train.KLWarmup })
	s.number("free-bits", "train.free_bits", "nats of KL a latent that cost nothing", func(c *config.Config) *float64 { return &c.Train.FreeBits })
	s.text("sparsity", "train.sparsity", "penalty on an autoencoder's code: none, kl:RATE:WEIGHT, l1:WEIGHT", func(c *config.Config) *string { return &c.Train.Sparsity })
	s.text("pretrain", "train.pretrain", "none, or layerwise: one autoencoder a layer before all together", func(c *config.Config) *string { return (*string)(&c.Train.Pretrain) })
	s.widths("pretrain-epochs", "train.pretrain_epochs", "epochs of each layer, or one number for all", func(c *config.Config) *[]int { return &c.Train.PretrainEpochs })
	s.texts("pretrain-corrupt", "train.pretrain_corrupt", "noise on each layer's input, or one for all, as in --corrupt", func(c *config.Config) *[]string { return &c.Train.PretrainCorrupt })
}

func optimizerFlags(s *settings) {
	s.whole("epochs", "train.epochs", "passes over the training images", func(c *config.Config) *int { return &c.Train.Epochs })
	s.auto("batch", "train.batch", "images in a batch, or auto", "auto: 128, or all of fewer", 1, func(c *config.Config) *int { return &c.Train.Batch })
	s.text("optimizer", "train.optimizer", "optimizer: "+join(config.Names(config.Optimizers)), func(c *config.Config) *string { return (*string)(&c.Train.Optimizer) })
	s.number("lr", "train.learning_rate", "learning rate, the highest where a schedule changes it", func(c *config.Config) *float64 { return &c.Train.LearningRate })
	s.text("schedule", "train.schedule", "of the learning rate: constant, step:EPOCHS:FACTOR, cosine[:FLOOR], stages", func(c *config.Config) *string { return &c.Train.Schedule })
	s.whole("warmup", "train.warmup", "steps in which the learning rate grows to its full value", func(c *config.Config) *int { return &c.Train.Warmup })
	s.number("momentum", "train.momentum", "of sgd", func(c *config.Config) *float64 { return &c.Train.Momentum })
	s.number("beta1", "train.beta1", "decay of the first moment of adam and adamw", func(c *config.Config) *float64 { return &c.Train.Beta1 })
	s.number("beta2", "train.beta2", "decay of the second moment of adam and adamw", func(c *config.Config) *float64 { return &c.Train.Beta2 })
	s.named("epsilon", "train.epsilon", "of adam, adamw and adagrad, or auto for PyTorch's", "auto", config.Auto, func(c *config.Config) *float64 { return &c.Train.Epsilon })
	s.number("weight-decay", "train.weight_decay", "weight decay, decoupled for adamw", func(c *config.Config) *float64 { return &c.Train.WeightDecay })
	s.number("clip", "train.clip", "largest norm of the gradient, 0 for no limit", func(c *config.Config) *float64 { return &c.Train.Clip })
	s.whole("patience", "train.patience", "stop after so many epochs without a better validation loss, 0 for never", func(c *config.Config) *int { return &c.Train.Patience })
	s.text("keep", "train.keep", "epoch whose weights are kept: best (by validation) or last", func(c *config.Config) *string { return (*string)(&c.Train.Keep) })
	setting(s, "seed", "train.seed", func(c *config.Config) *uint64 { return &c.Train.Seed }, func(p *uint64) {
		s.flags.Uint64Var(p, "seed", *p, "seed of everything random: the same seed gives the same model, to the bit")
	})
}

// completeTrain makes the values of flags with a list of names known to the shell.
func completeTrain(c *cobra.Command) {
	complete(c, "preset", presetNames())
	for flag, values := range map[string][]string{
		"kind": config.Names(config.Kinds), "activation": config.Names(config.Activations), "code-activation": config.Names(config.Activations), "init": config.Names(config.Inits),
		"output-bias": config.Names(config.OutputBiases), "likelihood": config.Names(config.Likelihoods), "binarize": config.Names(config.Binarizations),
		"objective": config.Names(config.Objectives), "estimator": config.Names(config.Estimators), "baseline": config.Names(config.Baselines),
		"pretrain": config.Names(config.Pretrainings), "optimizer": config.Names(config.Optimizers), "keep": config.Names(config.Keeps),
	} {
		complete(c, flag, values)
	}
}

// trained are the flags that principal components, which are computed, have no use
// for.
var trained = []string{
	"hidden", "activation", "code-activation", "init", "output-bias", "likelihood", "sigma", "corrupt", "sparsity", "pretrain",
	"epochs", "batch", "optimizer", "lr", "schedule", "warmup", "weight-decay", "clip", "patience", "keep",
}

// idle refuses flags that would have no effect, and settles what the kind decides.
func (s *settings) idle(c *config.Config) error {
	given := s.flags.Changed
	need := func(flag string, has bool, what string) error {
		if given(flag) && !has {
			return usagef("--%s has no effect with %s: leave it out", flag, what)
		}
		return nil
	}
	t := c.Train
	adam := t.Optimizer == "adam" || t.Optimizer == "adamw"
	for _, err := range []error{
		need("sigma", c.Model.Likelihood == "gaussian", "--likelihood "+string(c.Model.Likelihood)),
		need("momentum", t.Optimizer == "sgd", "--optimizer "+string(t.Optimizer)),
		need("beta1", adam, "--optimizer "+string(t.Optimizer)),
		need("beta2", adam, "--optimizer "+string(t.Optimizer)),
		need("epsilon", t.Optimizer != "sgd", "--optimizer "+string(t.Optimizer)),
		need("pretrain-epochs", t.Pretrain != "none", "--pretrain none"),
		need("pretrain-corrupt", t.Pretrain != "none", "--pretrain none"),
	} {
		if err != nil {
			return err
		}
	}
	if c.Model.Kind != "pca" {
		return nil
	}
	for _, flag := range trained {
		if given(flag) {
			return usagef("--%s has no effect with --kind pca: principal components are computed, not trained", flag)
		}
	}
	c.Model.Hidden, c.Model.Activation, c.Model.Likelihood = nil, "linear", "mse"
	c.Train.Epochs = 1
	return nil
}
