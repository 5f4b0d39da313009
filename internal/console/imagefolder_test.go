package console

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folderWithLinks is an output folder that holds links to a folder and a file beside it.
func folderWithLinks(t *testing.T) (folder ImageFolder, outside string) {
	dir := t.TempDir()
	outside = filepath.Join(dir, "outside")
	folder = ImageFolder{Path: filepath.Join(dir, "out")}
	for _, d := range []string{outside, folder.Path, filepath.Join(folder.Path, "dogs")} {
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
		if err := os.Symlink(target, filepath.Join(folder.Path, link)); err != nil {
			t.Skip("this system makes no links for this user: ", err)
		}
	}
	return folder, outside
}

// No link in the folder leads a write out of it.
func TestImageFolderWritesNothingOutside(t *testing.T) {
	folder, outside := folderWithLinks(t)
	defer folder.Close()
	for _, name := range []string{"a.png", "new", "same/b.png", "../../c.png", "/d.png", "dogs/../e"} {
		if err := folder.Write(name, write("new")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if info, err := os.Lstat(folder.File(name)); err != nil || !info.Mode().IsRegular() {
			t.Errorf("%s: is no file: %v", name, err)
		}
	}
	for _, name := range []string{"cats/a.png", "absolute/a.png", "cats/deep/f.png"} {
		err := folder.Write(name, write("new"))
		if !errors.Is(err, errLeadsOut) || !BadName(err) || !strings.HasPrefix(err.Error(), "cannot write "+folder.Path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := folder.Write("loop/a.png", write("new")); !BadName(err) {
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

// A file that is there stays, and the same image may be written again.
func TestImageFolderKeepsFiles(t *testing.T) {
	folder := ImageFolder{Path: t.TempDir()}
	defer folder.Close()
	path := folder.File("a.png")
	if err := os.WriteFile(path, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := folder.Write("a.png", write("mine")); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"", "yours", "this"} {
		if err := folder.Write("a.png", write(text)); err == nil || err.Error() != path+": is there already, and is another image: name another folder, or remove it" {
			t.Errorf("%q: %v", text, err)
		}
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "mine" {
		t.Errorf("the file is %q (%v)", content, err)
	}
	if err := folder.Write("b.png", write("new")); err != nil {
		t.Error(err)
	}
}

func TestImageFolderIsMadeWithTheFirstImage(t *testing.T) {
	folder := ImageFolder{Path: filepath.Join(t.TempDir(), "deep", "out")}
	folder.Close()
	if _, err := os.Stat(folder.Path); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if err := folder.Write("x/y", write("1")); err != nil {
		t.Fatal(err)
	}
	folder.Close()
	if content, err := os.ReadFile(filepath.Join(folder.Path, "x", "y.png")); err != nil || string(content) != "1" {
		t.Errorf("%q, %v", content, err)
	}
}

func TestNamesAreTakenOnce(t *testing.T) {
	taken := Names{}
	for _, name := range []string{"", "a", "a\x00", "b"} {
		if !taken.Add(name) || taken.Add(name) {
			t.Errorf("%q was not taken once", name)
		}
	}
}
