package config

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// field ties a YAML path to the place in a Config that it sets.
type field struct {
	section, key string
	at           func(*Config) any // *string, *word, *int, *autoInt, *uint64, *float64 or *[]int
	note         string            // comment behind the value in a written file
}

type (
	word    string // a string from a list of names, which needs no quotes
	autoInt int    // an int that may be Auto, written "auto"
)

func (f field) path() string { return f.section + "." + f.key }

var sections = []string{"model", "data", "train"}

// fields lists every setting, in the order of a written file.
var fields = []field{
	{"model", "kind", func(c *Config) any { return (*word)(&c.Model.Kind) }, ""},
	{"model", "latent", func(c *Config) any { return &c.Model.Latent }, ""},
	{"model", "hidden", func(c *Config) any { return &c.Model.Hidden }, ""},
	{"model", "activation", func(c *Config) any { return (*word)(&c.Model.Activation) }, ""},
	{"model", "init", func(c *Config) any { return (*word)(&c.Model.Init) }, ""},
	{"model", "likelihood", func(c *Config) any { return (*word)(&c.Model.Likelihood) }, ""},
	{"model", "sigma", func(c *Config) any { return &c.Model.Sigma }, "gaussian likelihood only"},
	{"model", "beta", func(c *Config) any { return &c.Model.Beta }, ""},
	{"data", "source", func(c *Config) any { return &c.Data.Source }, ""},
	{"data", "image_size", func(c *Config) any { return &c.Data.ImageSize }, `"WIDTHxHEIGHT", or "" for the images' own`},
	{"data", "channels", func(c *Config) any { return &c.Data.Channels }, "1 grey, 3 color, 0 as the images are"},
	{"data", "validation", func(c *Config) any { return (*autoInt)(&c.Data.Validation) }, "images kept back from training"},
	{"data", "limit", func(c *Config) any { return &c.Data.Limit }, "training images used, 0 for all"},
	{"train", "epochs", func(c *Config) any { return &c.Train.Epochs }, ""},
	{"train", "batch", func(c *Config) any { return (*autoInt)(&c.Train.Batch) }, ""},
	{"train", "learning_rate", func(c *Config) any { return &c.Train.LearningRate }, ""},
	{"train", "seed", func(c *Config) any { return &c.Train.Seed }, ""},
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
	case *float64:
		return strconv.FormatFloat(*v, 'g', -1, 64)
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
