package config

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestYAML(t *testing.T) {
	want := `model:
  kind: vae
  latent: 20
  hidden: [400, 200]
  activation: relu
  encoder: "" # layers, "auto", or "" for those of hidden
  decoder: "" # layers, or "" for the encoder mirrored
  code_activation: linear # ae only
  top_latent: 0 # second stochastic layer, 0 for none
  top_hidden: []
  init: kaiming
  output_bias: init
  likelihood: bernoulli
  sigma: 0.1 # gaussian likelihood only
  beta: 1
  conditional: false
  classes: [] # found in the data

data:
  source: "mnist"
  image_size: "" # "WIDTHxHEIGHT", or "" for the images' own
  fit: stretch
  resample: bicubic
  crop: none # none, own or WIDTHxHEIGHT, of which windows are trained on
  channels: 0 # 1 grey, 3 color, 0 as the images are
  range: "auto" # "auto", "8bit", "16bit" or "LOW:HIGH"
  validation: auto # images kept back from training
  limit: 0 # training images used, 0 for all
  merge_test: false
  pages: first
  skip_bad: false
  binarize: none
  augment: none
  cache: "none" # "none", "auto" for a file beside the run, or its path
  exclude_labels: [] # left out of training and validation

train:
  epochs: 20
  batch: auto
  slices: 1 # of a batch, shared by processes
  seed: 1
  objective: elbo
  samples: 1
  estimator: reparameterization
  baseline: none # score estimator only
  kl_warmup: none
  free_bits: 0 # nats a latent
  corrupt: none
  sparsity: none # ae only
  pretrain: none # ae only
  pretrain_epochs: [15]
  pretrain_corrupt: ["none"]
  optimizer: adam
  learning_rate: 0.001
  schedule: constant
  warmup: 0 # steps
  momentum: 0.9 # sgd only
  beta1: 0.9
  beta2: 0.999
  epsilon: auto
  weight_decay: 0
  clip: 0 # 0 for no limit
  skip_gradients: 0 # norm above which a step is left out, 0 for none
  ema: 0 # decay of the average of the weights, 0 for none
  patience: 0 # epochs, 0 for never
  keep: best
  snapshots: 0 # images of every epoch, 0 for none
  from: "" # SHA-256 of the model that it began from
`
	if got := string(Default().YAML()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestYAMLOfOtherValues(t *testing.T) {
	c := Default()
	c.Model.Sigma, c.Model.Conditional, c.Model.Classes = Learned, true, []string{"0", "a\n\"b\"", "é", "x: y, #", "\x7f"}
	c.Train.Corrupt, c.Train.KLWarmup, c.Train.Sparsity, c.Train.Schedule = "mask:0.25", "cyclical:5:0.5", "kl:0.05:3", "step:10:0.5"
	c.Train.PretrainEpochs, c.Train.PretrainCorrupt, c.Train.Epsilon = []int{}, []string{"mask:0.25", "none"}, 1e-8
	got := string(c.YAML())
	for _, line := range []string{
		"  sigma: learned # gaussian likelihood only\n", "  conditional: true\n", `  classes: ["0", "a\n\"b\"", "é", "x: y, #", "\x7f"] # found in the data` + "\n",
		"  corrupt: mask:0.25\n", "  kl_warmup: cyclical:5:0.5\n", "  sparsity: kl:0.05:3 # ae only\n", "  schedule: step:10:0.5\n",
		"  pretrain_epochs: []\n", `  pretrain_corrupt: ["mask:0.25", "none"]` + "\n", "  epsilon: 1e-08\n",
	} {
		if !strings.Contains(got, line) {
			t.Errorf("no line %q in\n%s", line, got)
		}
	}
}

// Every leaf of Config is a setting of its own, so that no field can be added without its key.
func TestFieldsAreComplete(t *testing.T) {
	leaves := 0
	for _, section := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		leaves += section.Type.NumField()
	}
	if len(table) != leaves {
		t.Errorf("%d settings for %d fields", len(table), leaves)
	}
	var c Config
	places, paths := map[uintptr]string{}, map[string]bool{}
	for _, s := range table {
		place := reflect.ValueOf(s.At(&c)).Pointer()
		if other, taken := places[place]; taken {
			t.Errorf("%s and %s set the same field", s.Path, other)
		}
		if paths[s.Path] {
			t.Errorf("two settings %s", s.Path)
		}
		places[place], paths[s.Path] = s.Path, true
	}
}

func TestYAMLRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyConfig(t)
		if err := c.Validate(); err != nil {
			t.Fatalf("generator: %v", err)
		}
		got, err := Load(c.YAML(), "f.yaml", Config{})
		if err != nil {
			t.Fatalf("%v\n%s", err, c.YAML())
		}
		if !reflect.DeepEqual(got, c) {
			t.Fatalf("\n got %+v\nwant %+v\n%s", got, c, c.YAML())
		}
	})
}

// The longest that Validate allows can be written and read.
func TestYAMLRoundTripOfMuch(t *testing.T) {
	unprintable := distinct(MaxClassText/MaxClassName, MaxClassName)
	for i, name := range unprintable {
		unprintable[i] = strings.ReplaceAll(name, "0", "\x01")
	}
	for _, classes := range [][]string{distinct(MaxClasses, MaxClassText/MaxClasses), unprintable} {
		c := Default()
		c.Model.Classes = classes
		if err := c.Validate(); err != nil {
			t.Fatal(err)
		}
		got, err := Load(c.YAML(), "f.yaml", Config{})
		if err != nil {
			t.Fatalf("%d bytes of YAML: %v", len(c.YAML()), err)
		}
		if !reflect.DeepEqual(got, c) {
			t.Errorf("%d classes came back as %d others", len(classes), len(got.Model.Classes))
		}
	}
}

// anyConfig draws every setting: names from their lists, the others as the functions below say, or else from the good
// values of their tests.
func anyConfig(t *rapid.T) Config {
	c := Default()
	for _, tt := range settingTests() {
		tt.set(&c, rapid.SampledFrom(tt.good).Draw(t, tt.field))
	}
	for _, s := range table {
		if s.Values != nil {
			*s.At(&c).(*Keyword) = Keyword(rapid.SampledFrom(s.Values).Draw(t, s.Path))
		}
	}
	anyModel(t, &c.Model)
	anyData(t, &c.Data)
	anyTrain(t, &c.Train)
	return c
}

// awkward are texts that YAML could take for something else.
var awkward = rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
	"null", "~", "1e3", "true", " x ", "- a", "a: b", "a:b", "a #b", "*a", "'", "\"", "\\", "C:\\data", "\r\n\t", "\u0085\u2028\ufeff\x7f", "é/日本", "\U000e0001",
	"]", ",", "a, b", "{", "7", "none", "-", "?", ":", "\a\b\f\v\x1b", "\xc2\xa0", "x\n\n y",
}))

func anyModel(t *rapid.T, m *Model) {
	widths := rapid.SliceOfN(rapid.IntRange(1, MaxWidth), 0, MaxLayers)
	name := rapid.OneOf(awkward, rapid.Just("\x00")).Filter(func(s string) bool { return s != "" && len(s) <= MaxClassName })
	m.Latent = rapid.IntRange(1, MaxLatent).Draw(t, "latent")
	m.Hidden = widths.Draw(t, "hidden")
	m.TopLatent = rapid.IntRange(0, MaxLatent).Draw(t, "top_latent")
	m.TopHidden = widths.Draw(t, "top_hidden")
	m.Sigma = rapid.OneOf(rapid.Float64Range(1e-6, 1e6), rapid.Just(float64(Learned))).Draw(t, "sigma")
	m.Beta = rapid.Float64Range(0, 1e6).Draw(t, "beta")
	m.Conditional = rapid.Bool().Draw(t, "conditional")
	m.Classes = rapid.SliceOfDistinct(name, rapid.ID).Draw(t, "classes")
}

func anyData(t *rapid.T, d *Data) {
	side := rapid.StringMatching(`|[1-9][0-9]{0,2}x[1-9][0-9]{0,2}|4096x1`)
	d.Source = awkward.Filter(isPath).Draw(t, "source")
	d.ImageSize = side.Draw(t, "image_size")
	d.Channels = rapid.SampledFrom([]int{0, 1, 3}).Draw(t, "channels")
	d.Range = rapid.SampledFrom([]string{"auto", "8bit", "0:4095", "-1:1"}).Draw(t, "range")
	d.Validation = rapid.IntRange(Auto, math.MaxInt).Draw(t, "validation")
	d.Limit = rapid.IntRange(0, math.MaxInt).Draw(t, "limit")
	label := awkward.Filter(func(s string) bool { return s != "" && len(s) <= MaxClassName })
	d.ExcludeLabels = rapid.SliceOfDistinct(label, rapid.ID).Draw(t, "exclude_labels")
}

func anyTrain(t *rapid.T, tr *Train) {
	below1, large := rapid.Float64Range(0, math.Nextafter(1, 0)), rapid.Float64Range(0, 1e6)
	corrupt := anySpec(`none|(mask|salt-pepper|gaussian):SHARE|gaussian:[1-9](\.[0-9]{0,9})?`)
	tr.Epochs = rapid.IntRange(1, MaxEpochs).Draw(t, "epochs")
	tr.Batch = rapid.OneOf(rapid.IntRange(1, MaxBatch), rapid.Just(Auto)).Draw(t, "batch")
	tr.Slices = 1 << rapid.IntRange(0, 10).Draw(t, "slices")
	tr.Seed = rapid.Uint64().Draw(t, "seed")
	tr.Samples = rapid.IntRange(1, MaxSamples).Draw(t, "samples")
	tr.KLWarmup = anySpec(`none|linear:([1-9][0-9]{0,5}\.?|SHARE)|cyclical:SHARE(:SHARE)?`).Draw(t, "kl_warmup")
	tr.FreeBits = large.Draw(t, "free_bits")
	tr.Corrupt = corrupt.Draw(t, "corrupt")
	tr.Sparsity = anySpec(`none|l1:SHARE|kl:0\.[0-9]{1,8}1:SHARE`).Draw(t, "sparsity")
	tr.PretrainEpochs = rapid.SliceOfN(rapid.IntRange(1, MaxEpochs), 0, MaxLayers+1).Draw(t, "pretrain_epochs")
	tr.PretrainCorrupt = rapid.SliceOfN(corrupt, 0, MaxLayers+1).Draw(t, "pretrain_corrupt")
	tr.LearningRate = rapid.Float64Range(math.SmallestNonzeroFloat64, 10).Draw(t, "learning_rate")
	tr.Schedule = anySpec(`constant|stages|cosine(:SHARE)?|step:[1-9][0-9]{0,5}:SHARE`).Draw(t, "schedule")
	tr.Warmup = rapid.IntRange(0, math.MaxInt).Draw(t, "warmup")
	tr.Momentum = below1.Draw(t, "momentum")
	tr.Beta1 = below1.Draw(t, "beta1")
	tr.Beta2 = below1.Draw(t, "beta2")
	tr.Epsilon = rapid.OneOf(rapid.Float64Range(1e-30, 1), rapid.Just(float64(Auto))).Draw(t, "epsilon")
	tr.WeightDecay = large.Draw(t, "weight_decay")
	tr.From = rapid.StringMatching(`|[0-9a-f]{64}`).Draw(t, "from")
	tr.Clip = rapid.Float64Range(0, 1e9).Draw(t, "clip")
	tr.SkipGradients = rapid.Float64Range(0, 1e9).Draw(t, "skip_gradients")
	tr.EMA = below1.Draw(t, "ema")
	tr.Patience = rapid.IntRange(0, math.MaxInt).Draw(t, "patience")
}

// anySpec draws settings of a grammar; SHARE is a number above 0 and at most 1 in any of the forms that are read.
func anySpec(pattern string) *rapid.Generator[string] {
	share := `\+?(1(\.0{0,3})?|0?\.[0-9]{0,9}[1-9]|[1-9](\.[0-9]{0,9})?[eE]-[0-9]?[1-9])`
	return rapid.StringMatching(strings.ReplaceAll(pattern, "SHARE", share))
}
