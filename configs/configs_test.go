package configs

import (
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"vae/internal/config"
)

func TestPresets(t *testing.T) {
	presets, err := config.Presets(FS)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range presets {
		names = append(names, p.Name)
		if n := len(p.Summary); n < 20 || n > 100 {
			t.Errorf("%s: summary %q has %d bytes, want 20 to 100", p.Name, p.Summary, n)
		}
		src, err := fs.ReadFile(FS, p.Name+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(src), "# "+p.Summary+"\n") {
			t.Errorf("%s: the first line is not the summary %q", p.Name, p.Summary)
		}
	}
	if want := []string{"latent2d", "mnist", "pytorch-example", "smoke"}; !slices.Equal(names, want) {
		t.Errorf("presets %q, want %q", names, want)
	}
}

func TestPresetValues(t *testing.T) {
	tests := map[string]func(*config.Config){
		"mnist": func(c *config.Config) { c.Train.Batch = 128 },
		"latent2d": func(c *config.Config) {
			c.Model.Latent, c.Model.Activation, c.Train.Epochs = 2, "tanh", 40
		},
		"pytorch-example": func(c *config.Config) {
			c.Model.Hidden, c.Data.Validation, c.Train.Epochs, c.Train.Batch = []int{400}, 0, 10, 128
		},
		"smoke": func(c *config.Config) {
			c.Model.Latent, c.Model.Hidden = 4, []int{64}
			c.Data.Validation, c.Data.Limit, c.Train.Epochs = 500, 2000, 2
		},
	}
	for name, change := range tests {
		want := config.Default()
		change(&want)
		got, err := config.LoadPreset(FS, name, config.Default())
		if err != nil {
			t.Error(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
		}
	}
}

// Presets that reproduce a given network state all of it; the others hold no value that is the default.
func TestPresetsHoldOverridesOnly(t *testing.T) {
	defaults := values(t, config.Default().YAML())
	for _, name := range []string{"latent2d", "smoke"} {
		src, err := fs.ReadFile(FS, name+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		for path, value := range values(t, src) {
			if defaults[path] == value {
				t.Errorf("%s: %s: %s is the default", name, path, value)
			}
		}
	}
}

func values(t *testing.T, src []byte) map[string]string {
	t.Helper()
	var file map[string]map[string]any
	if err := yaml.Unmarshal(src, &file); err != nil {
		t.Fatal(err)
	}
	flat := map[string]string{}
	for section, entries := range file {
		for key, value := range entries {
			flat[section+"."+key] = fmt.Sprint(value)
		}
	}
	if len(flat) == 0 {
		t.Fatal("no values")
	}
	return flat
}
