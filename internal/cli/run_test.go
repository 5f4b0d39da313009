package cli

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vae/internal/console"
)

// TestCanceled checks that an interrupted command leaves no file.
func TestCanceled(t *testing.T) {
	file := modelFile(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{
		{"sample", "-m", file, "-q", "-o", "x.png"},
		{"encode", "-m", file, "mnist:test", "-o", "x.csv"},
		{"encode", "-m", file, "mnist:test", "-o", "x.npy"},
		{"encode", "-m", file, "mnist:test", "-o", "x.png"},
		{"neighbors", "-m", file, "mnist:test/00017", "--among", "mnist:test", "-o", "x.csv"},
		{"neighbors", "-m", file, "mnist:test/00017", "--among", "mnist:test", "-o", "x.png"},
		{"map", "-m", file, "mnist:test", "-o", "x.png"},
		{"map", "-m", file, "mnist:test", "--method", "pca", "-o", "x.csv"},
		{"map", "mnist:test", "--of", "pixels", "-o", "x.npy"},
		{"reconstruct", "-m", file, "mnist:test", "-o", "x.png"},
		{"reconstruct", "-m", file, "mnist:test", "-o", "folder/"},
	} {
		t.Chdir(t.TempDir())
		var out, errs bytes.Buffer
		code := Run(ctx, args, console.Streams{
			In: strings.NewReader(""), Out: &out, Err: &errs,
			Size: func() (int, int) { return 80, 24 },
			Env:  func(string) string { return "" },
		})
		if code != 130 || errs.String() != "vae: interrupted\n" || out.Len() > 0 {
			t.Errorf("%v: exit code %d, %q, %q", args, code, out.String(), errs.String())
		}
		if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
			t.Errorf("%v leaves %v (%v)", args, left, err)
		}
	}
}

// TestTrainOnTerminal checks that a bar is drawn and taken away before each line.
func TestTrainOnTerminal(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("photos", 0o777); err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		img := image.NewGray(image.Rect(0, 0, 4, 4))
		img.SetGray(i%4, i/4, color.Gray{200})
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join("photos", string(rune('a'+i))+".png"), b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"train", "--data", "photos", "--hidden", "4", "--latent", "2", "--batch", "4", "--epochs", "2"}
	code, stdout, stderr := onTerminal(t, args...)
	if code != 0 || !strings.HasPrefix(stdout, "test: loss ") {
		t.Fatalf("exit code %d, %q, %q", code, stdout, stderr)
	}
	for _, want := range []string{"epoch 1/2  ", "epoch 2/2  ", "images/s", "\rlosses in nats per image: ", "\nepoch   1   train ", "\repoch   2   train "} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is not in %q", want, stderr)
		}
	}
	code, _, stderr = onTerminal(t, append(args, "--quiet")...)
	if code != 0 || stderr != "" {
		t.Errorf("--quiet: exit code %d, %q", code, stderr)
	}
}
