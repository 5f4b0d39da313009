package mapped

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// buildOne makes a file of a body, with the header "header".
func buildOne(t testing.TB, file, key, body string) {
	t.Helper()
	err := Build(context.Background(), file, key, nil, func(b *Building) ([]byte, error) {
		_, err := b.Write([]byte(body))
		return []byte("header"), err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func mustOpen(t testing.TB, file, key string) *File {
	t.Helper()
	f, _, err := Open(context.Background(), file, key)
	if err != nil || f == nil {
		t.Fatalf("%v, %v", f, err)
	}
	return f
}

// left checks that a folder holds these files and no others.
func left(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != strings.Join(want, " ") {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

func TestBuildAndOpen(t *testing.T) {
	for _, body := range []string{"", "x", strings.Repeat("0123456789", 100_000)} {
		dir := filepath.Join(t.TempDir(), "a", "b")
		file := filepath.Join(dir, "f")
		buildOne(t, file, "key", body)
		f := mustOpen(t, file, "key")
		if string(f.Body) != body || string(f.Header) != "header" {
			t.Errorf("%d bytes and %q of %d", len(f.Body), f.Header, len(body))
		}
		f.Ahead(0, len(body))
		f.Ahead(len(body)/2, len(body))
		left(t, dir, "f")
		for _, key := range []string{"", "kez", "key "} {
			if f, _, err := Open(context.Background(), file, key); f != nil || err != nil {
				t.Errorf("key %q: %v, %v", key, f, err)
			}
		}
		buildOne(t, file, "other", "new")
		if string(f.Body) != body {
			t.Error("what is in use has changed")
		}
		if got := mustOpen(t, file, "other"); string(got.Body) != "new" {
			t.Errorf("replaced by %q", got.Body)
		}
	}
}

func TestOpenWhatIsNone(t *testing.T) {
	dir := t.TempDir()
	for _, file := range []string{filepath.Join(dir, "none"), dir} {
		if f, _, err := Open(context.Background(), file, "key"); f != nil || err != nil {
			t.Errorf("%s: %v, %v", file, f, err)
		}
	}
}

// No beginning of a file, and no file with another bit, is taken for one.
func TestOpenDamaged(t *testing.T) {
	dir := t.TempDir()
	file, cut := filepath.Join(dir, "f"), filepath.Join(dir, "cut")
	buildOne(t, file, "key", "body")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	opens := func(content []byte) bool {
		if err := os.WriteFile(cut, content, 0o666); err != nil {
			t.Fatal(err)
		}
		f, _, err := Open(context.Background(), cut, "key")
		if err != nil {
			t.Fatal(err)
		}
		return f != nil
	}
	for n := range content {
		if opens(content[:n]) {
			t.Errorf("%d of %d bytes are taken for a file", n, len(content))
		}
	}
	for i := range content {
		if i >= len(firstLine) && i < bodyAt {
			continue
		}
		damaged := bytes.Clone(content)
		damaged[i] ^= 1
		if opens(damaged) {
			t.Errorf("opened with a bit turned in byte %d of %d", i, len(content))
		}
	}
	if opens(append(bytes.Clone(content), 0)) || !opens(content) {
		t.Error("a byte more is taken for a file, or the file is not")
	}
}

// What is not a file of this kind is not written over, whatever is asked for; the beginning of one is.
func TestBuildSparesOtherFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for _, file := range []string{write("image", strings.Repeat("pixels", 100)), write("short", "x"), write("nearly", firstLine[1:])} {
		before, _ := os.ReadFile(file)
		err := Build(context.Background(), file, "key", nil, func(*Building) ([]byte, error) { t.Error("built"); return nil, nil })
		if err == nil || !strings.Contains(err.Error(), "is something else, which is not written over") {
			t.Errorf("%s: %v", file, err)
		}
		if after, _ := os.ReadFile(file); string(after) != string(before) {
			t.Errorf("%s was changed to %q", file, after)
		}
	}
	left(t, dir, "image", "nearly", "short")
	for _, file := range []string{write("empty", ""), write("begun", firstLine[:5]), write("cut", firstLine+"more")} {
		buildOne(t, file, "key", "body")
		mustOpen(t, file, "key")
	}
}

func FuzzOpen(f *testing.F) {
	file := filepath.Join(f.TempDir(), "f")
	buildOne(f, file, "key", "body")
	content, _ := os.ReadFile(file)
	f.Add(content)
	f.Add(content[:len(content)-1])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, content []byte) {
		end, why, err := whole(bytes.NewReader(content), int64(len(content)), "key")
		if err != nil {
			t.Fatal(err)
		}
		if why == "" && (end.body < 0 || bodyAt+end.body+int64(len(end.header)+len("key")+len(end.sums)+trailerSize) != int64(len(content))) {
			t.Fatalf("body %d, header %d of %d", end.body, len(end.header), len(content))
		}
	})
}

// A failure, in whatever part, leaves what was there, and nothing else.
func TestBuildThatFails(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	buildOne(t, file, "key", "old")
	full := errors.New("disk full")
	err := Build(context.Background(), file, "key", nil, func(b *Building) ([]byte, error) {
		_, err := b.Write(make([]byte, 1<<20))
		return nil, errors.Join(err, full)
	})
	if !errors.Is(err, full) {
		t.Errorf("%v, want %v", err, full)
	}
	err = Build(context.Background(), file, "key", nil, func(b *Building) ([]byte, error) {
		l, err := b.Log("log")
		if err != nil {
			return nil, err
		}
		l.f.file.Close()
		_, _ = l.Write([]byte("lost"))
		_, err = l.Reader()
		return []byte("all is well"), err
	})
	if !errors.Is(err, os.ErrClosed) {
		t.Errorf("a log that could not be written: %v", err)
	}
	left(t, dir, "f")
	if f := mustOpen(t, file, "key"); string(f.Body) != "old" {
		t.Errorf("%q", f.Body)
	}
	if err := Build(context.Background(), filepath.Join(file, "below"), "key", nil, nil); err == nil {
		t.Error("built below a file")
	}
}

// What a killed program has left is no file, and makes room.
func TestBuildAfterAKill(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	for _, what := range []string{"part", "spool", "facts", "lock"} {
		if err := os.WriteFile(beside(file, what), []byte(strings.Repeat("half", 1000)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if f, _, err := Open(context.Background(), file, "key"); f != nil || err != nil {
		t.Fatalf("%v, %v", f, err)
	}
	buildOne(t, file, "key", "whole")
	left(t, dir, "f")
	mustOpen(t, file, "key")
}

// Files whose names begin like the one that is built are somebody's.
func TestBuildSparesNeighbors(t *testing.T) {
	dir := t.TempDir()
	names := []string{"poetry.lock", "poetry.part", "poetry.spool"}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	buildOne(t, filepath.Join(dir, "poetry"), "key", "body")
	left(t, dir, append([]string{"poetry"}, names...)...)
	for _, name := range names {
		if content, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(content) != name {
			t.Errorf("%s holds %q now, %v", name, content, err)
		}
	}
}

// A lock that cannot be had is an error, and not a file system without locks.
func TestBuildWithoutItsLock(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	if err := os.Mkdir(beside(file, "lock"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := Build(context.Background(), file, "key", nil, func(*Building) ([]byte, error) { t.Error("built"); return nil, nil }); err == nil {
		t.Error("no error")
	}
}

// A header that could not be read again is an error when it is written.
func TestBuildOfTooLongAHeader(t *testing.T) {
	defer func(n int) { mostHeader = n }(mostHeader)
	mostHeader = 5
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	buildHeader := func(header string) error {
		return Build(context.Background(), file, "key", nil, func(*Building) ([]byte, error) { return []byte(header), nil })
	}
	if err := buildHeader("short"); err != nil {
		t.Fatal(err)
	}
	if err := buildHeader("longer"); err == nil || !strings.Contains(err.Error(), "has 6 bytes, and at most 5 can be read again") {
		t.Errorf("%v", err)
	}
	left(t, dir, "f")
	if got := mustOpen(t, file, "key"); string(got.Header) != "short" {
		t.Errorf("%q", got.Header)
	}
}

// A panic in the middle leaves what was there.
func TestBuildThatPanics(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	buildOne(t, file, "key", "whole")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_ = Build(context.Background(), file, "key", nil, func(*Building) ([]byte, error) { panic("in the middle") })
	}()
	left(t, dir, "f")
	mustOpen(t, file, "key")
}

// Of two that build a file at once one waits, and takes what the other has made; or goes away.
func TestBuildTwice(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	var wg sync.WaitGroup
	waits := make(chan bool)
	err := Build(context.Background(), file, "key", nil, func(b *Building) ([]byte, error) {
		ctx, goAway := context.WithCancel(context.Background())
		if gone := Build(ctx, file, "key", goAway, nil); !errors.Is(gone, context.Canceled) {
			t.Errorf("one that does not wait: %v", gone)
		}
		wg.Go(func() {
			told := false
			err := Build(context.Background(), file, "key", func() {
				if !told {
					close(waits)
				}
				told = true
			}, func(*Building) ([]byte, error) { return nil, errors.New("built twice") })
			if err != nil {
				t.Error(err)
			}
		})
		<-waits
		return []byte("h"), nil
	})
	wg.Wait()
	if err != nil {
		t.Error(err)
	}
	left(t, filepath.Dir(file), "f")
}

// A program that is killed while it builds leaves what was there, and no lock; the next makes it.
func TestBuildThatIsKilled(t *testing.T) {
	if file := os.Getenv("VAE_TEST_BUILD"); file != "" { // in the program to be killed
		_ = Build(context.Background(), file, "key", nil, func(b *Building) ([]byte, error) {
			l, err := b.Log("log")
			if err != nil {
				return nil, err
			}
			l.WriteString("some")
			b.Write(make([]byte, 1<<20))
			fmt.Println("at work")
			select {}
		})
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	buildOne(t, file, "old", "old")
	c := exec.Command(os.Args[0], "-test.run=^TestBuildThatIsKilled$")
	c.Env = append(os.Environ(), "VAE_TEST_BUILD="+file)
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err == nil {
		_, err = io.ReadFull(out, make([]byte, len("at work")))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	if got := mustOpen(t, file, "old"); string(got.Body) != "old" {
		t.Errorf("%q", got.Body)
	}
	if f, why, err := Open(context.Background(), file, "key"); f != nil || why != OtherKey || err != nil {
		t.Errorf("%v, %q, %v", f, why, err)
	}
	buildOne(t, file, "key", "new")
	left(t, dir, "f")
}

// Whoever comes while another is done, and removes the lock, is no second one at work.
func TestBuildOneAtATime(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	var wg sync.WaitGroup
	var working, built atomic.Int32
	for range 8 {
		wg.Go(func() {
			for range 300 {
				err := Build(context.Background(), file, "key", nil, func(*Building) ([]byte, error) {
					if n := working.Add(1); n > 1 {
						t.Errorf("%d at once", n)
					}
					runtime.Gosched()
					working.Add(-1)
					built.Add(1)
					return []byte("h"), errors.New("not this time") // which takes no sync
				})
				if err == nil {
					t.Error("no error")
				}
			}
		})
	}
	wg.Wait()
	if built.Load() == 0 {
		t.Error("none was built")
	}
}

func TestLog(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	err := Build(context.Background(), file, "key", nil, func(b *Building) ([]byte, error) {
		l, err := b.Log("log")
		if err != nil {
			return nil, err
		}
		for i := range 5000 {
			fmt.Fprintf(l, "%d\n", i*i)
		}
		for range 2 {
			r, err := l.Reader()
			if err != nil {
				return nil, err
			}
			for i := range 5000 {
				var n int
				if _, err := fmt.Fscanln(r, &n); err != nil || n != i*i {
					t.Fatalf("%d: %d, %v", i, n, err)
				}
			}
		}
		return []byte("header"), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	left(t, filepath.Dir(file), "f")
}

func TestInts(t *testing.T) {
	dir := t.TempDir()
	for _, folder := range []string{dir, filepath.Join(dir, "none")} {
		for _, n := range []int{0, 1, 500_000} {
			ints, release := Ints(folder, n)
			for i := range ints {
				if ints[i] != 0 {
					t.Fatal("not 0")
				}
				ints[i] = i
			}
			if len(ints) != n || n > 0 && ints[n-1] != n-1 {
				t.Errorf("%d of %d", len(ints), n)
			}
			release()
		}
	}
	left(t, dir)
}
