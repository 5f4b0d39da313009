package config

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestLoad(t *testing.T) {
	tests := []struct {
		name, src string
		change    func(*Config)
	}{
		{"empty", "", func(*Config) {}},
		{"comments only", "# nothing\n\n# here\n", func(*Config) {}},
		{"header only", "---\n", func(*Config) {}},
		{"document marks", "---\ntrain:\n  epochs: 3\n...\n", func(c *Config) { c.Train.Epochs = 3 }},
		{"empty section", "model:\n  # latent: 3\ntrain:\n", func(*Config) {}},
		{"byte order mark", "\ufefftrain:\n  epochs: 3\n", func(c *Config) { c.Train.Epochs = 3 }},
		{"carriage returns", "train:\r\n  epochs: 3\r\n  batch: 4\r\n", func(c *Config) { c.Train.Epochs, c.Train.Batch = 3, 4 }},
		{"flow style", "{model: {latent: 2, hidden: []}}", func(c *Config) { c.Model.Latent, c.Model.Hidden = 2, []int{} }},
		{"block list", "model:\n  hidden:\n    - 7\n    - 8\n", func(c *Config) { c.Model.Hidden = []int{7, 8} }},
		{"flush block list", "model:\n  hidden:\n  - 7\n  beta: 2\n", func(c *Config) { c.Model.Hidden, c.Model.Beta = []int{7}, 2 }},
		{"leading zero is decimal", "train: {epochs: 017}", func(c *Config) { c.Train.Epochs = 17 }},
		{"exponent without a point", "train: {learning_rate: 5e-4}", func(c *Config) { c.Train.LearningRate = 5e-4 }},
		{"number forms", "model: {sigma: .5, beta: 3.}", func(c *Config) { c.Model.Sigma, c.Model.Beta = 0.5, 3 }},
		{"largest seed", "train: {seed: 18446744073709551615}", func(c *Config) { c.Train.Seed = 1<<64 - 1 }},
		{"validation by name", "data: {validation: auto}", func(c *Config) { c.Data.Validation = Auto }},
		{"batch by name", "train: {batch: auto}", func(c *Config) { c.Train.Batch = Auto }},
		{"text", "data: {source: 'my digits/é', image_size: 32x24}\nmodel: {kind: \"vae\"}",
			func(c *Config) { c.Data.Source, c.Data.ImageSize = "my digits/é", "32x24" }},
		{"quoted keys", "\"model\":\n  'latent': 3\n", func(c *Config) { c.Model.Latent = 3 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := Default()
			tt.change(&want)
			got, err := Load([]byte(tt.src), "f.yaml", Default())
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("\n got %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestLoadErrors(t *testing.T) {
	const whole = "must be a whole number"
	tests := []struct{ src, want string }{
		// Keys.
		{"model:\n  latnt: 3\n", `:2:3: unknown key "latnt" in model (did you mean "latent"?)`},
		{"model:\n  latent: 3\ntrian:\n  epochs: 1\n", `:3:1: unknown key "trian" (did you mean "train"?)`},
		{"foo: 1\n", `:1:1: unknown key "foo" (known: model, data, train)`},
		{"latent: 3\n", `:1:1: unknown key "latent" at the top (it belongs in section "model")`},
		{"model: {epochs: 3}", `:1:9: unknown key "epochs" in model (it belongs in section "train")`},
		{"train: {lr: 3}", `:1:9: unknown key "lr" in train (known: epochs, batch, learning_rate, seed)`},
		{"data: {image-size: 3x3}", `:1:8: unknown key "image-size" in data (did you mean "image_size"?)`},
		{"\"a\\nb\": 1", `:1:1: unknown key "a\nb" (known: model, data, train)`},
		{"model:\n  latent: 3\n  beta: 1\n  latent: 4\n", `:4:3: duplicate key "latent" in model (first on line 2)`},
		{"model: {}\ndata: {}\nmodel: {}\n", `:3:1: duplicate key "model" (first on line 1)`},
		// Types.
		{"model: 3", `:1:8: model must hold keys and values, such as kind: ..., not 3`},
		{strings.Repeat("0", 2000), `:1:1: the file must hold keys and values, such as model: ..., not ` + strings.Repeat("0", 60) + `...`},
		{"- model\n", `:1:1: the file must hold keys and values, such as model: ..., not a list`},
		{"hello", `:1:1: the file must hold keys and values, such as model: ..., not "hello"`},
		{"model:\n  latent: \"3\"\n", `:2:11: model.latent ` + whole + `, not "3"`},
		{"model: {latent: 3.0}", `:1:17: model.latent ` + whole + `, not 3.0`},
		{"model: {latent: 1e3}", `:1:17: model.latent ` + whole + `, not "1e3"`},
		{"model: {latent: 0x10}", `:1:17: model.latent ` + whole + `, not 0x10`},
		{"model: {latent: [3]}", `:1:17: model.latent ` + whole + `, not a list`},
		{"model: {latent: {a: 3}}", `:1:17: model.latent ` + whole + `, not a section of keys`},
		{"model: {latent: true}", `:1:17: model.latent ` + whole + `, not true`},
		{"model: {latent: null}", `:1:17: model.latent ` + whole + `, not empty`},
		{"model:\n  latent:\n  beta: 1\n", `:2:10: model.latent ` + whole + `, not empty`},
		{"model: {latent: 99999999999999999999}", `:1:17: model.latent ` + whole + ` of reasonable size, not "99999999999999999999"`},
		{"model: {hidden: 400}", `:1:17: model.hidden must be a list of whole numbers, such as [400, 200], not 400`},
		{"model: {hidden: '400,200'}", `:1:17: model.hidden must be a list of whole numbers, such as [400, 200], not "400,200"`},
		{"model: {hidden: [400, 2.5]}", `:1:23: model.hidden must be a list of whole numbers, such as [400, 200], not 2.5`},
		{"model: {beta: high}", `:1:15: model.beta must be a number, not "high"`},
		{"model: {beta: .nan}", `:1:15: model.beta must be a number, not .nan`},
		{"model: {beta: .inf}", `:1:15: model.beta must be a number, not .inf`},
		{"model: {beta: -.Inf}", `:1:15: model.beta must be a number, not -.Inf`},
		{"model: {beta: NaN}", `:1:15: model.beta must be a number, not "NaN"`},
		{"model: {beta: 1e999}", `:1:15: model.beta must be a number of reasonable size, not "1e999"`},
		{"model: {beta: '1'}", `:1:15: model.beta must be a number, not "1"`},
		{"data: {source: 5}", `:1:16: data.source must be text (in quotes, if it looks like something else), not 5`},
		{"data:\n  source: |\n    mnist\n", `:2:11: data.source must be text (in quotes, if it looks like something else), not a block of text`},
		{"data: {validation: all}", `:1:20: data.validation ` + whole + ` or auto, not "all"`},
		{"data:\n  validation: -1\n", `:2:15: data.validation ` + whole + `, not negative, or auto, not -1`},
		{"train: {batch: -1}", `:1:16: train.batch ` + whole + `, not negative, or auto, not -1`},
		{"train: {seed: -1}", `:1:15: train.seed ` + whole + ` from 0 to 18446744073709551615, not -1`},
		// Values.
		{"train:\n  epochs: 2\n\nmodel:\n  latent: 0\n", `:5:11: model.latent must be a whole number from 1 to 65536, not 0`},
		{"model: {hidden: [400, 0]}", `:1:23: model.hidden must list layer widths from 1 to 1048576, not 0`},
		{"model: {activation: rleu}", `:1:21: model.activation must be one of relu, leaky-relu, tanh, sigmoid, softplus, elu, linear, not "rleu" (did you mean "relu"?)`},
		{"model: {kind: gan}", `:1:15: model.kind must be vae, not "gan"`},
		{"model: {init: xavier}", `:1:15: model.init must be one of kaiming, glorot, not "xavier"`},
		{"train: {learning_rate: 0}", `:1:24: train.learning_rate must be a number above 0 and at most 10, not 0`},
		{"data: {image_size: 28}", `:1:20: data.image_size must be text (in quotes, if it looks like something else), not 28`},
		{"data: {image_size: 28x0}", `:1:20: data.image_size must be WIDTHxHEIGHT in pixels, each from 1 to 4096, such as 28x28, not "28x0"`},
		{"data: {channels: 2}", `:1:18: data.channels must be 1 (grey), 3 (color) or 0 (as the images are), not 2`},
		// YAML.
		{"a: 1\n---\nb: 1\n", `:2:1: holds a second document; a configuration is one`},
		{"a: 1\n...\nb: 1\n", `:3:1: holds a second document; a configuration is one`},
		{"model: &m {latent: 3}", `:1:8: anchors (&) are not allowed here; put text that starts so in quotes`},
		{"data: {source: *m}", `:1:16: aliases (*) are not allowed here; put text that starts so in quotes`},
		{"model: {<<: {latent: 3}}", `:1:9: merge keys (<<) are not allowed here; put text that starts so in quotes`},
		{"model: {latent: !!int 3}", `:1:17: tags (!) are not allowed here; put text that starts so in quotes`},
		{"? model\n: 3\n", `:1:1: explicit keys (?) are not allowed here; put text that starts so in quotes`},
		{"%YAML 1.2\n---\n", `:1:1: directives (%) are not allowed here; put text that starts so in quotes`},
		{"model:\n\tlatent: 3\n", `:2:1: is not valid YAML: found a tab; indent with spaces`},
		{"model: {latent: 3\n", `:1:8: is not valid YAML: could not find flow mapping end token '}'`},
		{"model:\n  init: \"kai\n", `:2:9: is not valid YAML: could not find end character of double-quoted text`},
		{"model: |" + strings.Repeat("\x03", 2000) + "\n", `:1:8: is not valid YAML: invalid header option: "` + strings.Repeat(`\x03`, 24) + `...`},
		{"model:\n  init: é\xff\n", `:2:10: is not UTF-8 text; save it as UTF-8`},
		{"\xff\xfem\x00", `:1:1: is not UTF-8 text; save it as UTF-8`},
		{strings.Repeat("[", 1<<20), `:1:9: lists and sections are nested too deeply`},
		{strings.Repeat("- ", 1<<19), `:1:17: lists and sections are nested too deeply`},
		{"[" + strings.Repeat("1,", 1<<18) + "]", `:1:4097: has too many values for a configuration (over 4096 words and signs)`},
		{strings.Repeat("#", 1<<20+1), `: has 1048577 bytes; a configuration has at most 1048576`},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%.30q", tt.src), func(t *testing.T) {
			got, err := Load([]byte(tt.src), "f.yaml", Default())
			if err == nil {
				t.Fatalf("no error, want %q", tt.want)
			}
			if err.Error() != "f.yaml"+tt.want {
				t.Errorf("error\n %s, want\n f.yaml%s", err, tt.want)
			}
			if !reflect.DeepEqual(got, Config{}) {
				t.Errorf("a configuration came with the error: %+v", got)
			}
		})
	}
}

func TestLoadTooManyLayers(t *testing.T) {
	src := "model:\n  hidden: [" + strings.Repeat("8, ", 64) + "8]\n"
	_, err := Load([]byte(src), "f.yaml", Default())
	if want := "f.yaml:2:11: model.hidden must have at most 64 layers, not 65"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestLoadErrorTypes(t *testing.T) {
	_, err := Load([]byte("train:\n  batch: 0\n"), "f.yaml", Default())
	var at *PositionError
	if !errors.As(err, &at) || at.Name != "f.yaml" || at.Line != 2 || at.Column != 10 {
		t.Errorf("position of %v is %+v, want f.yaml:2:10", err, at)
	}
	var bad *FieldError
	if !errors.As(err, &bad) || bad.Field != "train.batch" || bad.Value != 0 {
		t.Errorf("field of %v is %+v, want train.batch, 0", err, bad)
	}
}

func TestLoadBadBaseHasNoPosition(t *testing.T) {
	base := Default()
	base.Train.Batch = 0
	_, err := Load([]byte("train:\n  epochs: 2\n"), "f.yaml", base)
	if want := "f.yaml: train.batch must be a whole number from 1 to 1000000, or auto, not 0"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestLoadLeavesBaseAlone(t *testing.T) {
	base := Default()
	got, err := Load([]byte("model:\n  hidden: [1, 2]\n"), "f.yaml", base)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := Load(nil, "f.yaml", base)
	if err != nil {
		t.Fatal(err)
	}
	got.Model.Hidden[0], kept.Model.Hidden[0] = 9, 9
	if !reflect.DeepEqual(base, Default()) {
		t.Errorf("base became %+v", base)
	}
}

func FuzzLoad(f *testing.F) {
	for _, src := range []string{
		"", "#\n", "---\n", "a: 1\n---\nb: 2\n", "model:\n  hidden:\n  - 3\n  -\n", "model: {latent: 3, hidden: [1, 2]}",
		"model:\n  latnt: 3\n", "model: &a [*a]", "? a\n: b", "train:\r\n  seed: 017\r\n", "data: {source: \"\\x00\\u2028\"}",
		"data:\n  source: >-\n    a\n\n    b\n", "\tx", "{", "[[[[", "- - - 1", "!!int 3", "%YAML 1.2\n---\n", "\ufeffa: b", "a\n: b", "a: 'b", "\xff",
		"{a, b: c, }", "model: {latent}", "<<: 1", "*a : 1", "[]: 1", "{}: 1", "1: 1", "null: 1", ": 1", "- a: 1\n  b: 2\n",
	} {
		f.Add([]byte(src))
	}
	f.Add(Default().YAML())
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := Load(src, "f.yaml", Default())
		if err != nil {
			message := err.Error()
			if !strings.HasPrefix(message, "f.yaml:") || strings.ContainsAny(message, "\n\r\t") || len(message) > 1000 {
				t.Errorf("error is not one line that names the file: %q", message)
			}
			return
		}
		if err := c.Validate(); err != nil {
			t.Errorf("loaded an invalid configuration: %v", err)
		}
		again, err := Load(c.YAML(), "again", Config{})
		if err != nil {
			t.Fatalf("written configuration does not load: %v\n%s", err, c.YAML())
		}
		if !reflect.DeepEqual(again, c) || !bytes.Equal(again.YAML(), c.YAML()) {
			t.Errorf("written and loaded again:\n got %+v\nwant %+v", again, c)
		}
	})
}
