package config

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

func TestDefaultIsValid(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
}

func TestValidate(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	tests := []struct {
		field  string
		set    func(*Config, any)
		good   []any
		bad    []any
		reason string
	}{
		{"model.kind", func(c *Config, v any) { c.Model.Kind = v.(string) }, []any{"vae"}, []any{"", "VAE", "gan"}, "must be vae"},
		{"model.latent", func(c *Config, v any) { c.Model.Latent = v.(int) }, []any{1, 65536},
			[]any{0, -1, 65537, math.MinInt, math.MaxInt}, "must be a whole number from 1 to 65536"},
		{"model.activation", func(c *Config, v any) { c.Model.Activation = v.(string) },
			[]any{"relu", "leaky-relu", "tanh", "sigmoid", "softplus", "elu", "linear"}, []any{"", "gelu"}, "must be one of relu, leaky-relu, tanh"},
		{"model.init", func(c *Config, v any) { c.Model.Init = v.(string) }, []any{"kaiming", "glorot"}, []any{"", "zero"}, "must be one of kaiming, glorot"},
		{"model.likelihood", func(c *Config, v any) { c.Model.Likelihood = v.(string) },
			[]any{"bernoulli", "gaussian"}, []any{"", "poisson"}, "must be one of bernoulli, gaussian"},
		{"model.sigma", func(c *Config, v any) { c.Model.Sigma = v.(float64) }, []any{1e-6, 1.0, 1e6},
			[]any{0.0, -1.0, 9e-7, 1.1e6, nan, inf, -inf}, "must be a number from 1e-6 to 1e6"},
		{"model.beta", func(c *Config, v any) { c.Model.Beta = v.(float64) }, []any{0.0, 1.0, 1e6},
			[]any{-1e-9, 1.1e6, nan, inf, -inf}, "must be a number from 0 to 1e6"},
		{"data.source", func(c *Config, v any) { c.Data.Source = v.(string) }, []any{"mnist", "a b", "é/\n"},
			[]any{"", "a\xff", "a\x00"}, `must be "mnist" or the path of a folder, in UTF-8`},
		{"data.image_size", func(c *Config, v any) { c.Data.ImageSize = v.(string) }, []any{"", "1x1", "4096x4096", "32x24"},
			[]any{"x", "28", "28x", "x28", "0x28", "28x4097", "28X28", "-28x28", "+28x28", " 28x28", "28x28x1", "28x99999999999999999999", "2_8x28", "0x1cx28"},
			"must be WIDTHxHEIGHT in pixels, each from 1 to 4096, such as 28x28"},
		{"data.channels", func(c *Config, v any) { c.Data.Channels = v.(int) }, []any{0, 1, 3}, []any{-1, 2, 4},
			"must be 1 (grey), 3 (color) or 0 (as the images are)"},
		{"data.validation", func(c *Config, v any) { c.Data.Validation = v.(int) }, []any{Auto, 0, 5000}, []any{-2, math.MinInt},
			"must be a whole number of images, 0 or more, or auto"},
		{"data.limit", func(c *Config, v any) { c.Data.Limit = v.(int) }, []any{0, 1, 5000}, []any{-1}, "must be a whole number of images, or 0 for all"},
		{"train.epochs", func(c *Config, v any) { c.Train.Epochs = v.(int) }, []any{1, 1000000}, []any{0, -1, 1000001},
			"must be a whole number from 1 to 1000000"},
		{"train.batch", func(c *Config, v any) { c.Train.Batch = v.(int) }, []any{Auto, 1, 1000000}, []any{0, -2, 1000001},
			"must be a whole number from 1 to 1000000, or auto"},
		{"train.learning_rate", func(c *Config, v any) { c.Train.LearningRate = v.(float64) }, []any{1e-300, 1e-3, 10.0},
			[]any{0.0, -1e-3, 10.1, nan, inf, -inf}, "must be a number above 0 and at most 10"},
	}
	for _, tt := range tests {
		for _, v := range tt.good {
			c := Default()
			tt.set(&c, v)
			if err := c.Validate(); err != nil {
				t.Errorf("%s = %v: %v", tt.field, v, err)
			}
		}
		for _, v := range tt.bad {
			c := Default()
			tt.set(&c, v)
			var e *FieldError
			if err := c.Validate(); !errors.As(err, &e) || e.Field != tt.field || !strings.HasPrefix(e.Reason, tt.reason) {
				t.Errorf("%s = %v: error %v, want %s %s", tt.field, v, err, tt.field, tt.reason)
			} else if e.Value != v && v == v {
				t.Errorf("%s: value %v in the error, want %v", tt.field, e.Value, v)
			}
		}
	}
}

func TestValidateHidden(t *testing.T) {
	tests := []struct {
		hidden []int
		want   string
	}{
		{nil, ""},
		{[]int{1, MaxWidth}, ""},
		{slices.Repeat([]int{2}, 64), ""},
		{slices.Repeat([]int{2}, 65), "model.hidden must have at most 64 layers, not 65"},
		{[]int{3, 0}, "model.hidden must list layer widths from 1 to 1048576, not 0"},
		{[]int{MaxWidth + 1}, "model.hidden must list layer widths from 1 to 1048576, not 1048577"},
	}
	for _, tt := range tests {
		c := Default()
		c.Model.Hidden = tt.hidden
		got := ""
		if err := c.Validate(); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%v: error %q, want %q", tt.hidden, got, tt.want)
		}
	}
}

func TestProblemIsOneShortLine(t *testing.T) {
	c := Default()
	c.Model.Activation = strings.Repeat("re\nlu", 1000)
	var e *FieldError
	if !errors.As(c.Validate(), &e) {
		t.Fatal("no *FieldError")
	}
	if p := e.Problem(); strings.Contains(p, "\n") || len(p) > 300 || !strings.HasPrefix(p, "must be one of relu, ") {
		t.Errorf("problem %q", p)
	}
}

func TestShape(t *testing.T) {
	tests := []struct {
		size     string
		channels int
		want     Shape
		str      string
		pixels   int
	}{
		{"", 0, Shape{}, "0x0x0", 0},
		{"", 3, Shape{0, 0, 3}, "0x0x3", 0},
		{"28x28", 1, Shape{28, 28, 1}, "28x28x1", 784},
		{"4096x3", 3, Shape{4096, 3, 3}, "4096x3x3", 36864},
	}
	for _, tt := range tests {
		got, err := Data{ImageSize: tt.size, Channels: tt.channels}.Shape()
		if err != nil || got != tt.want || got.String() != tt.str || got.Pixels() != tt.pixels {
			t.Errorf("%q, %d: %v (%d pixels), %v, want %v (%d pixels)", tt.size, tt.channels, got, got.Pixels(), err, tt.want, tt.pixels)
		}
	}
	for _, bad := range []Data{{ImageSize: "3"}, {Channels: 2}} {
		var e *FieldError
		if got, err := bad.Shape(); !errors.As(err, &e) || got != (Shape{}) {
			t.Errorf("%+v: %v, %v, want a *FieldError", bad, got, err)
		}
	}
}

func TestParseImageSize(t *testing.T) {
	if w, h, err := ParseImageSize("32x24"); w != 32 || h != 24 || err != nil {
		t.Errorf("32x24 is %d, %d, %v", w, h, err)
	}
	want := `image size must be WIDTHxHEIGHT in pixels, each from 1 to 4096, such as 28x28, not "28*28"`
	if w, h, err := ParseImageSize("28*28"); w != 0 || h != 0 || err == nil || err.Error() != want {
		t.Errorf("28*28 is %d, %d, %v, want %s", w, h, err, want)
	}
}

func TestYAML(t *testing.T) {
	want := `model:
  kind: vae
  latent: 20
  hidden: [400, 200]
  activation: relu
  init: kaiming
  likelihood: bernoulli
  sigma: 0.1 # gaussian likelihood only
  beta: 1

data:
  source: "mnist"
  image_size: "" # "WIDTHxHEIGHT", or "" for the images' own
  channels: 0 # 1 grey, 3 color, 0 as the images are
  validation: auto # images kept back from training
  limit: 0 # training images used, 0 for all

train:
  epochs: 20
  batch: auto
  learning_rate: 0.001
  seed: 1
`
	if got := string(Default().YAML()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Every leaf of Config is a setting, so that no field can be added without its key.
func TestFieldsAreComplete(t *testing.T) {
	leaves := 0
	for _, section := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		leaves += section.Type.NumField()
	}
	if len(fields) != leaves {
		t.Errorf("%d settings for %d fields", len(fields), leaves)
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

func anyConfig(t *rapid.T) Config {
	side := rapid.StringMatching(`|[1-9][0-9]{0,2}x[1-9][0-9]{0,2}|4096x1`)
	source := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"null", "~", "1e3", "true", " x ", "- a", "a: b", "a #b", "*a", "'", "\"", "\\", "C:\\data", "\r\n\t", "\u0085\u2028\ufeff\x7f", "é/日本", "\U000e0001",
	})).Filter(isPath)
	return Config{
		Model: Model{
			Kind:       rapid.SampledFrom(Kinds).Draw(t, "kind"),
			Latent:     rapid.IntRange(1, MaxLatent).Draw(t, "latent"),
			Hidden:     rapid.SliceOfN(rapid.IntRange(1, MaxWidth), 0, MaxLayers).Draw(t, "hidden"),
			Activation: rapid.SampledFrom(Activations).Draw(t, "activation"),
			Init:       rapid.SampledFrom(Inits).Draw(t, "init"),
			Likelihood: rapid.SampledFrom(Likelihoods).Draw(t, "likelihood"),
			Sigma:      rapid.Float64Range(1e-6, 1e6).Draw(t, "sigma"),
			Beta:       rapid.Float64Range(0, 1e6).Draw(t, "beta"),
		},
		Data: Data{
			Source:     source.Draw(t, "source"),
			ImageSize:  side.Draw(t, "image_size"),
			Channels:   rapid.SampledFrom([]int{0, 1, 3}).Draw(t, "channels"),
			Validation: rapid.IntRange(Auto, math.MaxInt).Draw(t, "validation"),
			Limit:      rapid.IntRange(0, math.MaxInt).Draw(t, "limit"),
		},
		Train: Train{
			Epochs:       rapid.IntRange(1, MaxEpochs).Draw(t, "epochs"),
			Batch:        rapid.IntRange(1, MaxBatch).Draw(t, "batch"),
			LearningRate: rapid.Float64Range(math.SmallestNonzeroFloat64, 10).Draw(t, "learning_rate"),
			Seed:         rapid.Uint64().Draw(t, "seed"),
		},
	}
}

func TestPresets(t *testing.T) {
	fsys := fstest.MapFS{
		"b.yaml":   {Data: []byte("#  The second  \n# more\nmodel: {latent: 3}\n")},
		"a-1.yaml": {Data: []byte("\nmodel:\n  # inside\n  latnt: 3\n")},
		"a.yaml":   {Data: []byte("model: {}\n")},
		"x.txt":    {Data: []byte("# no preset\n")},
	}
	got, err := Presets(fsys)
	want := []Preset{{"a", ""}, {"a-1", "inside"}, {"b", "The second"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("presets %v, %v, want %v", got, err, want)
	}
	c, err := LoadPreset(fsys, "b", Default())
	if err != nil || c.Model.Latent != 3 || c.Train != Default().Train {
		t.Errorf("preset b: %+v, %v", c, err)
	}
	for name, want := range map[string]string{
		"a-1":  `a-1.yaml:4:3: unknown key "latnt" in model (did you mean "latent"?)`,
		"a_1":  `unknown preset "a_1" (did you mean "a-1"?); presets: a, a-1, b`,
		"../b": `unknown preset "../b"; presets: a, a-1, b`,
		"":     `unknown preset ""; presets: a, a-1, b`,
	} {
		if _, err := LoadPreset(fsys, name, Default()); err == nil || err.Error() != want {
			t.Errorf("preset %q: error %v, want %s", name, err, want)
		}
	}
}

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{
		"rleu": "relu", "RELU": "relu", "sigmiod": "sigmoid", "leakyrelu": "leaky-relu", "leaky_relu": "leaky-relu", "softmax": "", "": "", "x": "", "gelu": "relu",
		strings.Repeat("relu", 1000): "",
	} {
		if got := Nearest(word, Activations); got != want {
			t.Errorf("nearest to %.20q is %q, want %q", word, got, want)
		}
	}
}
