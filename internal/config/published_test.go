package config

import (
	"slices"
	"testing"
	"testing/fstest"
)

func TestPublished(t *testing.T) {
	fsys := fstest.MapFS{"p.yaml": {Data: []byte(`# A summary
# Published: nll:5000 86.76 Burda et al. 2015, table 1
#Published: mse 0.0115 scikit-learn
# Published:loss 1 has no space and is no figure
model: {} # Published: mse 1 is behind a value
  # Published: probe 1.5 Someone
  # Published: train 147 Someone
`)}}
	want := []Figure{{"nll", 5000, 86.76, "Burda et al. 2015, table 1"}, {"mse", 0, 0.0115, "scikit-learn"}, {"probe", 0, 1.5, "Someone"}, {"train", 0, 147, "Someone"}}
	if got, err := Published(fsys, "p"); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, line := range []string{"nll 86.76 x", "nll: 86.76 x", "nll:k 86.76 x", "mse:5 1 x", "mse 1", "mse", "mse x y", "fid 1 x"} {
		fsys["p.yaml"] = &fstest.MapFile{Data: []byte("# Published: " + line + "\n")}
		if got, err := Published(fsys, "p"); err == nil || got != nil {
			t.Errorf("%q: %+v, %v, want an error", line, got, err)
		}
	}
	if _, err := Published(fsys, "q"); err == nil {
		t.Error("no error for a preset that is not there")
	}
}

func TestSettings(t *testing.T) {
	got := Default().Settings()
	if len(got) != len(table) {
		t.Fatalf("%d settings, want %d", len(got), len(table))
	}
	for _, want := range []Written{{"model.hidden", "[400, 200]"}, {"data.source", `"mnist"`}, {"data.validation", "auto"}, {"train.corrupt", "none"}, {"train.epsilon", "auto"}} {
		if !slices.Contains(got, want) {
			t.Errorf("no %+v in %+v", want, got)
		}
	}
}
