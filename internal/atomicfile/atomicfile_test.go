package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// check fails unless the folder holds just the file "f" with the given content.
func check(t *testing.T, folder, want string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != "f" {
		t.Errorf("the folder holds %v, want f alone", entries)
	}
	if got, err := os.ReadFile(filepath.Join(folder, "f")); err != nil || string(got) != want {
		t.Errorf("f holds %.40q (%v), want %.40q", got, err, want)
	}
}

func TestReplace(t *testing.T) {
	folder := t.TempDir()
	for _, content := range []string{"old", "new", strings.Repeat("longer than the buffer ", bufferSize/10)} {
		err := Replace(filepath.Join(folder, "f"), func(w io.Writer) error {
			_, err := io.WriteString(w, content)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		check(t, folder, content)
	}
}

func TestReplaceThatFailsInTheMiddle(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "f"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	err := Replace(filepath.Join(folder, "f"), func(w io.Writer) error {
		if _, err := w.Write(make([]byte, 3*bufferSize)); err != nil {
			return err
		}
		return full
	})
	if !errors.Is(err, full) {
		t.Errorf("got %v, want the writer's error", err)
	}
	check(t, folder, "old")
}

func TestReplaceInAFolderThatDoesNotExist(t *testing.T) {
	err := Replace(filepath.Join(t.TempDir(), "none", "f"), func(io.Writer) error { return nil })
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want a missing folder", err)
	}
}

// TestReplaceAnyName: the temporary file's name must not be longer than a legal one.
func TestReplaceAnyName(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{strings.Repeat("n", 255), strings.Repeat("é", 127), "a b", "%", "-"} {
		err := Replace(filepath.Join(folder, name), func(w io.Writer) error {
			_, err := io.WriteString(w, name)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(folder, name)); err != nil || string(got) != name {
			t.Errorf("%.20s holds %.20q (%v)", name, got, err)
		}
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 5 {
		t.Errorf("left behind: %v (%v)", entries, err)
	}
}
