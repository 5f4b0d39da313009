package config

import "math"

func anyOf(values []string) []any {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = v
	}
	return list
}

// The names of enumerations below are those that files hold, and stay; TestNames knows new ones.
var modelTests = []settingTest{
	{"model.kind", func(c *Config, v any) { c.Model.Kind = Kind(v.(string)) }, []any{"vae", "ae", "pca"}, []any{"", "VAE", "gan"}, "must be one of vae, ae, pca"},
	{"model.latent", func(c *Config, v any) { c.Model.Latent = v.(int) }, []any{1, 65536},
		[]any{0, -1, 65537, math.MinInt, math.MaxInt}, "must be a whole number from 1 to 65536"},
	{"model.activation", func(c *Config, v any) { c.Model.Activation = Activation(v.(string)) },
		[]any{"relu", "leaky-relu", "tanh", "sigmoid", "softplus", "elu", "silu", "gelu", "linear"}, []any{"", "swish"}, "must be one of relu, leaky-relu, tanh"},
	{"model.encoder", func(c *Config, v any) { c.Model.Encoder = v.(string) }, // bad ones are in TestValidateNetworks
		[]any{"", "auto", "dense:3", "conv:2:4:256:1, relu,2*[dense:3, silu]", "conv:2:3:256:same,residual[bn,tanh|conv:2:1]"}, nil, ""},
	{"model.decoder", func(c *Config, v any) { c.Model.Decoder = v.(string) }, []any{"", "auto", "dense:out", "reshape:1x1x20,convt:out:4,sigmoid"}, nil, ""},
	{"model.code_activation", func(c *Config, v any) { c.Model.CodeActivation = Activation(v.(string)) },
		[]any{"relu", "leaky-relu", "tanh", "sigmoid", "softplus", "elu", "silu", "gelu", "linear"}, []any{"", "none"}, "must be one of relu, leaky-relu, tanh"},
	{"model.top_latent", func(c *Config, v any) { c.Model.TopLatent = v.(int) }, []any{0, 1, 65536},
		[]any{-1, 65537, math.MinInt, math.MaxInt}, "must be a whole number from 0 to 65536"},
	{"model.init", func(c *Config, v any) { c.Model.Init = Init(v.(string)) }, []any{"kaiming", "glorot", "he"}, []any{"", "zero"}, "must be one of kaiming, glorot, he"},
	{"model.output_bias", func(c *Config, v any) { c.Model.OutputBias = OutputBias(v.(string)) }, []any{"init", "data"}, []any{"", "zero"}, "must be one of init, data"},
	{"model.likelihood", func(c *Config, v any) { c.Model.Likelihood = Likelihood(v.(string)) },
		anyOf(goodLikelihoods), anyOf(badLikelihoods), likelihoodReason},
	{"model.sigma", func(c *Config, v any) { c.Model.Sigma = v.(float64) }, []any{1e-6, 1.0, 1e6, float64(Learned), float64(Optimal)},
		[]any{0.0, -0.5, -3.0, 9e-7, 1.1e6, nan, inf, -inf}, "must be a number from 1e-6 to 1e6, learned or optimal"},
	{"model.beta", func(c *Config, v any) { c.Model.Beta = v.(float64) }, []any{0.0, 1.0, 1e6},
		[]any{-1e-9, 1.1e6, nan, inf, -inf}, "must be a number from 0 to 1e6"},
}

var dataTests = []settingTest{
	{"data.source", func(c *Config, v any) { c.Data.Source = v.(string) }, []any{"mnist", "a b", "é/\n"},
		[]any{"", "a\xff", "a\x00"}, `must be "mnist" or the path of a folder, in UTF-8`},
	{"data.image_size", func(c *Config, v any) { c.Data.ImageSize = v.(string) }, []any{"", "1x1", "4096x4096", "32x24"},
		[]any{"x", "28", "28x", "x28", "0x28", "28x4097", "28X28", "-28x28", "+28x28", " 28x28", "28x28x1", "28x99999999999999999999", "2_8x28", "0x1cx28"},
		"must be WIDTHxHEIGHT in pixels, each from 1 to 4096, such as 28x28"},
	{"data.crop", func(c *Config, v any) { c.Data.Crop = v.(string) }, []any{"none", "own", "96x96", "360x180", "4096x1"},
		[]any{"", "96", "0x1", "4097x1", "OWN", "auto", "96X96", "96x96x3"}, "must be none, own, or WIDTHxHEIGHT in pixels, each from 1 to 4096, such as 96x96"},
	{"data.augment", func(c *Config, v any) { c.Data.Augment = v.(string) }, []any{"none", "flip", "flip,crop:4", "rotate:10,scale:1.2,fill:0.5"},
		[]any{""}, "must be none, or a list of flip, flip-vertical, crop:PIXELS"},
	{"data.cache", func(c *Config, v any) { c.Data.Cache = v.(string) }, []any{"none", "auto", "a b/", "/x.images"}, []any{"", "a\x00", "\xff"},
		"must be none, memory, auto or a path, in UTF-8"},
	{"data.channels", func(c *Config, v any) { c.Data.Channels = v.(int) }, []any{0, 1, 3}, []any{-1, 2, 4},
		"must be 1 (grey), 3 (color) or 0 (as the images are)"},
	{"data.range", func(c *Config, v any) { c.Data.Range = v.(string) }, []any{"auto", "8bit", "16bit", "0:4095", "-1000:3000", "0:1", "0.25:1e3"},
		[]any{"", "AUTO", "12bit", "1:1", "2:1", "1", ":", "0:", ":1", "0:1:2", "nan:1", "0:inf", "0x0:0x10", "0:1e39", "0 : 1", "0:1e-31"},
		"must be auto (what the format of a file can hold), 8bit, 16bit or LOW:HIGH"},
	{"data.validation", func(c *Config, v any) { c.Data.Validation = v.(int) }, []any{Auto, 0, 5000}, []any{-2, math.MinInt},
		"must be a whole number of images, 0 or more, or auto"},
	{"data.limit", func(c *Config, v any) { c.Data.Limit = v.(int) }, []any{0, 1, 5000}, []any{-1}, "must be a whole number of images, or 0 for all"},
	{"data.binarize", func(c *Config, v any) { c.Data.Binarize = Binarization(v.(string)) }, []any{"none", "static", "dynamic"}, []any{"", "true", "Static"},
		"must be one of none, static, dynamic"},
}

const digestExample = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

var objectiveTests = []settingTest{
	{"train.objective", func(c *Config, v any) { c.Train.Objective = Objective(v.(string)) }, []any{"elbo", "iwae"}, []any{"", "vae", "IWAE"}, "must be one of elbo, iwae"},
	{"train.samples", func(c *Config, v any) { c.Train.Samples = v.(int) }, []any{1, 10_000}, []any{0, -1, 10_001, math.MinInt},
		"must be a whole number from 1 to 10000"},
	{"train.estimator", func(c *Config, v any) { c.Train.Estimator = Estimator(v.(string)) }, []any{"reparameterization", "dreg", "score"}, []any{"", "reinforce"},
		"must be one of reparameterization, dreg, score"},
	{"train.baseline", func(c *Config, v any) { c.Train.Baseline = Baseline(v.(string)) }, []any{"none", "average", "leave-one-out"}, []any{"", "mean"},
		"must be one of none, average, leave-one-out"},
	{"train.free_bits", func(c *Config, v any) { c.Train.FreeBits = v.(float64) }, []any{0.0, 0.25, 1e6}, []any{-1e-9, 1.1e6, nan, inf, -inf},
		"must be a number from 0 to 1e6"},
	{"train.kl_warmup", func(c *Config, v any) { c.Train.KLWarmup = v.(string) }, anyOf(goodKLWarmups), anyOf(badKLWarmups), klWarmupReason},
	{"train.corrupt", func(c *Config, v any) { c.Train.Corrupt = v.(string) }, anyOf(goodCorruptions), anyOf(badCorruptions), corruptionReason},
	{"train.sparsity", func(c *Config, v any) { c.Train.Sparsity = v.(string) }, anyOf(goodSparsities), anyOf(badSparsities), sparsityReason},
	{"train.pretrain", func(c *Config, v any) { c.Train.Pretrain = Pretraining(v.(string)) }, []any{"none", "layerwise"}, []any{"", "true"}, "must be one of none, layerwise"},
}

var optimizerTests = []settingTest{
	{"train.epochs", func(c *Config, v any) { c.Train.Epochs = v.(int) }, []any{1, 1000000}, []any{0, -1, 1000001},
		"must be a whole number from 1 to 1000000"},
	{"train.batch", func(c *Config, v any) { c.Train.Batch = v.(int) }, []any{Auto, 1, 1000000}, []any{0, -2, 1000001},
		"must be a whole number from 1 to 1000000, or auto"},
	{"train.slices", func(c *Config, v any) { c.Train.Slices = v.(int) }, []any{1, 2, 8, 1024}, []any{0, -1, 3, 12, 2048}, "must be a power of two from 1 to 1024"},
	{"train.optimizer", func(c *Config, v any) { c.Train.Optimizer = Optimizer(v.(string)) }, []any{"adam", "adamw", "adamax", "adagrad", "sgd"}, []any{"", "Adam", "lion"},
		"must be one of adam, adamw, adamax, adagrad, sgd"},
	{"train.learning_rate", func(c *Config, v any) { c.Train.LearningRate = v.(float64) }, []any{1e-300, 1e-3, 10.0},
		[]any{0.0, -1e-3, 10.1, nan, inf, -inf}, "must be a number above 0 and at most 10"},
	{"train.schedule", func(c *Config, v any) { c.Train.Schedule = v.(string) }, anyOf(goodSchedules), anyOf(badSchedules), scheduleReason},
	{"train.warmup", func(c *Config, v any) { c.Train.Warmup = v.(int) }, []any{0, 1, math.MaxInt}, []any{-1, math.MinInt},
		"must be a whole number of steps, or 0 for none"},
	{"train.momentum", func(c *Config, v any) { c.Train.Momentum = v.(float64) }, []any{0.0, 0.9, math.Nextafter(1, 0)},
		[]any{-0.1, 1.0, nan, inf, -inf}, "must be a number from 0 to below 1"},
	{"train.beta1", func(c *Config, v any) { c.Train.Beta1 = v.(float64) }, []any{0.0, 0.9, math.Nextafter(1, 0)},
		[]any{-0.1, 1.0, nan, inf, -inf}, "must be a number from 0 to below 1"},
	{"train.beta2", func(c *Config, v any) { c.Train.Beta2 = v.(float64) }, []any{0.0, 0.999, math.Nextafter(1, 0)},
		[]any{-0.1, 1.0, nan, inf, -inf}, "must be a number from 0 to below 1"},
	{"train.epsilon", func(c *Config, v any) { c.Train.Epsilon = v.(float64) }, []any{1e-30, 1e-8, 1.0, float64(Auto)},
		[]any{0.0, 9e-31, 1.1, -0.5, -2.0, nan, inf, -inf}, "must be a number from 1e-30 to 1, or auto"},
	{"train.weight_decay", func(c *Config, v any) { c.Train.WeightDecay = v.(float64) }, []any{0.0, 1e-4, 1e6}, []any{-1e-9, 1.1e6, nan, inf, -inf},
		"must be a number from 0 to 1e6"},
	{"train.clip", func(c *Config, v any) { c.Train.Clip = v.(float64) }, []any{0.0, 5.0, 1e9}, []any{-1e-9, 1.1e9, nan, inf, -inf},
		"must be a number from 0 to 1e9"},
	{"train.skip_gradients", func(c *Config, v any) { c.Train.SkipGradients = v.(float64) }, []any{0.0, 400.0, 1e9}, []any{-1e-9, 1.1e9, nan, inf, -inf},
		"must be a number from 0 to 1e9"},
	{"train.ema", func(c *Config, v any) { c.Train.EMA = v.(float64) }, []any{0.0, 0.9999, math.Nextafter(1, 0)},
		[]any{-0.1, 1.0, nan, inf, -inf}, "must be a number from 0 to below 1"},
	{"train.patience", func(c *Config, v any) { c.Train.Patience = v.(int) }, []any{0, 1, math.MaxInt}, []any{-1, math.MinInt},
		"must be a whole number of epochs, or 0 for never"},
	{"train.snapshots", func(c *Config, v any) { c.Train.Snapshots = v.(int) }, []any{0, 64, MaxSnapshots}, []any{-1, MaxSnapshots + 1}, "must be a whole number from 0 to 256"},
	{"train.from", func(c *Config, v any) { c.Train.From = v.(string) }, []any{"", digestExample},
		[]any{"x", digestExample[1:], digestExample + "0", "G" + digestExample[1:], "A" + digestExample[1:]}, "must be a SHA-256 in hexadecimal, or empty"},
	{"train.keep", func(c *Config, v any) { c.Train.Keep = Keep(v.(string)) }, []any{"best", "last"}, []any{"", "first"}, "must be one of best, last"},
}
