package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestLoadErrors(t *testing.T) {
	const whole = "must be a whole number"
	tests := []struct{ src, want string }{
		// Keys.
		{"model:\n  latnt: 3\n", `:2:3: unknown key "latnt" in model (did you mean "latent"?)`},
		{"model:\n  latent: 3\ntrian:\n  epochs: 1\n", `:3:1: unknown key "trian" (did you mean "train"?)`},
		{"foo: 1\n", `:1:1: unknown key "foo" (known: model, data, train)`},
		{"latent: 3\n", `:1:1: unknown key "latent" at the top (it belongs in section "model")`},
		{"model: {epochs: 3}", `:1:9: unknown key "epochs" in model (it belongs in section "train")`},
		{"train: {lr: 3}", `:1:9: unknown key "lr" in train (did you mean "learning_rate"?)`},
		{"train: {corruption: 3}", `:1:9: unknown key "corruption" in train (did you mean "corrupt" or "pretrain_corrupt"?)`},
		{"train: {gpu: 3}", `:1:9: unknown key "gpu" in train (the config.yaml of any run holds all keys)`},
		{"data: {gpu: 3}", `:1:8: unknown key "gpu" in data (the config.yaml of any run holds all keys)`},
		{"train: {\"a\\nb\": 3}", `:1:9: unknown key "a\nb" in train (the config.yaml of any run holds all keys)`},
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
		{"model: {activation: rleu}", `:1:21: model.activation must be one of ` + listed(Activations) + `, not "rleu" (did you mean "relu"?)`},
		{"model: {kind: gan}", `:1:15: model.kind must be one of vae, ae, pca, not "gan"`},
		{"model: {init: xavier}", `:1:15: model.init must be one of kaiming, glorot, he, not "xavier"`},
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
		{strings.Repeat("[", 1<<18), `:1:9: lists and sections are nested too deeply`},
		{strings.Repeat("- ", 1<<18), `:1:17: lists and sections are nested too deeply`},
		{"[" + strings.Repeat("1,", 1<<17) + "]", `:1:32769: has too many values for a configuration (over 32768 words and signs)`},
		{strings.Repeat("a:\n", 16000), `:1025:2: has too many keys for a configuration (over 1024)`},
		{strings.Repeat("a\n---\n", 8000), `:2050:1: has too many keys for a configuration (over 1024)`},
		{strings.Repeat("- a: 1\n", 8000), `:1025:4: has too many keys for a configuration (over 1024)`},
		{strings.Repeat("[", 1<<20), `:1:1: has too many signs for a configuration (over 262144)`},
		{"a: >\n  b" + strings.Repeat("\n", 1<<19), `:34:1: has too many blank lines in a row for a configuration (32)`},
		{"a: \"" + strings.Repeat("\ta", 1<<17), `:1:1: has too many tabs in a line, or < in a row, for a configuration`},
		{"#\na: " + strings.Repeat("<", 1<<17), `:2:1: has too many tabs in a line, or < in a row, for a configuration`},
		{strings.Repeat("#", 1<<20+1), `: has more than the 1048576 bytes of a configuration`},
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

func TestLoadListErrors(t *testing.T) {
	const (
		texts  = `must be a list of texts, such as ["a", "b"], not `
		empty  = `must be text (in quotes, if it looks like something else), not empty`
		epochs = "must list numbers of epochs from 1 to 1000000, not "
	)
	tests := []struct{ src, want string }{
		// Nothing, where there is a word for it.
		{"train:\n  corrupt: ~\n", ":2:12: train.corrupt " + empty + ` (did you mean "none"?)`},
		{"train:\n  baseline:\n", ":2:13: train.baseline " + empty + ` (did you mean "none"?)`},
		{"data: {binarize: null}", ":1:18: data.binarize " + empty + ` (did you mean "none"?)`},
		{"model: {kind: null}", ":1:15: model.kind " + empty},
		{"train: {epsilon: }", `:1:17: train.epsilon must be a number or auto, not empty (did you mean "auto"?)`},
		{"train: {corrupt: None}", ":1:18: train.corrupt " + corruptionReason + `, not "None" (did you mean "none"?)`},
		// Words and numbers.
		{"model: {sigma: lerned}", `:1:16: model.sigma must be a number or learned or optimal, not "lerned"`},
		{"model: {sigma: '0.1'}", `:1:16: model.sigma must be a number or learned or optimal, not "0.1"`},
		{"model: {sigma: -1}", ":1:16: model.sigma must be a number, not negative, or learned or optimal, not -1"},
		{"model: {sigma: -2}", ":1:16: model.sigma must be a number, not negative, or learned or optimal, not -2"},
		{"model: {sigma: -1.0}", ":1:16: model.sigma must be a number, not negative, or learned or optimal, not -1.0"},
		{"model: {sigma: 1e999}", `:1:16: model.sigma must be a number of reasonable size or learned or optimal, not "1e999"`},
		{"train: {epsilon: -1}", ":1:18: train.epsilon must be a number, not negative, or auto, not -1"},
		{"train: {epsilon: learned}", `:1:18: train.epsilon must be a number or auto, not "learned"`},
		{"train: {epsilon: 0}", ":1:18: train.epsilon must be a number from 1e-30 to 1, or auto, not 0"},
		{"train: {warmup: 1e3}", `:1:17: train.warmup must be a whole number, not "1e3"`},
		{"model: {conditional: yes}", `:1:22: model.conditional must be true or false, not "yes"`},
		{"model: {conditional: 1}", ":1:22: model.conditional must be true or false, not 1"},
		{"model: {conditional: [true]}", ":1:22: model.conditional must be true or false, not a list"},
		{"model:\n  conditional: \"true\"\n", `:2:16: model.conditional must be true or false without quotes, not "true"`},
		{"model: {conditional: 'false'}", `:1:22: model.conditional must be true or false without quotes, not "false"`},
		// Texts with colons.
		{"train: {corrupt: 0.25}", ":1:18: train.corrupt must be text (in quotes, if it looks like something else), not 0.25"},
		{"train: {corrupt: mask:2}", ":1:18: train.corrupt " + corruptionReason + `, not "mask:2"`},
		{"train:\n  corrupt: mask: 0.25\n", ":2:12: is not valid YAML: mapping value is not allowed in this context"},
		{"train: {corrupt: {mask: 0.25}}", ":1:18: train.corrupt must be text (in quotes, if it looks like something else), not a section of keys"},
		{"train: {sparsity: kl:0.05}", ":1:19: train.sparsity " + sparsityReason + `, not "kl:0.05"`},
		{"train: {kl_warmup: linear}", ":1:20: train.kl_warmup " + klWarmupReason + `, not "linear"`},
		{"train: {schedule: step:10}", ":1:19: train.schedule " + scheduleReason + `, not "step:10"`},
		// Lists of texts.
		{"model: {classes: a}", ":1:18: model.classes " + texts + `"a"`},
		{"model: {classes:}", ":1:17: model.classes " + texts + "empty"},
		{"model: {classes: {a: 1}}", ":1:18: model.classes " + texts + "a section of keys"},
		{"model: {classes: [a, 1]}", ":1:22: model.classes " + texts + "1"},
		{"model: {classes: [a, true]}", ":1:22: model.classes " + texts + "true"},
		{"model: {classes: [a, null]}", ":1:22: model.classes " + texts + "empty"},
		{"model: {classes: [a, [b]]}", ":1:22: model.classes " + texts + "a list"},
		{"model: {classes: [x, a: b]}", ":1:22: model.classes " + texts + "a section of keys"},
		{"model: {classes: [x, a:  b]}", ":1:22: model.classes " + texts + "a section of keys"},
		{"model: {classes: [x, {a:b}]}", ":1:22: model.classes " + texts + "a section of keys"},
		{"model: {classes: [x, a :b]}", ":1:22: model.classes " + texts + "a section of keys"},
		{"model: {classes: [x, 'a':b]}", ":1:22: model.classes " + texts + "a section of keys"},
		{"model:\n  classes:\n  - a\n  -\n  - b\n", ":4:4: model.classes " + texts + "empty"},
		{"model:\n  classes:\n  - a\n  - b: 1\n", ":4:5: model.classes " + texts + "a section of keys"},
		{"model:\n  classes:\n  - >\n    abc\n", ":3:5: model.classes " + texts + "a block of text"},
		// Values in lists.
		{"model: {classes: [a, 'b', '']}", `:1:27: model.classes must list names that are not empty, not ""`},
		{"model:\n  classes:\n    - a\n    - b\n    - \"a\"\n", `:5:7: model.classes must list every name once, not "a"`},
		{"model:\n  classes: [a,\n    b, a]\n", `:3:8: model.classes must list every name once, not "a"`},
		{"train: {pretrain_corrupt: none}", ":1:27: train.pretrain_corrupt " + texts + `"none"`},
		{"train: {pretrain_corrupt: [none, mask:2]}", ":1:34: train.pretrain_corrupt " + corruptionReason + `, not "mask:2"`},
		{"train:\n  pretrain_corrupt:\n  - none\n  - mask:2\n", ":4:5: train.pretrain_corrupt " + corruptionReason + `, not "mask:2"`},
		{"train: {pretrain_epochs: 15}", ":1:26: train.pretrain_epochs must be a list of whole numbers, such as [400, 200], not 15"},
		{"train: {pretrain_epochs: [15,\n    0]}", ":2:5: train.pretrain_epochs " + epochs + "0"},
		{"train:\n  pretrain_epochs:\n  - 15\n  - 2000000\n", ":4:5: train.pretrain_epochs " + epochs + "2000000"},
		{"model: {top_hidden: [100, 0]}", ":1:27: model.top_hidden must list layer widths from 1 to 1048576, not 0"},
	}
	for _, tt := range tests {
		_, err := Load([]byte(tt.src), "f.yaml", Default())
		if err == nil || err.Error() != "f.yaml"+tt.want {
			t.Errorf("%q: error\n %v, want\n f.yaml%s", tt.src, err, tt.want)
		}
	}
}
