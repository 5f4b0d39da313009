package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"vae/data"
	"vae/internal/kernel"
	"vae/internal/safetensors"
)

// writeGolden writes the figures that are found instead of holding them against the
// golden ones. A change of figures is a decision: it is said in the commit and in
// docs/CHANGELOG.md.
var writeGolden = flag.Bool("write-golden", false, "write testdata/golden/hashes.json anew")

const goldenFile = "testdata/golden/hashes.json"

// trained are the trainings whose results are golden: presets, made small, and
// what TestResumeIsExact of package train knows.
var trained = map[string][]string{
	"preset mnist":           {"--preset", "mnist", "--hidden", "30,20"},
	"preset smoke":           {"--preset", "smoke"},
	"preset pytorch-example": {"--preset", "pytorch-example", "--hidden", "30"},
	"preset latent2d":        {"--preset", "latent2d", "--hidden", "30,20"},
	"preset latent2d ae":     {"--preset", "latent2d", "--kind", "ae", "--hidden", "30,20"},
	"preset kingma2014":      {"--preset", "kingma2014", "--hidden", "30"},
	"preset pca":             {"--preset", "pca", "--latent", "5"},
	"preset linear-ae":       {"--preset", "linear-ae", "--latent", "5"},
	"preset dae":             {"--preset", "dae", "--hidden", "30,20"},
	"preset sdae":            {"--preset", "sdae", "--hidden", "30,20", "--pretrain-epochs", "1"},
	"preset sparse":          {"--preset", "sparse", "--latent", "30"},
	"preset iwae-1l-vae":     {"--preset", "iwae-1l-vae", "--hidden", "20,20"},
	"preset iwae-1l-k5":      {"--preset", "iwae-1l-k5", "--hidden", "20,20"},
	"preset iwae-1l-k50":     {"--preset", "iwae-1l-k50", "--hidden", "10", "--limit", "200"},
	"preset iwae-2l-vae":     {"--preset", "iwae-2l-vae", "--hidden", "20,20", "--top-hidden", "10"},
	"preset iwae-2l-k5":      {"--preset", "iwae-2l-k5", "--hidden", "20,20", "--top-hidden", "10"},
	"preset iwae-2l-k50":     {"--preset", "iwae-2l-k50", "--hidden", "10", "--top-hidden", "10", "--limit", "200"},

	"preset burgess":     {"--preset", "burgess", "--encoder", "3*[conv:16:4:2:1,relu],dense:40,relu", "--limit", "100", "--init", "kaiming", "--resample", "bicubic", "--kl-warmup", "none"}, // these of convolutions since 0.4
	"preset keras-conv":  {"--preset", "keras-conv", "--limit", "50"},
	"preset dcgan":       {"--preset", "dcgan", "--encoder", "conv:9:4:2:1,relu,conv:20:4:2:1,relu", "--limit", "100"},
	"preset vanilla":     {"--preset", "vanilla", "--encoder", "conv:8:3:2:1,bn,leaky-relu,conv:16:3:2:1,bn,leaky-relu", "--decoder", "auto", "--latent", "8", "--image-size", "16x16", "--limit", "100"},
	"preset pythae-conv": {"--preset", "pythae-conv", "--encoder", "conv:8:4:2:1,bn,relu,conv:16:4:2:1,bn,relu", "--decoder", "auto", "--limit", "100"},
	"preset photos":      {"--preset", "photos", "--image-size", "24x17", "--limit", "60"},
	"lists": {"--latent", "3", "--batch", "50", "--limit", "200", "--samples", "2",
		"--encoder", "conv:6:4:2:1,gelu,residual[groupnorm:2,silu,conv:3:3:1:1|conv:3:1],avgpool:2,gated-conv:4:3:1:1,dense:9,tanh",
		"--decoder", "gated-dense:98,reshape:7x7x2,upsample:2,convt:4:3:2:1:1,elu,conv:out:1"},

	"last":      tiny("--keep", "last"),
	"dreg":      tiny("--objective", "iwae", "--samples", "3", "--estimator", "dreg", "--binarize", "dynamic"),
	"score":     tiny("--estimator", "score", "--baseline", "average", "--optimizer", "sgd", "--momentum", "0.9", "--lr", "1e-5"),
	"loo":       tiny("--estimator", "score", "--baseline", "leave-one-out", "--samples", "4", "--lr", "1e-4"),
	"schedules": tiny("--schedule", "cosine:0.1", "--warmup", "5", "--kl-warmup", "cyclical:2:0.5", "--clip", "1"),
	"step":      tiny("--schedule", "step:1:0.5", "--optimizer", "adamw", "--weight-decay", "0.1", "--kl-warmup", "linear:1"),
	"average":   tiny("--optimizer", "adamax", "--ema", "0.9", "--skip-gradients", "100", "--lr", "0.01"), // since 0.4
	"adagrad":   tiny("--optimizer", "adagrad", "--free-bits", "0.1", "--lr", "0.01"),
	"sigma":     tiny("--top-latent", "2", "--top-hidden", "5", "--likelihood", "gaussian", "--sigma", "learned"),
	"gaussian":  tiny("--likelihood", "gaussian", "--sigma", "0.3", "--beta", "2"),
	"code":      tiny("--kind", "ae", "--code-activation", "sigmoid", "--sparsity", "kl:0.1:1", "--corrupt", "mask:0.2"),
	"l1":        tiny("--kind", "ae", "--likelihood", "mse", "--sparsity", "l1:0.1", "--corrupt", "gaussian:0.2"),
	"layerwise": tiny("--kind", "ae", "--hidden", "12,7", "--pretrain", "layerwise", "--pretrain-epochs", "2,1,2", "--pretrain-corrupt", "mask:0.1"),
	"patience":  tiny("--epochs", "6", "--lr", "0.05", "--patience", "1", "--limit", "60"),
	"labels":    tiny("--conditional", "--corrupt", "salt-pepper:0.1", "--output-bias", "data"),
	"labels ae": tiny("--conditional", "--kind", "ae", "--activation", "elu"),
	"static":    tiny("--binarize", "static", "--samples", "2", "--activation", "softplus", "--init", "glorot"),
	"leaky":     tiny("--activation", "leaky-relu", "--image-size", "9x11", "--channels", "3", "--likelihood", "mse"),
	"sigmoid":   tiny("--activation", "sigmoid", "--hidden", "9,8,7"),
	"no hidden": tiny("--hidden", "none"),
	"silu":      tiny("--activation", "silu", "--hidden", "20,10"), // this and the next since 0.2
	"gelu":      tiny("--activation", "gelu", "--hidden", "20,10", "--top-latent", "2"),
	"logistic":  tiny("--likelihood", "logistic", "--image-size", "9x11", "--channels", "3"), // and those of likelihoods below
	"dmol":      tiny("--likelihood", "dmol:2", "--image-size", "9x11", "--channels", "3", "--output-bias", "data"),
	"levels":    tiny("--likelihood", "beta-binomial", "--image-size", "9x11"),
	"category":  tiny("--likelihood", "categorical:8", "--image-size", "9x11"),
	"optimal":   tiny("--likelihood", "gaussian", "--sigma", "optimal"),
	"bilinear":  tiny("--init", "he", "--resample", "bilinear", "--image-size", "20x17"), // and the next since 0.4
	"nearest":   {"--latent", "3", "--batch", "50", "--limit", "400", "--init", "he", "--resample", "nearest", "--image-size", "13x17", "--encoder", "conv:6:4:2:1,relu"},
}

func tiny(args ...string) []string {
	return append([]string{"--hidden", "20", "--latent", "3", "--batch", "50", "--limit", "400"}, args...)
}

// used are the commands whose outputs are golden, of each of these models.
var used = map[string][]string{
	"sample":          {"sample", "-n", "16", "--seed", "3", "--format", "npy"},
	"sample png":      {"sample", "-n", "5", "--seed", "3", "--temperature", "0.7"},
	"encode":          {"encode", "digits/t10k-images-idx3-ubyte", "-n", "40"},
	"encode png":      {"encode", "digits/t10k-images-idx3-ubyte", "-n", "40", "--format", "png"},
	"encode draw":     {"encode", "digits/t10k-images-idx3-ubyte", "-n", "40", "--draw", "--seed", "5"},
	"reconstruct":     {"reconstruct", "digits/t10k-images-idx3-ubyte", "-n", "40", "--format", "csv"},
	"reconstruct png": {"reconstruct", "digits/t10k-images-idx3-ubyte", "-n", "7"},
	"neighbors":       {"neighbors", "digits/t10k-images-idx3-ubyte/00003", "--among", "digits/t10k-images-idx3-ubyte", "-n", "5"},
	"evaluate":        {"evaluate", "--samples", "20", "--seed", "2", "-n", "60", "--json"},
}

// not are the outputs that a training has none of.
var not = map[string][]string{
	"encode draw": {"preset pca", "preset linear-ae", "preset dae", "preset sdae", "preset sparse", "preset latent2d ae", "code", "l1", "layerwise", "labels ae"},
	"neighbors":   {"labels", "labels ae"}, // a number names no folder, and so no label
}

// usedOnPortable are the outputs that are held in portable Go too, which is slow.
var usedOnPortable = []string{"sample", "encode", "reconstruct"}

// TestGolden holds models, metrics and outputs, to the bit, against those of the
// program as it was before. The figures of the kernels with assembly are the same on
// AVX-512 and AVX2; portable Go has its own.
func TestGolden(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skipf("the golden figures are those of amd64; on %s the compiler may fuse products and sums", runtime.GOARCH)
	}
	if level := goamd64(); level > "v2" {
		t.Skipf("built with GOAMD64=%s, with which the compiler fuses products and sums; the golden figures are those of v1", level)
	}
	golden := map[string]map[string]string{}
	if content, err := os.ReadFile(goldenFile); err == nil {
		if err := json.Unmarshal(content, &golden); err != nil {
			t.Fatal(err)
		}
	} else if !*writeGolden {
		t.Fatal(err)
	}
	dir := goldenDigits(t)
	var mu sync.Mutex
	found := map[string]map[string]string{}
	settle := func(t *testing.T, key string, got map[string]string) {
		if !*writeGolden {
			compareGolden(t, got, golden[key])
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if other := found[key]; other != nil {
			compareGolden(t, got, other)
		}
		found[key] = got
	}
	t.Cleanup(func() {
		if *writeGolden && !t.Failed() {
			maps.Copy(golden, found)
			content, err := json.MarshalIndent(golden, "", " ")
			if err == nil {
				err = os.WriteFile(goldenFile, append(content, '\n'), 0o666)
			}
			if err != nil {
				t.Error(err)
			}
		}
	})
	for _, path := range kernel.Paths() {
		if underRace && (path == "portable" || path != kernel.Paths()[0]) {
			continue // the detector sees the same Go code on each path, and makes that of portable twenty times slower
		}
		for name, args := range trained {
			key := "assembly: " + name
			if path == "portable" {
				key = path + ": " + name
			}
			t.Run(path+": "+name, func(t *testing.T) {
				t.Parallel()
				settle(t, key, hashes(t, dir, path, name, args))
			})
		}
		if path != "portable" {
			for name := range old {
				t.Run(path+": run of 0.1, "+name, func(t *testing.T) {
					t.Parallel()
					settle(t, "run of 0.1: "+name, oldHashes(t, dir, path, name))
				})
			}
		}
	}
}

// old are runs that version 0.1 has written, in testdata/golden/runs-0.1, and how they
// are made longer. They were begun with
//
//	vae train --data digits --validation 100 --epochs 2 --image-size 8x8 --limit 200 --batch 50
//
// and what their config.yaml shows beyond the defaults. Their hashes were found by that version, but for the cross-entropy that
// reconstruct prints, which comes from logits since 0.2.
var old = map[string][]string{
	"vae": {"--epochs", "4"}, "layers": {"--epochs", "3"}, "ae": {"--epochs", "4"}, "labels": {"--epochs", "3"},
	"pca": nil,
}

// oldHashes uses a run of version 0.1 as it is, and goes on with it.
func oldHashes(t *testing.T, dir, path, name string) map[string]string {
	run := filepath.Join(t.TempDir(), "run")
	must(t, os.CopyFS(run, os.DirFS(filepath.Join("testdata", "golden", "runs-0.1", name))))
	found := outputs(t, vaesOn(t, dir, path, using(run, map[string][]string{"labels": {"neighbors"}, "ae": {"encode draw"}, "pca": {"encode draw"}}[name])), run)
	if longer := old[name]; longer != nil {
		vaeOn(t, dir, path, slices.Concat([]string{"train", "--resume", run, "--quiet"}, longer)...)
		maps.Copy(found, runHashes(t, run))
	}
	return found
}

// goamd64 is the level of the instructions that the compiler may use, "" where it is not
// known.
func goamd64() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "GOAMD64" {
				return s.Value
			}
		}
	}
	return ""
}

func compareGolden(t *testing.T, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if want[name] != got[name] {
			t.Errorf("%s: hash %s, golden %s", name, got[name], want[name])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d hashes, golden %d", len(got), len(want))
	}
}

// hashes trains a model with the kernels of a path and uses it: the hash of each
// result by its name.
func hashes(t *testing.T, dir, path, name string, args []string) map[string]string {
	run := filepath.Join(t.TempDir(), "run")
	train := []string{"train", "--data", "digits", "--validation", "100", "--run", run, "--quiet"}
	if !slices.Contains(args, "pca") {
		train = append(train, "--epochs", "2")
	}
	var without []string
	for what := range used {
		if slices.Contains(not[what], name) || path == "portable" && !slices.Contains(usedOnPortable, what) {
			without = append(without, what)
		}
	}
	commands := using(run, without)
	commands[first] = append(train, args...)
	made := vaesOn(t, dir, path, commands)
	found := outputs(t, made, run)
	maps.Copy(found, runHashes(t, run))
	return found
}

// runHashes are the hashes of what a run holds.
func runHashes(t *testing.T, run string) map[string]string {
	found := map[string]string{"model": tensorsHash(t, filepath.Join(run, "model.safetensors"))}
	if state := filepath.Join(run, "state.safetensors"); exists(state) {
		found["state"] = tensorsHash(t, state)
	}
	metrics, err := os.ReadFile(filepath.Join(run, "metrics.csv"))
	must(t, err)
	found["metrics"] = hash(withoutTimes(metrics))
	return found
}

// using are the commands that use a model, but for those without.
func using(run string, without []string) map[string][]string {
	commands := map[string][]string{}
	for what, command := range used {
		if !slices.Contains(without, what) {
			commands[what] = slices.Concat(command, []string{"--quiet", "--model", run})
		}
	}
	return commands
}

// outputs are the hashes of what the commands have made of a model.
func outputs(t *testing.T, made map[string][]byte, run string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for what, out := range made {
		if what != first {
			found[what] = hash(bytes.ReplaceAll(out, []byte(filepath.ToSlash(run)), nil))
		}
	}
	return found
}

func hash(content []byte) string {
	sum := sha256.Sum256(content)
	return fmt.Sprintf("%x", sum[:8])
}

// tensorsHash is that of the names, the shapes and the values in a file, whatever its
// metadata say.
func tensorsHash(t *testing.T, file string) string {
	content, err := os.ReadFile(file)
	must(t, err)
	f, err := safetensors.Read(bytes.NewReader(content), int64(len(content)))
	must(t, err)
	var all bytes.Buffer
	slices.SortFunc(f.Tensors, func(a, b safetensors.Tensor) int { return strings.Compare(a.Name, b.Name) })
	for _, tensor := range f.Tensors {
		fmt.Fprintf(&all, "%s %v %v\n", tensor.Name, tensor.DType, tensor.Shape)
		all.Write(tensor.Data)
	}
	return hash(all.Bytes())
}

// goldenDigits makes a folder that holds, in "digits", the first 1,000 training and
// 100 test images of MNIST.
func goldenDigits(t *testing.T) string {
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, "digits"), 0o777))
	files, err := firstDigits(1000, 100)
	must(t, err)
	for name, content := range files {
		must(t, os.WriteFile(filepath.Join(dir, "digits", name), content, 0o666))
	}
	return dir
}

// firstDigits are IDX files of the first training and test images of MNIST.
func firstDigits(train, test int) (map[string][]byte, error) {
	files := map[string][]byte{}
	for name, n := range map[string]int{"train": train, "t10k": test} {
		for kind, header := range map[string]int{"images-idx3": 16, "labels-idx1": 8} {
			file := fmt.Sprintf("%s-%s-ubyte", name, kind)
			size := n
			if header == 16 {
				size *= 28 * 28
			}
			content, err := firstOf(file, header+size)
			if err != nil {
				return nil, err
			}
			binary.BigEndian.PutUint32(content[4:], uint32(n))
			files[file] = content
		}
	}
	return files, nil
}

// firstOf are the first bytes of a file of MNIST.
func firstOf(file string, size int) ([]byte, error) {
	packed, err := data.FS.Open(file + ".gz")
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		return nil, err
	}
	content := make([]byte, size)
	_, err = io.ReadFull(unpacked, content)
	return content, err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
