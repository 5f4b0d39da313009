package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

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
	return "", fmt.Errorf("%w under %q; run `vae train` first, or name one with %s", ErrNoModel, root, config.Mention("model"))
}
