package run

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vae/internal/config"
	"vae/internal/safetensors"
)

func exampleConfig() config.Config {
	c := config.Default()
	c.Model.Latent = 3
	c.Model.Hidden = []int{7, 5}
	c.Model.Beta = 0.1
	c.Data.ImageSize = "28x28"
	c.Data.Channels = 1
	return c
}

func exampleInfo() Info {
	return Info{
		Program:       "vae 1.2",
		Dataset:       "mnist",
		DatasetSHA256: "440fcabf",
		PixelMean:     0.1306604762738429,
		Seed:          math.MaxUint64,
		Epoch:         20,
		Step:          8600,
		Metrics:       map[string]float64{"val_loss": 102.3456789012345, "val_kl": 1e-300, "a": -0.5},
	}
}

func exampleTensors() []Tensor {
	return []Tensor{
		{Name: "encoder.0.weight", Shape: []int{2, 3}, Data: []float32{1, -2, 3.5, 0, 1e-45, math.MaxFloat32}},
		{Name: "encoder.0.bias", Shape: []int{2}, Data: []float32{0.1, 0.2}},
	}
}

func exampleModel() *Model {
	return &Model{Config: exampleConfig(), Info: exampleInfo(), Tensors: exampleTensors()}
}

func exampleState() *State {
	return &State{Config: exampleConfig(), Info: exampleInfo(), BestEpoch: 18, BestLoss: 101.5, Phase: Phase{Epoch: 19, Loss: 102.25}, Kernels: "vector", Progress: exampleProgress(), Tensors: exampleTensors()}
}

func exampleProgress() Progress {
	return Progress{Images: 512, Seconds: 0.1, Terms: Terms{1e300, math.SmallestNonzeroFloat64, -0.25, 3},
		LogvarBelow: 4, LogvarAbove: 5, Baseline: 100.1, Layer: 2, LayerEpoch: 7, LayerStep: 8}
}

func newDir(t testing.TB) *Dir {
	t.Helper()
	d, err := Create(filepath.Join(t.TempDir(), "run"))
	must(t, err)
	t.Cleanup(func() { must(t, d.Close()) })
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// files lists the names in dir, without that of the lock.
func files(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	names := []string{}
	for _, e := range entries {
		if e.Name() != lockFile {
			names = append(names, e.Name())
		}
	}
	return names
}

// wantError checks that err is one line that starts with the file and says want.
func wantError(t *testing.T, err error, file, want string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want %s", want)
		return
	}
	msg := err.Error()
	if !strings.Contains(msg, want) || !strings.Contains(msg, file) || strings.Contains(msg, "\n") {
		t.Errorf("got  %q\nwant %q about %q in one line", msg, want, file)
	}
	if strings.Count(msg, file) != 1 {
		t.Errorf("%q names the file %d times", msg, strings.Count(msg, file))
	}
}

func TestModelRoundTrip(t *testing.T) {
	d := newDir(t)
	must(t, d.SaveModel(exampleModel()))
	got, err := Load(filepath.Join(d.Path(), ModelFile))
	must(t, err)
	if diff := cmp.Diff(exampleModel(), got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{ModelFile}, files(t, d.Path())); diff != "" {
		t.Error(diff)
	}
}

func TestModelBytes(t *testing.T) {
	a, b := newDir(t), newDir(t)
	must(t, a.SaveModel(exampleModel()))
	must(t, b.SaveModel(exampleModel()))
	first, err := os.ReadFile(filepath.Join(a.Path(), ModelFile))
	must(t, err)
	second, err := os.ReadFile(filepath.Join(b.Path(), ModelFile))
	must(t, err)
	if !bytes.Equal(first, second) {
		t.Error("the same model gives different files")
	}
	f, err := safetensors.Read(bytes.NewReader(first), int64(len(first)))
	must(t, err)
	want := map[string]string{
		"format": "pt", "format_version": "2", "checksum": f.Metadata["checksum"], "program": "vae 1.2", "dataset": "mnist",
		"dataset_sha256": "440fcabf", "pixel_mean": "0.1306604762738429",
		"seed": "18446744073709551615", "epoch": "20", "step": "8600",
		"metrics": `{"a":-0.5,"val_kl":1e-300,"val_loss":102.3456789012345}`,
		"config":  string(exampleConfig().YAML()),
	}
	if diff := cmp.Diff(want, f.Metadata); diff != "" {
		t.Error(diff)
	}
}

func TestStateRoundTrip(t *testing.T) {
	for _, loss := range []float64{101.5, math.Inf(1), math.NaN(), math.SmallestNonzeroFloat64} {
		d := newDir(t)
		want := exampleState()
		want.BestLoss = loss
		must(t, d.SaveState(want))
		got, err := LoadState(d.Path())
		must(t, err)
		if math.IsNaN(loss) && math.IsNaN(got.BestLoss) {
			want.BestLoss, got.BestLoss = 0, 0
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// A dataset may be a folder with any bytes in its name.
func TestInvalidUTF8IsKeptReadable(t *testing.T) {
	d := newDir(t)
	m := exampleModel()
	m.Info.Dataset = "folder\xff"
	must(t, d.SaveModel(m))
	got, err := Load(filepath.Join(d.Path(), ModelFile))
	must(t, err)
	if got.Info.Dataset != "folder\uFFFD" {
		t.Errorf("got %q", got.Info.Dataset)
	}
}

func TestSaveRefuses(t *testing.T) {
	for want, spoil := range map[string]func(*Model){
		`tensor "encoder.0.weight" holds NaN at position 4, not a finite number`: func(m *Model) { m.Tensors[0].Data[4] = float32(math.NaN()) },
		`tensor "encoder.0.bias" holds -Inf at position 1, not a finite number`:  func(m *Model) { m.Tensors[1].Data[1] = float32(math.Inf(-1)) },
		`tensor "encoder.0.bias": F32 of shape [3] takes 12 bytes`:               func(m *Model) { m.Tensors[1].Shape[0] = 3 },
		`tensor "encoder.0.bias": the name occurs twice`:                         func(m *Model) { m.Tensors[0].Name = "encoder.0.bias" },
		`there are no tensors`:                           func(m *Model) { m.Tensors = nil },
		`metric "val_loss" is NaN, not a finite number`:  func(m *Model) { m.Info.Metrics["val_loss"] = math.NaN() },
		`metric "val_loss" is +Inf, not a finite number`: func(m *Model) { m.Info.Metrics["val_loss"] = math.Inf(1) },
		`pixel_mean is NaN, not a finite number`:         func(m *Model) { m.Info.PixelMean = math.NaN() },
		`epoch -1 and step 8600 must be 0 or more`:       func(m *Model) { m.Info.Epoch = -1 },
		`model.latent`: func(m *Model) { m.Config.Model.Latent = 0 },
	} {
		d := newDir(t)
		must(t, d.SaveModel(exampleModel()))
		file := filepath.Join(d.Path(), ModelFile)
		before, err := os.ReadFile(file)
		must(t, err)
		bad := exampleModel()
		spoil(bad)
		wantError(t, d.SaveModel(bad), file, want)
		after, err := os.ReadFile(file)
		must(t, err)
		if !bytes.Equal(before, after) {
			t.Errorf("%s: the old file is not what it was", want)
		}
		if diff := cmp.Diff([]string{ModelFile}, files(t, d.Path())); diff != "" {
			t.Errorf("%s: %s", want, diff)
		}
	}
}

// TestReplaceRenameFails has a folder where the file should go.
func TestReplaceRenameFails(t *testing.T) {
	d := newDir(t)
	file := filepath.Join(d.Path(), ModelFile)
	must(t, os.Mkdir(file, 0o777))
	if err := d.SaveModel(exampleModel()); err == nil {
		t.Error("no error")
	} else {
		wantError(t, err, file, "cannot save ")
	}
	if diff := cmp.Diff([]string{ModelFile}, files(t, d.Path())); diff != "" {
		t.Error(diff)
	}
}

// TestSaveWithoutFolder saves into a run whose folder became a file, then nothing.
func TestSaveWithoutFolder(t *testing.T) {
	d := newDir(t)
	save := map[string]func() error{
		ConfigFile:  func() error { return d.SaveConfig(exampleConfig()) },
		ModelFile:   func() error { return d.SaveModel(exampleModel()) },
		StateFile:   func() error { return d.SaveState(exampleState()) },
		MetricsFile: func() error { return d.AppendMetrics(Row{}) },
		LatentsFile: func() error { return d.AppendLatents(true, LatentRow{KL: []float64{1}}) },
	}
	must(t, d.Close())
	must(t, os.Remove(d.Path()))
	for name, f := range save {
		err := f()
		wantError(t, err, filepath.Join(d.Path(), name), "no such file or directory")
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	must(t, os.WriteFile(d.Path(), nil, 0o666))
	for name, f := range save {
		wantError(t, f(), filepath.Join(d.Path(), name), "not a directory")
	}
}

func TestSaveConfig(t *testing.T) {
	d := newDir(t)
	must(t, d.SaveConfig(config.Default()))
	must(t, d.SaveConfig(exampleConfig()))
	src, err := os.ReadFile(filepath.Join(d.Path(), ConfigFile))
	must(t, err)
	got, err := config.Load(src, "config.yaml", config.Default())
	must(t, err)
	if diff := cmp.Diff(exampleConfig(), got); diff != "" {
		t.Error(diff)
	}
}
