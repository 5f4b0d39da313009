package config

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var digits = DataFacts{Name: "digits", Shape: Shape{Width: 8, Height: 6, Channels: 1}, Train: 1000, Validation: 90, Labeled: true, Classes: []string{"a", "b"}}

// resolve settles the defaults after a change.
func resolve(t *testing.T, change func(*Config), f DataFacts) Resolved {
	t.Helper()
	c := Default()
	change(&c)
	r, err := c.Resolve(f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestResolve(t *testing.T) {
	r := resolve(t, func(c *Config) {
		c.Train.Corrupt, c.Train.KLWarmup, c.Train.Schedule = "mask:0.25", "linear:3", "step:2:0.5"
	}, digits)
	want := Default()
	want.Data.ImageSize, want.Data.Channels, want.Data.Validation, want.Train.Batch = "8x6", 1, 90, AutoBatch
	want.Train.Corrupt, want.Train.KLWarmup, want.Train.Schedule = "mask:0.25", "linear:3", "step:2:0.5"
	if !r.Equal(want) {
		t.Errorf("stored as\n%s\nwant\n%s", r.YAML(), want.YAML())
	}
	r.Config = Config{}
	if parsed := (Resolved{
		Shape: digits.Shape, Corruption: Corruption{"mask", 0.25}, Sparsity: Sparsity{Kind: "none"}, KLWarmup: KLWarmup{"linear", 3, 1},
		Schedule: Schedule{"step", 2, 0.5}, Epsilon: 1e-8,
	}); !reflect.DeepEqual(r, parsed) {
		t.Errorf("resolved to\n%+v, want\n%+v", r, parsed)
	}
}

func TestResolveKinds(t *testing.T) {
	if r := resolve(t, pca, digits); len(r.Model.Hidden) > 0 || r.Model.Activation != Linear || r.Model.Likelihood != SquaredError || r.Train.Epochs != 1 {
		t.Errorf("principal components: %s", r.YAML())
	}
	if r := resolve(t, func(c *Config) { c.Model.Conditional = true }, digits); !slices.Equal(r.Model.Classes, digits.Classes) {
		t.Errorf("classes %q", r.Model.Classes)
	}
	if r := resolve(t, ae, digits); len(r.Model.Classes) > 0 || r.Layers != nil {
		t.Errorf("classes %q, layers %v", r.Model.Classes, r.Layers)
	}
	few := digits
	few.Train = 55
	if r := resolve(t, ae, few); r.Train.Batch != 55 {
		t.Errorf("batch %d of 55 images", r.Train.Batch)
	}
}

func TestResolveEpsilon(t *testing.T) {
	for _, tt := range []struct {
		optimizer   Optimizer
		given, want float64
	}{{Adam, Auto, 1e-8}, {AdamW, Auto, 1e-8}, {Adagrad, Auto, 1e-10}, {SGD, Auto, 1e-8}, {Adam, 0.5, 0.5}, {Adagrad, 0.5, 0.5}} {
		r := resolve(t, func(c *Config) { c.Train.Optimizer, c.Train.Epsilon = tt.optimizer, tt.given }, digits)
		if r.Epsilon != tt.want || r.Train.Epsilon != tt.given {
			t.Errorf("%s %g: %g, stored as %g", tt.optimizer, tt.given, r.Epsilon, r.Train.Epsilon)
		}
	}
}

func TestResolveLayers(t *testing.T) {
	none, mask := Corruption{Kind: "none"}, Corruption{"mask", 0.5}
	one := resolve(t, with(layerwise, func(c *Config) { c.Train.PretrainCorrupt = []string{"mask:0.5"} }), digits)
	if want := []LayerTraining{{15, mask}, {15, mask}, {15, mask}}; !slices.Equal(one.Layers, want) {
		t.Errorf("one for all: %v", one.Layers)
	}
	each := resolve(t, with(layerwise, func(c *Config) {
		c.Train.PretrainEpochs, c.Train.PretrainCorrupt = []int{1, 2, 3}, []string{"none", "none", "mask:0.5"}
	}), digits)
	if want := []LayerTraining{{1, none}, {2, none}, {3, mask}}; !slices.Equal(each.Layers, want) {
		t.Errorf("one each: %v", each.Layers)
	}
}

func TestResolveRefuses(t *testing.T) {
	facts := func(change func(*DataFacts)) DataFacts {
		f := digits
		change(&f)
		return f
	}
	conditional := func(c *Config) { c.Model.Conditional = true }
	for want, tt := range map[string]struct {
		change func(*Config)
		facts  DataFacts
	}{
		"--conditional needs a label for every image, and pets has images without one, such as a.png in pets/train/: put them into a folder for each label, or leave out --conditional": {
			func(c *Config) { c.Model.Conditional = true }, DataFacts{Name: "pets", Shape: Shape{Width: 28, Height: 28, Channels: 1}, Train: 1000, Unlabeled: "train/a.png"},
		},
		"--conditional needs a label for every image, and digits has images without one: put them into a folder for each label, or leave out --conditional": {
			conditional, facts(func(f *DataFacts) { f.Labeled = false })},
		`--conditional: the label "a\xff" is not in UTF-8: rename its folder`: {conditional, facts(func(f *DataFacts) { f.Classes = []string{"b", "a\xff"} })},
		`model.classes must list every name once, not "a"`:                    {conditional, facts(func(f *DataFacts) { f.Classes = []string{"a", "a"} })},
		"--latent 20: 15 training images of 8x6x1 have at most 14 principal components": {
			pca, facts(func(f *DataFacts) { f.Train = 15 })},
		"--kind pca needs 2 training images or more, and there is 1: give more": {
			with(pca, func(c *Config) { c.Model.Latent = 1 }), facts(func(f *DataFacts) { f.Train, f.Validation = 1, 0 })},
		"--kind pca needs 2 training images or more, and there is 1: give more, or keep none back for validation, --validation 0": {
			pca, facts(func(f *DataFacts) { f.Train, f.Validation = 1, 2 })},
		"--latent 49: 1,000 training images of 8x6x1 have at most 48 principal components": {with(pca, func(c *Config) { c.Model.Latent = 49 }), digits},
		"--batch 2000 is more than the 1,000 training images: lower it, such as to --batch 128": {
			func(c *Config) { c.Train.Batch = 2000 }, digits},
		"--batch 2000 is more than the 5 training images: lower it, such as to --batch 5": {
			func(c *Config) { c.Train.Batch = 2000 }, facts(func(f *DataFacts) { f.Train = 5 })},
		"--encoder: layer 2 (conv:3:4): a map of 2x1 is smaller than the kernel of 4x4; the layers before give 2x1x2": {
			func(c *Config) { c.Model.Encoder = "conv:2:4:3, conv:3:4" }, digits},
		"--encoder: layer 2 (avgpool:2): a map of 7x5 is not so many times larger than what it gives: the decoder must be given, with --decoder": {
			func(c *Config) { c.Model.Encoder = "conv:2:2,avgpool:2" }, digits},
		"--likelihood logistic: digits has images of floating-point values, which have no levels: use --likelihood logistic:256, to which they are rounded, or --likelihood gaussian, a density": {
			likely("logistic"), facts(func(f *DataFacts) { f.Levels, f.NoLevels = 0, "of floating-point values, which have no levels" })},
		"--likelihood categorical: has an output for each level, and the images of digits have 65536: use --likelihood categorical:256, to which they are rounded, or --likelihood logistic": {
			likely("categorical"), facts(func(f *DataFacts) { f.Levels = 65536 })},
		"--batch 2 is more than the 1 training image: lower it, such as to --batch 1": {
			func(c *Config) { c.Train.Batch = 2 }, facts(func(f *DataFacts) { f.Train = 1 })},
	} {
		c := Default()
		tt.change(&c)
		if _, err := c.Resolve(tt.facts); withFlags(err) != want {
			t.Errorf("got %q, want %q", withFlags(err), want)
		}
	}
}

func likely(l Likelihood) func(*Config) { return func(c *Config) { c.Model.Likelihood = l } }

// The images decide on levels that are left open, and a run that goes on keeps them.
func TestLevelsOfTheData(t *testing.T) {
	for _, tt := range []struct {
		text   Likelihood
		levels int
		want   Likelihood
	}{
		{"logistic", 256, "logistic:256"}, {"logistic", 65536, "logistic:65536"}, {"logistic:16", 256, "logistic:16"}, {"dmol:5", 4096, "dmol:5:4096"},
		{"dmol:5:256", 0, "dmol:5:256"}, {"categorical", 256, "categorical:256"}, {"logistic:1e2", 256, "logistic:100"}, {"dmol:5.0:256", 0, "dmol:5:256"}, {"beta-binomial", 2, "beta-binomial:2"}, {"bernoulli", 256, "bernoulli"}, {"gaussian", 0, "gaussian"},
	} {
		c, f := Default(), digits
		c.Model.Likelihood, f.Levels = tt.text, tt.levels
		r, err := c.Resolve(f)
		if err != nil || r.Model.Likelihood != tt.want {
			t.Errorf("%s of %d levels is %s (%v), want %s", tt.text, tt.levels, r.Model.Likelihood, err, tt.want)
		}
		if again := c.Continued(r.Config).Model.Likelihood; again != tt.want {
			t.Errorf("%s goes on as %s, was %s", tt.text, again, tt.want)
		}
	}
	for now, was := range map[Likelihood]Likelihood{"logistic:1e2": "logistic:100", "logistic:100": "logistic:1e2"} { // the same
		c, before := Default(), Default()
		c.Model.Likelihood, before.Model.Likelihood = now, was
		if got := c.Continued(before).Model.Likelihood; got != was {
			t.Errorf("%s after %s is %s", now, was, got)
		}
	}
	for now, was := range map[Likelihood]Likelihood{"logistic": "dmol:5:256", "dmol:5": "dmol:4:256", "logistic:16": "logistic:256", "gaussian": "bernoulli"} {
		c, before := Default(), Default()
		c.Model.Likelihood, before.Model.Likelihood = now, was
		if got := c.Continued(before).Model.Likelihood; got != now {
			t.Errorf("%s after %s is %s", now, was, got)
		}
	}
}

// Slices go into a batch without a rest, and an automatic batch is one of these.
func TestSlicesOfABatch(t *testing.T) {
	for _, test := range []struct{ images, batch, slices, want int }{
		{60000, Auto, 8, 128}, {100, Auto, 8, 96}, {1000, 1000, 8, 1000}, {5, Auto, 4, 4}, {1000, Auto, 512, 512}, {3, Auto, 2, 2},
	} {
		c := Default()
		c.Train.Batch, c.Train.Slices = test.batch, test.slices
		if r, err := c.Resolve(DataFacts{Shape: Shape{Width: 4, Height: 4, Channels: 1}, Train: test.images}); err != nil || r.Train.Batch != test.want {
			t.Errorf("%+v: a batch of %d, %v", test, r.Train.Batch, err)
		}
	}
	for _, test := range []struct {
		images, batch, slices int
		want                  string
	}{
		{60000, 100, 8, "does not go into 8 equal slices"}, {60000, 4, 8, "try ⟨train.batch 8⟩"}, {3, Auto, 4, "batch 3"},
	} {
		c := Default()
		c.Train.Batch, c.Train.Slices = test.batch, test.slices
		_, err := c.Resolve(DataFacts{Shape: Shape{Width: 4, Height: 4, Channels: 1}, Train: test.images})
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "\x00", ""), test.want) {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

// What Validate allows Resolve can read, and it does not touch what it was given.
func TestResolveAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyConfig(t)
		if c.Conflict() != nil {
			c.Train.Pretrain = NoPretraining // the lists of which may have any length
		}
		if c.Train.Batch != Auto && c.Train.Batch%c.Train.Slices != 0 {
			c.Train.Slices = 1
		}
		before := string(c.YAML())
		side := MaxImageSide
		if c.Model.Encoder != "" {
			side = 256 // each label is a channel of what a convolution gets, whose size has a limit
		}
		r, err := c.Resolve(DataFacts{Shape: Shape{Width: side, Height: side, Channels: 3}, Train: math.MaxInt, Labeled: true, Levels: 256})
		if err != nil {
			t.Fatal(err)
		}
		if string(c.YAML()) != before {
			t.Error("the configuration changed")
		}
		if !strings.HasPrefix(c.Train.Corrupt, string(r.Corruption.Kind)) || !strings.HasPrefix(c.Train.Schedule, string(r.Schedule.Kind)) {
			t.Errorf("%s is %v, %s is %v", c.Train.Corrupt, r.Corruption, c.Train.Schedule, r.Schedule)
		}
		if again, err := ParseCorruption(r.Corruption.String()); err != nil || again != r.Corruption {
			t.Errorf("%v is read as %v (%v)", r.Corruption, again, err)
		}
	})
}

func TestContinued(t *testing.T) {
	was := resolve(t, func(*Config) {}, digits).Config
	if now := Default().Continued(was); !now.Equal(was) {
		t.Errorf("what was left to the program is\n%s", now.YAML())
	}
	now := Default()
	now.Data.ImageSize, now.Data.Channels, now.Data.Validation, now.Train.Batch, now.Data.Crop = "3x3", 3, 0, 9, OwnSize // not of windows
	was.Data.Range = "0:4095"
	if got := now.Continued(was); !got.Equal(now) {
		t.Errorf("what was given became\n%s", got.YAML())
	}
}

func TestResolveNetworks(t *testing.T) {
	for _, tt := range []struct{ encoder, decoder, wantEncoder, wantDecoder string }{
		{"", "", "", ""},
		{"", "dense:30, relu,dense:out", "", "dense:30,relu,dense:out"},
		{"conv:4:4:2:1, bn,relu", "", "conv:4:4:2:1,batchnorm,relu", "dense:48,reshape:4x3x4,batchnorm,relu,convt:out:4:2:1"},
		{"dense:7,tanh", "2*[dense:3]", "dense:7,tanh", "2*dense:3"},
		{"dense:7,tanh", "auto", "dense:7,tanh", "dense:7,tanh,dense:out"},
		{"", "auto", "", ""},
		{"auto", "", "dense:256,silu", "dense:256,silu,dense:out"},
		{"conv:4:4:2:1, relu, latents:3:3", "", "conv:4:4:2:1,relu,latents:3:3", "conv:4:3:1:1,relu,convt:out:4:2:1"},
	} {
		r := resolve(t, func(c *Config) { c.Model.Encoder, c.Model.Decoder = tt.encoder, tt.decoder }, digits)
		if r.Model.Encoder != tt.wantEncoder || r.Model.Decoder != tt.wantDecoder {
			t.Errorf("%q and %q: %q and %q", tt.encoder, tt.decoder, r.Model.Encoder, r.Model.Decoder)
		}
		again := Default()
		again.Model.Encoder, again.Model.Decoder = tt.encoder, tt.decoder
		if before, after, changed := Replaced(r.Config, again.Continued(r.Config)); changed && before.Path != "data.image_size" {
			t.Errorf("%q and %q, when the run goes on: %v is %v", tt.encoder, tt.decoder, before, after)
		}
		kept := r.Config.Continued(r.Config)
		if !kept.Equal(r.Config) {
			t.Errorf("%q and %q become\n%s", tt.encoder, tt.decoder, kept.YAML())
		}
	}
	for _, tt := range []struct{ encoder, decoder, otherEncoder, otherDecoder, path string }{ // what the program would not make
		{"", "", "auto", "", "model.encoder"}, {"conv:8:3,relu", "", "auto", "", "model.encoder"},
		{"", "dense:30,relu,dense:out", "", "auto", "model.decoder"}, {"", "dense:30,relu,dense:out", "", "", "model.decoder"},
		{"conv:8:3,relu", "dense:out", "conv:8:3,relu", "auto", "model.decoder"}, {"conv:8:3,relu", "", "", "dense:out", "model.encoder"},
		{"conv:8:3,avgpool:2", "dense:out", "conv:8:3,avgpool:2", "auto", "model.decoder"},
	} {
		was := resolve(t, func(c *Config) { c.Model.Encoder, c.Model.Decoder = tt.encoder, tt.decoder }, digits).Config
		now := was
		now.Model.Encoder, now.Model.Decoder = tt.otherEncoder, tt.otherDecoder
		if _, after, _ := Replaced(was, now.Continued(was)); after.Path != tt.path {
			t.Errorf("%q and %q after %q and %q: %v changed, want %s", tt.otherEncoder, tt.otherDecoder, tt.encoder, tt.decoder, after, tt.path)
		}
	}
	other := Default()
	was := resolve(t, layers, digits).Config
	other.Model.Encoder = "conv:9:4:2:1,relu"
	if _, now, changed := Replaced(was, other.Continued(was)); !changed || now.Path != "model.encoder" {
		t.Errorf("another encoder: %v", now)
	}
	labels := resolve(t, with(layers, func(c *Config) { c.Model.Conditional = true }), digits)
	if labels.Model.Decoder != "dense:96,relu,reshape:4x3x8,convt:out:4:2:1" {
		t.Errorf("with labels: %s", labels.Model.Decoder)
	}
}

// The latents of a map are as many as it has numbers, whatever the setting says.
func TestResolveLatents(t *testing.T) {
	latentMap := func(c *Config) { c.Model.Encoder = "conv:4:4:2:1,relu,latents:3" }
	for _, kind := range []string{"vae", "ae"} {
		r := resolve(t, with(latentMap, func(c *Config) { c.Model.Kind = Kind(kind) }), digits)
		if want := 3 * 4 * 3; r.Model.Latent != want || !r.Model.LatentMap() {
			t.Errorf("%s: %d latents, a map: %v", kind, r.Model.Latent, r.Model.LatentMap())
		}
	}
	if r := resolve(t, with(latentMap, func(c *Config) { c.Model.Encoder = "conv:4:4:2:1" }), digits); r.Model.Latent != Default().Model.Latent || r.Model.LatentMap() {
		t.Errorf("a vector: %d latents", r.Model.Latent)
	}
	c := Default()
	c.Model.Encoder = "latents:100000"
	if _, err := c.Resolve(digits); err == nil || !strings.Contains(err.Error(), "latents, more than 65536: use fewer channels, or a smaller map") {
		t.Errorf("too many: %v", err)
	}
}

func TestSpansEpochs(t *testing.T) {
	for schedule, want := range map[string]bool{"constant": false, "step:1:0.5": false, "stages": false, "cosine": true, "cosine:0.1": true} {
		if got := (Train{Schedule: schedule}).SpansEpochs(); got != want {
			t.Errorf("%s: %v", schedule, got)
		}
	}
}
