package config

import (
	"reflect"
	"slices"
	"testing"
	"testing/fstest"
)

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
	if err != nil || c.Model.Latent != 3 || !reflect.DeepEqual(c.Train, Default().Train) {
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
