package run

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestSnapshots(t *testing.T) {
	d := newDir(t)
	if all, err := Snapshots(d.Path()); all != nil || err != nil {
		t.Errorf("of none: %v, %v", all, err)
	}
	for _, epoch := range []int{0, 3, 12345, 2} {
		must(t, d.SaveSnapshot(epoch, func(w io.Writer) error {
			_, err := w.Write([]byte{byte(epoch)})
			return err
		}))
	}
	folder := filepath.Join(d.Path(), SnapshotsFolder)
	must(t, os.WriteFile(filepath.Join(folder, "2.png"), nil, 0o666)) // not of this program
	failed := errors.New("full")
	if err := d.SaveSnapshot(9, func(io.Writer) error { return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	epochs := func() (epochs []int) {
		all, err := Snapshots(d.Path())
		must(t, err)
		for _, s := range all {
			epochs = append(epochs, s.Epoch)
		}
		return epochs
	}
	if got := epochs(); len(got) != 4 || got[0] != 0 || got[1] != 2 || got[2] != 3 || got[3] != 12345 {
		t.Errorf("epochs %v", got)
	}
	must(t, d.KeepSnapshots(2))
	if got := epochs(); len(got) != 2 || got[1] != 2 {
		t.Errorf("of the first two epochs: %v", got)
	}
	wantError(t, Free(d.Path()), d.Path(), "already holds a run (snapshots)")
	must(t, os.Remove(filepath.Join(folder, "2.png")))
	must(t, d.Discard())
	if _, err := os.Stat(d.Path()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after it was discarded: %v", err)
	}
}
