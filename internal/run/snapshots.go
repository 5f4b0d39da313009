package run

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"vae/internal/atomicfile"
)

// SnapshotsFolder is the folder of a run that holds a picture an epoch, 0000.png being that of the
// model before training.
const SnapshotsFolder = "snapshots"

// Snapshot is the picture of an epoch.
type Snapshot struct {
	Epoch int
	File  string
}

// SaveSnapshot writes the picture of an epoch, atomically.
func (d *Dir) SaveSnapshot(epoch int, write func(io.Writer) error) error {
	folder := filepath.Join(d.path, SnapshotsFolder)
	if err := d.owned(); err != nil {
		return fmt.Errorf("cannot save %s: %w", folder, reason(err))
	}
	if err := os.Mkdir(folder, 0o777); err == nil {
		atomicfile.SyncDir(d.path)
	} else if !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("cannot make the folder %s: %w", folder, reason(err))
	}
	return d.save(filepath.Join(SnapshotsFolder, fmt.Sprintf("%04d.png", epoch)), write)
}

// Snapshots lists the pictures of the run in the directory dir, by epoch. A run without any has none.
func Snapshots(dir string) ([]Snapshot, error) {
	folder := filepath.Join(dir, SnapshotsFolder)
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, inFile(folder, err)
	}
	var all []Snapshot
	for _, e := range entries {
		if epoch, ok := snapshotEpoch(e.Name()); ok {
			all = append(all, Snapshot{epoch, filepath.Join(folder, e.Name())})
		}
	}
	slices.SortFunc(all, func(a, b Snapshot) int { return a.Epoch - b.Epoch })
	return all, nil
}

// snapshotEpoch tells from the name of a file whether, and of which epoch, it is a picture.
func snapshotEpoch(name string) (int, bool) {
	digits, png := strings.CutSuffix(name, ".png")
	epoch, err := strconv.ParseUint(digits, 10, 31)
	return int(epoch), png && err == nil && fmt.Sprintf("%04d", epoch) == digits
}

// KeepSnapshots removes the pictures of epochs beyond the first, which a run that goes on after
// these makes again.
func (d *Dir) KeepSnapshots(epochs int) error {
	all, err := Snapshots(d.path)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.Epoch > epochs {
			if err := os.Remove(s.File); err != nil {
				return fmt.Errorf("cannot remove %s: %w", s.File, reason(err))
			}
		}
	}
	return nil
}

// discardSnapshots removes all pictures, and their folder if that leaves it empty.
func (d *Dir) discardSnapshots() error {
	if err := d.KeepSnapshots(-1); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(d.path, SnapshotsFolder)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return inFile(filepath.Join(d.path, SnapshotsFolder), err)
	}
	return nil
}
