package cli

import (
	"image/gif"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
)

// A preview that has no room for all columns shows some of them, both ends among them, in every row.
func TestThinnedBoards(t *testing.T) {
	b := board{shape: config.Shape{Width: 1, Height: 1, Channels: 1}, width: 5}
	for i := range 10 {
		b.images = append(b.images, []float32{float32(i)})
	}
	for columns, want := range map[int][]float32{1: {0, 5}, 2: {0, 4, 5, 9}, 3: {0, 2, 4, 5, 7, 9}, 4: {0, 1, 2, 4, 5, 6, 7, 9}, 5: {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}} {
		less := b.thinned(columns)
		if less.width != columns || len(less.images) != len(want) {
			t.Fatalf("%d columns: %d images in rows of %d", columns, len(less.images), less.width)
		}
		for i, image := range less.images {
			if image[0] != want[i] {
				t.Errorf("%d columns: image %d is %g, want %g", columns, i, image[0], want[i])
			}
		}
	}
}

// On a terminal there is a preview, and what it shows is said below it.
func TestWalksOnTerminal(t *testing.T) {
	model := modelFile(t)
	for _, c := range []struct {
		args         []string
		code         int
		stdout, said string
	}{
		{[]string{"traverse"}, 0, "▒", `does not say what its latents carry.*\nfrom the mean of the prior, values -3 to 3 of the latents, whose prior is standard normal\nrows: z0; z1\n$`},
		{[]string{"traverse", imageFile(t)}, 0, "▒", `\nfrom the code of .*image\.png, values -3 .*\nrows: z0 = -?\d+\.\d\d; z1 = -?\d+\.\d\d\n$`},
		{[]string{"traverse", "--format", "csv"}, 0, "name,z_0,z_1\n", "whose prior is standard normal\n$"},
		{[]string{"traverse", "--format", "npy"}, 2, "", "npy is binary and stdout is a terminal"},
		{[]string{"traverse", "--format", "gif"}, 2, "", "gif is binary and stdout is a terminal"},
		{[]string{"manifold"}, 0, "▒", `^z0 across and z1 up, at 20 quantiles of the prior\n$`},
	} {
		code, stdout, stderr := onTerminal(t, append(c.args, "-m", model)...)
		if code != c.code || !strings.Contains(stdout, c.stdout) || !regexp.MustCompile(c.said).MatchString(stderr) {
			t.Errorf("%q: exit code %d, %.80q, %q, want %d, %q, %q", c.args, code, stdout, stderr, c.code, c.stdout, c.said)
		}
	}
}

// Pictures of every form are written whole; the model is spared.
func TestWalkFiles(t *testing.T) {
	model := modelFile(t)
	dir := t.TempDir()
	for _, name := range []string{"x.png", "x.svg", "x.gif", "x.npy", "x.csv"} {
		for _, command := range []string{"traverse", "manifold"} {
			code, stdout, stderr := piped(t, command, "-q", "-m", model, "-o", filepath.Join(dir, name))
			if want := map[bool]int{true: 2}[command == "manifold" && name == "x.gif"]; code != want || stdout != "" || code == 0 && stderr != "" {
				t.Errorf("%s %s: exit code %d, %q, %q", command, name, code, stdout, stderr)
			}
		}
	}
	if code, _, stderr := piped(t, "traverse", "-m", model, "--format", "npy", "-o", model); code != 2 || !strings.Contains(stderr, "is the model in use") {
		t.Errorf("over the model: exit code %d, %q", code, stderr)
	}
}

// The film of a traversal has a frame a column, there and back, and stands still at its ends.
func TestTraverseFilm(t *testing.T) {
	model, file := modelFile(t), filepath.Join(t.TempDir(), "x.gif")
	for _, args := range [][]string{{"-n", "2"}, {"--latent", "1"}} { // a strip with names, and one image alone
		code, _, stderr := piped(t, append([]string{"traverse", "-q", "-m", model, "--columns", "5", "--delay", "100", "-o", file}, args...)...)
		if code != 0 {
			t.Fatalf("%q: exit code %d, %s", args, code, stderr)
		}
		content, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		film, err := gif.DecodeAll(content)
		content.Close()
		if err != nil {
			t.Fatal(err)
		}
		pause := 10 * (1 + filmPause)
		if want := []int{pause, 10, 10, 10, pause, 10, 10, 10}; !slices.Equal(film.Delay, want) {
			t.Errorf("%q: frames stand for %v, want %v", args, film.Delay, want)
		}
	}
	if code, _, stderr := piped(t, "traverse", "-m", model, "--delay", "100"); code != 2 || !strings.Contains(stderr, "--delay is for a film, and png is none") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}
