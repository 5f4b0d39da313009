package train

import (
	"fmt"
	"math"
	"strings"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/model"
	"vae/internal/op"
	"vae/internal/stats"
)

const (
	// settledAfter is how many steps a network takes before its units and latents are
	// judged.
	settledAfter = 400
	// fewExamined is how few images tell nothing of the units of a layer.
	fewExamined = 100
	// overfitAfter is how many epochs validation may be worse than its best, and
	// overfitBy by which part of it.
	overfitAfter = 5
	overfitBy    = 0.001
	listed       = 10 // latents that a warning lists
)

// doctor looks after each epoch for what goes wrong without an error, and tells each
// thing once, or once more where it has become another.
type doctor struct {
	trainer     *trainer
	examination *examination // nil where there is nothing to see
	told        map[string]string
	best        float64 // training loss of the best epoch by validation
}

func newDoctor(t *trainer) (*doctor, error) {
	d := &doctor{trainer: t, told: map[string]string{}}
	if !examines(t.Model) || !t.first() {
		return d, nil
	}
	var err error
	d.examination, err = newExamination(t.Task)
	return d, err
}

// examines reports whether there are latents or units that a network may be examined for.
func examines(m *model.Model) bool {
	return m.Variational() || m.Activates(config.ReLU)
}

// examine looks at the network as an epoch has left it.
func (d *doctor) examine() error {
	if d.examination == nil {
		return nil
	}
	return d.examination.run()
}

// divergences are the mean KL of each latent of the uppermost level, in nats, when last examined;
// nil without a closed form.
func (d *doctor) divergences() []float64 {
	if d.examination == nil {
		return nil
	}
	return d.examination.kl
}

// judge tells what is wrong after an epoch with these losses, which was examined.
func (d *doctor) judge(trained, validated float64) {
	d.overfitting(trained, validated)
	if d.examination == nil {
		return
	}
	for _, layer := range d.examination.relus {
		d.deadUnits(layer)
	}
	d.collapse()
}

// warn tells the state of a subject, unless it was the same when last told.
func (d *doctor) warn(subject, state, text string) {
	if d.told[subject] != state {
		d.told[subject] = state
		d.trainer.Observer.Warning(text)
	}
}

// overfitting warns of a validation loss that rises while the training loss falls, and
// not because the weight of the KL term is one to come.
func (d *doctor) overfitting(trained, validated float64) {
	t := d.trainer
	if t.bestEpoch == t.epoch {
		d.best = trained
		return
	}
	c, since := t.Config.Train, t.epoch-t.bestEpoch
	if c.Patience > 0 || !t.full() || since < overfitAfter || !(trained < d.best) || !(validated > t.bestLoss+overfitBy*math.Abs(t.bestLoss)) {
		return
	}
	kept := "its weights are the ones kept"
	if c.Keep == config.Last {
		kept = config.Mention("train.keep", "best") + " keeps its weights"
	}
	d.warn("overfitting", "seen", fmt.Sprintf("validation loss has been above its best for %d epochs (%s in epoch %d, now %s) while training loss fell: "+
		"the model overfits since epoch %d; %s, and %s stops there", since, console.Fixed(t.bestLoss, 2), t.bestEpoch, console.Fixed(validated, 2), t.bestEpoch, kept,
		config.Mention("train.patience", fmt.Sprint(overfitAfter))))
}

// deadUnits warns of a layer of which more than half the units are 0 for every image.
func (d *doctor) deadUnits(r relu) {
	dead, all, n := len(r.dead), r.units, d.examination.images.Len()
	if n < fewExamined || 2*dead <= all || dead < all && d.trainer.step < settledAfter {
		return
	}
	advice := d.reviving(r.layer)
	if dead == all {
		d.warn(r.layer, "all", fmt.Sprintf("layer %s is dead: all its %d relu units are 0 on each of %d images, so that nothing passes it or trains it; %s", r.layer, all, n, advice))
		return
	}
	d.warn(r.layer, "most", fmt.Sprintf("%d of the %d relu units of layer %s are dead, that is 0 on each of %d images: %s", dead, all, r.layer, n, advice))
}

func (d *doctor) reviving(layer string) string {
	c, other := d.trainer.Config, config.Glorot
	leaky := gentler(c, layer)
	rate := config.Mention("train.learning_rate")
	if c.Model.Init == other {
		other = config.Kaiming
	}
	if layer == "fc_code" && c.Sparsity.Kind != config.NoPenalty {
		return fmt.Sprintf("lower the weight of %s or %s (it is %g), or try %s", config.Mention("train.sparsity", c.Train.Sparsity), rate, c.Train.LearningRate, leaky)
	}
	return fmt.Sprintf("lower %s (it is %g), or try %s or %s", rate, c.Train.LearningRate, leaky, config.Mention("model.init", string(other)))
}

// gentler is how a layer of rectified linear units gets an activation that does not die: by a setting, or in the list that it is of.
func gentler(c config.Resolved, layer string) string {
	leaky := string(config.LeakyReLU)
	switch {
	case layer == "fc_code":
		return config.Mention("model.code_activation", leaky)
	case c.Model.Encoder != "" && strings.HasPrefix(layer, "encoder."), c.Mirrored() && strings.HasPrefix(layer, "decoder."):
		return leaky + " in " + config.Mention("model.encoder")
	case c.Model.Decoder != "" && strings.HasPrefix(layer, "decoder."):
		return leaky + " in " + config.Mention("model.decoder")
	}
	return config.Mention("model.activation", leaky)
}

// collapse warns of latents whose posterior is the prior: at the end of training, and
// before that where it is so for all of them. After few steps only the end counts.
func (d *doctor) collapse() {
	t := d.trainer
	if t.step < settledAfter && !t.over() || !t.full() {
		return
	}
	var empty []string
	for j, kl := range d.examination.kl {
		if kl < stats.EmptyKL {
			empty = append(empty, fmt.Sprint(j))
		}
	}
	switch of := len(d.examination.kl); {
	case len(empty) == 0:
	case len(empty) == of:
		d.warn("collapse", "all", d.totalCollapse(of))
	case t.over() && t.step >= settledAfter:
		d.warn("collapse", "some", d.partialCollapse(empty, of))
	}
}

func (d *doctor) totalCollapse(of int) string {
	none := fmt.Sprintf("none of the %s carries anything", d.latents(of))
	if of == 1 {
		none = "the only latent carries nothing"
	}
	if !d.trainer.over() {
		none += " so far"
	}
	return fmt.Sprintf("posterior collapse: %s (mean KL below %g nats), and the decoder ignores the code: try %s", none, stats.EmptyKL, strings.Join(d.waking(), ", "))
}

func (d *doctor) partialCollapse(empty []string, of int) string {
	path, verb := "model.latent", "carry"
	if len(d.trainer.Model.Levels()) > 1 {
		path = "model.top_latent"
	}
	if len(empty) == 1 {
		verb = "carries"
	}
	list := strings.Join(empty[:min(len(empty), listed)], ", ")
	if len(empty) > listed {
		list += ", ..."
	}
	why := "common and no harm,"
	if beta := d.trainer.Config.Model.Beta; beta > 1 {
		why = fmt.Sprintf("a smaller %s than %g wakes more of them, else", config.Mention("model.beta"), beta)
	}
	fewer := config.Mention(path, fmt.Sprint(of-len(empty)))
	if path == "model.latent" && d.trainer.Config.Model.LatentMap() {
		fewer = "fewer channels of latents in " + config.Mention("model.encoder")
	}
	return fmt.Sprintf("posterior collapse: %d of %s %s nothing (mean KL below %g nats: %s); %s %s would do as well",
		len(empty), d.latents(of), verb, stats.EmptyKL, list, why, fewer)
}

// latents are those with the standard normal for a prior.
func (d *doctor) latents(n int) string {
	if len(d.trainer.Model.Levels()) > 1 {
		return fmt.Sprintf("%d latents of the second stochastic layer", n)
	}
	return fmt.Sprintf("%d latents", n)
}

// waking lists what may make latents carry something, by settings that go with the
// others.
func (d *doctor) waking() []string {
	c := d.trainer.Config
	ways := []string{config.Mention("train.kl_warmup", "linear:10")}
	if c.KLWarmup.Kind != config.NoGrowth {
		ways[0] = "a longer " + config.Mention("train.kl_warmup") + " (it is " + c.Train.KLWarmup + ")"
	}
	if len(d.trainer.Model.Levels()) == 1 {
		ways = append(ways, config.Mention("train.free_bits", "0.1"))
	}
	if c.Train.Objective == config.IWAE {
		return []string{config.Mention("train.objective", "elbo") + " with " + strings.Join(ways, " or ")}
	}
	return append(ways, fmt.Sprintf("a %s below %g", config.Mention("model.beta"), c.Model.Beta))
}

// warnOfLogvar says how often the last epoch met a log-variance out of its range.
func (t *trainer) warnOfLogvar(b op.Outside) {
	if n := b.Low + b.High; n > 0 {
		t.Observer.Warning(fmt.Sprintf("logvar left its safe range %d times in epoch %d (%d below, %d above): the encoder is unstable, lower %s",
			n, t.epoch, b.Low, b.High, config.Mention("train.learning_rate")))
	}
}
