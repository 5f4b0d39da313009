package config

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// grammar is that of a setting written "kind:number:number": how many numbers each kind may have.
type grammar[K ~string] map[K]struct{ least, most int }

var (
	corruptionKinds = grammar[Noise]{NoNoise: {}, Mask: {1, 1}, SaltPepper: {1, 1}, GaussianNoise: {1, 1}}
	sparsityKinds   = grammar[Penalty]{NoPenalty: {}, KLPenalty: {2, 2}, L1Penalty: {1, 1}}
	klWarmupKinds   = grammar[Growth]{NoGrowth: {}, LinearGrowth: {1, 1}, CyclicalGrowth: {1, 2}}
	scheduleKinds   = grammar[Decay]{Constant: {}, Step: {2, 2}, Cosine: {0, 1}, Stages: {}}
)

// maxSpec is the most bytes of such a setting, enough for any numbers written in full.
const maxSpec = 100

// Corruption is noise on what the encoder sees; the target of the loss stays clean (Vincent et al. 2010).
type Corruption struct {
	Kind Noise
	// Amount is the probability that a pixel is set to 0 (mask), or to 0 or 1 with even chances (salt-pepper),
	// or the standard deviation of what is added (gaussian).
	Amount float64
}

const corruptionReason = "must be none, mask:P, salt-pepper:P (P a probability above 0 and at most 1) or gaussian:SIGMA (up to 10), such as mask:0.25"

// ParseCorruption reads "none", "mask:0.25", "gaussian:0.3" or "salt-pepper:0.1".
func ParseCorruption(text string) (Corruption, error) {
	kind, numbers, ok := corruptionKinds.parse(text)
	c := Corruption{Kind: kind}
	if ok && kind != NoNoise {
		most := 1.
		if kind == GaussianNoise {
			most = 10
		}
		c.Amount = numbers[0]
		ok = c.Amount > 0 && c.Amount <= most
	}
	if !ok {
		return Corruption{}, specError("corruption", corruptionReason, text)
	}
	return c, nil
}

// String is the corruption as it is configured.
func (c Corruption) String() string {
	if c.Kind == NoNoise {
		return string(c.Kind)
	}
	return string(c.Kind) + ":" + strconv.FormatFloat(c.Amount, 'g', -1, 64)
}

// Sparsity is a penalty on the code of an autoencoder, in nats an image.
type Sparsity struct {
	Kind Penalty
	// Rate is the mean activation rho that the kl penalty asks of every unit: it is the sum over units of
	// KL(Bernoulli(rho) || Bernoulli(mean activation in the batch)) (Ng 2011, CS294A lecture notes).
	Rate   float64
	Weight float64 // factor of the penalty; for l1 of the sum of absolute activations
}

const sparsityReason = "must be none, kl:RATE:WEIGHT (a mean activation between 0 and 1, a weight above 0 and at most 1e6) or l1:WEIGHT, such as kl:0.05:3"

// ParseSparsity reads "none", "kl:0.05:3" or "l1:0.1".
func ParseSparsity(text string) (Sparsity, error) {
	kind, numbers, ok := sparsityKinds.parse(text)
	s := Sparsity{Kind: kind}
	if ok && kind == KLPenalty {
		s.Rate = numbers[0]
		ok = s.Rate > 0 && s.Rate < 1
	}
	if ok && kind != NoPenalty {
		s.Weight = numbers[len(numbers)-1]
		ok = s.Weight > 0 && s.Weight <= 1e6
	}
	if !ok {
		return Sparsity{}, specError("sparsity", sparsityReason, text)
	}
	return s, nil
}

// KLWarmup is how the weight of the KL term grows to its full value.
type KLWarmup struct {
	Kind   Growth
	Epochs float64 // until the weight is full, or of one cycle
	Share  float64 // of a cycle in which the weight grows; for the rest it is full
}

const klWarmupReason = "must be none, linear:EPOCHS or cyclical:EPOCHS[:SHARE] (EPOCHS above 0; SHARE, above 0 and at most 1, the part of a cycle in which the weight grows, 0.5 unless given), such as linear:10"

// ParseKLWarmup reads "none", "linear:10", "cyclical:5" or "cyclical:5:0.5".
func ParseKLWarmup(text string) (KLWarmup, error) {
	kind, numbers, ok := klWarmupKinds.parse(text)
	w := KLWarmup{Kind: kind, Share: 1}
	if kind == CyclicalGrowth {
		w.Share = 0.5
	}
	if len(numbers) == 2 {
		w.Share = numbers[1]
	}
	if ok && kind != NoGrowth {
		w.Epochs = numbers[0]
		ok = w.Epochs > 0 && w.Epochs <= MaxEpochs && w.Share > 0 && w.Share <= 1
	}
	if !ok {
		return KLWarmup{}, specError("KL warm-up", klWarmupReason, text)
	}
	return w, nil
}

// At is the factor of the KL term, 0 to 1, after so many epochs, which may be a fraction and not negative.
func (w KLWarmup) At(epoch float64) float64 {
	switch w.Kind {
	case NoGrowth:
		return 1
	case LinearGrowth:
		return min(1, epoch/w.Epochs)
	case CyclicalGrowth:
		return min(1, math.Mod(epoch, w.Epochs)/w.Epochs/w.Share)
	default:
		panic("config: KL warm-up " + string(w.Kind))
	}
}

// Schedule is how the learning rate changes with the epochs.
type Schedule struct {
	Kind   Decay
	Every  float64 // epochs of a step
	Factor float64 // of the learning rate at each step; of cosine, what is left at the end
}

const scheduleReason = "must be constant, step:EPOCHS:FACTOR (EPOCHS 1 or more, FACTOR above 0 and at most 1), cosine[:FLOOR] (FLOOR from 0 to 1) or stages, such as step:10:0.5"

// ParseSchedule reads "constant", "step:10:0.5", "cosine", "cosine:0.01" or "stages".
func ParseSchedule(text string) (Schedule, error) {
	kind, numbers, ok := scheduleKinds.parse(text)
	s := Schedule{Kind: kind}
	switch {
	case kind == Step:
		s.Every, s.Factor = numbers[0], numbers[1]
		ok = s.Every >= 1 && s.Every <= MaxEpochs && s.Factor > 0 && s.Factor <= 1
	case len(numbers) == 1:
		s.Factor = numbers[0]
		ok = s.Factor >= 0 && s.Factor <= 1
	}
	if !ok {
		return Schedule{}, specError("schedule", scheduleReason, text)
	}
	return s, nil
}

// SpansEpochs tells whether the learning rate is laid out over all epochs, so that their number must stay.
func (t Train) SpansEpochs() bool {
	kind, _, _ := scheduleKinds.parse(t.Schedule)
	return kind == Cosine
}

// parse splits "kind:number:number". If the text is not one of the grammar, kind and numbers are zero.
func (g grammar[K]) parse(text string) (kind K, numbers []float64, ok bool) {
	if len(text) > maxSpec {
		return "", nil, false
	}
	parts := strings.Split(text, ":")
	count, known := g[K(parts[0])]
	if n := len(parts) - 1; !known || n < count.least || n > count.most {
		return "", nil, false
	}
	for _, part := range parts[1:] {
		x, err := ParseFloat(part)
		if err != nil {
			return "", nil, false
		}
		numbers = append(numbers, x)
	}
	return K(parts[0]), numbers, true
}

func specError(what, reason, text string) error {
	return fmt.Errorf("%s %s, not %s", what, reason, quote(text))
}

func checkSpec[K ~string, T any](text string, kinds grammar[K], reason string, parse func(string) (T, error)) *FieldError {
	if _, err := parse(text); err == nil {
		return nil
	}
	return &FieldError{Value: text, Reason: reason, Suggestion: meant(text, kinds, parse)}
}

var otherSigns = strings.NewReplacer(" ", "", "=", ":", ",", ":")

// meant is the right text that a wrong one is probably a misspelling of, or "".
func meant[K ~string, T any](text string, kinds grammar[K], parse func(string) (T, error)) string {
	if len(text) > maxSpec {
		return ""
	}
	text = otherSigns.Replace(text)
	kind, _, _ := strings.Cut(text, ":")
	guess := Nearest(kind, Names(slices.Sorted(maps.Keys(kinds)))) + text[len(kind):]
	if _, err := parse(guess); err != nil {
		return ""
	}
	return guess
}
