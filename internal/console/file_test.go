package console

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestInside(t *testing.T) {
	for name, want := range map[string]string{
		"a.png":            "out/a.png",
		"a":                "out/a.png",
		"a.PNG":            "out/a.PNG",
		"a.jpg":            "out/a.jpg.png",
		"cats/deep/a.png":  "out/cats/deep/a.png",
		"../../a.png":      "out/a.png",
		"cats/../../../a":  "out/a.png",
		"/etc/passwd":      "out/etc/passwd.png",
		"mnist:test/00001": "out/mnist_test/00001.png",
		"a?b*c|d\x07.png":  "out/a_b_c_d_.png",
		"":                 "out/image.png",
		".":                "out/image.png",
		"..":               "out/image.png",
		"...":              "out/....png",
		"cats//./b.png":    "out/cats/b.png",
		"stdin":            "out/stdin.png",
	} {
		if got := filepath.ToSlash(Inside("out", name)); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}

// FuzzInside: no name leads out of the folder, or to the folder itself.
func FuzzInside(f *testing.F) {
	for _, name := range []string{"", ".", "..", "a/../../b", `..\..\a`, "C:/a", "/", "//", "a/..", "\x00", "..png", ". ./a", "nul"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		path := Inside("out", name)
		if !filepath.IsLocal(path) && runtime.GOOS != "windows" { // NUL and its like are no local names there
			t.Errorf("%q leads to %q", name, path)
		}
		slashed := filepath.ToSlash(path)
		if !strings.HasPrefix(slashed, "out/") || filepath.Clean(path) != path || strings.Contains(slashed+"/", "/../") {
			t.Errorf("%q leads to %q", name, path)
		}
		if !strings.EqualFold(filepath.Ext(path), ".png") {
			t.Errorf("%q: %q is no name of a PNG", name, path)
		}
	})
}

func TestWriteFileThroughLink(t *testing.T) {
	folder := t.TempDir()
	file, link := filepath.Join(folder, "deep", "file"), filepath.Join(folder, "link")
	if err := os.Mkdir(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Skip("this system makes no links for this user: ", err)
	}
	if err := WriteFile(t.Context(), link, write("new")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v %v", info, err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "new" {
		t.Errorf("the file holds %q (%v)", got, err)
	}
}

func write(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// TestWriteFileThatFails: the error names the file, not the temporary one beside
// it, and neither is there afterwards.
// What is written for long ends when it is interrupted, even where its maker heeds nothing; the old
// file stays.
func TestWriteFileInterrupted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := WriteFile(ctx, path, func(w io.Writer) error {
		for range 10 {
			if _, err := io.WriteString(w, "new"); err != nil {
				return err
			}
			cancel()
		}
		return nil
	})
	if err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "old" {
		t.Errorf("the file holds %q, %v", got, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("beside it lies something: %v, %v", entries, err)
	}
}

func TestWriteFileThatFails(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "f")
	full := &os.PathError{Op: "write", Path: filepath.Join(folder, ".f123"), Err: errors.New("disk full")}
	err := WriteFile(t.Context(), path, func(w io.Writer) error {
		return OutputError(path, full)
	})
	if want := "cannot write " + path + ": disk full"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	own := errors.New("a.png: is empty")
	if err := WriteFile(t.Context(), path, func(io.Writer) error { return own }); err != own {
		t.Errorf("got %v, want the producer's own error", err)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v (%v)", entries, err)
	}
}
