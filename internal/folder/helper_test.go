package folder

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

var noSniff = lister{func([]byte) bool { return false }}

// sniffPNG takes what begins with PNG's name for an image.
func sniffPNG(head []byte) bool { return bytes.HasPrefix(head, []byte("PNG")) }

// write puts a file at a slash path below dir.
func write(t testing.TB, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
