package dataset

import (
	"os"
	"path/filepath"
	"testing"
)

// A shell makes the file that stdout goes to before the program runs: empty, it is
// no input; anything else is.
func TestStreamPassesItsOutput(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.png", grayFile(t, 2, 2, 1))
	info, err := os.Stat(write(t, dir, "b.png", nil))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "c.png", nil)
	write(t, dir, "d.png", grayFile(t, 2, 2, 4))
	o := small(2, 2, 1)
	wantLines(t, readAll(t, o, dir), "a.png||1", "b.png||failed", "c.png||failed", "d.png||4")
	o.Output = info
	wantLines(t, readAll(t, o, dir), "a.png||1", "c.png||failed", "d.png||4")
	wantLines(t, readAll(t, o, filepath.Join(dir, "b.png")))
	write(t, dir, "b.png", grayFile(t, 2, 2, 2))
	wantLines(t, readAll(t, o, dir), "a.png||1", "b.png||2", "c.png||failed", "d.png||4")
}

// Errors name a file where it lies, names stay relative.
func TestStreamErrorsNameThePath(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "sub/bad.png", []byte("text"))
	items := readAll(t, small(2, 2, 1), dir)
	wantLines(t, items, "sub/bad.png|sub|failed")
	wantError(t, items[0].Err, path+": is not an image")
}
