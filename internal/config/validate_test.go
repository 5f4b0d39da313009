package config

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestDefaultIsValid(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
}

// settingTest gives values of one setting, and how the reason for refusing the bad ones starts.
type settingTest struct {
	field     string
	set       func(*Config, any)
	good, bad []any
	reason    string
}

func TestValidate(t *testing.T) {
	for _, tt := range settingTests() {
		tt.run(t)
	}
}

func settingTests() []settingTest {
	return slices.Concat(modelTests, dataTests, objectiveTests, optimizerTests)
}

func (tt settingTest) run(t *testing.T) {
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

func TestEverySettingIsTested(t *testing.T) {
	tested := map[string]bool{ // in tests of their own, or free of any rule
		"model.hidden": true, "model.top_hidden": true, "model.classes": true, "train.pretrain_epochs": true, "train.pretrain_corrupt": true,
		"model.conditional": true, "data.skip_bad": true, "data.merge_test": true, "data.exclude_labels": true, "train.seed": true,
	}
	for _, tt := range settingTests() {
		tested[tt.field] = true
	}
	for _, s := range table {
		if !tested[s.Path] && s.Values == nil {
			t.Errorf("no test of what %s may be", s.Path)
		}
		delete(tested, s.Path)
	}
	if len(tested) > 0 {
		t.Errorf("tests of what is no setting: %v", tested)
	}
}

// Every name of an enumeration is allowed and no other, whatever the list.
func TestNames(t *testing.T) {
	for _, s := range table {
		for _, name := range s.Values {
			c := Default()
			*s.At(&c).(*Keyword) = Keyword(name)
			if err := c.Validate(); err != nil {
				t.Errorf("%s = %s: %v", s.Path, name, err)
			}
			for _, other := range []string{name + "x", strings.ToUpper(name), ""} {
				*s.At(&c).(*Keyword) = Keyword(other)
				if got, want := text(c.Validate()), s.Path+" must be one of "+strings.Join(s.Values, ", ")+", not "; !strings.HasPrefix(got, want) {
					t.Errorf("%s = %s: error %q, want %q", s.Path, other, got, want)
				}
			}
		}
	}
}

func TestValidateExcludeLabels(t *testing.T) {
	for want, list := range map[string][]string{
		"": {"1", "a b"},
		`data.exclude_labels must list names that are not empty, not ""`: {"1", ""},
		`data.exclude_labels must list every name once, not "1"`:         {"1", "2", "1"},
	} {
		c := Default()
		c.Data.ExcludeLabels = list
		if got := text(c.Validate()); got != want {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
}

func TestValidateNetworks(t *testing.T) {
	for list, want := range map[string]string{
		"conv:8:4:2:1,dens:10": `cannot be read: item 2, at column 14 (dens:10): there is no layer "dens" (did you mean "dense"?)`,
		"conv:8:4:2:1,Relu":    `cannot be read: item 2, at column 14 (Relu): there is no layer "Relu" (did you mean "relu"?)`,
		"foo":                  `cannot be read: item 1, at column 1 (foo): there is no layer "foo"; there are conv, convt, dense, batchnorm, groupnorm, avgpool, upsample, flatten, reshape, residual, gated-conv, gated-dense, latents, relu, leaky-relu, tanh, sigmoid, softplus, elu, silu, gelu, linear`,
		"dense":                `cannot be read: item 1, at column 1 (dense): is written dense:UNITS`,
	} {
		c := Default()
		c.Model.Encoder = list
		if got, want := text(c.Validate()), "model.encoder "+want; got != want {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
}

func TestValidateLists(t *testing.T) {
	hidden := func(c *Config, v []int) { c.Model.Hidden = v }
	topHidden := func(c *Config, v []int) { c.Model.TopHidden = v }
	epochs := func(c *Config, v []int) { c.Train.PretrainEpochs = v }
	tests := []struct {
		set  func(*Config, []int)
		list []int
		want string
	}{
		{hidden, nil, ""},
		{hidden, []int{1, MaxWidth}, ""},
		{hidden, slices.Repeat([]int{2}, 64), ""},
		{hidden, slices.Repeat([]int{2}, 65), "model.hidden must have at most 64 layers, not 65"},
		{hidden, []int{3, 0}, "model.hidden must list layer widths from 1 to 1048576, not 0"},
		{hidden, []int{MaxWidth + 1}, "model.hidden must list layer widths from 1 to 1048576, not 1048577"},
		{topHidden, []int{1, MaxWidth}, ""},
		{topHidden, slices.Repeat([]int{2}, 65), "model.top_hidden must have at most 64 layers, not 65"},
		{topHidden, []int{3, -1}, "model.top_hidden must list layer widths from 1 to 1048576, not -1"},
		{epochs, nil, ""},
		{epochs, []int{1, MaxEpochs}, ""},
		{epochs, slices.Repeat([]int{2}, 65), ""},
		{epochs, slices.Repeat([]int{2}, 66), "train.pretrain_epochs must list at most 65 numbers, not 66"},
		{epochs, []int{1, 0}, "train.pretrain_epochs must list numbers of epochs from 1 to 1000000, not 0"},
		{epochs, []int{MaxEpochs + 1}, "train.pretrain_epochs must list numbers of epochs from 1 to 1000000, not 1000001"},
	}
	for _, tt := range tests {
		c := Default()
		tt.set(&c, tt.list)
		if got := text(c.Validate()); got != tt.want {
			t.Errorf("%v: error %q, want %q", tt.list, got, tt.want)
		}
	}
}

func TestValidatePretrainCorrupt(t *testing.T) {
	for _, tt := range []struct {
		list []string
		want string
	}{
		{nil, ""},
		{[]string{"none", "mask:0.25", "gaussian:0.3", "salt-pepper:0.1"}, ""},
		{slices.Repeat([]string{"none"}, 65), ""},
		{slices.Repeat([]string{"none"}, 66), "train.pretrain_corrupt must list at most 65 kinds of noise, not 66"},
		{[]string{"none", ""}, "train.pretrain_corrupt " + corruptionReason + `, not ""`},
		{[]string{"none", "mask:2", "x"}, "train.pretrain_corrupt " + corruptionReason + `, not "mask:2"`},
		{[]string{"msak:0.5"}, "train.pretrain_corrupt " + corruptionReason + `, not "msak:0.5" (did you mean "mask:0.5"?)`},
	} {
		c := Default()
		c.Train.PretrainCorrupt = tt.list
		if got := text(c.Validate()); got != tt.want {
			t.Errorf("%q: error %q, want %q", tt.list, got, tt.want)
		}
	}
}

func TestValidateClasses(t *testing.T) {
	long := strings.Repeat("x", 1024)
	for _, tt := range []struct {
		name string
		list []string
		want string
	}{
		{"none", nil, ""},
		{"most", distinct(10_000, 20), ""},
		{"any text", []string{"0", " ", "a\n\"b\"", "é/日本", "\x00", "none", long}, ""},
		{"too many", distinct(10_001, 5), "must list at most 10000 names, not 10001"},
		{"empty", []string{"a", ""}, `must list names that are not empty, not ""`},
		{"too long", []string{long + "y"}, `must list names of at most 1024 bytes, not "` + long[:60] + `..."`},
		{"bad UTF-8", []string{"a\xff"}, `must list names in UTF-8, not "a\xff"`},
		{"twice", []string{"a", "b", "a"}, `must list every name once, not "a"`},
		{"long together", distinct(200, 1001), "must list names of at most 200000 bytes together, not 200200"},
	} {
		c := Default()
		c.Model.Classes = tt.list
		want := tt.want
		if want != "" {
			want = "model.classes " + want
		}
		if got := text(c.Validate()); got != want {
			t.Errorf("%s: error %q, want %q", tt.name, got, want)
		}
	}
}

// distinct is a list of n names of so many bytes.
func distinct(n, size int) []string {
	names := make([]string, n)
	for i := range names {
		digits := []byte(strings.Repeat("0", size))
		for at, rest := size-1, i; rest > 0; at, rest = at-1, rest/10 {
			digits[at] += byte(rest % 10)
		}
		names[i] = string(digits)
	}
	return names
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestProblemIsOneShortLine(t *testing.T) {
	long := strings.Repeat("re\nlu", 1000)
	for start, set := range map[string]func(*Config){
		"must be one of relu, ":           func(c *Config) { c.Model.Activation = Activation(long) },
		"must be none, mask:P, ":          func(c *Config) { c.Train.Corrupt = long },
		"must be none, kl:RATE:WEIGHT ":   func(c *Config) { c.Train.Sparsity = long },
		"must be none, linear:EPOCHS or ": func(c *Config) { c.Train.KLWarmup = long },
		"must be constant, step:EPOCHS:":  func(c *Config) { c.Train.Schedule = long },
		"must list names of at most ":     func(c *Config) { c.Model.Classes = []string{long} },
	} {
		c := Default()
		set(&c)
		var e *FieldError
		if !errors.As(c.Validate(), &e) {
			t.Fatalf("%s: no *FieldError", start)
		}
		if p := e.Problem(); strings.Contains(p, "\n") || len(p) > 350 || !strings.HasPrefix(p, start) {
			t.Errorf("problem %q", p)
		}
	}
}

var nan, inf = math.NaN(), math.Inf(1)
