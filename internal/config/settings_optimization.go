package config

var optimizationSettings = []Setting{
	{
		Path: "train.optimizer", Flag: "optimizer", Group: GroupOptimization, At: func(c *Config) any { return (*Keyword)(&c.Train.Optimizer) },
		Help: "optimizer: " + listed(Optimizers), Values: Names(Optimizers), UsedBy: []Use{inTraining},
	},
	{
		Path: "train.learning_rate", Flag: "lr", Group: GroupOptimization, At: func(c *Config) any { return &c.Train.LearningRate },
		Help:  "learning rate, the highest where a schedule changes it",
		Check: rule("must be a number above 0 and at most 10", func(x float64) bool { return x > 0 && x <= 10 }), UsedBy: []Use{inTraining},
	},
	{
		Path: "train.schedule", Flag: "schedule", Group: GroupOptimization, At: func(c *Config) any { return (*Keyword)(&c.Train.Schedule) },
		Help:  "of the learning rate: constant, step:EPOCHS:FACTOR, cosine[:FLOOR], stages",
		Check: spec(scheduleKinds, scheduleReason, ParseSchedule), UsedBy: []Use{inTraining},
	},
	{
		Path: "train.warmup", Flag: "warmup", Group: GroupOptimization, At: func(c *Config) any { return &c.Train.Warmup },
		Help: "steps in which the learning rate grows to its full value", Note: "steps",
		Check: atLeast0("must be a whole number of steps, or 0 for none"), UsedBy: []Use{inTraining},
	},
	{
		Path: "train.momentum", Flag: "momentum", Group: GroupOptimization, At: func(c *Config) any { return &c.Train.Momentum },
		Help: "of sgd", Note: "sgd only", Check: movingAverage, UsedBy: []Use{bySGD, inTraining},
	},
	{
		Path: "train.beta1", Flag: "beta1", Group: GroupOptimization, At: func(c *Config) any { return &c.Train.Beta1 },
		Help: "decay of the first moment of adam, adamw and adamax", Check: movingAverage, UsedBy: []Use{byAdam, inTraining},
	},
	{
		Path: "train.beta2", Flag: "beta2", Group: GroupOptimization, At: func(c *Config) any { return &c.Train.Beta2 },
		Help: "decay of the second moment of adam and adamw, of the largest gradient of adamax", Check: movingAverage, UsedBy: []Use{byAdam, inTraining},
	},
	{
		Path: "train.epsilon", Flag: "epsilon", Group: GroupOptimization, At: func(c *Config) any { return &c.Train.Epsilon },
		Help: "of adam, adamw, adamax and adagrad, or auto for PyTorch's", Word: "auto", UsedBy: []Use{byAdaptive, inTraining},
		Check: rule("must be a number from 1e-30 to 1, or auto", // not 0 in float32
			func(x float64) bool { return x >= 1e-30 && x <= 1 || x == Auto }),
	},
	{
		Path: "train.weight_decay", Flag: "weight-decay", Group: GroupOptimization, At: func(c *Config) any { return &c.Train.WeightDecay },
		Help: "weight decay, decoupled for adamw", Check: number(0, 1e6), UsedBy: []Use{inTraining},
	},
	{
		Path: "train.clip", Flag: "clip", Group: GroupOptimization, At: func(c *Config) any { return &c.Train.Clip },
		Help: "largest norm of the gradient, 0 for no limit", Note: "0 for no limit", Check: number(0, 1e9), UsedBy: []Use{inTraining},
	},
	{
		Path: "train.skip_gradients", Flag: "skip-gradients", Group: GroupOptimization, At: func(c *Config) any { return &c.Train.SkipGradients },
		Help: "leave out steps whose gradient has a norm above this or no finite one, 0 for none", Note: "norm above which a step is left out, 0 for none",
		Check: number(0, 1e9), UsedBy: []Use{inTraining},
	},
	{
		Path: "train.ema", Flag: "ema", Group: GroupOptimization, At: func(c *Config) any { return &c.Train.EMA },
		Help: "decay of a moving average of the weights, which is measured and kept in their place, such as 0.9999; 0 for none", Note: "decay of the average of the weights, 0 for none",
		Check: movingAverage, UsedBy: []Use{inTraining},
	},
	{
		Path: "train.patience", Flag: "patience", Group: GroupOptimization, At: func(c *Config) any { return &c.Train.Patience },
		Help: "stop after so many epochs of full KL weight without a better validation loss, 0 for never", Note: "epochs, 0 for never",
		Check: atLeast0("must be a whole number of epochs, or 0 for never"), UsedBy: []Use{inTraining}, Changeable: true,
	},
	{
		Path: "train.keep", Flag: "keep", Group: GroupOptimization, At: func(c *Config) any { return (*Keyword)(&c.Train.Keep) },
		Help: "epoch whose weights are kept: best (by validation) or last", Values: Names(Keeps), UsedBy: []Use{inTraining},
	},
	{
		Path: "train.snapshots", Flag: "snapshots", Group: GroupRun, At: func(c *Config) any { return &c.Train.Snapshots },
		Help: "images of the same draws of z to keep of every epoch, a picture each in the run's folder, 0 for none", Note: "images of every epoch, 0 for none",
		Check: integer(0, MaxSnapshots), UsedBy: []Use{inTraining}, Changeable: true,
	},
	{
		Path: "train.from", Group: GroupRun, At: func(c *Config) any { return &c.Train.From },
		Note: "SHA-256 of the model that it began from", Check: rule("must be a SHA-256 in hexadecimal, or empty", isDigestOrEmpty),
	},
}
