package folder

import (
	"os"
	"path/filepath"
	"testing"
)

// png is how a PNG begins.
var png = []byte("\x89PNG\r\n\x1a\n")

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
