package model

import (
	"testing"

	"vae/configs"
	"vae/internal/config"
)

// parameters are those of presets of lists of layers, counted by hand of the programs that
// they are from where their networks are the same.
var parameters = map[string]int{
	"burgess": 469_173, "burgess64": 504_055, "dcgan": 647_081, "keras-conv": 134_165, "photos": 3_580_358, "photos-map": 229_566,
	"pythae-conv": 17_232_033, "pythae-resnet": 766_689, "pytorch-generative": 974_241, "resnet": 676_001, "vanilla": 3_937_635,
}

// Every preset makes a model for images of its size, whose graphs can be laid out.
func TestPresetsMakeModels(t *testing.T) {
	presets, err := config.Presets(configs.FS)
	if err != nil {
		t.Fatal(err)
	}
	lists := 0
	for _, p := range presets {
		c, err := config.LoadPreset(configs.FS, p.Name, config.Default())
		if err != nil {
			t.Fatal(err)
		}
		shape := config.Shape{Width: 28, Height: 28, Channels: max(1, c.Data.Channels)}
		if c.Data.ImageSize != "" {
			shape.Width, shape.Height, _ = config.ParseImageSize(c.Data.ImageSize)
		}
		if p.Name == "burgess64" {
			shape.Channels = 3
		}
		r, err := c.Resolve(config.DataFacts{Shape: shape, Train: 60_000, Levels: 256})
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		m, err := Plan(r.Model, shape)
		if err == nil && r.Model.Kind != config.PCA {
			_, err = m.ObjectiveSize(ObjectiveOptions{Rows: 4, Gradients: true, Training: true})
		}
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		if r.Model.Encoder == "" {
			continue
		}
		lists++
		if trained, _ := m.ParametersSize(); int(trained) != 4*parameters[p.Name] {
			t.Errorf("%s: %.0f parameters, want %d", p.Name, trained/4, parameters[p.Name])
		}
	}
	if lists != len(parameters) {
		t.Errorf("%d presets of lists, want %d", lists, len(parameters))
	}
}
