package train

import (
	"fmt"
	"math"
	"strconv"

	"vae/internal/config"
)

// warnOfSettings tells the observer what the settings cannot do in a training of this
// length, or will do to it.
func (t *trainer) warnOfSettings() {
	for _, look := range []func() string{t.longSchedule, t.longWarmup, t.longKLWarmup, t.idlePatience, t.idleClip, t.loneImages, t.standstill, t.strongDecay} {
		if text := look(); text != "" {
			t.Observer.Warning(text)
		}
	}
}

// longSchedule says that the learning rate stays what it is.
func (t *trainer) longSchedule() string {
	c := t.Config
	if c.Schedule.Kind != config.Step || float64(c.Train.Epochs-1) >= c.Schedule.Every {
		return ""
	}
	return fmt.Sprintf("%s takes its first step after %s, and the training has %d: the learning rate stays what it is",
		config.Mention("train.schedule", c.Train.Schedule), epochsOf(c.Schedule.Every), c.Train.Epochs)
}

// longWarmup says that the learning rate never comes to its full value.
func (t *trainer) longWarmup() string {
	warmup, steps := t.Config.Train.Warmup, t.Config.Train.Epochs*t.stepsPerEpoch()
	if warmup <= steps {
		return ""
	}
	return fmt.Sprintf("%s is longer than the training of %s: the learning rate comes to %s of its full value",
		config.Mention("train.warmup", fmt.Sprint(warmup)), plural(steps, "step"), percent(float64(steps)/float64(warmup)))
}

// longKLWarmup says that the weight of the KL term never comes to its full value, or once
// where it is to go round.
func (t *trainer) longKLWarmup() string {
	w, epochs := t.Config.KLWarmup, float64(t.Config.Train.Epochs)
	setting := config.Mention("train.kl_warmup", t.Config.Train.KLWarmup)
	switch rise := w.Epochs * w.Share; {
	case w.Kind == config.NoGrowth || w.Epochs <= epochs:
		return ""
	case rise > epochs:
		return fmt.Sprintf("%s grows for %s, and the training has %d: the KL weight comes to %s of its full value",
			setting, epochsOf(rise), t.Config.Train.Epochs, percent(epochs/rise))
	}
	return fmt.Sprintf("%s goes round in %s, and the training has %d: it ends in the first cycle", setting, epochsOf(w.Epochs), t.Config.Train.Epochs)
}

// idlePatience says that patience cannot end the training, as what it waits for is longer.
func (t *trainer) idlePatience() string {
	c := t.Config.Train
	if c.Patience == 0 || t.validation == nil {
		return ""
	}
	begun, most := 0, 0 // the first epoch of the phase, and the most epochs that can follow it before the last of all
	for epoch := 1; epoch < c.Epochs && most < c.Patience; epoch++ {
		switch {
		case !t.fullAt(epoch * t.stepsPerEpoch()):
			begun = 0
		case begun == 0:
			begun = epoch
		}
		if begun > 0 {
			most = max(most, epoch-begun)
		}
	}
	if most >= c.Patience {
		return ""
	}
	reason := fmt.Sprintf("it has %d", c.Epochs)
	if t.Config.KLWarmup.Kind != config.NoGrowth {
		reason = fmt.Sprintf("the KL weight is not full for so many of its %d in a row", c.Epochs)
	}
	return fmt.Sprintf("%s cannot end the training: it waits for more than %s, and %s", config.Mention("train.patience", fmt.Sprint(c.Patience)), plural(c.Patience, "epoch"), reason)
}

// idleClip says that no step is made whose gradient would be clipped.
func (t *trainer) idleClip() string {
	c := t.Config.Train
	if c.Clip == 0 || c.SkipGradients == 0 || c.Clip < c.SkipGradients {
		return ""
	}
	return fmt.Sprintf("%s clips nothing: with %s steps of longer gradients are left out", config.Mention("train.clip", fmt.Sprintf("%g", c.Clip)),
		config.Mention("train.skip_gradients", fmt.Sprintf("%g", c.SkipGradients)))
}

// loneImages says that each image is normalized against itself alone.
func (t *trainer) loneImages() string {
	layer := t.Model.NeedsCompany()
	if t.Config.Train.Batch > 1 || layer == "" {
		return ""
	}
	return fmt.Sprintf("%s leaves layer %s no other image to compare one with, and it gives the same for all: give more", config.Mention("train.batch", "1"), layer)
}

// strongDecay says that weight decay alone takes the weights beyond zero.
func (t *trainer) strongDecay() string {
	c := t.Config.Train
	if t.decayOfAStep() < 1 {
		return ""
	}
	return fmt.Sprintf("%s at %s takes %.3g of each weight from it in a step: the weights do not stay, lower it",
		config.Mention("train.weight_decay", fmt.Sprintf("%g", c.WeightDecay)), config.Mention("train.learning_rate", fmt.Sprintf("%g", c.LearningRate)), t.decayOfAStep())
}

// decayOfAStep is the part of a weight that decay takes in a step; 0 where the optimizer
// sets its step by the gradient's size, of which decay is a part.
func (t *trainer) decayOfAStep() float64 {
	switch c := t.Config.Train; c.Optimizer {
	case config.SGD, config.AdamW:
		return c.LearningRate * c.WeightDecay
	default:
		return 0
	}
}

const (
	// slow is the part of the learning rate below which a step is next to none.
	slow = 0.1
	// still is the part of the parameters' length below which a whole training is none.
	still = 1e-3
)

// standstill says that next to nothing can be learned, as each step is too small for that.
func (t *trainer) standstill() string {
	c, steps := t.Config.Train, float64(t.Config.Train.Epochs*t.stepsPerEpoch())
	length, n := t.parameters()
	clip, rate := config.Mention("train.clip", fmt.Sprintf("%g", c.Clip)), config.Mention("train.learning_rate", fmt.Sprintf("%g", c.LearningRate))
	if c.Optimizer == config.SGD { // moves by the gradient, in one direction at the most
		if most := c.LearningRate * c.Clip * steps / (1 - c.Momentum); c.Clip > 0 && most < still*length {
			return fmt.Sprintf("%s at %s is so small that the parameters, of length %.2g together, move by at most %.2g in the whole training: next to nothing is learned; try %s",
				clip, rate, length, most, config.Mention("train.clip", "1"))
		}
		return ""
	}
	// The others move a parameter by the learning rate, whatever the gradient is, unless epsilon is more.
	share := 1.
	if g := c.Clip / math.Sqrt(n); c.Clip > 0 {
		share = g / (g + t.Config.Epsilon)
	}
	switch most := c.LearningRate * share * steps; {
	case share < slow:
		return fmt.Sprintf("%s is so small that %s, whose epsilon is more, makes steps of %s of the learning rate: next to nothing is learned; try %s",
			clip, c.Optimizer, percent(share), config.Mention("train.clip", "1"))
	case most < still*length/math.Sqrt(n):
		return fmt.Sprintf("%s moves a parameter, of %.2g in the mean, by at most %.2g in the whole training of %s: next to nothing is learned; raise it",
			rate, length/math.Sqrt(n), most, plural(int(steps), "step"))
	}
	return ""
}

// parameters are the length of all parameters together and how many they are.
func (t *trainer) parameters() (length, n float64) {
	for _, p := range t.Model.Params() {
		for _, v := range p.Value {
			length += float64(v) * float64(v)
		}
		n += float64(len(p.Value))
	}
	return math.Sqrt(length), n
}

func epochsOf(n float64) string {
	if n == 1 {
		return "1 epoch"
	}
	return strconv.FormatFloat(n, 'f', -1, 64) + " epochs"
}

// percent writes a part of 1 that is less.
func percent(part float64) string { return fmt.Sprintf("%.3g %%", 100*part) }
