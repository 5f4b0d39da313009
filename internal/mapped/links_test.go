package mapped

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// somebodys is a file that is not to be changed, and the check that it was not.
func somebodys(t *testing.T) (file string, check func(what string)) {
	file = filepath.Join(t.TempDir(), "mine")
	if err := os.WriteFile(file, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	return file, func(what string) {
		t.Helper()
		if content, err := os.ReadFile(file); err != nil || string(content) != "mine" {
			t.Errorf("%s: a file elsewhere holds %q now, %v", what, content, err)
		}
	}
}

// What others have put under the names that are needed, links to a file elsewhere, is removed and not written to.
func TestBuildWritesToNoLink(t *testing.T) {
	for kind, link := range map[string]func(old, name string) error{"symbolic": os.Symlink, "hard": os.Link} {
		victim, check := somebodys(t)
		dir := t.TempDir()
		file := filepath.Join(dir, "f")
		put := func(what string) error { return link(victim, beside(file, what)) }
		if err := put("part"); err != nil {
			t.Skip("no links here:", err)
		}
		err := Build(context.Background(), file, "key", nil, func(b *Building) ([]byte, error) {
			if err := put("log"); err != nil {
				return nil, err
			}
			l, err := b.Log("log")
			if err != nil {
				return nil, err
			}
			if _, err := l.Write(make([]byte, 2*logBuffer)); err != nil {
				return nil, err
			}
			_, err = b.Write([]byte("body"))
			return []byte("header"), err
		})
		if err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		check(kind)
		left(t, dir, "f")
		if f := mustOpen(t, file, "key"); string(f.Body) != "body" {
			t.Errorf("%s: %q", kind, f.Body)
		}
	}
}

// A lock is taken on no file that a link names, and none is made there.
func TestBuildLocksNoLink(t *testing.T) {
	victim, check := somebodys(t)
	for _, to := range []string{victim, filepath.Join(t.TempDir(), "none")} {
		dir := t.TempDir()
		file := filepath.Join(dir, "f")
		if err := os.Symlink(to, beside(file, "lock")); err != nil {
			t.Skip("no links here:", err)
		}
		err := Build(context.Background(), file, "key", nil, func(*Building) ([]byte, error) { t.Error("built"); return nil, nil })
		if err == nil || !strings.Contains(err.Error(), beside(file, "lock")+" is a symbolic link, and not what this program leaves there: remove it") {
			t.Errorf("%v", err)
		}
		left(t, dir, ".f.vae-lock")
	}
	check("locked")
	if entries, err := os.ReadDir(filepath.Dir(victim)); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// A folder in the way is named, and stays.
func TestBuildWithAFolderInTheWay(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	buildOne(t, file, "key", "old")
	wantNamed := func(what string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), beside(file, what)+" is a folder, where a file is needed: remove it") {
			t.Errorf("%s: %v", what, err)
		}
		left(t, dir, ".f.vae-"+what, "f")
		mustOpen(t, file, "key")
		if err := os.Remove(beside(file, what)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(beside(file, "part"), 0o777); err != nil {
		t.Fatal(err)
	}
	wantNamed("part", Build(context.Background(), file, "new", nil, func(*Building) ([]byte, error) { t.Error("built"); return nil, nil }))
	wantNamed("log", Build(context.Background(), file, "new", nil, func(b *Building) ([]byte, error) {
		if err := os.Mkdir(beside(file, "log"), 0o777); err != nil {
			return nil, err
		}
		_, err := b.Log("log")
		return nil, err
	}))
}

// Where there are no locks, what another has begun anew is not taken for what was made here.
func TestBuildOfWhatAnotherTook(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	buildOne(t, file, "key", "old")
	err := Build(context.Background(), file, "new", nil, func(*Building) ([]byte, error) {
		f, err := fresh(beside(file, "part"))
		if err != nil {
			return nil, err
		}
		_, err = f.WriteString("half")
		return []byte("header"), errors.Join(err, f.Close())
	})
	if !errors.Is(err, errTaken) {
		t.Errorf("%v", err)
	}
	left(t, dir, ".f.vae-part", "f")
	if half, err := os.ReadFile(beside(file, "part")); err != nil || string(half) != "half" {
		t.Errorf("the other's is %q, %v", half, err)
	}
	mustOpen(t, file, "key")
}
