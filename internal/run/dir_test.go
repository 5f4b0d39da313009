package run

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vae/internal/config"

	"github.com/google/go-cmp/cmp"
)

func TestNext(t *testing.T) {
	root := filepath.Join(t.TempDir(), "a", "runs")
	for _, want := range []string{"0001-vae-z20", "0002-vae-z20", "0003-vae-z20"} {
		d, err := Next(root, "vae-z20")
		must(t, err)
		if d.Path() != filepath.Join(root, want) {
			t.Errorf("got %s, want %s", d.Path(), want)
		}
	}
	for _, name := range []string{"0041-x", "mine", "12-short", "0xff-hex", "99999999999999999999-huge"} {
		must(t, os.Mkdir(filepath.Join(root, name), 0o777))
	}
	must(t, os.WriteFile(filepath.Join(root, "12345"), nil, 0o666))
	d, err := Next(root, "y")
	must(t, err)
	if want := filepath.Join(root, "12346-y"); d.Path() != want {
		t.Errorf("got %s, want %s", d.Path(), want)
	}
}

// TestNextTogether has many callers at once, under one name and under several.
func TestNextTogether(t *testing.T) {
	root := t.TempDir()
	var group sync.WaitGroup
	var mu sync.Mutex
	numbers := map[string]string{}
	for i := range 24 {
		group.Go(func() {
			d, err := Next(root, []string{"a", "b", "c"}[i%3])
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			number, _, _ := strings.Cut(filepath.Base(d.Path()), "-")
			if other, ok := numbers[number]; ok {
				t.Errorf("%s and %s have one number", other, d.Path())
			}
			numbers[number] = d.Path()
		})
	}
	group.Wait()
	if got := len(files(t, root)); got != 24 {
		t.Errorf("%d folders, want 24", got)
	}
}

func TestNextRefuses(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"", "a/b", "../x"} {
		if _, err := Next(root, name); err == nil || !strings.Contains(err.Error(), "must be a plain file name") {
			t.Errorf("%q: got %v", name, err)
		}
	}
	if diff := cmp.Diff([]string{}, files(t, root)); diff != "" {
		t.Error(diff)
	}
	file := filepath.Join(root, "file")
	must(t, os.WriteFile(file, nil, 0o666))
	_, err := Next(file, "x")
	wantError(t, err, file, "cannot make the folder")
}

func TestCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b")
	for range 2 { // an empty folder may be there
		d, err := Create(path)
		must(t, err)
		if d.Path() != path {
			t.Errorf("got %s", d.Path())
		}
		must(t, d.Close())
	}
	must(t, os.WriteFile(filepath.Join(path, "notes.txt"), nil, 0o666))
	d, err := Create(path)
	must(t, err)
	must(t, d.Close())
}

func TestCreateRefuses(t *testing.T) {
	for _, name := range []string{ModelFile, StateFile, PreviousFile, ConfigFile, MetricsFile, LatentsFile} {
		path := t.TempDir()
		must(t, os.WriteFile(filepath.Join(path, name), nil, 0o666))
		_, err := Create(path)
		wantError(t, err, path, ": already holds a run ("+name+"); \x00⟨resume⟩\x00 goes on with it, or name another folder")
	}
	file := filepath.Join(t.TempDir(), "f")
	must(t, os.WriteFile(file, nil, 0o666))
	_, err := Create(file)
	wantError(t, err, file, ": is a file, not a folder for a run; name another")
	below := filepath.Join(file, "x", "y")
	_, err = Create(below)
	wantError(t, err, below, ": not a directory")
}

func TestFind(t *testing.T) {
	root := filepath.Join(t.TempDir(), "runs")
	_, err := Find(root, "")
	wantError(t, err, root, "no model yet under \""+root+"\"; run `vae train` first, or name one with \x00⟨model⟩\x00")
	if !errors.Is(err, ErrNoModel) {
		t.Errorf("got %v", err)
	}
	for range 4 {
		_, err := Next(root, "x")
		must(t, err)
	}
	must(t, os.Mkdir(filepath.Join(root, "10000-x"), 0o777))
	_, err = Find(root, "")
	if !errors.Is(err, ErrNoModel) {
		t.Errorf("got %v", err)
	}
	// 4 has no model, 10000 has a folder of that name.
	second, third := filepath.Join(root, "0002-x", ModelFile), filepath.Join(root, "0003-x", ModelFile)
	must(t, os.WriteFile(second, nil, 0o666))
	must(t, os.WriteFile(third, nil, 0o666))
	must(t, os.Mkdir(filepath.Join(root, "10000-x", ModelFile), 0o777))
	for path, want := range map[string]string{"": third, second: second, filepath.Dir(second): second} {
		got, err := Find(root, path)
		must(t, err)
		if got != want {
			t.Errorf("%q: got %s, want %s", path, got, want)
		}
	}
	without := filepath.Join(root, "0004-x")
	_, err = Find(root, without)
	wantError(t, err, without, ": holds no model.safetensors; a run has one after its first epoch")
	missing := filepath.Join(root, "0009-x")
	_, err = Find(root, missing)
	wantError(t, err, missing, ": no such file or folder")
}

// A run without a number is never the newest, and where there is no other the error names it.
func TestRunsWithoutNumbersAreNamed(t *testing.T) {
	root := filepath.Join(t.TempDir(), "runs")
	mine, empty := filepath.Join(root, "mine"), filepath.Join(root, "empty")
	must(t, os.MkdirAll(mine, 0o777))
	must(t, os.Mkdir(empty, 0o777))
	must(t, os.WriteFile(filepath.Join(mine, ModelFile), nil, 0o666))
	must(t, os.WriteFile(filepath.Join(mine, ConfigFile), nil, 0o666))
	_, err := Find(root, "")
	wantError(t, err, mine, "no model yet in a numbered run under \""+root+"\", of which the newest would be taken; name another with \x00⟨model⟩\x00, such as "+mine)
	if !errors.Is(err, ErrNoModel) {
		t.Errorf("got %v", err)
	}
	_, err = Latest(root)
	wantError(t, err, mine, "no numbered run under \""+root+"\" to go on with, of which the newest would be taken; name another, such as "+mine)
	numbered, err := Next(root, "x")
	must(t, err)
	defer numbered.Close()
	want := filepath.Join(numbered.Path(), ModelFile)
	must(t, os.WriteFile(want, nil, 0o666))
	if got, err := Find(root, ""); err != nil || got != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
	for age, newer := range map[time.Duration]string{-time.Hour: mine, time.Hour: ""} {
		at := time.Now().Add(age)
		must(t, os.Chtimes(want, at, at))
		if got := Newer(root, ModelFile, want); got != newer {
			t.Errorf("%v older: %q, want %q", -age, got, newer)
		}
	}
}

func TestFindRootIsFile(t *testing.T) {
	root := filepath.Join(t.TempDir(), "runs")
	must(t, os.WriteFile(root, nil, 0o666))
	_, err := Find(root, "")
	wantError(t, err, root, ": not a directory")
	if errors.Is(err, ErrNoModel) {
		t.Error("an unreadable root counts as having no model")
	}
}

// TestDiscard checks that what a run made is gone, and that nothing else is.
func TestDiscard(t *testing.T) {
	base := t.TempDir()
	made, err := Create(filepath.Join(base, "a", "b", "run"))
	must(t, err)
	must(t, made.SaveConfig(exampleConfig()))
	must(t, made.Discard())
	if left := files(t, base); len(left) != 0 {
		t.Errorf("%v is left behind", left)
	}

	root := filepath.Join(base, "runs")
	first, err := Next(root, "x")
	must(t, err)
	second, err := Next(root, "x")
	must(t, err)
	must(t, first.Discard())
	if left := files(t, root); len(left) != 1 || left[0] != filepath.Base(second.Path()) {
		t.Errorf("%v is left, want the other run", left)
	}

	mine := filepath.Join(base, "mine")
	must(t, os.Mkdir(mine, 0o777))
	must(t, os.WriteFile(filepath.Join(mine, "notes"), nil, 0o666))
	d, err := Create(mine)
	must(t, err)
	must(t, d.SaveConfig(exampleConfig()))
	must(t, d.Discard())
	if left := files(t, mine); len(left) != 1 || left[0] != "notes" {
		t.Errorf("%v is left, want the notes", left)
	}
}

// TestCreateAfterARunThatCameToNothing: the configuration that such a run left is no
// run, one that a person wrote is not overwritten.
func TestCreateAfterARunThatCameToNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine")
	d, err := Create(path)
	must(t, err)
	c := config.Default()
	c.Train.Batch = 7
	must(t, d.SaveConfig(c))
	must(t, d.Close())
	d, err = Create(path)
	must(t, err)
	must(t, d.Close())
	file := filepath.Join(path, ConfigFile)
	must(t, os.WriteFile(file, []byte("train:\n  batch: 7\n"), 0o666))
	_, err = Create(path)
	wantError(t, err, path, ": already holds a run (config.yaml); \x00⟨resume⟩\x00 goes on with it, or name another folder")
}
