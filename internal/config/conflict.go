package config

import (
	"fmt"

	"vae/internal/network"
)

// Conflict says why a setting, right by itself, cannot be what it is beside the others. Its texts hold Mentions.
type Conflict struct {
	Setting string // path
	Value   string // as it is to be shown; "" where the setting itself is the matter
	Reason  string // goes on behind setting and value: "is for ..."
	Instead string // what to use; "" where the reason says it
}

// Error is one line, with the Mentions in it.
func (e *Conflict) Error() string {
	text := Mention(e.Setting) + " " + e.Reason
	if e.Value != "" {
		text = Mention(e.Setting, e.Value) + " " + e.Reason
	}
	if e.Instead != "" {
		text += ": " + e.Instead
	}
	return text
}

// Conflict is a *Conflict of settings of a valid configuration that do not go together, or nil.
func (c Config) Conflict() error {
	if conflict := c.conflict(); conflict != nil {
		return conflict
	}
	return nil
}

func (c Config) conflict() *Conflict {
	for _, find := range []func(Config) *Conflict{
		drawingConflict, componentsConflict, likelihoodConflict, windowConflict, augmentConflict, cacheConflict, objectiveConflict, layersConflict, estimatorConflict, codeConflict, pretrainConflict,
		patienceConflict,
	} {
		if conflict := find(c); conflict != nil {
			return c.orIdle(conflict)
		}
	}
	return nil
}

// orIdle is a conflict, or, where its setting has no effect on the model whatever its value is, that: another value
// would be refused as well.
func (c Config) orIdle(conflict *Conflict) *Conflict {
	if s, ok := Find(conflict.Setting); ok && c.Model.Kind == PCA {
		if idle := s.idle(c); idle != nil {
			return idle
		}
	}
	return conflict
}

// Contradiction is a *Conflict of settings of a model that [Config.Resolve] never made, such as one from a file that somebody
// has changed, or nil. It has no advice: the model is what it is.
func (m Model) Contradiction() error {
	c := Default()
	c.Model = m
	conflict := c.conflict()
	if m.Kind == PCA && (len(m.Hidden) > 0 || m.Activation != Linear || m.Likelihood != SquaredError) {
		conflict = &Conflict{Setting: "model.kind", Value: string(m.Kind), Reason: "is linear, without hidden layers and of squared error"}
	}
	return conflict.plain()
}

// Contradiction is that of the data of a model: windows that do not fit into the images.
func (d Data) Contradiction() error {
	c := Default()
	c.Data = d
	return windowConflict(c).plain()
}

// plain is a conflict, if there is one, without advice.
func (e *Conflict) plain() error {
	if e == nil {
		return nil
	}
	e.Instead = ""
	return e
}

// Idle is a *Conflict of the first of the given settings that has no effect in c, or nil.
func (c Config) Idle(given func(path string) bool) error {
	for _, s := range table {
		if idle := s.idle(c); idle != nil && given(s.Path) {
			return idle
		}
	}
	return nil
}

// idle says what leaves a setting without effect in c; nil where nothing does.
func (s Setting) idle(c Config) *Conflict {
	for _, use := range s.UsedBy {
		if decides, _ := Find(use.Of); !use.By(c) {
			return &Conflict{Setting: s.Path, Reason: "has no effect with " + Mention(use.Of, decides.shown(&c)), Instead: use.Why}
		}
	}
	return nil
}

// drawingConflict finds settings of a variational autoencoder on models that are none.
func drawingConflict(c Config) *Conflict {
	m, t := c.Model, c.Train
	if m.Kind == VAE {
		return nil
	}
	for _, part := range []struct {
		set         bool
		path, value string
	}{
		{t.Objective != ELBO, "train.objective", string(t.Objective)}, {t.Samples != 1, "train.samples", fmt.Sprint(t.Samples)},
		{t.Estimator != Reparameterization, "train.estimator", string(t.Estimator)}, {t.Baseline != NoBaseline, "train.baseline", string(t.Baseline)},
		{t.KLWarmup != "none", "train.kl_warmup", t.KLWarmup}, {t.FreeBits != 0, "train.free_bits", fmt.Sprintf("%g", t.FreeBits)},
		{m.Beta != 1, "model.beta", fmt.Sprintf("%g", m.Beta)}, {m.TopLatent != 0, "model.top_latent", fmt.Sprint(m.TopLatent)},
		{len(m.TopHidden) > 0, "model.top_hidden", ""}, {t.Snapshots != 0, "train.snapshots", fmt.Sprint(t.Snapshots)},
	} {
		if part.set {
			return &Conflict{part.path, part.value, "is for models that draw z from q(z|x)",
				"use " + Mention("model.kind", "vae") + ", or leave it out of " + Mention("model.kind", string(m.Kind))}
		}
	}
	return nil
}

// componentsConflict finds what principal components cannot be.
func componentsConflict(c Config) *Conflict {
	switch {
	case c.Model.Kind != PCA:
		return nil
	case c.Model.Conditional:
		return &Conflict{"model.conditional", "", "is for networks, which can be told a label",
			"use " + Mention("model.kind", "vae") + " or ae, or leave it out of " + Mention("model.kind", "pca")}
	case c.Train.Corrupt != "none":
		return &Conflict{Setting: "train.corrupt", Value: c.Train.Corrupt, Reason: "is for training in steps"}
	case c.Model.Encoder != "":
		return &Conflict{Setting: "model.encoder", Reason: "is for networks"}
	case c.Model.Decoder != "":
		return &Conflict{Setting: "model.decoder", Reason: "is for networks"}
	case c.Data.Augment != "none":
		return &Conflict{Setting: "data.augment", Value: c.Data.Augment, Reason: "is for training in steps"}
	case c.Data.Crop != "none":
		return &Conflict{Setting: "data.crop", Value: c.Data.Crop, Reason: "is for training in steps"}
	}
	return nil
}

func likelihoodConflict(c Config) *Conflict {
	m, binarize := c.Model, string(c.Data.Binarize)
	sigma, _ := Find("model.sigma")
	word := sigma.encode(&c)
	orNumber := ", or give " + Mention("model.sigma") + " a number"
	switch {
	case c.Data.Binarize != NoBinarization && m.Likelihood != Bernoulli:
		return &Conflict{"data.binarize", binarize, "makes black and white pixels, which " + Mention("model.likelihood", string(m.Likelihood)) + " does not describe",
			"use " + Mention("model.likelihood", "bernoulli") + ", or " + Mention("data.binarize", "none")}
	case m.Sigma < 0 && m.Kind != VAE:
		return &Conflict{"model.sigma", word, "is for " + Mention("model.kind", "vae"),
			"for " + string(m.Kind) + " use " + Mention("model.likelihood", "mse") + orNumber}
	case m.Sigma == Optimal && c.Train.Objective == IWAE:
		return &Conflict{"model.sigma", word, "is the best for " + Mention("train.objective", "elbo"), "use that, or " + Mention("model.sigma", "learned")}
	case m.Sigma < 0 && m.Likelihood != Gaussian:
		return &Conflict{"model.sigma", word, "is of " + Mention("model.likelihood", "gaussian") + ", and " + string(m.Likelihood) + " has no sigma",
			"use " + Mention("model.likelihood", "gaussian") + orNumber}
	}
	return nil
}

func objectiveConflict(c Config) *Conflict {
	m, t := c.Model, c.Train
	switch {
	case t.Objective == IWAE && (m.Beta != 1 || t.KLWarmup != "none" || t.FreeBits != 0):
		return &Conflict{"train.objective", "iwae",
			"has no KL term that " + Mention("model.beta") + ", " + Mention("train.kl_warmup") + " or " + Mention("train.free_bits") + " could weigh",
			"use " + Mention("train.objective", "elbo") + " with them"}
	case m.TopLatent > 0 && t.FreeBits != 0:
		return &Conflict{"train.free_bits", "", "needs the KL of each latent in closed form, which two stochastic layers have not",
			"use " + Mention("train.kl_warmup") + ", or " + Mention("model.top_latent", "0")}
	}
	return nil
}

// layersConflict finds parts of a model that do not fit each other.
func layersConflict(c Config) *Conflict {
	m := c.Model
	switch {
	case m.TopLatent == 0 && len(m.TopHidden) > 0:
		return &Conflict{"model.top_hidden", "", "lies below a second stochastic layer", "give its size with " + Mention("model.top_latent")}
	case m.TopLatent > 0 && m.Conditional:
		return &Conflict{"model.conditional", "", "is for models of one stochastic layer", "leave it out, or use " + Mention("model.top_latent", "0")}
	case len(m.Classes) > 0 && !m.Conditional:
		return &Conflict{"model.classes", "", "names the labels of a conditional model", "add " + Mention("model.conditional") + ", or remove it from the configuration"}
	}
	return nil
}

func estimatorConflict(c Config) *Conflict {
	t := c.Train
	estimator, baseline := string(t.Estimator), string(t.Baseline)
	switch {
	case t.Estimator == DReG && t.Objective != IWAE:
		return &Conflict{"train.estimator", estimator, "is a gradient of the K-sample bound",
			"use it with " + Mention("train.objective", "iwae") + " " + Mention("train.samples", "5") + " (or more)"}
	case t.Estimator == Score && t.Objective == IWAE:
		return &Conflict{"train.estimator", estimator, "is for " + Mention("train.objective", "elbo") + "; the gradients of " +
			Mention("train.objective", "iwae") + " are reparameterization and dreg", ""}
	case t.Estimator == Score && t.Baseline == NoBaseline:
		return &Conflict{"train.estimator", estimator, "does not learn without a baseline",
			"use " + Mention("train.baseline", "average") + ", or " + Mention("train.baseline", "leave-one-out") + " with " + Mention("train.samples", "2") + " or more"}
	case t.Estimator != Score && t.Baseline != NoBaseline:
		return &Conflict{"train.baseline", baseline, "is for " + Mention("train.estimator", "score"),
			"use that, or " + Mention("train.baseline", "none") + " with " + estimator}
	case t.Baseline == LeaveOneOut && t.Samples < 2:
		return &Conflict{"train.baseline", baseline, "compares the draws of an image with each other", "use " + Mention("train.samples", "2") + " or more"}
	case t.Estimator != Reparameterization && c.Model.TopLatent > 0:
		return &Conflict{"train.estimator", estimator, "is for models of one stochastic layer", "use reparameterization, or " + Mention("model.top_latent", "0")}
	case t.Estimator != Reparameterization && c.Model.mixesImages():
		return &Conflict{"train.estimator", estimator, "takes it that what a draw costs depends on it alone, and batch normalization in the decoder mixes the images of a batch",
			"use reparameterization, or groupnorm"}
	case t.Estimator == Score && c.Model.Sigma == Optimal:
		return &Conflict{"train.estimator", estimator, "takes it that what a draw costs depends on it alone, and " + Mention("model.sigma", "optimal") + " is that of a whole batch",
			"use reparameterization, or " + Mention("model.sigma", "learned")}
	}
	return nil
}

// mixesImages tells whether the decoder, or the encoder that it mirrors, has batch normalization.
func (m Model) mixesImages() bool {
	text := m.Decoder
	if text == "" || text == AutoNetwork {
		text = m.Encoder
	}
	list, err := ParseNetwork(text)
	return err == nil && list.Has(network.BatchNorm)
}

func codeConflict(c Config) *Conflict {
	m, penalty := c.Model, c.Train.Sparsity
	sparsity, _ := ParseSparsity(penalty) // Validate has seen to it
	switch {
	case m.CodeActivation != Linear && m.Kind != AE:
		return &Conflict{"model.code_activation", string(m.CodeActivation), "is for " + Mention("model.kind", "ae") + ", whose code is a layer",
			"use that, or " + Mention("model.code_activation", "linear") + " with " + string(m.Kind)}
	case sparsity.Kind != NoPenalty && m.Kind != AE:
		return &Conflict{"train.sparsity", penalty, "is for " + Mention("model.kind", "ae"), "use that, or " + Mention("train.sparsity", "none") + " with " + string(m.Kind)}
	case sparsity.Kind == KLPenalty && m.CodeActivation != Sigmoid:
		return &Conflict{"train.sparsity", "kl", "compares rates, which only a code between 0 and 1 has",
			"add " + Mention("model.code_activation", "sigmoid") + ", or use " + Mention("train.sparsity", "l1:WEIGHT")}
	}
	return nil
}

func pretrainConflict(c Config) *Conflict {
	m, t := c.Model, c.Train
	switch {
	case t.Pretrain == NoPretraining:
		return nil
	case t.From != "":
		return &Conflict{"train.pretrain", "layerwise", "trains layers from their first weights, and " + Mention("from") + " brings trained ones", "leave one of them out"}
	case m.Kind != AE:
		return &Conflict{"train.pretrain", "layerwise", "trains one autoencoder a layer",
			"use " + Mention("model.kind", "ae") + ", or " + Mention("train.pretrain", "none") + " with " + string(m.Kind)}
	case m.Conditional:
		return &Conflict{"train.pretrain", "layerwise", "is for models that do not know the label", "leave out " + Mention("model.conditional")}
	case m.Encoder != "" || m.Decoder != "":
		return &Conflict{"train.pretrain", "layerwise", "trains the hidden layers of " + Mention("model.hidden") + " one by one, and no others",
			"leave it out, or " + Mention("model.encoder") + " and " + Mention("model.decoder")}
	}
	if wrong := wrongLength("train.pretrain_epochs", len(t.PretrainEpochs), len(m.Hidden)+1); wrong != nil {
		return wrong
	}
	return wrongLength("train.pretrain_corrupt", len(t.PretrainCorrupt), len(m.Hidden)+1)
}

// wrongLength refuses a list that has neither one element nor one for each of so many layers.
func wrongLength(path string, n, layers int) *Conflict {
	if n == 1 || n == layers {
		return nil
	}
	if n == 0 {
		return &Conflict{path, "", fmt.Sprintf("lists nothing, and the hidden layers and the code together are %d", layers), "give one for each, or one for all"}
	}
	return &Conflict{path, "", fmt.Sprintf("lists %d, and the hidden layers and the code together are %d", n, layers), "give one for each, or one for all"}
}

func patienceConflict(c Config) *Conflict {
	if c.Train.Patience == 0 || c.Data.Validation != 0 {
		return nil
	}
	return &Conflict{"train.patience", fmt.Sprint(c.Train.Patience), "needs validation images to judge by",
		"leave out " + Mention("data.validation", "0") + ", or use " + Mention("train.patience", "0")}
}
