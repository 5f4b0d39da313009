package config

import "strings"

var modelSettings = []Setting{
	{
		Path: "model.kind", Flag: "kind", Group: GroupModel, At: func(c *Config) any { return (*Keyword)(&c.Model.Kind) },
		Help: "kind of model: " + listed(Kinds), Values: Names(Kinds),
	},
	{
		Path: "model.latent", Flag: "latent", Group: GroupModel, At: func(c *Config) any { return &c.Model.Latent },
		Help: "latent dimensions", Check: integer(1, MaxLatent),
	},
	{
		Path: "model.hidden", Flag: "hidden", Group: GroupModel, At: func(c *Config) any { return &c.Model.Hidden },
		Help:  "widths of the encoder's hidden layers, mirrored by the decoder; \"none\" for none",
		Word:  "none",
		Check: layerWidths, UsedBy: []Use{inTraining, byHidden},
	},
	{
		Path: "model.activation", Flag: "activation", Group: GroupModel, At: func(c *Config) any { return (*Keyword)(&c.Model.Activation) },
		Help: "activation of the hidden layers: " + listed(Activations), Values: Names(Activations), UsedBy: []Use{inTraining, byActivation},
	},
	{
		Path: "model.encoder", Flag: "encoder", Group: GroupModel, At: func(c *Config) any { return &c.Model.Encoder },
		Help: "encoder as a `list` of layers instead of " + Mention("model.hidden") + ", such as conv:32:4:2:1,relu,dense:256,relu, auto for one by the images' size, or none for no list",
		Word: "none",
		Note: `layers, "auto", or "" for those of hidden`, Check: networkText, UsedBy: []Use{inTraining},
	},
	{
		Path: "model.decoder", Flag: "decoder", Group: GroupModel, At: func(c *Config) any { return &c.Model.Decoder },
		Help: "decoder as a `list` of layers, or auto, or none, for the encoder mirrored",
		Word: "none", Default: "auto",
		Note: `layers, or "" for the encoder mirrored`, Check: networkText, UsedBy: []Use{inTraining},
	},
	{
		Path: "model.code_activation", Flag: "code-activation", Group: GroupModel, At: func(c *Config) any { return (*Keyword)(&c.Model.CodeActivation) },
		Help: "activation of an autoencoder's code, of the same names", Note: "ae only", Values: Names(Activations), UsedBy: []Use{inTraining},
	},
	{
		Path: "model.top_latent", Flag: "top-latent", Group: GroupModel, At: func(c *Config) any { return &c.Model.TopLatent },
		Help: "dimensions of a second stochastic layer above the first, 0 for none",
		Note: "second stochastic layer, 0 for none", Check: integer(0, MaxLatent),
	},
	{
		Path: "model.top_hidden", Flag: "top-hidden", Group: GroupModel, At: func(c *Config) any { return &c.Model.TopHidden },
		Help: "widths of the hidden layers between the two stochastic layers", Word: "none", Check: layerWidths,
	},
	{
		Path: "model.init", Flag: "init", Group: GroupModel, At: func(c *Config) any { return (*Keyword)(&c.Model.Init) },
		Help:   "initial weights: kaiming as PyTorch's layers, up to 1/sqrt(fan-in); glorot; he for relu, up to sqrt(6/fan-in)",
		Values: Names(Inits), UsedBy: []Use{inTraining},
	},
	{
		Path: "model.output_bias", Flag: "output-bias", Group: GroupModel, At: func(c *Config) any { return (*Keyword)(&c.Model.OutputBias) },
		Help:   "initial bias of the decoder's last layer: init, or data for the mean image",
		Values: Names(OutputBiases), UsedBy: []Use{inTraining},
	},
	{
		Path: "model.likelihood", Flag: "likelihood", Group: GroupModel, At: func(c *Config) any { return (*Keyword)(&c.Model.Likelihood) },
		Help:    "p(x|z): bernoulli, gaussian, mse for squared error; of levels logistic, dmol:COMPONENTS, beta-binomial or categorical, and behind them `name`:LEVELS for others than the images have",
		Default: "bernoulli, of a vae of color images logistic",
		Begins:  Names(Likelihoods), Check: spec(likelihoodKinds, likelihoodReason, ParseLikelihood), UsedBy: []Use{inTraining},
	},
	{
		Path: "model.sigma", Flag: "sigma", Group: GroupModel, At: func(c *Config) any { return &c.Model.Sigma },
		Help: "standard deviation of the " + listed(withSigma) + " likelihood, pixels being 0 to 1, learned, or optimal for that of each batch's errors", Note: listed(withSigma) + " likelihood only",
		Word: "learned", Second: "optimal", UsedBy: []Use{bySigma, inTraining},
		Check: rule("must be a number from 1e-6 to 1e6, learned or optimal", func(x float64) bool { return x >= 1e-6 && x <= 1e6 || x == Learned || x == Optimal }),
	},
	{
		Path: "model.beta", Flag: "beta", Group: GroupModel, At: func(c *Config) any { return &c.Model.Beta },
		Help: "weight of the KL term", Check: number(0, 1e6),
	},
	{
		Path: "model.conditional", Flag: "conditional", Group: GroupModel, At: func(c *Config) any { return &c.Model.Conditional },
		Help: "tell encoder and decoder the label of each image",
	},
	{
		Path: "model.classes", Group: GroupModel, At: func(c *Config) any { return &c.Model.Classes },
		Note: "found in the data", Check: classNames,
	},
}

// listed writes the values of an enumeration with commas between.
func listed[T ~string](values []T) string { return strings.Join(Names(values), ", ") }
