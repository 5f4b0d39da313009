package model

import (
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/run"
)

// saved is what a run keeps of a model, with memory of its own.
func saved(m *Model) *run.Model {
	c := config.Default()
	c.Model, c.Data.ImageSize, c.Data.Channels = m.Config(), "3x2", 1
	tensors := m.Tensors()
	for i := range tensors {
		tensors[i].Data = slices.Clone(tensors[i].Data)
	}
	return &run.Model{Config: c, Tensors: tensors}
}

func TestRestoreGivesTheSameModel(t *testing.T) {
	m := small(t, nil)
	file := saved(m)
	slices.Reverse(file.Tensors) // their order does not matter
	restored, err := Restore(file)
	if err != nil {
		t.Fatal(err)
	}
	if restored.Shape() != square || restored.Latent() != 2 || restored.Config().Activation != "tanh" {
		t.Errorf("restored shape %v, latent %d, activation %s", restored.Shape(), restored.Latent(), restored.Config().Activation)
	}
	for i, p := range m.Params() {
		got := restored.Params()[i]
		if got.Name != p.Name || !slices.Equal(got.Shape, p.Shape) || !slices.Equal(got.Value, p.Value) {
			t.Errorf("parameter %d is %s%v, want %s%v with the same values", i, got.Name, got.Shape, p.Name, p.Shape)
		}
	}
	file.Tensors[0].Data[0]++
	if slices.Equal(restored.Params()[len(file.Tensors)-1].Value, file.Tensors[0].Data) {
		t.Error("the restored model shares memory with the file")
	}
}

func TestRestoreRefusesWhatDoesNotFit(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*run.Model)
		want   string
	}{
		"missing": {func(f *run.Model) { f.Tensors = slices.Delete(f.Tensors, 2, 3) }, `tensor "encoder.2.weight" is missing`},
		"renamed": {func(f *run.Model) { f.Tensors[4].Name = "fc_mean.weight" }, `tensor "fc_mu.weight" is missing`},
		"extra": {func(f *run.Model) {
			f.Tensors = append(f.Tensors, run.Tensor{Name: "encoder.4.bias", Shape: []int{1}, Data: []float32{0}})
		}, `tensor "encoder.4.bias" does not belong`},
		"transposed":     {func(f *run.Model) { f.Tensors[0].Shape = []int{6, 5} }, `tensor "encoder.0.weight" has shape [6 5], want [5 6]`},
		"flat":           {func(f *run.Model) { f.Tensors[0].Shape = []int{30} }, `tensor "encoder.0.weight" has shape [30], want [5 6]`},
		"latent":         {func(f *run.Model) { f.Config.Model.Latent = 3 }, `tensor "fc_mu.weight" has shape [2 4], want [3 4]`},
		"sigma":          {func(f *run.Model) { f.Config.Model.Sigma = config.Learned }, "contradicts itself: " + config.Mention("model.sigma", "learned")},
		"two layers":     {func(f *run.Model) { f.Config.Model.Beta, f.Config.Model.TopHidden = 1, []int{3} }, "contradicts itself: " + config.Mention("model.top_hidden")},
		"image size":     {func(f *run.Model) { f.Config.Data.ImageSize = "3x3" }, `tensor "encoder.0.weight" has shape [5 6], want [5 9]`},
		"windows":        {func(f *run.Model) { f.Config.Data.Crop = "2x9" }, "contradicts itself: " + config.Mention("data.crop", "2x9") + " is smaller than"},
		"image nonsense": {func(f *run.Model) { f.Config.Data.ImageSize = "3xx" }, "image_size"},
		"no image size":  {func(f *run.Model) { f.Config.Data.ImageSize = "" }, "image size 0x0x1 is incomplete"},
		"no channels":    {func(f *run.Model) { f.Config.Data.Channels = 0 }, "image size 3x2x0 is incomplete"},
		"activation":     {func(f *run.Model) { f.Config.Model.Activation = "step" }, `unknown activation "step"`},
		"too large":      {func(f *run.Model) { f.Config.Model.Hidden = []int{1 << 20, 1 << 20} }, "million parameters"},
	} {
		file := saved(small(t, nil))
		c.change(file)
		if _, err := Restore(file); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %s", name, err, c.want)
		}
	}
}

// A file without image size, whose tensors fit it by being empty, must not
// become a model of images without pixels.
func TestRestoreRefusesImagesWithoutPixels(t *testing.T) {
	file := saved(small(t, nil))
	file.Config.Data.ImageSize = ""
	for i, tensor := range file.Tensors {
		switch tensor.Name {
		case "encoder.0.weight":
			file.Tensors[i].Shape, file.Tensors[i].Data = []int{5, 0}, nil
		case "decoder.4.weight":
			file.Tensors[i].Shape, file.Tensors[i].Data = []int{0, 5}, nil
		case "decoder.4.bias":
			file.Tensors[i].Shape, file.Tensors[i].Data = []int{0}, nil
		}
	}
	if _, err := Restore(file); err == nil {
		t.Error("no error")
	}
}
