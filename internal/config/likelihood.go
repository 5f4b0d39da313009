package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// The most that a likelihood may have.
const (
	MaxLevels      = 1 << 16
	MaxComponents  = 100
	MaxCategorical = 256 // levels of categorical, each of which is an output of the decoder
)

// likelihoodKinds have as numbers behind them those of components, of dmol, and of levels.
var likelihoodKinds = grammar[Likelihood]{Bernoulli: {}, Gaussian: {}, SquaredError: {}, Logistic: {0, 1}, DMOL: {1, 2}, BetaBinomial: {0, 1}, Categorical: {0, 1}}

const likelihoodReason = "must be one of bernoulli, gaussian, mse, logistic[:LEVELS], dmol:COMPONENTS[:LEVELS], beta-binomial[:LEVELS] or categorical[:LEVELS] " +
	"(LEVELS from 2 to 65536, of categorical to 256, those of the images unless given; COMPONENTS from 1 to 100), such as dmol:5"

// LikelihoodForm is a likelihood with its numbers.
type LikelihoodForm struct {
	Kind       Likelihood
	Components int // of a mixture
	// Levels are the values that a pixel may have, evenly from black to white, to which those of the images are rounded; 0 where it may
	// have any, or where the images decide.
	Levels int
}

// OfLevels tells whether it gives levels a probability, and is no density.
func (f LikelihoodForm) OfLevels() bool { return likelihoodKinds[f.Kind].most > 0 }

// OfLevels lists the likelihoods that give levels a probability.
func OfLevels() []Likelihood {
	return slices.DeleteFunc(slices.Clone(Likelihoods), func(l Likelihood) bool { return !LikelihoodForm{Kind: l}.OfLevels() })
}

// String is the likelihood as it is configured.
func (f LikelihoodForm) String() string {
	text := string(f.Kind)
	if f.Kind == DMOL {
		text += ":" + strconv.Itoa(f.Components)
	}
	if f.Levels > 0 {
		text += ":" + strconv.Itoa(f.Levels)
	}
	return text
}

// ParseLikelihood reads "bernoulli", "logistic", "logistic:256", "dmol:5" or "dmol:5:256".
func ParseLikelihood(text string) (LikelihoodForm, error) {
	kind, numbers, ok := likelihoodKinds.parse(text)
	f := LikelihoodForm{Kind: kind}
	if ok && kind == DMOL {
		f.Components, ok = whole(numbers[0], 1, MaxComponents)
		numbers = numbers[1:]
	}
	if ok && len(numbers) > 0 {
		most := MaxLevels
		if kind == Categorical {
			most = MaxCategorical
		}
		f.Levels, ok = whole(numbers[0], 2, most)
	}
	if !ok {
		return LikelihoodForm{}, specError("likelihood", likelihoodReason, text)
	}
	return f, nil
}

// whole is a number as a whole one in a range.
func whole(x float64, low, high int) (n int, ok bool) {
	if x != math.Trunc(x) || !(x >= float64(low) && x <= float64(high)) {
		return 0, false
	}
	return int(x), true
}

// Form is the likelihood of a configuration that is valid.
func (m Model) Form() LikelihoodForm { return valid(ParseLikelihood, string(m.Likelihood)) }

// settleLikelihood takes the levels from the data where the likelihood leaves them open.
func settleLikelihood(c *Config, f DataFacts) error {
	form := c.Model.Form()
	if !form.OfLevels() || form.Levels > 0 {
		c.Model.Likelihood = Likelihood(form.String()) // 1e2 levels are 100
		return nil
	}
	form.Levels = f.Levels
	text := Mention("model.likelihood", string(c.Model.Likelihood))
	switch named := Mention("model.likelihood", string(c.Model.Likelihood)+":256"); {
	case f.Levels == 0:
		return fmt.Errorf("%s: %s has images %s: use %s, to which they are rounded, or %s, a density",
			text, f.Name, f.NoLevels, named, Mention("model.likelihood", "gaussian"))
	case form.Kind == Categorical && f.Levels > MaxCategorical:
		return fmt.Errorf("%s: has an output for each level, and the images of %s have %d: use %s, to which they are rounded, or %s",
			text, f.Name, f.Levels, named, Mention("model.likelihood", "logistic"))
	}
	c.Model.Likelihood = Likelihood(form.String())
	return nil
}

// Colored is a configuration in which nobody has asked for a likelihood, of images that are known: of colors it is logistic, since the
// cross-entropy of the default is no likelihood of them, and weighs their noise as if it were meant. The note says so, or why it is not where they
// have no levels; it is "" of other images. The output begins at the mean color, where the last layer can, for from black it takes epochs to get there.
func (c Config) Colored(f DataFacts) (colored Config, note string) {
	if c.Model.Likelihood != Default().Model.Likelihood || f.Shape.Channels != 3 || c.Model.Kind != VAE || c.Data.Binarize != NoBinarization {
		return c, ""
	}
	if f.Levels == 0 {
		return c, fmt.Sprintf("likelihood: %s, and not %s as for other images of colors, since these are %s; %s rounds them to levels",
			c.Model.Likelihood, Logistic, f.NoLevels, Mention("model.likelihood", string(Logistic)+":256"))
	}
	note = fmt.Sprintf("likelihood: %s, for images of colors; %s is that of grey ones", Logistic, Mention("model.likelihood", string(c.Model.Likelihood)))
	c.Model.Likelihood = Logistic
	if c.Model.Decoder == "" || c.Model.Decoder == AutoNetwork { // whose last layer has a bias
		c.Model.OutputBias = BiasOfData
	}
	return c, note
}

// continued is a likelihood as it was written before, where it is the same, or leaves the levels open that it had.
func (l Likelihood) continued(was Likelihood) Likelihood {
	now, err := ParseLikelihood(string(l))
	before, wrong := ParseLikelihood(string(was))
	if now.Levels == 0 {
		now.Levels = before.Levels
	}
	if err != nil || wrong != nil || now != before {
		return l
	}
	return was
}
