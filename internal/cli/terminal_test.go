package cli

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/model"
	"vae/internal/render"
	"vae/internal/run"
)

// onTerminal runs the program before a person's eyes.
func onTerminal(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Run(t.Context(), args, console.Streams{
		In: strings.NewReader(""), Out: &out, Err: &errs, OutTerminal: true, ErrTerminal: true,
		Size: func() (int, int) { return 80, 24 },
		Env:  func(string) string { return "" },
	})
	return code, out.String(), errs.String()
}

// modelFile saves a model of 8x8 images that was never trained.
func modelFile(t testing.TB) string {
	t.Helper()
	c := config.Default()
	c.Model.Hidden, c.Model.Latent = []int{4}, 2
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

// imageFile writes an image of 8x8 pixels.
func imageFile(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	pixels := make([]float32, 64)
	pixels[9] = 1
	if err := render.PNG(&b, 8, 8, 1, pixels); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "image.png")
	writeText(t, path, b.String())
	return path
}

func TestPictureOnTerminalIsAPreview(t *testing.T) {
	file := modelFile(t)
	for _, args := range [][]string{
		{"sample", "-m", file, "-n", "4", "--seed", "1"},
		{"reconstruct", "-m", file, "mnist:test", "-n", "3", "-q"},
		{"neighbors", "-m", file, imageFile(t), "--among", imageFile(t), "--format", "png", "-q"},
	} {
		code, stdout, stderr := onTerminal(t, args...)
		if code != 0 || stderr != "" {
			t.Errorf("%v: exit code %d, %q", args, code, stderr)
		}
		if strings.Contains(stdout, "PNG") || strings.IndexByte(stdout, 0) >= 0 || strings.Count(stdout, "\n") < 4 {
			t.Errorf("%v: %.200q is no preview", args, stdout)
		}
	}
}

func TestBinaryOnTerminalIsRefused(t *testing.T) {
	file := modelFile(t)
	for _, args := range [][]string{
		{"sample", "-m", file, "--format", "npy"},
		{"encode", "-m", file, "mnist:test", "--format", "npy"},
		{"reconstruct", "-m", file, "mnist:test", "--format", "npy"},
		{"encode", "-m", file, "mnist:test", "--format", "png"},
		{"map", "-m", file, "mnist:test", "--format", "npy"},
		{"map", "-m", file, "mnist:test", "--format", "png"},
	} {
		code, stdout, stderr := onTerminal(t, args...)
		want := "vae: " + args[len(args)-1] + " is binary and stdout is a terminal: use -o FILE or > FILE; see 'vae " + args[0] + " --help'\n"
		if code != 2 || stdout != "" || stderr != want {
			t.Errorf("%v: exit code %d, %.80q, %q", args, code, stdout, stderr)
		}
	}
}

// failing is a stdout that takes so many bytes.
type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.left {
		n := f.left
		f.left = 0
		return n, &os.PathError{Op: "write", Path: "/dev/stdout", Err: io.ErrShortWrite}
	}
	f.left -= len(p)
	return len(p), nil
}

// TestStdoutThatIsFull checks that a result which does not arrive is an error, in
// every format.
func TestStdoutThatIsFull(t *testing.T) {
	file := modelFile(t)
	for _, args := range [][]string{
		{"sample", "-m", file, "-q"},
		{"sample", "-m", file, "-q", "--format", "csv"},
		{"sample", "-m", file, "-q", "--format", "npy"},
		{"encode", "-m", file, "-q", "mnist:test", "-n", "300"},
		{"encode", "-m", file, "-q", "mnist:test", "-n", "300", "--format", "npy"},
		{"reconstruct", "-m", file, "-q", "mnist:test"},
		{"reconstruct", "-m", file, "-q", "mnist:test", "-n", "300", "--format", "csv"},
		{"reconstruct", "-m", file, "-q", "mnist:test", "-n", "300", "--format", "npy"},
		{"encode", "-m", file, "-q", "mnist:test", "-n", "300", "--format", "png"},
		{"neighbors", "-m", file, "-q", imageFile(t), "--among", imageFile(t)},
		{"neighbors", "-m", file, "-q", imageFile(t), "--among", imageFile(t), "--format", "png"},
		{"version"}, {"presets"}, {"presets", "smoke"}, {"mpi-helper"},
	} {
		for _, room := range []int{0, 1} {
			var errs bytes.Buffer
			code := Run(t.Context(), args, console.Streams{
				In: strings.NewReader(""), Out: &failing{room}, Err: &errs,
				Size: func() (int, int) { return 80, 24 },
				Env:  func(string) string { return "" },
			})
			if code != 1 || errs.String() != "vae: cannot write stdout: short write\n" {
				t.Errorf("%v with room for %d bytes: exit code %d, %q", args, room, code, errs.String())
			}
		}
	}
}

// TestSeedBelowWhatItMakes: on a terminal what is said of the result comes behind it, as
// a preview fills the screen.
func TestSeedBelowWhatItMakes(t *testing.T) {
	file, image := modelFile(t), imageFile(t)
	for _, args := range [][]string{
		{"sample", "-m", file, "-n", "4"}, {"sample", "-m", file, "-n", "40", "--format", "csv"}, {"encode", "-m", file, image, "--draw"},
	} {
		var screen bytes.Buffer
		code := Run(t.Context(), args, console.Streams{
			In: strings.NewReader(""), Out: &screen, Err: &screen, OutTerminal: true, ErrTerminal: true,
			Size: func() (int, int) { return 80, 24 },
			Env:  func(string) string { return "" },
		})
		lines := strings.Split(strings.TrimSuffix(screen.String(), "\n"), "\n")
		if last := lines[len(lines)-1]; code != 0 || len(lines) < 3 || !strings.HasPrefix(last, "seed ") {
			t.Errorf("%v: exit code %d, %d lines, the last %.100q", args, code, len(lines), last)
		}
	}
}
