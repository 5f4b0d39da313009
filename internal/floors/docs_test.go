package floors

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var root = filepath.Join("..", "..")

// TestDocumentsNameWhatExists: what the documentation refers to is there.
func TestDocumentsNameWhatExists(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests, references := testNames(t), 0
	for _, page := range append(pages, filepath.Join(root, "README.md")) {
		faults, n := dangling(read(t, page), filepath.Dir(page), tests)
		for _, fault := range faults {
			t.Errorf("%s: %s", filepath.Base(page), fault)
		}
		references += n
	}
	if len(pages) < 5 || references < 100 {
		t.Errorf("%d pages of docs with %d references, so this test sees too little", len(pages), references)
	}
}

func TestDangling(t *testing.T) {
	tests := map[string]bool{"TestFloors": true}
	for text, want := range map[string]string{
		"[a](../README.md), [b](architecture.md#floors), [c](https://go.dev/x), [d](#floors)": "",
		"`internal/floors`, `internal/floors/floors_test.go:12`, `go test ./cmd/vae -v`":      "",
		"`tensor@v0.9.24/internal/none.go`, `internal/likelihood/NAME.go`":                    "",
		"`-run 'TestFloors/linux'`, `encode.txtar`":                                           "",

		"[a](none.md#floors)":       "there is no none.md",
		"![a](img/none.png)":        "there is no img/none.png",
		"as `internal/none` has it": "there is no internal/none",
		"(`go test ./cmd/none`)":    "there is no cmd/none",
		"by TestNone":               "there is no TestNone",
		"`FuzzNone`":                "there is no FuzzNone",
		"`none.txtar`":              "there is no none.txtar",
	} {
		faults, _ := dangling(text, filepath.Join(root, "docs"), tests)
		if got := strings.Join(faults, "\n"); got != want {
			t.Errorf("%s: faults %q, want %q", text, got, want)
		}
	}
}

// What a page may refer to, the name in the group. A file called NAME is one to be made.
var (
	linkTo   = regexp.MustCompile(`\]\(([^)\s#]+)`)
	pathOf   = regexp.MustCompile(`(?m)(?:^|[^\w/@.-])(?:\./)?((?:internal|cmd)/[\w./-]*\w)`)
	testOf   = regexp.MustCompile(`\b((?:Test|Fuzz|Benchmark)[A-Z]\w*)`)
	scriptOf = regexp.MustCompile(`\b([\w-]+\.txtar)\b`)
)

// dangling are the references of a page, which lies in a folder, to what does not exist, and the number of all.
func dangling(page, folder string, tests map[string]bool) (faults []string, references int) {
	in := func(folder ...string) func(string) bool {
		return func(name string) bool {
			_, err := os.Stat(filepath.Join(filepath.Join(folder...), filepath.FromSlash(name)))
			return err == nil || strings.Contains(name, "://") || strings.Contains(name, "NAME")
		}
	}
	for _, kind := range []struct {
		of     *regexp.Regexp
		exists func(string) bool
	}{
		{linkTo, in(folder)}, {pathOf, in(root)}, {scriptOf, in(root, "cmd", "vae", "testdata", "script")},
		{testOf, func(name string) bool { return tests[name] }},
	} {
		for _, found := range kind.of.FindAllStringSubmatch(page, -1) {
			references++
			if !kind.exists(found[1]) {
				faults = append(faults, "there is no "+found[1])
			}
		}
	}
	return faults, references
}

// testNames are the tests, fuzz targets and benchmarks of all packages.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	declared, names := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`), map[string]bool{}
	for folder := range floor {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(folder), "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			for _, found := range declared.FindAllStringSubmatch(read(t, file), -1) {
				names[found[1]] = true
			}
		}
	}
	return names
}

// TestDocumentedFloors: the table of docs/architecture.md is the one of this package.
func TestDocumentedFloors(t *testing.T) {
	row, name := regexp.MustCompile(`(?m)^\| (-?\d+) \|([^|]*)\|`), regexp.MustCompile("`([^`]+)`")
	documented := map[string]int{}
	for _, line := range row.FindAllStringSubmatch(read(t, filepath.Join(root, "docs", "architecture.md")), -1) {
		for _, found := range name.FindAllStringSubmatch(line[2], -1) {
			folder := found[1]
			if _, ok := floor[folder]; !ok {
				folder = "internal/" + folder
			}
			documented[folder], _ = strconv.Atoi(line[1])
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(floor)) {
		if got, ok := documented[folder]; !ok || got != floor[folder] {
			t.Errorf("%s is on floor %d, and documented: %v, on floor %d", folder, floor[folder], ok, got)
		}
	}
	if len(documented) > len(floor) {
		t.Errorf("the documentation has floors for %d packages, the house for %d", len(documented), len(floor))
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
