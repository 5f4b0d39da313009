package config

import (
	"math"
	"strings"
	"testing"
)

// Numbers that are none, whatever the setting.
var badNumbers = []string{
	"", " ", "NaN", "nan", ".nan", "Inf", "inf", "+Inf", "-inf", "infinity", "1e999", "-1", "-0.1", "0x1p-2", "0x1", "0b1", "0o7", "1_0", "1,5", "0,5", " 1", "1 ",
	"1.2.3", ".", "e1", "1e", "--1", "+-1", "1/2", "50%", "½", "١", "1\n", "1\x00", "auto", "none", "true", "0." + strings.Repeat("0", 100) + "1",
}

// bad puts every bad number at the places marked # of the patterns, and adds the rest.
func bad(patterns []string, rest ...string) []string {
	for _, pattern := range patterns {
		for _, number := range badNumbers {
			rest = append(rest, strings.Replace(pattern, "#", number, 1))
		}
	}
	return append(rest, "", " ", ":", "::", "x", "1", "0.25", "true", "null", "NONE", " none", "none ", "none:", "none:1", "none\n", "\xff", strings.Repeat("a", 10000))
}

var (
	goodCorruptions = []string{
		"none", "mask:0.25", "mask:1", "mask:1e-9", "mask:.5", "mask:1.", "mask:+0.5", "mask:5E-1", "mask:0.1" + strings.Repeat("0", 92),
		"salt-pepper:0.1", "salt-pepper:1", "gaussian:0.3", "gaussian:10", "gaussian:1e1",
	}
	badCorruptions = bad([]string{"mask:#", "salt-pepper:#", "gaussian:#"},
		"mask", "mask:", "mask:0", "mask:1.0000001", "mask:2", "mask:0.5:", "mask:0.5:0.5", "mask:1e-999", "mask:-0", "Mask:0.5", "mask 0.5", "mask=0.5", "mask: 0.5", "mask :0.5",
		"mask:0.1"+strings.Repeat("0", 93), "salt-pepper", "salt-pepper:0", "salt-pepper:1.1", "salt:0.1", "salt_pepper:0.1",
		"gaussian", "gaussian:0", "gaussian:10.1", "gaussian:0.3:1", ":0.5", "0.5:mask", "dropout:0.5")

	goodSparsities = []string{"none", "kl:0.05:3", "kl:1e-9:1e6", "kl:0.999:1e-9", "kl:.5:.5", "l1:0.1", "l1:1e6", "l1:1e-300"}
	badSparsities  = bad([]string{"kl:#:3", "kl:0.05:#", "l1:#"},
		"kl", "kl:0.05", "kl:0.05:", "kl::3", "kl:0:3", "kl:1:3", "kl:1.5:3", "kl:0.05:0", "kl:0.05:1.1e6", "kl:0.05:3:1", "KL:0.05:3", "l1", "l1:", "l1:0", "l1:1.1e6", "l1:1:2", "l2:1")

	goodKLWarmups = []string{"none", "linear:10", "linear:0.5", "linear:1e6", "linear:1e-300", "cyclical:5", "cyclical:5:0.5", "cyclical:5:1", "cyclical:0.1:1e-300", "cyclical:1e6"}
	badKLWarmups  = bad([]string{"linear:#", "cyclical:#", "cyclical:#:0.5", "cyclical:5:#"},
		"linear", "linear:", "linear:0", "linear:1.1e6", "linear:5:0.5", "linear:1e-999", "Linear:5", "cyclical", "cyclical:", "cyclical:0", "cyclical:0:0.5", "cyclical:5:0", "cyclical:5:1.1",
		"cyclical:5:", "cyclical:5:0.5:1", "cyclical:1.1e6", "cyclical::0.5", "sigmoid:5")

	goodSchedules = []string{"constant", "stages", "step:10:0.5", "step:1:1", "step:2.5:1e-9", "step:1e6:0.1", "cosine", "cosine:0", "cosine:0.01", "cosine:1"}
	badSchedules  = bad([]string{"step:#:0.5", "step:10:#", "cosine:#"},
		"none", "constant:", "constant:1", "Constant", "step", "step:", "step:10", "step:10:", "step::0.5", "step:0:0.5", "step:0.9:0.5", "step:1.1e6:0.5", "step:10:0", "step:10:1.1",
		"step:10:0.5:1", "cosine:", "cosine:1.1", "cosine:0.1:1", "stages:8", "stage", "linear:10")
)

var (
	goodLikelihoods = []string{"bernoulli", "gaussian", "mse", "logistic", "logistic:2", "logistic:256", "logistic:65536", "dmol:5", "dmol:1", "dmol:100:4096", "beta-binomial",
		"beta-binomial:256", "categorical", "categorical:256", "categorical:16."}
	badLikelihoods = bad([]string{"logistic:#", "dmol:#", "dmol:5:#", "categorical:#", "beta-binomial:#"},
		"poisson", "logistic:", "logistic:1", "logistic:65537", "logistic:2.5", "logistic:256:1", "dmol", "dmol:0", "dmol:101", "dmol:1.5", "dmol:5:1", "dmol:5:256:1", "categorical:257", "bernoulli:2",
		"gaussian:0.1", "mse:256", "Logistic", "logistic=256", "betabinomial")
)

func TestParseLikelihood(t *testing.T) {
	testParse(t, "likelihood "+likelihoodReason, ParseLikelihood, badLikelihoods, goodLikelihoods, map[string]LikelihoodForm{
		"bernoulli": {"bernoulli", 0, 0}, "logistic": {"logistic", 0, 0}, "logistic:4096": {"logistic", 0, 4096}, "dmol:5": {"dmol", 5, 0}, "dmol:5:256": {"dmol", 5, 256},
		"beta-binomial": {"beta-binomial", 0, 0}, "categorical:1e1": {"categorical", 0, 10},
	})
	for _, text := range []string{"bernoulli", "logistic", "logistic:256", "dmol:5", "dmol:10:65536", "categorical:16"} {
		if f, err := ParseLikelihood(text); err != nil || f.String() != text {
			t.Errorf("%s is written as %s (%v)", text, f, err)
		}
	}
}

func TestParseCorruption(t *testing.T) {
	testParse(t, "corruption "+corruptionReason, ParseCorruption, badCorruptions, goodCorruptions, map[string]Corruption{
		"none": {"none", 0}, "mask:0.25": {"mask", 0.25}, "mask:1.": {"mask", 1}, "mask:5E-1": {"mask", 0.5}, "mask:+0.5": {"mask", 0.5},
		"salt-pepper:0.1": {"salt-pepper", 0.1}, "gaussian:0.3": {"gaussian", 0.3}, "gaussian:10": {"gaussian", 10},
	})
}

func TestParseSparsity(t *testing.T) {
	testParse(t, "sparsity "+sparsityReason, ParseSparsity, badSparsities, goodSparsities, map[string]Sparsity{
		"none": {"none", 0, 0}, "kl:0.05:3": {"kl", 0.05, 3}, "kl:1e-9:1e6": {"kl", 1e-9, 1e6}, "l1:0.1": {"l1", 0, 0.1},
	})
}

func TestParseKLWarmup(t *testing.T) {
	testParse(t, "KL warm-up "+klWarmupReason, ParseKLWarmup, badKLWarmups, goodKLWarmups, map[string]KLWarmup{
		"none": {"none", 0, 1}, "linear:10": {"linear", 10, 1}, "linear:0.5": {"linear", 0.5, 1},
		"cyclical:5": {"cyclical", 5, 0.5}, "cyclical:5:0.25": {"cyclical", 5, 0.25}, "cyclical:5:1": {"cyclical", 5, 1},
	})
}

func TestParseSchedule(t *testing.T) {
	testParse(t, "schedule "+scheduleReason, ParseSchedule, badSchedules, goodSchedules, map[string]Schedule{
		"constant": {"constant", 0, 0}, "stages": {"stages", 0, 0}, "step:10:0.5": {"step", 10, 0.5}, "step:2.5:1e-9": {"step", 2.5, 1e-9},
		"cosine": {"cosine", 0, 0}, "cosine:0.01": {"cosine", 0, 0.01}, "cosine:1": {"cosine", 0, 1},
	})
}

func testParse[T comparable](t *testing.T, reason string, parse func(string) (T, error), bad, good []string, exact map[string]T) {
	t.Helper()
	var zero T
	for _, text := range bad {
		if got, err := parse(text); err == nil || got != zero || err.Error() != reason+", not "+quote(text) {
			t.Errorf("%.120q is %+v, error %v", text, got, err)
		}
	}
	for _, text := range good {
		if got, err := parse(text); err != nil || got == zero {
			t.Errorf("%q is %+v, error %v", text, got, err)
		}
	}
	for text, want := range exact {
		if got, err := parse(text); err != nil || got != want {
			t.Errorf("%q is %+v, error %v, want %+v", text, got, err, want)
		}
	}
}

func TestKLWarmupAt(t *testing.T) {
	for _, tt := range []struct {
		text        string
		epoch, want float64
	}{
		{"none", 0, 1}, {"none", 100, 1},
		{"linear:10", 0, 0}, {"linear:10", 2.5, 0.25}, {"linear:10", 10, 1}, {"linear:10", 1e9, 1}, {"linear:0.5", 0.25, 0.5},
		{"linear:1e-300", 0, 0}, {"linear:1e-300", 1, 1},
		{"cyclical:4", 0, 0}, {"cyclical:4", 1, 0.5}, {"cyclical:4", 2, 1}, {"cyclical:4", 3.5, 1}, {"cyclical:4", 4, 0}, {"cyclical:4", 41, 0.5},
		{"cyclical:4:1", 3, 0.75}, {"cyclical:4:1", 7, 0.75}, {"cyclical:4:0.25", 0.5, 0.5}, {"cyclical:4:0.25", 1, 1},
		{"cyclical:0.5", 0.125, 0.5}, {"cyclical:0.5", 0.625, 0.5}, // cycles shorter than an epoch
		{"cyclical:1e-300", 0, 0}, {"cyclical:4:1e-300", 0, 0}, {"cyclical:4:1e-300", 1, 1},
	} {
		w, err := ParseKLWarmup(tt.text)
		if got := w.At(tt.epoch); err != nil || got != tt.want {
			t.Errorf("%s after %g epochs is %g, %v, want %g", tt.text, tt.epoch, got, err, tt.want)
		}
	}
}

func TestSpecSuggestions(t *testing.T) {
	for _, tt := range []struct {
		set  func(*Train)
		want string
	}{
		{func(c *Train) { c.Corrupt = "None" }, "none"},
		{func(c *Train) { c.Corrupt = "msak:0.25" }, "mask:0.25"},
		{func(c *Train) { c.Corrupt = "mask=0.25" }, "mask:0.25"},
		{func(c *Train) { c.Corrupt = "mask: 0.25" }, "mask:0.25"},
		{func(c *Train) { c.Corrupt = "salt_pepper:.1" }, "salt-pepper:.1"},
		{func(c *Train) { c.Corrupt = "mask:25" }, ""},
		{func(c *Train) { c.Corrupt = "mask" }, ""},
		{func(c *Train) { c.Corrupt = "mask:0.5" + strings.Repeat(" ", 100) }, ""},
		{func(c *Train) { c.Sparsity = "KL:0.05:3" }, "kl:0.05:3"},
		{func(c *Train) { c.Sparsity = "kl:0.05,3" }, "kl:0.05:3"},
		{func(c *Train) { c.KLWarmup = "cyclic:5" }, "cyclical:5"},
		{func(c *Train) { c.Schedule = "cosin" }, "cosine"},
		{func(c *Train) { c.Schedule = "polynomial" }, ""},
	} {
		c := Default()
		tt.set(&c.Train)
		err, ok := c.Validate().(*FieldError)
		if !ok || err.Suggestion != tt.want {
			t.Errorf("%v: %+v, want a suggestion of %q", err, err, tt.want)
		}
	}
}

func TestAugmentSuggestion(t *testing.T) {
	for text, want := range map[string]string{"flp,corp:4": "flip,crop:4", "flip, rotate=10": "flip,rotate:10", "Flip": "flip", "mosaic:3": "", "flip,crop": ""} {
		c := Default()
		c.Data.Augment = text
		if err, ok := c.Validate().(*FieldError); !ok || err.Suggestion != want {
			t.Errorf("%q: %+v, want a suggestion of %q", text, err, want)
		}
	}
}

func FuzzSpecs(f *testing.F) {
	for _, list := range [][]string{goodCorruptions, goodSparsities, goodKLWarmups, goodSchedules, badSchedules} {
		for _, text := range list {
			f.Add(text, 1.5)
		}
	}
	f.Add("cyclical:5e-324:5e-324", 1e6)
	f.Add("cyclical:3:0.7", 2.9999999999999996)
	f.Fuzz(func(t *testing.T, text string, epoch float64) {
		check := func(what string, err error, sane bool) {
			if err == nil && !sane {
				t.Errorf("%q is a %s that makes no sense", text, what)
			}
			if err != nil && (len(err.Error()) > 600 || strings.ContainsAny(err.Error(), "\r\n\t\x00") || !strings.HasPrefix(err.Error(), what+" must be ")) {
				t.Errorf("%q: error is not one short line: %q", text, err)
			}
		}
		c, err := ParseCorruption(text)
		check("corruption", err, c == Corruption{Kind: "none"} || (c.Kind == "mask" || c.Kind == "salt-pepper") && within(c.Amount, 0, 1) || c.Kind == "gaussian" && within(c.Amount, 0, 10))
		s, err := ParseSparsity(text)
		check("sparsity", err, s == Sparsity{Kind: "none"} || s.Kind == "l1" && s.Rate == 0 && within(s.Weight, 0, 1e6) ||
			s.Kind == "kl" && within(s.Rate, 0, math.Nextafter(1, 0)) && within(s.Weight, 0, 1e6))
		w, err := ParseKLWarmup(text)
		check("KL warm-up", err, w == KLWarmup{Kind: "none", Share: 1} || w.Kind == "linear" && w.Share == 1 && within(w.Epochs, 0, 1e6) ||
			w.Kind == "cyclical" && within(w.Share, 0, 1) && within(w.Epochs, 0, 1e6))
		if err == nil && epoch >= 0 && epoch <= 1e6 {
			if at := w.At(epoch); !(at >= 0 && at <= 1) {
				t.Errorf("%q after %g epochs is %g", text, epoch, at)
			}
		}
		l, err := ParseSchedule(text)
		check("schedule", err, l == Schedule{Kind: "constant"} || l == Schedule{Kind: "stages"} || l.Kind == "cosine" && l.Every == 0 && l.Factor >= 0 && l.Factor <= 1 ||
			l.Kind == "step" && l.Every >= 1 && l.Every <= 1e6 && within(l.Factor, 0, 1))
	})
}

// within tells whether x is above low and at most high.
func within(x, low, high float64) bool { return x > low && x <= high }
