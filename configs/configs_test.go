package configs

import (
	"bytes"
	"fmt"
	"io/fs"
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
	if !slices.IsSorted(names) {
		t.Errorf("presets %q are not in order", names)
	}
}

func TestPresetValues(t *testing.T) {
	burda := func(c *config.Config) {
		c.Model.Latent, c.Model.Hidden, c.Model.Activation, c.Model.Init, c.Model.OutputBias = 50, []int{200, 200}, "tanh", "glorot", "data"
		c.Data.Validation, c.Data.Binarize = 400, "dynamic"
		c.Train.Epochs, c.Train.Batch, c.Train.Schedule, c.Train.Epsilon, c.Train.Keep = 3280, 20, "stages", 1e-4, "last"
	}
	twoLayers := func(c *config.Config) {
		burda(c)
		c.Model.Latent, c.Model.TopLatent, c.Model.TopHidden = 100, 50, []int{100, 100}
	}
	burgess := func(c *config.Config) {
		c.Model.Latent, c.Model.Encoder, c.Data.ImageSize = 10, "3*[conv:32:4:2:1,relu],2*[dense:256,relu]", "32x32"
		c.Model.Init, c.Train.Epochs, c.Train.Batch, c.Train.LearningRate = "he", 400, 64, 5e-4
	}
	pythae := func(c *config.Config) {
		c.Model.Latent, c.Model.Likelihood, c.Model.Sigma, c.Data.Validation = 16, "gaussian", 1, 10000
		c.Train.Epochs, c.Train.Batch = 100, 100
	}
	iwae := func(c *config.Config, k int) { c.Train.Objective, c.Train.Samples = "iwae", k }
	tests := map[string]func(*config.Config){
		"iwae-1l-vae": burda,
		"iwae-1l-k5":  func(c *config.Config) { burda(c); iwae(c, 5) },
		"iwae-1l-k50": func(c *config.Config) { burda(c); iwae(c, 50) },
		"iwae-2l-vae": twoLayers,
		"iwae-2l-k5":  func(c *config.Config) { twoLayers(c); iwae(c, 5) },
		"iwae-2l-k50": func(c *config.Config) { twoLayers(c); iwae(c, 50) },
		"kingma2014": func(c *config.Config) {
			c.Model.Hidden, c.Model.Activation, c.Model.Init = []int{500}, "tanh", "glorot"
			c.Data.Validation, c.Data.Binarize = 0, "dynamic"
			c.Train.Epochs, c.Train.Batch, c.Train.Optimizer, c.Train.LearningRate = 333, 100, "adagrad", 0.02
		},
		"pca": func(c *config.Config) { c.Model.Kind, c.Data.Validation = "pca", 0 },
		"linear-ae": func(c *config.Config) {
			c.Model.Kind, c.Model.Hidden, c.Model.Activation, c.Model.OutputBias, c.Model.Likelihood = "ae", nil, "linear", "data", "mse"
			c.Data.Validation, c.Train.Epochs, c.Train.Schedule = 0, 40, "cosine"
		},
		"dae": func(c *config.Config) { c.Model.Kind, c.Train.Corrupt = "ae", "mask:0.25" },
		"sdae": func(c *config.Config) {
			c.Model.Kind, c.Model.Latent, c.Model.Hidden = "ae", 1000, []int{1000, 1000}
			c.Model.Activation, c.Model.CodeActivation, c.Model.Init, c.Model.OutputBias = "sigmoid", "sigmoid", "glorot", "data"
			c.Train.Corrupt, c.Train.Pretrain, c.Train.PretrainCorrupt = "mask:0.1", "layerwise", []string{"mask:0.1", "mask:0.2", "mask:0.3"}
		},
		"sparse": func(c *config.Config) {
			c.Model.Kind, c.Model.Latent, c.Model.Hidden, c.Model.CodeActivation = "ae", 196, nil, "sigmoid"
			c.Model.Init, c.Model.Likelihood, c.Train.Epochs, c.Train.Sparsity = "glorot", "mse", 40, "kl:0.1:3"
		},
		"mnist": func(c *config.Config) { c.Train.Batch = 128 },
		"latent2d": func(c *config.Config) {
			c.Model.Latent, c.Model.Activation, c.Train.Epochs = 2, "tanh", 40
		},
		"pytorch-example": func(c *config.Config) {
			c.Model.Hidden, c.Data.Validation, c.Train.Epochs, c.Train.Batch = []int{400}, 0, 10, 128
		},
		"burgess": func(c *config.Config) {
			burgess(c)
			c.Data.Resample, c.Data.Validation, c.Train.KLWarmup, c.Train.Keep = "bilinear", 0, "linear:11", "last"
		},
		"burgess64": func(c *config.Config) {
			burgess(c)
			c.Model.Encoder, c.Data.ImageSize, c.Data.Fit, c.Train.Epochs = "4*[conv:32:4:2:1,relu],2*[dense:256,relu]", "64x64", "crop", 200
		},
		"keras-conv": func(c *config.Config) {
			c.Model.Latent, c.Model.Encoder = 2, "conv:32:3:2:same,relu,conv:64:3:2:same,relu,dense:16,relu"
			c.Model.Decoder = "dense:3136,relu,reshape:7x7x64,convt:64:3:2:same,relu,convt:32:3:2:same,relu,convt:out:3:1:same"
			c.Model.Init, c.Data.Validation, c.Data.MergeTest = "glorot", 0, true
			c.Train.Epochs, c.Train.Batch, c.Train.Epsilon, c.Train.Keep = 30, 128, 1e-7, "last"
		},
		"dcgan": func(c *config.Config) {
			c.Model.Encoder, c.Train.Epochs, c.Train.Batch = "conv:64:4:2:1,relu,conv:128:4:2:1,relu", 50, 128
		},
		"vanilla": func(c *config.Config) {
			c.Model.Latent, c.Model.Likelihood, c.Model.Beta = 128, "mse", 3.072
			c.Model.Encoder, c.Model.Decoder = vanilla[0], vanilla[1]
			c.Data.ImageSize, c.Data.Fit, c.Data.Channels = "64x64", "crop", 3
			c.Train.Epochs, c.Train.Batch, c.Train.LearningRate, c.Train.Schedule = 100, 64, 0.005, "step:1:0.95"
		},
		"pythae-conv": func(c *config.Config) {
			pythae(c)
			c.Model.Encoder = "conv:128:4:2:1,bn,relu,conv:256:4:2:1,bn,relu,conv:512:4:2:1,bn,relu,conv:1024:4:2:1,bn,relu"
			c.Model.Decoder = "dense:16384,reshape:4x4x1024,convt:512:3:2:1,bn,relu,convt:256:3:2:1:1,bn,relu,convt:out:3:2:1:1,sigmoid"
		},
		"pythae-resnet": func(c *config.Config) {
			pythae(c)
			c.Model.Encoder = "conv:64:4:2:1,conv:128:4:2:1,conv:128:3:2:1,2*residual[relu,conv:32:3:1:1,relu,conv:128:1]"
			c.Model.Decoder = "dense:2048,reshape:4x4x128,convt:128:3:2:1,2*residual[relu,conv:32:3:1:1,relu,conv:128:1],relu,convt:64:3:2:1:1,relu,convt:out:3:2:1:1,sigmoid"
		},
		"pytorch-generative": func(c *config.Config) {
			c.Model.Encoder, c.Model.Decoder = "", ""
			const blocks = "2*residual[relu,conv:32:3:1:1,relu,conv:64:1],relu,"
			for _, first := range []string{"conv:64:4:2:3,", "2*[conv:64:4:2:1,"} {
				c.Model.Encoder += first + "relu," + blocks + "conv:64:3:1:1,"
			}
			c.Model.Encoder = strings.TrimSuffix(c.Model.Encoder, ",") + "],conv:64:4:2:1,relu," + blocks + "latents:16:3"
			c.Model.Decoder = "3*[conv:64:3:1:1," + blocks + "convt:64:4:2:1],conv:64:3:1:1," + blocks + "convt:out:4:2:3"
			c.Data.Binarize, c.Data.Validation, c.Train.Keep = "dynamic", 0, "last"
			c.Train.Epochs, c.Train.Batch, c.Train.LearningRate = 457, 128, 5e-4
		},
		"resnet": func(c *config.Config) {
			c.Model.Latent, c.Data.Binarize = 40, "dynamic"
			c.Model.Encoder, c.Model.Decoder = resnet[0], resnet[1]
			c.Train.Epochs, c.Train.Batch, c.Train.Schedule, c.Train.WeightDecay = 3000, 128, "step:300:0.5", 1e-4
		},
		"photos": func(c *config.Config) {
			c.Model.Latent, c.Model.Encoder, c.Model.Likelihood = 128, "auto", "logistic"
			c.Data.ImageSize, c.Data.Fit, c.Data.Channels, c.Train.Epochs, c.Train.KLWarmup = "64x64", "crop", 3, 100, "linear:10"
			c.Model.OutputBias, c.Train.Batch = "data", 32
		},
		"photos-map": func(c *config.Config) {
			c.Model.Encoder = "conv:32:4:2:1,conv:64:4:2:1,2*residual[silu,conv:32:3:1:1,silu,conv:64:1],latents:32:3"
			c.Model.Decoder = "conv:64:3:1:1,2*residual[silu,conv:32:3:1:1,silu,conv:64:1],convt:32:4:2:1,residual[silu,conv:32:3:1:1],convt:out:4:2:1"
			c.Model.Likelihood, c.Train.KLWarmup, c.Data.Augment = "dmol:3", "linear:8", "flip"
			c.Data.ImageSize, c.Data.Fit, c.Data.Channels, c.Train.Epochs = "64x64", "crop", 3, 40
			c.Train.Batch, c.Train.Schedule, c.Train.Warmup, c.Train.EMA = 8, "cosine", 500, 0.995
		},
		"smoke": func(c *config.Config) {
			c.Model.Latent, c.Model.Hidden = 4, []int{64}
			c.Data.Validation, c.Data.Limit, c.Train.Epochs = 500, 2000, 2
		},
	}
	if presets, err := config.Presets(FS); err != nil || len(presets) != len(tests) {
		t.Errorf("%d presets, values of %d are tested, %v", len(presets), len(tests), err)
	}
	for name, change := range tests {
		want := config.Default()
		change(&want)
		got, err := config.LoadPreset(FS, name, config.Default())
		if err != nil {
			t.Error(err)
		}
		if !bytes.Equal(got.YAML(), want.YAML()) {
			t.Errorf("%s:\n got %s\nwant %s", name, got.YAML(), want.YAML())
		}
	}
}

// Encoder and decoder of the longer networks.
var (
	vanilla = [2]string{
		conv("conv", "32", "64", "128", "256", "512"),
		"dense:2048,reshape:2x2x512," + conv("convt", "256:1", "128:1", "64:1") + ",2*[" + conv("convt", "32:1") + "],conv:out:3:1:1,tanh",
	}
	resnet = [2]string{
		block("conv:16:3:1:1", "16", "|conv:16:1") + "," + block("conv:32:3:2:same", "32", "|conv:32:1:2") + "," + block("conv:32:3:1:1", "32", "") + "," +
			block("conv:64:3:2:same", "64", "|conv:64:1:2") + "," + block("conv:64:3:1:1", "64", ""),
		"dense:3136,reshape:7x7x64," + block("conv:64:3:1:1", "64", "") + "," + block("convt:32:3:2:same", "32", "|convt:32:1:2:same") + "," +
			block("conv:32:3:1:1", "32", "") + "," + block("convt:16:3:2:same", "16", "|convt:16:1:2:same") + ",conv:out:1",
	}
)

// conv is layers FILTERS:3:2:1[:OUTPUT], each with what is behind it in PyTorch-VAE.
func conv(kind string, filters ...string) string {
	for i, f := range filters {
		n, output, more := strings.Cut(f, ":")
		filters[i] = kind + ":" + n + ":3:2:1"
		if more {
			filters[i] += ":" + output
		}
		filters[i] += ",bn,leaky-relu"
	}
	return strings.Join(filters, ",")
}

// block is one of tfsnippet's.
func block(first, filters, shortcut string) string {
	return "residual[leaky-relu," + first + ",leaky-relu,conv:" + filters + ":3:1:1" + shortcut + "]"
}

// The names of presets of our own; the others reproduce something.
var ours = []string{"latent2d", "mnist", "photos", "photos-map", "smoke"}

func TestReproductionsGiveTheirSource(t *testing.T) {
	presets, err := config.Presets(FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range presets {
		src, err := fs.ReadFile(FS, p.Name+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if given := strings.Contains(string(src), "\n# Source: "); given == slices.Contains(ours, p.Name) {
			t.Errorf("%s: a source is given: %v", p.Name, given)
		}
	}
}

func TestPresetsHaveNoConflict(t *testing.T) {
	presets, err := config.Presets(FS)
	if err != nil || len(presets) == 0 {
		t.Fatalf("%d presets, %v", len(presets), err)
	}
	for _, p := range presets {
		c, err := config.LoadPreset(FS, p.Name, config.Default())
		if err == nil {
			err = c.Conflict()
		}
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
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
