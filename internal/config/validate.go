package config

import (
	"fmt"
	"strconv"
	"strings"
)

// The values that the settings of the same names may have.
var (
	Kinds         = []Kind{"vae", "ae", "pca"}
	Activations   = []Activation{"relu", "leaky-relu", "tanh", "sigmoid", "softplus", "elu", "silu", "gelu", "linear"}
	Inits         = []Init{"kaiming", "glorot"}
	OutputBiases  = []OutputBias{"init", "data"}
	Likelihoods   = []Likelihood{"bernoulli", "gaussian", "mse"}
	Binarizations = []Binarization{"none", "static", "dynamic"}
	Objectives    = []Objective{"elbo", "iwae"}
	Estimators    = []Estimator{"reparameterization", "dreg", "score"}
	Baselines     = []Baseline{"none", "average", "leave-one-out"}
	Pretrainings  = []Pretraining{"none", "layerwise"}
	Optimizers    = []Optimizer{"adam", "adamw", "adagrad", "sgd"}
	Keeps         = []Keep{"best", "last"}
)

// The largest values that Validate allows. Their product is not allowed with them: whoever builds the
// model checks the number of its parameters.
const (
	MaxLatent    = 1 << 16   // latent dimensions
	MaxWidth     = 1 << 20   // units in one hidden layer
	MaxLayers    = 64        // hidden layers of the encoder
	MaxEpochs    = 1_000_000 // passes over the data
	MaxBatch     = 1_000_000 // images in a batch
	MaxImageSide = 4096      // pixels
	MaxSamples   = 10_000    // draws of z an image in training
	MaxClasses   = 10_000    // labels of a conditional model
	MaxClassName = 1024      // bytes of the name of one label
	MaxClassText = 200_000   // bytes of all names together; what YAML makes of them must fit MaxFileSize
)

// FieldError says which setting has a value that is not allowed, and what is.
type FieldError struct {
	Field      string // YAML path: "model.latent"
	Value      any    // the value refused: of the field's type, an element of it, or the text that was read
	Reason     string // "must be a whole number from 1 to 65536"
	Suggestion string // the allowed value that was probably meant, or ""

	shown string // how the value is written in the message, where it is not the usual way
	index int    // 1 + the number of the element refused, in a list; else 0
}

// Error is one line: the path and the problem.
func (e *FieldError) Error() string { return e.Field + " " + e.Problem() }

// Problem is Error without the path, to be put behind another name of the setting, such as its flag.
func (e *FieldError) Problem() string {
	return e.Reason + ", not " + e.display() + suggest(e.Suggestion)
}

func (e *FieldError) display() string {
	if e.shown != "" {
		return e.shown
	}
	if s, ok := e.Value.(string); ok {
		return quote(s)
	}
	return fmt.Sprint(e.Value)
}

// Validate checks every setting by itself. The error, if any, is a *FieldError for the first bad one.
func (c Config) Validate() error {
	if err := c.Model.validate(); err != nil {
		return err
	}
	if err := c.Data.validate(); err != nil {
		return err
	}
	return c.Train.validate()
}

func (m Model) validate() error {
	return first(
		oneOf("model.kind", m.Kind, Kinds),
		between("model.latent", m.Latent, 1, MaxLatent),
		checkWidths("model.hidden", m.Hidden),
		oneOf("model.activation", m.Activation, Activations),
		oneOf("model.code_activation", m.CodeActivation, Activations),
		between("model.top_latent", m.TopLatent, 0, MaxLatent),
		checkWidths("model.top_hidden", m.TopHidden),
		oneOf("model.init", m.Init, Inits),
		oneOf("model.output_bias", m.OutputBias, OutputBiases),
		oneOf("model.likelihood", m.Likelihood, Likelihoods),
		check("model.sigma", m.Sigma, m.Sigma >= 1e-6 && m.Sigma <= 1e6 || m.Sigma == Learned,
			"must be a number from 1e-6 to 1e6, or learned"),
		number("model.beta", m.Beta, 0, 1e6),
		checkClasses(m.Classes),
	)
}

func (d Data) validate() error {
	return first(
		check("data.source", d.Source, isPath(d.Source),
			`must be "mnist" or the path of a folder, in UTF-8`),
		d.checkImageSize(),
		d.checkChannels(),
		check("data.validation", d.Validation, d.Validation >= 0 || d.Validation == Auto,
			"must be a whole number of images, 0 or more, or auto"),
		check("data.limit", d.Limit, d.Limit >= 0,
			"must be a whole number of images, or 0 for all"),
		oneOf("data.binarize", d.Binarize, Binarizations),
	)
}

func (t Train) validate() error {
	err := first(
		between("train.epochs", t.Epochs, 1, MaxEpochs),
		check("train.batch", t.Batch, t.Batch >= 1 && t.Batch <= MaxBatch || t.Batch == Auto,
			fmt.Sprintf("must be a whole number from 1 to %d, or auto", MaxBatch)),
		oneOf("train.objective", t.Objective, Objectives),
		between("train.samples", t.Samples, 1, MaxSamples),
		oneOf("train.estimator", t.Estimator, Estimators),
		oneOf("train.baseline", t.Baseline, Baselines),
		number("train.free_bits", t.FreeBits, 0, 1e6),
		oneOf("train.pretrain", t.Pretrain, Pretrainings),
		checkPretrainEpochs(t.PretrainEpochs),
		oneOf("train.optimizer", t.Optimizer, Optimizers),
		check("train.learning_rate", t.LearningRate, t.LearningRate > 0 && t.LearningRate <= 10,
			"must be a number above 0 and at most 10"),
		check("train.warmup", t.Warmup, t.Warmup >= 0, "must be a whole number of steps, or 0 for none"),
		below("train.momentum", t.Momentum),
		below("train.beta1", t.Beta1),
		below("train.beta2", t.Beta2),
		check("train.epsilon", t.Epsilon, t.Epsilon >= 1e-30 && t.Epsilon <= 1 || t.Epsilon == Auto, // not 0 in float32
			"must be a number from 1e-30 to 1, or auto"),
		number("train.weight_decay", t.WeightDecay, 0, 1e6),
		number("train.clip", t.Clip, 0, 1e9),
		check("train.patience", t.Patience, t.Patience >= 0, "must be a whole number of epochs, or 0 for never"),
		oneOf("train.keep", t.Keep, Keeps),
	)
	if err != nil {
		return err
	}
	return t.checkSpecs()
}

func (d Data) checkImageSize() *FieldError {
	if d.ImageSize == "" {
		return nil
	}
	_, _, err := ParseImageSize(d.ImageSize)
	return check("data.image_size", d.ImageSize, err == nil, imageSizeReason)
}

func (d Data) checkChannels() *FieldError {
	return check("data.channels", d.Channels, d.Channels == 0 || d.Channels == 1 || d.Channels == 3,
		"must be 1 (grey), 3 (color) or 0 (as the images are)")
}

var imageSizeReason = fmt.Sprintf("must be WIDTHxHEIGHT in pixels, each from 1 to %d, such as 28x28", MaxImageSide)

// ParseImageSize reads "WxH", both from 1 to MaxImageSide pixels.
func ParseImageSize(s string) (w, h int, err error) {
	left, right, _ := strings.Cut(s, "x")
	w, h = imageSide(left), imageSide(right)
	if w == 0 || h == 0 {
		return 0, 0, fmt.Errorf("image size %s, not %s", imageSizeReason, quote(s))
	}
	return w, h, nil
}

// imageSide is the number that s spells in digits, or 0 if it is none or out of range.
func imageSide(s string) int {
	side, err := strconv.ParseUint(s, 10, 16)
	if err != nil || side > MaxImageSide {
		return 0
	}
	return int(side)
}
