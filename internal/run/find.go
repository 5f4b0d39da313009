package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"vae/internal/config"
)

// ErrNoModel says that no run has a model yet.
var ErrNoModel = errors.New("no model yet")

// Find returns the model file that path means: a file means itself, a directory
// the model in it, and "" the model of the run with the highest number under root.
// The error is an [ErrNoModel] where path is "" and there is none.
func Find(root, path string) (file string, err error) {
	if path == "" {
		return latest(root)
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s: no such file or folder", path)
	}
	if err != nil {
		return "", inFile(path, err)
	}
	if !info.IsDir() {
		return path, nil
	}
	file = filepath.Join(path, ModelFile)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s: holds no %s; a run has one after its first epoch", path, ModelFile)
	} else if err != nil {
		return "", inFile(file, err)
	}
	return file, nil
}

// latest returns the model of the highest run that has one.
func latest(root string) (string, error) {
	entries, err := numbered(root)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		file := filepath.Join(root, e.name, ModelFile)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file, nil
		}
	}
	if named := Unnumbered(root, ModelFile); named != "" {
		return "", fmt.Errorf("%w in a numbered run under %q, of which the newest would be taken; name another with %s, such as %s", ErrNoModel, root, config.Mention("model"), named)
	}
	return "", fmt.Errorf("%w under %q; run `vae train` first, or name one with %s", ErrNoModel, root, config.Mention("model"))
}

// Unnumbered is the path of the first folder under root that has no number, and so is never taken for the newest, and holds
// one of the files; "" where there is none.
func Unnumbered(root string, files ...string) string {
	entries, _ := os.ReadDir(root) // whose error is told by whoever looked for the newest
	for _, e := range entries {
		path := filepath.Join(root, e.Name())
		if _, number := parseNumber(e.Name()); !number && slices.ContainsFunc(files, func(file string) bool { return holds(path, file) }) {
			return path
		}
	}
	return ""
}

// Models are the model files of all folders under root, which are read in the order of their names.
func Models(root string) (files []string) {
	entries, _ := os.ReadDir(root) // where none can be read there is none to be found
	for _, e := range entries {
		if folder := filepath.Join(root, e.Name()); holds(folder, ModelFile) {
			files = append(files, filepath.Join(folder, ModelFile))
		}
	}
	return files
}

// Newer is the path of the folder under root that has no number and holds the newest of the files of this name, if that is newer
// than another file; else "". It is for a hint alone: times change when runs are copied.
func Newer(root, name, than string) (path string) {
	known, err := os.Stat(than)
	if err != nil {
		return ""
	}
	newest := known.ModTime()
	entries, _ := os.ReadDir(root)
	for _, e := range entries {
		if _, number := parseNumber(e.Name()); number {
			continue
		}
		dir := filepath.Join(root, e.Name())
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() && info.ModTime().After(newest) {
			path, newest = dir, info.ModTime()
		}
	}
	return path
}

// LatestWith returns the directory with the highest number under root that holds a file of this
// name. The error is an [ErrNoModel] where there is none.
func LatestWith(root, name string) (string, error) {
	entries, err := numbered(root)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if path := filepath.Join(root, e.name); holds(path, name) {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w under %q", ErrNoModel, root)
}

// ConfigOf reads the configuration of the run in the directory dir, which may be one of an older
// version or one that somebody has changed.
func ConfigOf(dir string) (config.Config, error) {
	file := filepath.Join(dir, ConfigFile)
	src, err := readConfigText(file)
	if err != nil {
		return config.Config{}, err
	}
	c, err := config.Load(src, file, config.Default())
	if err == nil {
		err = c.Validate()
	}
	return c, err
}
