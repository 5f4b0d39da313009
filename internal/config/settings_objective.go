package config

var objectiveSettings = []Setting{
	{
		Path: "train.objective", Flag: "objective", Group: GroupObjective, At: func(c *Config) any { return (*Keyword)(&c.Train.Objective) },
		Help: "bound to train on: " + listed(Objectives), Values: Names(Objectives),
	},
	{
		Path: "train.samples", Flag: "samples", Group: GroupObjective, At: func(c *Config) any { return &c.Train.Samples },
		Help: "draws of z an image", Check: integer(1, MaxSamples),
	},
	{
		Path: "train.estimator", Flag: "estimator", Group: GroupObjective, At: func(c *Config) any { return (*Keyword)(&c.Train.Estimator) },
		Help: "gradient of q(z|x): " + listed(Estimators), Values: Names(Estimators),
	},
	{
		Path: "train.baseline", Flag: "baseline", Group: GroupObjective, At: func(c *Config) any { return (*Keyword)(&c.Train.Baseline) },
		Help: "of " + Mention("train.estimator", "score") + ": " + listed(Baselines), Note: "score estimator only", Values: Names(Baselines),
	},
	{
		Path: "train.kl_warmup", Flag: "kl-warmup", Group: GroupObjective, At: func(c *Config) any { return (*Keyword)(&c.Train.KLWarmup) },
		Help:  "how the KL weight grows: none, linear:EPOCHS, cyclical:EPOCHS[:SHARE]",
		Check: spec(klWarmupKinds, klWarmupReason, ParseKLWarmup),
	},
	{
		Path: "train.free_bits", Flag: "free-bits", Group: GroupObjective, At: func(c *Config) any { return &c.Train.FreeBits },
		Help: "nats of KL a latent that cost nothing", Note: "nats a latent", Check: number(0, 1e6),
	},
	{
		Path: "train.corrupt", Flag: "corrupt", Group: GroupData, At: func(c *Config) any { return (*Keyword)(&c.Train.Corrupt) },
		Help:  "noise on what the encoder sees: none, mask:P, salt-pepper:P, gaussian:SIGMA",
		Check: spec(corruptionKinds, corruptionReason, ParseCorruption), UsedBy: []Use{inTraining},
	},
	{
		Path: "train.sparsity", Flag: "sparsity", Group: GroupObjective, At: func(c *Config) any { return (*Keyword)(&c.Train.Sparsity) },
		Help: "penalty on an autoencoder's code: none, kl:RATE:WEIGHT, l1:WEIGHT", Note: "ae only",
		Check: spec(sparsityKinds, sparsityReason, ParseSparsity), UsedBy: []Use{inTraining},
	},
	{
		Path: "train.pretrain", Flag: "pretrain", Group: GroupObjective, At: func(c *Config) any { return (*Keyword)(&c.Train.Pretrain) },
		Help: "none, or layerwise: one autoencoder a layer before all together", Note: "ae only",
		Values: Names(Pretrainings), UsedBy: []Use{inTraining},
	},
	{
		Path: "train.pretrain_epochs", Flag: "pretrain-epochs", Group: GroupObjective, At: func(c *Config) any { return &c.Train.PretrainEpochs },
		Help: "epochs of each layer, or one number for all", Check: epochsOfLayers, UsedBy: []Use{byLayers},
	},
	{
		Path: "train.pretrain_corrupt", Flag: "pretrain-corrupt", Group: GroupObjective, At: func(c *Config) any { return &c.Train.PretrainCorrupt },
		Help:  "noise on each layer's input, or one for all, as in " + Mention("train.corrupt"),
		Check: corruptionsOfLayers, UsedBy: []Use{byLayers},
	},
}
