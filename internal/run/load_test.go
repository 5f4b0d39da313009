package run

import (
	"bytes"
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vae/internal/safetensors"
)

// write puts f into a file and returns its path.
func write(t testing.TB, f *safetensors.File) string {
	t.Helper()
	var buf bytes.Buffer
	must(t, safetensors.Write(&buf, f))
	file := filepath.Join(t.TempDir(), "m.safetensors")
	must(t, os.WriteFile(file, buf.Bytes(), 0o666))
	return file
}

func exampleFile(t testing.TB) *safetensors.File {
	t.Helper()
	f, err := encodeModel(exampleModel())
	must(t, err)
	must(t, seal(f))
	return f
}

// resealed is the file with the right checksum for what is in it.
func resealed(t testing.TB, f *safetensors.File) string {
	t.Helper()
	if _, ok := f.Metadata[keyChecksum]; ok {
		must(t, seal(f))
	}
	return write(t, f)
}

func TestLoadMissing(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "none.safetensors")
	_, err := Load(missing)
	wantError(t, err, missing, ": no such file")
	_, err = Load(dir)
	wantError(t, err, dir, ": is a folder, not a file")
	_, err = Load(os.DevNull)
	wantError(t, err, os.DevNull, ": not a regular file")
	_, err = LoadState(dir)
	wantError(t, err, filepath.Join(dir, StateFile), ": no such file")
}

// A sparse file takes no space and may have the size of a disk.
func TestLoadHuge(t *testing.T) {
	file := filepath.Join(t.TempDir(), "huge")
	must(t, os.WriteFile(file, nil, 0o666))
	if err := os.Truncate(file, maxFile+1); err != nil {
		t.Skip("no sparse files here:", err)
	}
	_, err := Load(file)
	wantError(t, err, file, ": takes 8589934593 bytes, more than any model (8589934592)")
}

func TestLoadTruncated(t *testing.T) {
	file := write(t, exampleFile(t))
	data, err := os.ReadFile(file)
	must(t, err)
	for n := range data {
		must(t, os.WriteFile(file, data[:n], 0o666))
		m, err := Load(file)
		var format *safetensors.FormatError
		if !errors.As(err, &format) {
			t.Fatalf("cut to %d of %d bytes: got %v, %v", n, len(data), m, err)
		}
		wantError(t, err, file, ": not a safetensors file: ")
	}
}

func TestLoadRefuses(t *testing.T) {
	set := func(key, value string) func(*safetensors.File) {
		return func(f *safetensors.File) { f.Metadata[key] = value }
	}
	for want, spoil := range map[string]func(*safetensors.File){
		`not a model of this program: its metadata lack "format_version"`:           func(f *safetensors.File) { f.Metadata = nil },
		`format version 3, this program reads versions up to 2; update the program`: set("format_version", "3"),
		`format version "0", this program reads versions up to 2`:                   set("format_version", "0"),
		`format version "one", this program reads versions up to 2`:                 set("format_version", "one"),
		`metadata "pixel_mean" is "x": not a number`:                                set("pixel_mean", "x"),
		`metadata "pixel_mean" is "NaN": not a finite number`:                       set("pixel_mean", "NaN"),
		`metadata "seed" is "-1": not a whole number from 0 to 2^64-1`:              set("seed", "-1"),
		`metadata "epoch" is "-1": not a whole number from 0`:                       set("epoch", "-1"),
		`metadata "step" is "99999999999999999999": not a whole number from 0`:      set("step", "99999999999999999999"),
		`metadata "metrics" is "null": not a JSON object of numbers`:                set("metrics", "null"),
		`metadata "metrics" is "{\"a\":null}": not a JSON object of numbers`:        set("metrics", `{"a":null}`),
		`metadata "metrics" is "{\"a\":1e999}": not a JSON object of numbers`:       set("metrics", `{"a":1e999}`),
		`metadata "metrics" is "{\"a\":1} {}": not a JSON object of numbers`:        set("metrics", `{"a":1} {}`),
		`metadata "metrics" is "[1]": not a JSON object of numbers`:                 set("metrics", `[1]`),
		`: configuration:2:`: set("config", "model:\n  latnt: 3\n"),
		`model.latent`:       set("config", "model:\n  latent: 0\n"),
		`is the state of a training, not a model; name the model.safetensors beside`: set("best_epoch", "1"),
		`holds no tensors`: func(f *safetensors.File) { f.Tensors = nil },
		`tensor "encoder.0.bias" has dtype "F64", not F32`: func(f *safetensors.File) {
			f.Tensors[1] = safetensors.Tensor{Name: "encoder.0.bias", DType: safetensors.F64, Data: make([]byte, 8)}
		},
		`tensor "encoder.0.bias" holds NaN at position 1, not a finite number`: func(f *safetensors.File) {
			f.Tensors[1] = safetensors.Float32s("encoder.0.bias", []int{2}, []float32{1, float32(math.NaN())})
		},
		`tensor "encoder.0.bias" holds +Inf at position 0, not a finite number`: func(f *safetensors.File) {
			f.Tensors[1] = safetensors.Float32s("encoder.0.bias", []int{2}, []float32{float32(math.Inf(1)), 1})
		},
	} {
		f := exampleFile(t)
		spoil(f)
		file := resealed(t, f)
		m, err := Load(file)
		if m != nil {
			t.Errorf("%s: a model came with the error", want)
		}
		wantError(t, err, file, want)
	}
}

func TestLoadLacksKey(t *testing.T) {
	for key := range exampleFile(t).Metadata {
		if key == keyFormat {
			continue // for other programs
		}
		f := exampleFile(t)
		delete(f.Metadata, key)
		file := resealed(t, f)
		_, err := Load(file)
		wantError(t, err, file, `its metadata lack "`+key+`"`)
	}
}

func TestLoadVersionError(t *testing.T) {
	f := exampleFile(t)
	f.Metadata = map[string]string{"format_version": "7"}
	_, err := Load(write(t, f))
	var version *VersionError
	if !errors.As(err, &version) || version.Version != "7" {
		t.Errorf("got %v", err)
	}
}

func TestLoadStateRefusesModel(t *testing.T) {
	d := newDir(t)
	must(t, d.SaveModel(exampleModel()))
	file := filepath.Join(d.Path(), StateFile)
	must(t, os.Rename(filepath.Join(d.Path(), ModelFile), file))
	_, err := LoadState(d.Path())
	wantError(t, err, file, `its metadata lack "best_epoch"`)
}

// FuzzMetadata decodes any metadata: no panic, and what is taken is written and
// read back equal.
func FuzzMetadata(f *testing.F) {
	m := exampleFile(f).Metadata
	add := func(keys map[string]string) {
		f.Add(keys[keyFormatVersion], keys[keyPixelMean], keys[keySeed], keys[keyEpoch],
			keys[keyStep], keys[keyMetrics], keys[keyConfig], "0", "+Inf", `{"images":128,"loss":1.5e2}`)
	}
	add(m)
	add(nil)
	other := maps.Clone(m)
	other[keyMetrics], other[keyConfig] = "{}", ""
	add(other)
	f.Fuzz(func(t *testing.T, version, mean, seed, epoch, step, metrics, conf, bestEpoch, bestLoss, progress string) {
		file := exampleFile(t)
		maps.Copy(file.Metadata, map[string]string{
			keyFormatVersion: version, keyPixelMean: mean, keySeed: seed, keyEpoch: epoch, keyStep: step,
			keyMetrics: metrics, keyConfig: conf, keyBestEpoch: bestEpoch, keyBestLoss: bestLoss, keyProgress: progress,
		})
		first, err := decodeState(file)
		if err != nil {
			return
		}
		again, err := encodeState(first)
		if err == nil {
			err = seal(again)
		}
		if err != nil {
			t.Fatal(err)
		}
		second, err := decodeState(again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, second, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestUnseenClasses: names of classes come back, and what is no list of them is a fault.
func TestUnseenClasses(t *testing.T) {
	m := exampleModel()
	m.Info.Unseen = []string{"cat", "日本\n"}
	f, err := encodeModel(m)
	must(t, err)
	must(t, seal(f))
	got, err := Load(write(t, f))
	must(t, err)
	if diff := cmp.Diff(m, got); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"", "{}", `["a`, `[1]`, "cat"} {
		f.Metadata[keyUnseen] = text
		_, err := Load(resealed(t, f))
		wantError(t, err, `metadata "unseen_classes"`, "not a JSON list of texts")
	}
}
