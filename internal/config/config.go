// Package config holds every setting of the program: the model, the data and the training.
//
// A setting is a field of [Config] with a default in [Default] and one row in the table of settings ([Table]), from which
// all else comes: its place in a file, its flag and the help of that, its check, what it has no effect without.
//
// Presets and files are strict YAML overlays that hold only what they change ([Load], [LoadPreset]); the command line
// changes single fields. Whatever the way, [Config.Validate] decides what is allowed and names a setting by its YAML
// path, such as "model.latent", and [Config.Conflict] what goes together. Texts speak of settings by [Mention], for
// whoever shows them to say what they are called there.
package config

import (
	"fmt"

	"vae/internal/network"
)

// Auto lets the program choose when it knows the data: as Data.Validation the lesser of 5,000 and a twelfth of the
// training images, as Train.Batch the lesser of AutoBatch and the training images, as Train.Epsilon PyTorch's default
// for the optimizer.
const Auto = -1

// AutoBatch is the most images that Auto puts in a batch.
const AutoBatch = 128

// Config is a configuration: three sections, as in the YAML file.
type Config struct {
	Model Model // model:
	Data  Data  // data:
	Train Train // train:
}

// What Model.Sigma may be besides a number.
const (
	Learned = -1 // a parameter of the model
	Optimal = -2 // that of the errors of a batch in training, and their moving average afterwards
)

// Model describes the network and its loss. With an image shape of D pixels it fixes every weight.
type Model struct {
	Kind           Kind       // kind: one of Kinds
	Latent         int        // latent: L, the number of latent dimensions
	Hidden         []int      // hidden: widths of the encoder's hidden layers; the decoder mirrors them; empty for none
	Activation     Activation // activation: of the hidden layers, one of Activations
	Encoder        string     // encoder: a list of layers instead of hidden, see ParseNetwork; "" for none, AutoNetwork for one by the image's size
	Decoder        string     // decoder: the same of the decoder; "" or AutoNetwork for the encoder mirrored
	CodeActivation Activation // code_activation: of an autoencoder's code, one of Activations
	TopLatent      int        // top_latent: dimensions of a second stochastic layer above the first; 0 for none
	TopHidden      []int      // top_hidden: widths of the hidden layers between the two stochastic layers
	Init           Init       // init: initial weights, one of Inits
	OutputBias     OutputBias // output_bias: initial bias of the decoder's last layer, one of OutputBiases
	Likelihood     Likelihood // likelihood: p(x|z), one of Likelihoods
	Sigma          float64    // sigma: standard deviation of the gaussian likelihood, pixel values being 0..1, Learned or Optimal
	Beta           float64    // beta: weight of the KL term
	Conditional    bool       // conditional: encoder and decoder know the label of the image
	Classes        []string   // classes: names of the labels of a conditional model; found in the data
}

// Data says which images to use and how.
type Data struct {
	Source     string       // source: "mnist", or the path of a folder
	ImageSize  string       // image_size: "WxH" in pixels, or "" for the images' own size
	Range      string       // range: which values are black and white, see ParseRange
	Fit        Fit          // fit: how images are brought to image_size, one of Fits
	Resample   Resample     // resample: by which kernel, one of Resamples
	Crop       string       // crop: the size of images of which windows of image_size are trained on, see ParseCrop
	Channels   int          // channels: 1 (grey), 3 (color), or 0 for what the images have
	Validation int          // validation: images kept back from training, or Auto
	Limit      int          // limit: train on so many of the shuffled images left after validation; 0 for all
	Pages      Pages        // pages: of a file with several, one of PageChoices
	SkipBad    bool         // skip_bad: leave out images that cannot be read
	Binarize   Binarization // binarize: black and white images drawn from the grey ones, one of Binarizations
	Augment    string       // augment: how images are changed at each use in training, see augment.Parse

	Cache string // cache: a file or folder that decoded images are kept in, NoCache or AutoCache

	MergeTest bool // merge_test: train on the test images too

	ExcludeLabels []string // exclude_labels: names of labels whose images are left out of training and validation
}

// Train holds the objective and the settings of the optimisation.
type Train struct {
	Epochs int    // epochs: passes over the training images
	Batch  int    // batch: B, images in one step, or Auto
	Slices int    // slices: equal parts of a batch, a power of two, by which sums over its rows are made, and which several processes share
	Seed   uint64 // seed: of every random draw

	Objective Objective // objective: one of Objectives
	Samples   int       // samples: K, draws of z an image
	Estimator Estimator // estimator: of the gradient with respect to q(z|x), one of Estimators
	Baseline  Baseline  // baseline: of the score function, one of Baselines
	KLWarmup  string    // kl_warmup: see ParseKLWarmup
	FreeBits  float64   // free_bits: nats of KL a latent that cost nothing

	Corrupt         string      // corrupt: noise on the encoder's input, see ParseCorruption
	Sparsity        string      // sparsity: penalty on an autoencoder's code, see ParseSparsity
	Pretrain        Pretraining // pretrain: one of Pretrainings
	PretrainEpochs  []int       // pretrain_epochs: of each layer, or one number for all
	PretrainCorrupt []string    // pretrain_corrupt: of each layer's input, or one for all, see ParseCorruption

	Optimizer     Optimizer // optimizer: one of Optimizers
	LearningRate  float64   // learning_rate: the highest, where a schedule changes it
	Schedule      string    // schedule: of the learning rate, see ParseSchedule
	Warmup        int       // warmup: steps in which the learning rate grows to its full value
	Momentum      float64   // momentum: of sgd
	Beta1, Beta2  float64   // beta1, beta2: decay of the moments of adam, adamw and adamax
	Epsilon       float64   // epsilon: of adam, adamw, adamax and adagrad, or Auto for PyTorch's
	WeightDecay   float64   // weight_decay: decoupled for adamw, else added to the gradient; weights only
	Clip          float64   // clip: largest norm of the whole gradient; 0 for no limit
	SkipGradients float64   // skip_gradients: norm of the gradient above which a step is left out; 0 for none
	EMA           float64   // ema: decay of the moving average of the weights that is kept in their place; 0 for none
	Patience      int       // patience: stop after so many epochs without a better validation loss; 0 for never
	Keep          Keep      // keep: the epoch whose weights are the model, one of Keeps

	Snapshots int // snapshots: images of fixed draws of z that are kept of every epoch; 0 for none

	From string // from: SHA-256 of the model file whose weights were the first ones, in hexadecimal; "" for drawn ones
}

// Default is the seed network, a 784-400-200-20 variational autoencoder of MNIST, and its training.
func Default() Config {
	return Config{
		Model: Model{
			Kind: "vae", Latent: 20, Hidden: []int{400, 200}, Activation: "relu", CodeActivation: "linear", TopHidden: []int{},
			Init: "kaiming", OutputBias: "init", Likelihood: "bernoulli", Sigma: 0.1, Beta: 1, Classes: []string{},
		},
		Data: Data{
			Source: "mnist", Fit: "stretch", Resample: "bicubic", Crop: "none", Pages: "first", Range: "auto", Validation: Auto, Binarize: "none", Augment: "none", Cache: NoCache, ExcludeLabels: []string{},
		},
		Train: Train{
			Epochs: 20, Batch: Auto, Slices: 1, Seed: 1,
			Objective: "elbo", Samples: 1, Estimator: "reparameterization", Baseline: "none", KLWarmup: "none",
			Corrupt: "none", Sparsity: "none", Pretrain: "none", PretrainEpochs: []int{15}, PretrainCorrupt: []string{"none"},
			Optimizer: "adam", LearningRate: 1e-3, Schedule: "constant", Momentum: 0.9, Beta1: 0.9, Beta2: 0.999, Epsilon: Auto,
			Keep: "best",
		},
	}
}

// Shape is the shape of one image, stored row by row with the channels of a pixel side by side.
type Shape = network.Shape

// Shape is the image shape that the settings ask for. A zero width and height, or zero channels, means
// that the images decide. The error is a *FieldError.
func (d Data) Shape() (Shape, error) {
	for _, s := range dataSettings {
		if s.Path != "data.image_size" && s.Path != "data.channels" {
			continue
		}
		if err := s.check(&Config{Data: d}); err != nil {
			return Shape{}, err
		}
	}
	shape := Shape{Channels: d.Channels}
	if d.ImageSize != "" {
		shape.Width, shape.Height, _ = ParseImageSize(d.ImageSize)
	}
	return shape, nil
}

// What Data.Cache may be besides a path.
const (
	NoCache   = "none"
	AutoCache = "auto" // beside the run
	// MemoryCache keeps even those in memory that NoCache keeps beside the run, as they are many.
	MemoryCache = "memory"
)

// OwnSize, as Data.Crop, leaves images in their own size.
const OwnSize = "own"

const cropReason = "must be none, own, or WIDTHxHEIGHT in pixels, each from 1 to 4096, such as 96x96"

// ParseCrop reads "none", "own" or "96x96", which is a size: zeros for an own one.
func ParseCrop(text string) (width, height int, windows bool, err error) {
	switch text {
	case "none":
		return 0, 0, false, nil
	case OwnSize:
		return 0, 0, true, nil
	}
	if width, height, err = ParseImageSize(text); err != nil {
		return 0, 0, false, fmt.Errorf("crop %s, not %s", cropReason, quote(text))
	}
	return width, height, true, nil
}

// Kept is the shape of the images of which windows of Shape are cut, of zeros for what they have themselves; windows is false where they are not.
func (d Data) Kept() (kept Shape, windows bool) {
	kept.Channels = d.Channels
	var err error
	kept.Width, kept.Height, windows, err = ParseCrop(d.Crop)
	return kept, windows && err == nil
}
