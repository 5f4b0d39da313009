package atomicfile

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestNothingHasANameBeforeItIsComplete: a program that is killed leaves nothing behind.
func TestNothingHasANameBeforeItIsComplete(t *testing.T) {
	folder := t.TempDir()
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if f := nameless(root, "."); f == nil {
		t.Skip("the file system has no files without a name")
	} else if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"old", "new"} {
		err := Replace(filepath.Join(folder, "f"), func(w io.Writer) error {
			if entries, err := os.ReadDir(folder); err != nil || content == "old" && len(entries) > 0 || len(entries) > 1 {
				t.Errorf("the folder holds %v (%v)", entries, err)
			}
			_, err := io.WriteString(w, content)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		check(t, folder, content)
	}
}

// TestFilesThatCannotBeNamed are copied: nothing is lost for how they were made.
func TestFilesThatCannotBeNamed(t *testing.T) {
	elsewhere, err := os.CreateTemp("/dev/shm", "vae-test-") // on another file system
	if err != nil {
		t.Skip("no second file system to make a file in:", err)
	}
	defer os.Remove(elsewhere.Name())
	defer elsewhere.Close()
	folder := t.TempDir()
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if _, err := elsewhere.WriteString("content"); err != nil {
		t.Fatal(err)
	}
	temporary, err := nameAny(elsewhere, root, "f")
	if err == nil {
		err = takePlace(root, temporary, "f", "")
	}
	if err != nil {
		t.Fatal(err)
	}
	check(t, folder, "content")
}
