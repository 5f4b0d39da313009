package run

import (
	"bytes"
	"cmp"
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
	"vae/internal/config"
)

// Next makes root/NNNN-name, where NNNN is the number after the highest in root,
// and root itself if need be. Processes that call it at the same time get different
// numbers.
func Next(root, name string) (*Dir, error) {
	if name == "" || filepath.Base(name) != name {
		return nil, fmt.Errorf("run name %q: must be a plain file name", name)
	}
	made := absent(root)
	if err := os.MkdirAll(root, 0o777); err != nil {
		return nil, fmt.Errorf("cannot make the folder %s: %w", root, reason(err))
	}
	const attempts = 1000
	for range attempts {
		d, err := tryNext(root, name)
		if err != nil {
			return nil, err
		}
		if d != nil {
			d.made = append([]string{d.path}, made...)
			return d.locked()
		}
	}
	return nil, fmt.Errorf("%s: other programs took %d run numbers in a row; try again", root, attempts)
}

// tryNext is one attempt of Next; it returns nil, nil where another process was
// faster. Whoever sees its number twice gives it back, so that none keeps it unless
// it was alone when it looked.
func tryNext(root, name string) (*Dir, error) {
	taken, err := numbered(root)
	if err != nil {
		return nil, err
	}
	number := uint64(1)
	if len(taken) > 0 {
		number = taken[0].number + 1
	}
	path := filepath.Join(root, fmt.Sprintf("%04d-%s", number, name))
	if err := os.Mkdir(path, 0o777); errors.Is(err, fs.ErrExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("cannot make the folder %s: %w", path, reason(err))
	}
	taken, err = numbered(root)
	if err != nil {
		return nil, err
	}
	same := func(e entry) bool { return e.number == number && e.name != filepath.Base(path) }
	if slices.ContainsFunc(taken, same) {
		return nil, inFile(path, os.Remove(path))
	}
	atomicfile.SyncDir(root)
	return &Dir{path: path}, nil
}

// runFiles are all files of a run.
var runFiles = []string{ModelFile, StateFile, PreviousFile, ConfigFile, MetricsFile, LatentsFile}

// Holds tells whether a folder holds a run, or the model of one.
func Holds(folder string) bool { return holdsRun(folder) || holds(folder, ModelFile) }

// Files are the paths that all files of a run in a folder have, and those of its snapshots.
func Files(folder string) []string {
	files := make([]string, 0, len(runFiles)+1)
	for _, name := range append([]string{lockFile}, runFiles...) {
		files = append(files, filepath.Join(folder, name))
	}
	snapshots, _ := Snapshots(folder) // what cannot be listed cannot be overwritten by its name
	for _, s := range snapshots {
		files = append(files, s.File)
	}
	return files
}

// Free says why the directory path can not be made for a run: it holds one already,
// or it is no directory. The [ConfigFile] of a run that came to nothing is no run; one
// that a person wrote is not overwritten.
func Free(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.IsDir():
		return fmt.Errorf("%s: is a file, not a folder for a run; name another", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return inFile(path, err)
	}
	for _, name := range append([]string{SnapshotsFolder}, runFiles...) {
		file := filepath.Join(path, name)
		if _, err := os.Lstat(file); err == nil && !(name == ConfigFile && resolved(file)) {
			return fmt.Errorf("%s: already holds a run (%s); %s goes on with it, or name another folder", path, name, config.Mention("resume"))
		}
	}
	return nil
}

// resolved tells whether a configuration is, to the byte, one that this program wrote.
func resolved(file string) bool {
	_, err := readConfig(file)
	return err == nil
}

// readConfig reads a configuration that this program wrote.
func readConfig(file string) (config.Config, error) {
	src, err := readConfigText(file)
	if err != nil {
		return config.Config{}, err
	}
	c, err := config.Load(src, file, config.Default())
	if err == nil && !bytes.Equal(c.YAML(), src) {
		err = inFile(file, fmt.Errorf("is not as the training wrote it; to begin with these settings, use `vae train %s`", config.Mention("config")))
	}
	return c, err
}

func readConfigText(file string) ([]byte, error) {
	f, _, err := openRegular(file)
	if err != nil {
		return nil, inFile(file, err)
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, config.MaxFileSize+1))
	return src, inFile(file, err)
}

// Create makes the directory path for a run, parents too, where it is [Free].
func Create(path string) (*Dir, error) {
	if err := Free(path); err != nil {
		return nil, err
	}
	made := absent(path)
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, fmt.Errorf("cannot make the folder %s: %w", path, reason(err))
	}
	atomicfile.SyncDir(filepath.Dir(path))
	d := &Dir{path: path, made: made}
	if _, err := d.locked(); err != nil {
		return nil, err
	}
	if err := Free(path); err != nil { // as others may have been faster
		return nil, errors.Join(err, d.Close())
	}
	d.clean()
	return d, nil
}

// locked is the directory with its lock. If it cannot be had, the folders that were
// made for it are taken back, unless others have put something there.
func (d *Dir) locked() (*Dir, error) {
	err := d.lock()
	if err == nil {
		return d, nil
	}
	if !errors.Is(err, ErrBusy) {
		d.unmake()
	}
	return nil, err
}

// clean removes what killed trainings have left half-written, where the lock says
// that none is at work.
func (d *Dir) clean() {
	if d.held != nil {
		atomicfile.Clean(d.path)
		atomicfile.Clean(filepath.Join(d.path, SnapshotsFolder))
	}
}

// unmake removes the folders that were made for the run and hold nothing.
func (d *Dir) unmake() {
	for _, folder := range d.made {
		if os.Remove(folder) != nil { // others have put something there
			break
		}
	}
}

// absent lists path and those of its parents that do not exist, path first.
func absent(path string) []string {
	var folders []string
	for path = filepath.Clean(path); path != filepath.Dir(path); path = filepath.Dir(path) {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		folders = append(folders, path)
	}
	return folders
}

// Discard takes a run back that came to nothing: its files, and of the folders
// that were made for it those that hold nothing else. The directory is closed then.
func (d *Dir) Discard() error {
	if d.owned() != nil { // what is there is not this run's
		return d.Close()
	}
	for _, name := range runFiles {
		file := filepath.Join(d.path, name)
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cannot remove %s: %w", file, reason(err))
		}
	}
	if err := errors.Join(d.discardSnapshots(), d.Close()); err != nil {
		return err
	}
	d.unmake()
	return nil
}

// SaveConfig writes config.yaml.
func (d *Dir) SaveConfig(c config.Config) error {
	return d.save(ConfigFile, func(w io.Writer) error {
		_, err := w.Write(c.YAML())
		return err
	})
}

// save replaces one file of the run by what write gives, atomically: on an error
// the old file, or none, is there as before and nothing else.
func (d *Dir) save(name string, write func(io.Writer) error) error {
	file := filepath.Join(d.path, name)
	err := d.owned()
	if err == nil {
		err = atomicfile.Replace(file, write)
	}
	if err != nil {
		return fmt.Errorf("cannot save %s: %w", file, reason(err))
	}
	return nil
}

// An entry is a name in the folder of runs that begins with a number.
type entry struct {
	number uint64
	name   string
}

// numbered lists root's entries NNNN or NNNN-..., highest first. A root that does
// not exist has none.
func numbered(root string) ([]entry, error) {
	names, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, inFile(root, err)
	}
	var entries []entry
	for _, n := range slices.Backward(names) { // by name where numbers are equal
		if number, ok := parseNumber(n.Name()); ok {
			entries = append(entries, entry{number, n.Name()})
		}
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(b.number, a.number) })
	return entries, nil
}

// parseNumber returns the number of a run's folder: four digits or more, then
// nothing or a hyphen.
func parseNumber(name string) (uint64, bool) {
	digits, _, _ := strings.Cut(name, "-")
	if len(digits) < 4 {
		return 0, false
	}
	number, err := strconv.ParseUint(digits, 10, 32)
	return number, err == nil
}
