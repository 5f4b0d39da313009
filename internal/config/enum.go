package config

// A value is added to an enumeration as a constant and in the list behind it, from which files, flags and checks take it.

// Kind is the kind of a model.
type Kind string

// The kinds of models.
const (
	VAE Kind = "vae" // q(z|x) is a distribution
	AE  Kind = "ae"  // the code of an image is a point
	PCA Kind = "pca" // principal components, computed from the images at once
)

// Kinds lists them.
var Kinds = []Kind{VAE, AE, PCA}

// Activation is what a layer does with each of its sums.
type Activation string

// The activations.
const (
	ReLU      Activation = "relu"
	LeakyReLU Activation = "leaky-relu" // slope 0.01 below 0
	Tanh      Activation = "tanh"
	Sigmoid   Activation = "sigmoid"
	Softplus  Activation = "softplus"
	ELU       Activation = "elu"
	SiLU      Activation = "silu"
	GELU      Activation = "gelu"
	Linear    Activation = "linear"
)

// Activations lists them.
var Activations = []Activation{ReLU, LeakyReLU, Tanh, Sigmoid, Softplus, ELU, SiLU, GELU, Linear}

// Init is a scheme of initial weights.
type Init string

// The initial weights.
const (
	Kaiming Init = "kaiming" // PyTorch's Linear: uniform to 1/sqrt(fan-in), biases too
	Glorot  Init = "glorot"  // Glorot and Bengio 2010, equation 16; biases 0
	He      Init = "he"      // He et al. 2015, equation 10, for relu: uniform to sqrt(6/fan-in); biases 0
)

// Inits lists them.
var Inits = []Init{Kaiming, Glorot, He}

// OutputBias is the initial bias of the decoder's last layer.
type OutputBias string

// The initial biases.
const (
	BiasOfInit OutputBias = "init" // as in other layers
	BiasOfData OutputBias = "data" // the mean image
)

// OutputBiases lists them.
var OutputBiases = []OutputBias{BiasOfInit, BiasOfData}

// Likelihood is the form of p(x|z): a name, or one with numbers behind it, see ParseLikelihood.
type Likelihood string

// The likelihoods.
const (
	Bernoulli    Likelihood = "bernoulli"
	Gaussian     Likelihood = "gaussian"
	SquaredError Likelihood = "mse"           // the loss is |x - mean|^2
	Logistic     Likelihood = "logistic"      // discretized, with a scale for each channel (Kingma et al. 2016)
	DMOL         Likelihood = "dmol"          // a mixture of discretized logistics (Salimans et al. 2017)
	BetaBinomial Likelihood = "beta-binomial" // (Townsend et al. 2019)
	Categorical  Likelihood = "categorical"
)

// Likelihoods lists them.
var Likelihoods = []Likelihood{Bernoulli, Gaussian, SquaredError, Logistic, DMOL, BetaBinomial, Categorical}

// withSigma are those that Model.Sigma is the standard deviation of.
var withSigma = []Likelihood{Gaussian}

// Pages says which images of a file are taken, where it holds several.
type Pages string

// The pages.
const (
	FirstPage Pages = "first"
	AllPages  Pages = "all" // of a TIFF, frames of an animation
)

// PageChoices lists them.
var PageChoices = []Pages{FirstPage, AllPages}

// Fit is how an image is brought to another size.
type Fit string

// The ways.
const (
	Stretch Fit = "stretch" // whatever becomes of its proportions
	Crop    Fit = "crop"    // the middle of it that has the proportions
	Pad     Fit = "pad"     // all of it, with black beside
)

// Fits lists them.
var Fits = []Fit{Stretch, Crop, Pad}

// Resample is the kernel by which images are resized, as Pillow names them.
type Resample string

// The kernels.
const (
	Bicubic      Resample = "bicubic"  // the cubic of Catmull and Rom 1974
	Bilinear     Resample = "bilinear" // that of torchvision's Resize
	NearestPixel Resample = "nearest"  // keeps the colors there are, for drawings of few
)

// Resamples lists them.
var Resamples = []Resample{Bicubic, Bilinear, NearestPixel}

// Binarization is how black and white images are drawn from grey ones.
type Binarization string

// The binarizations.
const (
	NoBinarization Binarization = "none"
	Static         Binarization = "static"  // once
	Dynamic        Binarization = "dynamic" // anew at each use
)

// Binarizations lists them.
var Binarizations = []Binarization{NoBinarization, Static, Dynamic}

// Objective is the bound that a model is trained on.
type Objective string

// The objectives.
const (
	ELBO Objective = "elbo" // Kingma and Welling 2014
	IWAE Objective = "iwae" // the bound of K samples, Burda et al. 2015
)

// Objectives lists them.
var Objectives = []Objective{ELBO, IWAE}

// Estimator is one of the gradient with respect to q(z|x).
type Estimator string

// The estimators.
const (
	Reparameterization Estimator = "reparameterization"
	DReG               Estimator = "dreg"  // doubly reparameterized, Tucker et al. 2019
	Score              Estimator = "score" // the log-derivative trick, Williams 1992
)

// Estimators lists them.
var Estimators = []Estimator{Reparameterization, DReG, Score}

// Baseline is that of the score function.
type Baseline string

// The baselines.
const (
	NoBaseline  Baseline = "none"
	Average     Baseline = "average"
	LeaveOneOut Baseline = "leave-one-out" // Kool et al. 2019
)

// Baselines lists them.
var Baselines = []Baseline{NoBaseline, Average, LeaveOneOut}

// Pretraining is what comes before the training of all layers together.
type Pretraining string

// The ways to pretrain.
const (
	NoPretraining Pretraining = "none"
	Layerwise     Pretraining = "layerwise" // Vincent et al. 2010
)

// Pretrainings lists them.
var Pretrainings = []Pretraining{NoPretraining, Layerwise}

// Optimizer is a rule by which parameters follow gradients.
type Optimizer string

// The optimizers.
const (
	Adam    Optimizer = "adam"
	AdamW   Optimizer = "adamw"
	Adamax  Optimizer = "adamax"
	Adagrad Optimizer = "adagrad"
	SGD     Optimizer = "sgd"
)

// Optimizers lists them.
var Optimizers = []Optimizer{Adam, AdamW, Adamax, Adagrad, SGD}

// withMoments are those that Train.Beta1 and Beta2 are of.
var withMoments = []Optimizer{Adam, AdamW, Adamax}

// Keep is the epoch whose weights are the model.
type Keep string

// The epochs.
const (
	Best Keep = "best" // by validation
	Last Keep = "last"
)

// Keeps lists them.
var Keeps = []Keep{Best, Last}

// The enumerations below are followed by numbers in a setting; the grammars of spec.go list them.

// Noise is how the encoder's input is corrupted.
type Noise string

// The noises.
const (
	NoNoise       Noise = "none"
	Mask          Noise = "mask"
	SaltPepper    Noise = "salt-pepper"
	GaussianNoise Noise = "gaussian"
)

// Penalty is what makes the code of an autoencoder sparse.
type Penalty string

// The penalties.
const (
	NoPenalty Penalty = "none"
	KLPenalty Penalty = "kl"
	L1Penalty Penalty = "l1"
)

// Growth is how the weight of the KL term becomes full.
type Growth string

// The growths.
const (
	NoGrowth       Growth = "none"
	LinearGrowth   Growth = "linear"   // Bowman et al. 2016; Sønderby et al. 2016
	CyclicalGrowth Growth = "cyclical" // Fu et al. 2019
)

// Decay is how the learning rate changes.
type Decay string

// The decays.
const (
	Constant Decay = "constant"
	Step     Decay = "step"
	Cosine   Decay = "cosine"
	Stages   Decay = "stages"
)

// Names are the values of an enumeration as they are written.
func Names[T ~string](values []T) []string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = string(v)
	}
	return names
}
