package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"vae/internal/config"
	"vae/internal/console"
)

func TestNumberList(t *testing.T) {
	for text, want := range map[string][]int{
		"400,200": {400, 200}, "7": {7}, " 1, 2 ,3": {1, 2, 3}, "none": {}, "0": {0}, "-1": {-1},
	} {
		list := []int{9}
		if err := (numberList{list: &list, word: "none"}).Set(text); err != nil || !slices.Equal(list, want) {
			t.Errorf("%q: got %v (%v), want %v", text, list, err, want)
		}
	}
	for _, text := range []string{"", ",", "4,", ",4", "4,,5", "a", "1.5", "4 5", "None", "99999999999999999999", "0x10"} {
		list := []int{9}
		if err := (numberList{list: &list, word: "none"}).Set(text); err == nil || !slices.Equal(list, []int{9}) {
			t.Errorf("%q: got %v and %v, want an error and no change", text, list, err)
		}
	}
	for want, list := range map[string][]int{"none": {}, "400": {400}, "400,200": {400, 200}} {
		if got := (numberList{list: &list, word: "none"}).String(); got != want {
			t.Errorf("%v: got %s, want %s", list, got, want)
		}
	}
	if got := (numberList{}).String(); got != "none" { // the flag package asks a zero value
		t.Errorf("no list: got %s", got)
	}
}

// TestEveryFlagSetsItsField gives each flag a value that is not the default and
// looks for it in the result, and nowhere else.
func TestEveryFlagSetsItsField(t *testing.T) {
	for flag, c := range map[string]struct {
		value string
		set   func(*config.Config)
	}{
		"latent":     {"3", func(c *config.Config) { c.Model.Latent = 3 }},
		"hidden":     {"5,4", func(c *config.Config) { c.Model.Hidden = []int{5, 4} }},
		"activation": {"tanh", func(c *config.Config) { c.Model.Activation = "tanh" }},
		"init":       {"glorot", func(c *config.Config) { c.Model.Init = "glorot" }},
		"likelihood": {"gaussian", func(c *config.Config) { c.Model.Likelihood = "gaussian" }},
		"sigma":      {"0.5", func(c *config.Config) { c.Model.Sigma = 0.5 }},
		"beta":       {"4", func(c *config.Config) { c.Model.Beta = 4 }},
		"epochs":     {"2", func(c *config.Config) { c.Train.Epochs = 2 }},
		"batch":      {"7", func(c *config.Config) { c.Train.Batch = 7 }},
		"lr":         {"0.01", func(c *config.Config) { c.Train.LearningRate = 0.01 }},
		"seed":       {"18446744073709551615", func(c *config.Config) { c.Train.Seed = 1<<64 - 1 }},
		"data":       {"photos", func(c *config.Config) { c.Data.Source = "photos" }},
		"image-size": {"3x4", func(c *config.Config) { c.Data.ImageSize = "3x4" }},
		"channels":   {"3", func(c *config.Config) { c.Data.Channels = 3 }},
		"validation": {"10", func(c *config.Config) { c.Data.Validation = 10 }},
		"limit":      {"20", func(c *config.Config) { c.Data.Limit = 20 }},

		"kind":            {"ae", func(c *config.Config) { c.Model.Kind = "ae" }},
		"code-activation": {"sigmoid --kind=ae", func(c *config.Config) { c.Model.Kind, c.Model.CodeActivation = "ae", "sigmoid" }},
		"top-latent":      {"7", func(c *config.Config) { c.Model.TopLatent = 7 }},
		"top-hidden":      {"5,6 --top-latent=7", func(c *config.Config) { c.Model.TopLatent, c.Model.TopHidden = 7, []int{5, 6} }},
		"output-bias":     {"data", func(c *config.Config) { c.Model.OutputBias = "data" }},
		"conditional":     {"true", func(c *config.Config) { c.Model.Conditional = true }},
		"binarize":        {"dynamic", func(c *config.Config) { c.Data.Binarize = "dynamic" }},

		"objective": {"iwae", func(c *config.Config) { c.Train.Objective = "iwae" }},
		"samples":   {"5", func(c *config.Config) { c.Train.Samples = 5 }},
		"estimator": {"dreg --objective=iwae", func(c *config.Config) { c.Train.Objective, c.Train.Estimator = "iwae", "dreg" }},
		"baseline":  {"average --estimator=score", func(c *config.Config) { c.Train.Estimator, c.Train.Baseline = "score", "average" }},
		"kl-warmup": {"linear:3", func(c *config.Config) { c.Train.KLWarmup = "linear:3" }},
		"free-bits": {"0.25", func(c *config.Config) { c.Train.FreeBits = 0.25 }},
		"corrupt":   {"mask:0.25", func(c *config.Config) { c.Train.Corrupt = "mask:0.25" }},
		"sparsity":  {"l1:0.5 --kind=ae", func(c *config.Config) { c.Model.Kind, c.Train.Sparsity = "ae", "l1:0.5" }},
		"pretrain":  {"layerwise --kind=ae", func(c *config.Config) { c.Model.Kind, c.Train.Pretrain = "ae", "layerwise" }},
		"pretrain-epochs": {"1,2,3 --kind=ae --pretrain=layerwise", func(c *config.Config) {
			c.Model.Kind, c.Train.Pretrain, c.Train.PretrainEpochs = "ae", "layerwise", []int{1, 2, 3}
		}},
		"pretrain-corrupt": {"none,mask:0.1,gaussian:1 --kind=ae --pretrain=layerwise", func(c *config.Config) {
			c.Model.Kind, c.Train.Pretrain, c.Train.PretrainCorrupt = "ae", "layerwise", []string{"none", "mask:0.1", "gaussian:1"}
		}},

		"optimizer":    {"sgd", func(c *config.Config) { c.Train.Optimizer = "sgd" }},
		"schedule":     {"cosine", func(c *config.Config) { c.Train.Schedule = "cosine" }},
		"warmup":       {"100", func(c *config.Config) { c.Train.Warmup = 100 }},
		"momentum":     {"0.5", func(c *config.Config) { c.Train.Momentum = 0.5 }},
		"beta1":        {"0.5", func(c *config.Config) { c.Train.Beta1 = 0.5 }},
		"beta2":        {"0.5", func(c *config.Config) { c.Train.Beta2 = 0.5 }},
		"epsilon":      {"0.0001", func(c *config.Config) { c.Train.Epsilon = 1e-4 }},
		"weight-decay": {"0.5", func(c *config.Config) { c.Train.WeightDecay = 0.5 }},
		"clip":         {"5", func(c *config.Config) { c.Train.Clip = 5 }},
		"patience":     {"5", func(c *config.Config) { c.Train.Patience = 5 }},
		"snapshots":    {"16", func(c *config.Config) { c.Train.Snapshots = 16 }},
		"keep":         {"last", func(c *config.Config) { c.Train.Keep = "last" }},
	} {
		flags := pflag.NewFlagSet("train", pflag.ContinueOnError)
		s := newSettings(flags)
		trainFlags(s)
		if err := flags.Parse(strings.Fields("--" + flag + "=" + c.value)); err != nil { // and what goes with it
			t.Errorf("--%s: %v", flag, err)
			continue
		}
		got, err := s.resolve(t.Context(), config.Default())
		want := config.Default()
		c.set(&want)
		if err != nil || string(got.YAML()) != string(want.YAML()) {
			t.Errorf("--%s %s: %v\n%s", flag, c.value, err, got.YAML())
		}
	}
}

// TestFlagsOfTheTable gives the flag of every setting texts until one changes something: the
// setting, and nothing else.
func TestFlagsOfTheTable(t *testing.T) {
	texts := []string{"true", "7", "0.5", "3x4", "mask:0.5", "l1:1", "linear:3", "cosine"}
	for _, row := range config.Table() {
		if row.Flag == "" {
			continue
		}
		found := false
		for _, text := range append(texts, row.Values...) {
			s := newSettings(pflag.NewFlagSet("train", pflag.ContinueOnError))
			trainFlags(s)
			before := s.given.Settings()
			if s.flags.Parse([]string{"--" + row.Flag + "=" + text}) != nil {
				continue
			}
			for i, after := range s.given.Settings() {
				found = found || after.Path == row.Path && after != before[i]
				if after.Path != row.Path && after != before[i] {
					t.Errorf("--%s %s sets %s too", row.Flag, text, after.Path)
				}
			}
		}
		if !found {
			t.Errorf("--%s sets nothing", row.Flag)
		}
	}
}

// TestNoEmptyDefaults reads every help.
func TestNoEmptyDefaults(t *testing.T) {
	for _, c := range newRoot(console.Streams{}).Commands() {
		usage := c.UsageString()
		if strings.Contains(usage, "(default )") || strings.Contains(usage, ") (default") || strings.Contains(usage, "olour") {
			t.Errorf("%s", usage)
		}
	}
}
