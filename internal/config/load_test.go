package config

import (
	"bytes"
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
		{"a list of layers over lines", "model:\n  encoder: conv:8:4:2:1,\n    relu,dense:32\n  decoder: \"dense:32,\n    relu,\n    dense:out\"\n",
			func(c *Config) {
				c.Model.Encoder, c.Model.Decoder = "conv:8:4:2:1, relu,dense:32", "dense:32, relu, dense:out"
			}},
		{"words in quotes", "model: {sigma: 'learned', kind: \"ae\"}\ndata: {validation: \"auto\"}\ntrain: {batch: 'auto', epsilon: 'auto', corrupt: 'mask:0.25'}",
			func(c *Config) { c.Model.Sigma, c.Model.Kind, c.Train.Corrupt = Learned, "ae", "mask:0.25" }},
		{"true and false", "model: {conditional: true}", func(c *Config) { c.Model.Conditional = true }},
		{"True as YAML 1.2 has it", "model:\n  conditional: True\n", func(c *Config) { c.Model.Conditional = true }},
		{"sigma", "model: {sigma: learned}", func(c *Config) { c.Model.Sigma = Learned }},
		{"epsilon", "train: {epsilon: 1e-10}", func(c *Config) { c.Train.Epsilon = 1e-10 }},
		{"none is a text, not a null", "train:\n  corrupt: none\n  baseline: none\ndata: {binarize: none}\n", func(*Config) {}},
		{"colons in text", "train:\n  corrupt: mask:0.25\n  kl_warmup: cyclical:5:0.5\n  sparsity: kl:.05:3 # rate, weight\n  schedule: step:10:1e-1\n",
			func(c *Config) {
				c.Train.Corrupt, c.Train.KLWarmup, c.Train.Sparsity, c.Train.Schedule = "mask:0.25", "cyclical:5:0.5", "kl:.05:3", "step:10:1e-1"
			}},
		{"colons in text in braces", "train: {corrupt: mask:0.25, sparsity: kl:0.05:3,schedule: step:10:0.5}",
			func(c *Config) {
				c.Train.Corrupt, c.Train.Sparsity, c.Train.Schedule = "mask:0.25", "kl:0.05:3", "step:10:0.5"
			}},
		{"colons in a list", "train: {pretrain_corrupt: [mask:0.25, none,salt-pepper:.1 , gaussian:1e-1, 'mask:0.5', \"mask:1\"]}",
			func(c *Config) {
				c.Train.PretrainCorrupt = []string{"mask:0.25", "none", "salt-pepper:.1", "gaussian:1e-1", "mask:0.5", "mask:1"}
			}},
		{"colons in a plain list", "train:\n  pretrain_corrupt: [mask:0.25, none]\n", func(c *Config) { c.Train.PretrainCorrupt = []string{"mask:0.25", "none"} }},
		{"more colons in a list", "{model: {conditional: true, classes: [a:b:c, é:1, 日本:x]}}",
			func(c *Config) { c.Model.Conditional, c.Model.Classes = true, []string{"a:b:c", "é:1", "日本:x"} }},
		{"colons in a block list", "train:\n  pretrain_corrupt:\n  - mask:0.25\n  - none\n", func(c *Config) { c.Train.PretrainCorrupt = []string{"mask:0.25", "none"} }},
		{"names", "model:\n  conditional: true\n  classes: [a b, é:1, '7', \"x\\n\\u00e9\\t\\\"\", 'it''s', -, yes, a#b]\n",
			func(c *Config) {
				c.Model.Conditional, c.Model.Classes = true, []string{"a b", "é:1", "7", "x\né\t\"", "it's", "-", "yes", "a#b"}
			}},
		{"lists emptied", "model: {classes: []}\ntrain: {pretrain_epochs: [], pretrain_corrupt: []}",
			func(c *Config) { c.Train.PretrainEpochs, c.Train.PretrainCorrupt = []int{}, []string{} }},
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

func TestLoadLeavesBaseAlone(t *testing.T) {
	base, want := full(), full()
	for _, src := range []string{"", "model: {hidden: [1, 2], top_hidden: [3], classes: [c]}\ntrain: {pretrain_epochs: [4], pretrain_corrupt: [mask:1]}"} {
		got, err := Load([]byte(src), "f.yaml", base)
		if err != nil {
			t.Fatal(err)
		}
		if lists := overwrite(reflect.ValueOf(&got).Elem()); lists != 5 {
			t.Errorf("%d lists in a configuration, want 5", lists)
		}
		if !reflect.DeepEqual(base, want) {
			t.Errorf("%q: base became %+v", src, base)
		}
	}
}

// full is a configuration in which no list is empty.
func full() Config {
	c := Default()
	c.Model.TopHidden, c.Model.Classes = []int{7}, []string{"a"}
	return c
}

// overwrite clears the elements of all lists in a value, and counts the lists.
func overwrite(v reflect.Value) (lists int) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			lists += overwrite(v.Field(i))
		}
	case reflect.Slice:
		if v.Len() == 0 {
			return 0
		}
		for i := range v.Len() {
			v.Index(i).SetZero()
		}
		return 1
	}
	return lists
}

func FuzzLoad(f *testing.F) {
	for _, src := range []string{
		"", "#\n", "---\n", "a: 1\n---\nb: 2\n", "model:\n  hidden:\n  - 3\n  -\n", "model: {latent: 3, hidden: [1, 2]}",
		"model:\n  latnt: 3\n", "model: &a [*a]", "? a\n: b", "train:\r\n  seed: 017\r\n", "data: {source: \"\\x00\\u2028\"}",
		"data:\n  source: >-\n    a\n\n    b\n", "\tx", "{", "[[[[", "- - - 1", "!!int 3", "%YAML 1.2\n---\n", "\ufeffa: b", "a\n: b", "a: 'b", "\xff",
		"{a, b: c, }", "model: {latent}", "<<: 1", "*a : 1", "[]: 1", "{}: 1", "1: 1", "null: 1", ": 1", "- a: 1\n  b: 2\n",
		"train: {corrupt: mask:0.25, pretrain_corrupt: [mask:0.25, none]}", "train:\n  schedule: step:10:0.5\n  sparsity: kl:0.05:3\n  kl_warmup: cyclical:5:0.5\n",
		"model: {sigma: learned, conditional: true, classes: [a, 'b', \"c\\n\", é:1]}", "train: {epsilon: auto, corrupt: ~}", "model:\n  classes:\n  - a\n  -\n",
		"model: {classes: [a:b:c, a: b, :a, a:, \"a\":b]}", "model: {conditional: 'true'}",
	} {
		f.Add([]byte(src))
	}
	f.Add(Default().YAML())
	f.Add(full().YAML())
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
