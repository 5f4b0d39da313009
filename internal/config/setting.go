package config

import (
	"reflect"
	"slices"
	"strings"
)

// Setting is a row of the table of settings: all that there is to know about one. Files, flags, checks and help come
// from it.
type Setting struct {
	Path    string // in a file: "model.latent"
	Flag    string // on a command line: "latent"; "" for none
	Help    string // what it is, with Mentions; a word in backquotes names its value
	Note    string // comment behind the value in a written file
	Default string // what the help says of the default, where the value says too little
	Group   Group

	// At is the place of the value: a *Keyword, *string, *bool, *int, *uint64, *float64, *[]int or *[]string.
	At func(*Config) any

	Values []string // of an enumeration: all that it may be
	Begins []string // of a text that has a grammar: names that it may begin with, to be offered
	Word   string   // of a number: what stands for -1, which Auto and Learned are; of a list or text: for none of it; "" where nothing does
	Second string   // of a number with a Word: what stands for -2; "" where nothing does
	Least  int      // of a whole number with a Word: the least besides it
	Check  Check    // what it must be besides; nil for no more than its type and Values say
	UsedBy []Use    // what it has no effect without, any of them

	Changeable bool // by a run that goes on
}

// Keyword is a text that needs no quotes in a file: a name from a list, or what begins with one ("mask:0.25").
type Keyword string

// Group is a heading that settings stand under where they are shown.
type Group string

// The groups.
const (
	GroupModel        Group = "Model"
	GroupData         Group = "Data"
	GroupObjective    Group = "Objective"
	GroupOptimization Group = "Optimization"
	GroupRun          Group = "Run"
)

// Groups lists them in the order in which they are shown.
var Groups = []Group{GroupModel, GroupData, GroupObjective, GroupOptimization, GroupRun}

// Use is what a setting may need to have an effect.
type Use struct {
	Of  string            // path of the setting that decides
	By  func(Config) bool // whether the setting has an effect
	Why string            // what to say behind "has no effect with kind pca"
}

var (
	inTraining = Use{"model.kind", func(c Config) bool { return c.Model.Kind != PCA }, "principal components are computed, not trained"}
	bySigma    = Use{"model.likelihood", func(c Config) bool { return slices.Contains(withSigma, c.Model.Likelihood) }, leaveOut}
	bySGD      = Use{"train.optimizer", func(c Config) bool { return c.Train.Optimizer == SGD }, leaveOut}
	byAdam     = Use{"train.optimizer", func(c Config) bool { return slices.Contains(withMoments, c.Train.Optimizer) }, leaveOut}
	byAdaptive = Use{"train.optimizer", func(c Config) bool { return c.Train.Optimizer != SGD }, leaveOut}
	byLayers   = Use{"train.pretrain", func(c Config) bool { return c.Train.Pretrain != NoPretraining }, leaveOut}
	byHidden   = Use{"model.encoder", func(c Config) bool { return c.Model.Encoder == "" }, "the list has its layers"}

	byActivation = Use{"model.encoder", func(c Config) bool { return c.Model.Encoder == "" || c.Model.TopLatent > 0 }, "the list has its activations"}
)

const leaveOut = "leave it out"

var sections = []string{"model", "data", "train"}

// table lists every setting, in the order of a written file.
var table = slices.Concat(modelSettings, dataSettings, lengthSettings, objectiveSettings, optimizationSettings)

// Table lists every setting, in the order of a written file. It must not be changed.
func Table() []Setting { return table }

// Find is the setting of that path, if there is one.
func Find(path string) (Setting, bool) {
	i := slices.IndexFunc(table, func(s Setting) bool { return s.Path == path })
	if i < 0 {
		return Setting{}, false
	}
	return table[i], true
}

// Words are what stands for -1 and -2, where something does.
func (s Setting) Words() []string {
	return slices.DeleteFunc([]string{s.Word, s.Second}, func(word string) bool { return word == "" })
}

// key is the name of a setting within its section.
func (s Setting) key() string {
	_, key, _ := strings.Cut(s.Path, ".")
	return key
}

func (s Setting) section() string {
	section, _, _ := strings.Cut(s.Path, ".")
	return section
}

// Copy sets the value of one configuration to that of another. They share a list.
func (s Setting) Copy(to, from *Config) {
	reflect.ValueOf(s.At(to)).Elem().Set(reflect.ValueOf(s.At(from)).Elem())
}

// equal compares the values of two configurations. An empty list is one, however it is held.
func (s Setting) equal(a, b *Config) bool {
	switch v := s.At(a).(type) {
	case *[]int:
		return slices.Equal(*v, *s.At(b).(*[]int))
	case *[]string:
		return slices.Equal(*v, *s.At(b).(*[]string))
	default:
		return reflect.ValueOf(v).Elem().Equal(reflect.ValueOf(s.At(b)).Elem())
	}
}

// Equal tells whether all settings of two configurations are the same.
func (c Config) Equal(other Config) bool {
	return !slices.ContainsFunc(table, func(s Setting) bool { return !s.equal(&c, &other) })
}

// Written is a setting as it stands in a file.
type Written struct {
	Path  string // "model.latent"
	Value string
}

// Settings lists every setting in the order of a written file.
func (c Config) Settings() []Written {
	all := make([]Written, len(table))
	for i, s := range table {
		all[i] = Written{s.Path, s.encode(&c)}
	}
	return all
}

// Replaced finds the first setting that a run which goes on must not change, and what it was before.
func Replaced(was, now Config) (before, after Written, found bool) {
	for _, s := range table {
		if !s.Changeable && !s.equal(&was, &now) {
			return Written{s.Path, s.encode(&was)}, Written{s.Path, s.encode(&now)}, true
		}
	}
	return Written{}, Written{}, false
}

// Continued is the configuration of a run that goes on and was begun with another: what the program chose then stays so
// where it is left to the program again.
func (c Config) Continued(was Config) Config {
	if c.Data.Validation == Auto {
		c.Data.Validation = was.Data.Validation
	}
	if c.Train.Batch == Auto {
		c.Train.Batch = was.Train.Batch
	}
	if c.Data.ImageSize == "" {
		c.Data.ImageSize = was.Data.ImageSize
	}
	if c.Data.Crop == OwnSize && was.Data.Crop != "none" {
		c.Data.Crop = was.Data.Crop
	}
	if c.Data.Channels == 0 {
		c.Data.Channels = was.Data.Channels
	}
	return c.OfModel(was)
}

// OfModel writes likelihood and lists of layers as a configuration that is resolved has them, where they are the same: levels that are
// left open become those that it has, and a list that is left to the program becomes the one that it has where the program makes that one.
// What says something else stays as it is.
func (c Config) OfModel(was Config) Config {
	m := &c.Model
	m.Likelihood = m.Likelihood.continued(was.Model.Likelihood)
	m.Encoder, m.Decoder = plainNetwork(m.Encoder), plainNetwork(m.Decoder)
	shape, err := was.Data.Shape()
	settled := c
	if err != nil || settleNetworks(&settled, DataFacts{Shape: shape}) != nil || settled.Model.Encoder != was.Model.Encoder {
		return c
	}
	if m.Encoder = was.Model.Encoder; m.LatentMap() {
		m.Latent = was.Model.Latent
	}
	if settled.Model.Decoder == was.Model.Decoder {
		m.Decoder = was.Model.Decoder
	}
	return c
}
