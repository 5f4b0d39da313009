package shards

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vae/internal/folder"
)

// member is a file of a tar; without a type a regular one.
type member struct {
	name, content string
	kind          byte
}

func files(names ...string) (all []member) {
	for _, name := range names {
		content := "image " + name
		if strings.HasSuffix(name, ".cls") {
			content = fmt.Sprint(len(name))
		}
		all = append(all, member{name: name, content: content})
	}
	return all
}

func tarOf(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Mode: 0o644, Size: int64(len(m.content)), Typeflag: tar.TypeReg}
		if m.kind != 0 {
			h.Typeflag, h.Size, h.Linkname, m.content = m.kind, 0, "/etc/passwd", ""
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, m.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// write writes a file below a folder.
func write(t testing.TB, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// line is what is given of an image, its content too.
func line(t testing.TB, image folder.Image) string {
	t.Helper()
	text := image.Name + " " + image.Label
	if image.Part != folder.Whole {
		text += fmt.Sprintf(" part %d", image.Part)
	}
	if image.Err != nil {
		if strings.Contains(image.Err.Error(), "\n") {
			t.Errorf("an error of several lines: %q", image.Err)
		}
		return text + " " + filepath.Base(filepath.Dir(image.Path)) + "/" + filepath.Base(image.Path) + ": " + image.Err.Error()
	}
	f, err := image.File.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	content, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return text + " " + string(content)
}

// all opens shards and gives what they hold, a line an image.
func all(t testing.TB, name string) (lines []string, s *Set) {
	t.Helper()
	s, err := Open(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	for image, ok := s.Next(); ok; image, ok = s.Next() {
		lines = append(lines, line(t, image))
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	return lines, s
}

func mkdir(t testing.TB, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
}
