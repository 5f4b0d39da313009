package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/model"
	"vae/internal/run"
)

// piped runs the program with stdout and stderr in pipes.
func piped(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Run(t.Context(), args, console.Streams{
		In: strings.NewReader(""), Out: &out, Err: &errs,
		Size: func() (int, int) { return 80, 24 },
		Env:  func(string) string { return "" },
	})
	return code, out.String(), errs.String()
}

func writeText(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// conditionalFile saves a conditional model of 8x8 images that was never trained.
func conditionalFile(t *testing.T, classes ...string) string {
	t.Helper()
	c := config.Default()
	c.Model.Hidden, c.Model.Latent, c.Model.Conditional, c.Model.Classes = []int{4}, 2, true, classes
	c.Data.ImageSize, c.Data.Channels, c.Data.Validation = "8x8", 1, 0
	m, err := model.New(c.Model, config.Shape{Width: 8, Height: 8, Channels: 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := run.Create(filepath.Join(t.TempDir(), "run"))
	if err != nil {
		t.Fatal(err)
	}
	if err := dir.SaveModel(&run.Model{Config: c, Info: run.Info{Program: "test"}, Tensors: m.Tensors()}); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir.Path(), run.ModelFile)
}

func TestFindClass(t *testing.T) {
	for _, c := range []struct {
		text    string
		classes []string
		want    int
	}{
		{"dog", []string{"cat", "dog"}, 1},
		{"=dog", []string{"cat", "dog"}, 1},
		{"Dog", []string{"cat", "dog"}, -1},
		{"", []string{"cat", "dog"}, -1},
		{"=", []string{"cat", "dog"}, -1},
		{"=each", []string{"=each", "each"}, 1},
		{"==each", []string{"=each", "each"}, 0},
		{"=each", []string{"=each"}, 0},
		{"=", []string{"="}, 0},
		{`\x41`, []string{`\x41`}, 0},
	} {
		if got := findClass(c.classes, c.text); got != c.want {
			t.Errorf("%q in %q is %d, want %d", c.text, c.classes, got, c.want)
		}
	}
}

func TestSortedLabels(t *testing.T) {
	names, place := sortedLabels([]string{"10", "b", "9", "a", "-1", "1e1", "\xff"})
	if want := []string{"-1", "9", "10", "1e1", "a", "b", `\xff`}; !slices.Equal(names, want) {
		t.Errorf("labels %q, want %q", names, want)
	}
	if want := []int{2, 5, 1, 4, 0, 3, 6}; !slices.Equal(place, want) {
		t.Errorf("places %v, want %v", place, want)
	}
}

// TestRowsOfClassesOnTerminal checks that a row of the preview is one class, as
// many images of it as fit.
func TestRowsOfClassesOnTerminal(t *testing.T) {
	file := conditionalFile(t, "cat", "dog", "each")
	code, stdout, stderr := onTerminal(t, "sample", "-m", file, "--label", "each", "--seed", "1")
	if want := "rows from the top: cat, dog, each; the first 9 of 10 images of each\n"; code != 0 || stderr != want {
		t.Errorf("exit code %d, %q, want %q", code, stderr, want)
	}
	// Three rows of 8 pixels with a pixel between them, two pixels a line.
	if lines := strings.Count(stdout, "\n"); lines != 13 {
		t.Errorf("%d lines, want 13", lines)
	}
	code, _, stderr = onTerminal(t, "sample", "-m", file, "--label", "each", "--seed", "1", "-n", "3")
	if want := "rows from the top: cat, dog, each\n"; code != 0 || stderr != want {
		t.Errorf("exit code %d, %q, want %q", code, stderr, want)
	}
}

// TestFoldersOfOddClasses checks that a class cannot lead out of the folder.
func TestFoldersOfOddClasses(t *testing.T) {
	file := conditionalFile(t, "..", "/abs", "a/../../b", "c:d", ".")
	t.Chdir(t.TempDir())
	if code, _, stderr := piped(t, "sample", "-m", file, "-q", "--label", "each", "-n", "1", "-o", "made/"); code != 0 {
		t.Fatalf("exit code %d, %q", code, stderr)
	}
	var files []string
	for _, pattern := range []string{"*", "*/*", "*/*/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range found {
			if strings.HasSuffix(name, ".png") {
				files = append(files, filepath.ToSlash(name))
			}
		}
	}
	slices.Sort(files)
	if want := []string{"made/00000.png", "made/00004.png", "made/abs/00001.png", "made/b/00002.png", "made/c_d/00003.png"}; !slices.Equal(files, want) {
		t.Errorf("files %q, want %q", files, want)
	}
}
