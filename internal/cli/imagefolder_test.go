package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folderWithLinks is an output folder that holds links to a folder and a file beside it.
func folderWithLinks(t *testing.T) (folder imageFolder, outside string) {
	dir := t.TempDir()
	outside = filepath.Join(dir, "outside")
	folder = imageFolder{path: filepath.Join(dir, "out")}
	for _, d := range []string{outside, folder.path, filepath.Join(folder.path, "dogs")} {
		if err := os.Mkdir(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(outside, "a.png"), []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"cats": "../outside", "absolute": outside, "a.png": "../outside/a.png", "new.png": "../outside/new.png", "same": "dogs", "loop": "loop",
	} {
		if err := os.Symlink(target, filepath.Join(folder.path, link)); err != nil {
			t.Skip("this system makes no links for this user: ", err)
		}
	}
	return folder, outside
}

// No link in the folder leads a write out of it.
func TestImageFolderWritesNothingOutside(t *testing.T) {
	folder, outside := folderWithLinks(t)
	defer folder.close()
	for _, name := range []string{"a.png", "new", "same/b.png", "../../c.png", "/d.png", "dogs/../e"} {
		if err := folder.write(name, write("new")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if info, err := os.Lstat(folder.file(name)); err != nil || !info.Mode().IsRegular() {
			t.Errorf("%s: is no file: %v", name, err)
		}
	}
	for _, name := range []string{"cats/a.png", "absolute/a.png", "cats/deep/f.png"} {
		err := folder.write(name, write("new"))
		if !errors.Is(err, errLeadsOut) || !badName(err) || !strings.HasPrefix(err.Error(), "cannot write "+folder.path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := folder.write("loop/a.png", write("new")); !badName(err) {
		t.Errorf("a loop of links: %v", err)
	}
	entries, err := os.ReadDir(outside)
	if err != nil || len(entries) != 1 {
		t.Errorf("outside are %v (%v)", entries, err)
	}
	if content, err := os.ReadFile(filepath.Join(outside, "a.png")); err != nil || string(content) != "mine" {
		t.Errorf("the file outside is %q (%v)", content, err)
	}
}

func TestImageFolderIsMadeWithTheFirstImage(t *testing.T) {
	folder := imageFolder{path: filepath.Join(t.TempDir(), "deep", "out")}
	folder.close()
	if _, err := os.Stat(folder.path); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if err := folder.write("x/y", write("1")); err != nil {
		t.Fatal(err)
	}
	folder.close()
	if content, err := os.ReadFile(filepath.Join(folder.path, "x", "y.png")); err != nil || string(content) != "1" {
		t.Errorf("%q, %v", content, err)
	}
}

func TestNamesAreTakenOnce(t *testing.T) {
	taken := names{}
	for _, name := range []string{"", "a", "a\x00", "b"} {
		if !taken.add(name) || taken.add(name) {
			t.Errorf("%q was not taken once", name)
		}
	}
}
