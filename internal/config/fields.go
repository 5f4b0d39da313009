package config

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// field ties a YAML path to the place in a Config that it sets.
type field struct {
	section, key string
	at           func(*Config) any // pointer of a type that encode and decode know
	note         string            // comment behind the value in a written file
}

type (
	word      string   // a string from a list of names, which needs no quotes
	autoInt   int      // an int that may be Auto, written "auto"
	autoFloat float64  // a float that may be Auto, written "auto"
	learnable float64  // a float that may be Learned, written "learned"
	names     []string // a list of texts
)

func (f field) path() string { return f.section + "." + f.key }

var sections = []string{"model", "data", "train"}

// fields lists every setting, in the order of a written file.
var fields = []field{
	{"model", "kind", func(c *Config) any { return (*word)(&c.Model.Kind) }, ""},
	{"model", "latent", func(c *Config) any { return &c.Model.Latent }, ""},
	{"model", "hidden", func(c *Config) any { return &c.Model.Hidden }, ""},
	{"model", "activation", func(c *Config) any { return (*word)(&c.Model.Activation) }, ""},
	{"model", "code_activation", func(c *Config) any { return (*word)(&c.Model.CodeActivation) }, "ae only"},
	{"model", "top_latent", func(c *Config) any { return &c.Model.TopLatent }, "second stochastic layer, 0 for none"},
	{"model", "top_hidden", func(c *Config) any { return &c.Model.TopHidden }, ""},
	{"model", "init", func(c *Config) any { return (*word)(&c.Model.Init) }, ""},
	{"model", "output_bias", func(c *Config) any { return (*word)(&c.Model.OutputBias) }, ""},
	{"model", "likelihood", func(c *Config) any { return (*word)(&c.Model.Likelihood) }, ""},
	{"model", "sigma", func(c *Config) any { return (*learnable)(&c.Model.Sigma) }, "gaussian likelihood only"},
	{"model", "beta", func(c *Config) any { return &c.Model.Beta }, ""},
	{"model", "conditional", func(c *Config) any { return &c.Model.Conditional }, ""},
	{"model", "classes", func(c *Config) any { return (*names)(&c.Model.Classes) }, "found in the data"},
	{"data", "source", func(c *Config) any { return &c.Data.Source }, ""},
	{"data", "image_size", func(c *Config) any { return &c.Data.ImageSize }, `"WIDTHxHEIGHT", or "" for the images' own`},
	{"data", "channels", func(c *Config) any { return &c.Data.Channels }, "1 grey, 3 color, 0 as the images are"},
	{"data", "validation", func(c *Config) any { return (*autoInt)(&c.Data.Validation) }, "images kept back from training"},
	{"data", "limit", func(c *Config) any { return &c.Data.Limit }, "training images used, 0 for all"},
	{"data", "binarize", func(c *Config) any { return (*word)(&c.Data.Binarize) }, ""},
	{"train", "epochs", func(c *Config) any { return &c.Train.Epochs }, ""},
	{"train", "batch", func(c *Config) any { return (*autoInt)(&c.Train.Batch) }, ""},
	{"train", "seed", func(c *Config) any { return &c.Train.Seed }, ""},
	{"train", "objective", func(c *Config) any { return (*word)(&c.Train.Objective) }, ""},
	{"train", "samples", func(c *Config) any { return &c.Train.Samples }, ""},
	{"train", "estimator", func(c *Config) any { return (*word)(&c.Train.Estimator) }, ""},
	{"train", "baseline", func(c *Config) any { return (*word)(&c.Train.Baseline) }, "score estimator only"},
	{"train", "kl_warmup", func(c *Config) any { return (*word)(&c.Train.KLWarmup) }, ""},
	{"train", "free_bits", func(c *Config) any { return &c.Train.FreeBits }, "nats a latent"},
	{"train", "corrupt", func(c *Config) any { return (*word)(&c.Train.Corrupt) }, ""},
	{"train", "sparsity", func(c *Config) any { return (*word)(&c.Train.Sparsity) }, "ae only"},
	{"train", "pretrain", func(c *Config) any { return (*word)(&c.Train.Pretrain) }, "ae only"},
	{"train", "pretrain_epochs", func(c *Config) any { return &c.Train.PretrainEpochs }, ""},
	{"train", "pretrain_corrupt", func(c *Config) any { return (*names)(&c.Train.PretrainCorrupt) }, ""},
	{"train", "optimizer", func(c *Config) any { return (*word)(&c.Train.Optimizer) }, ""},
	{"train", "learning_rate", func(c *Config) any { return &c.Train.LearningRate }, ""},
	{"train", "schedule", func(c *Config) any { return (*word)(&c.Train.Schedule) }, ""},
	{"train", "warmup", func(c *Config) any { return &c.Train.Warmup }, "steps"},
	{"train", "momentum", func(c *Config) any { return &c.Train.Momentum }, "sgd only"},
	{"train", "beta1", func(c *Config) any { return &c.Train.Beta1 }, ""},
	{"train", "beta2", func(c *Config) any { return &c.Train.Beta2 }, ""},
	{"train", "epsilon", func(c *Config) any { return (*autoFloat)(&c.Train.Epsilon) }, ""},
	{"train", "weight_decay", func(c *Config) any { return &c.Train.WeightDecay }, ""},
	{"train", "clip", func(c *Config) any { return &c.Train.Clip }, "0 for no limit"},
	{"train", "patience", func(c *Config) any { return &c.Train.Patience }, "epochs, 0 for never"},
	{"train", "keep", func(c *Config) any { return (*word)(&c.Train.Keep) }, ""},
}

// find is the setting of that name in a section, if there is one.
func find(section, key string) (field, bool) {
	for _, f := range fields {
		if f.section == section && f.key == key {
			return f, true
		}
	}
	return field{}, false
}

// nothing is the word that stands for no value of a setting, if the node is empty and there is one.
func (f field) nothing(node ast.Node) string {
	c := Default()
	word := encode(f.at(&c))
	if _, null := node.(*ast.NullNode); null && (word == "none" || word == "auto") {
		return word
	}
	return ""
}

// keys are the names of the settings in a section.
func keys(section string) []string {
	var names []string
	for _, f := range fields {
		if f.section == section {
			names = append(names, f.key)
		}
	}
	return names
}

// YAML writes every setting. For a valid c, Load reads the same values back over any base, floats exactly.
func (c Config) YAML() []byte {
	var b bytes.Buffer
	for i, section := range sections {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s:\n", section)
		for _, f := range fields {
			if f.section == section {
				f.write(&b, &c)
			}
		}
	}
	return b.Bytes()
}

func (f field) write(b *bytes.Buffer, c *Config) {
	fmt.Fprintf(b, "  %s: %s", f.key, encode(f.at(c)))
	if f.note != "" {
		fmt.Fprintf(b, " # %s", f.note)
	}
	b.WriteByte('\n')
}

// encode writes the value at one of the pointers that field.at returns.
func encode(at any) string {
	switch v := at.(type) {
	case *word:
		return string(*v)
	case *string:
		return strconv.Quote(*v)
	case *bool:
		return strconv.FormatBool(*v)
	case *float64:
		return formatFloat(*v)
	case *autoFloat:
		if *v == Auto {
			return "auto"
		}
		return formatFloat(float64(*v))
	case *learnable:
		if *v == Learned {
			return "learned"
		}
		return formatFloat(float64(*v))
	case *names:
		return "[" + strings.Join(quoteAll(*v), ", ") + "]"
	case *uint64:
		return strconv.FormatUint(*v, 10)
	case *autoInt:
		if *v == Auto {
			return "auto"
		}
		return strconv.Itoa(int(*v))
	case *[]int:
		return "[" + strings.Join(strings.Fields(strings.Trim(fmt.Sprint(*v), "[]")), ", ") + "]"
	case *int:
		return strconv.Itoa(*v)
	}
	return ""
}

func formatFloat(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func quoteAll(texts []string) []string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = strconv.Quote(text)
	}
	return quoted
}
