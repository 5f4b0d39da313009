package floors

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTopLevel: beside these there are only dot-files. What a command left there by mistake is no part of the project.
func TestTopLevel(t *testing.T) {
	allowed := []string{"LICENSE", "Makefile", "README.md", "cmd", "configs", "data", "docs", "go.mod", "go.sum", "internal"}
	out, err := exec.Command("git", "-C", filepath.Join("..", ".."), "ls-files").Output()
	if err != nil {
		t.Skip("this is no checkout of git: ", err)
	}
	files := strings.Fields(string(out))
	if len(files) < 100 {
		t.Fatalf("git lists %d files", len(files))
	}
	for _, file := range files {
		if top, _, _ := strings.Cut(file, "/"); !strings.HasPrefix(top, ".") && !slices.Contains(allowed, top) {
			t.Errorf("%s has no place on the top level", file)
		}
	}
}
