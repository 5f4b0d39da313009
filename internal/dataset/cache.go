package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"vae/data"
)

// archive is a file embedded in the program, with the SHA-256 of its bytes.
type archive struct{ name, sha256 string }

// errDamaged says that an extracted file is not what was embedded.
var errDamaged = errors.New("has a wrong checksum")

// withExtracted calls use with a folder that holds the archives, verified:
// vae/mnist in the user's cache directory, else, where that cannot be used, a
// private folder that is removed afterwards.
func withExtracted(archives []archive, use func(dir string) error) error {
	cache, err := os.UserCacheDir()
	if err == nil {
		cache = filepath.Join(cache, "vae", "mnist")
		err = extractAll(cache, archives)
	}
	if err == nil {
		return use(cache)
	}
	private, privateErr := os.MkdirTemp("", "vae-mnist-")
	if privateErr != nil {
		return fmt.Errorf("no place to extract it: %w; nor in a temporary folder: %w", err, privateErr)
	}
	defer os.RemoveAll(private)
	if err := extractAll(private, archives); err != nil {
		return fmt.Errorf("no place to extract it: %w", err)
	}
	return use(private)
}

func extractAll(dir string, archives []archive) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, a := range archives {
		if err := a.ensure(dir); err != nil {
			return err
		}
	}
	return nil
}

// ensure leaves a verified copy of the archive in dir. A copy that is missing
// or damaged is replaced as a whole, so that two programs that start at once
// never see half a file.
func (a archive) ensure(dir string) error {
	path := filepath.Join(dir, a.name)
	if a.verify(path) == nil {
		return nil
	}
	src, err := data.FS.Open(a.name)
	if err != nil {
		return err
	}
	defer src.Close()
	tmp, err := os.CreateTemp(dir, a.name+".*.tmp")
	if err != nil {
		return err
	}
	_, err = io.Copy(tmp, src)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = a.verify(tmp.Name())
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}

// verify compares the checksum of the file at path.
func (a archive) verify(path string) error {
	f, _, err := openRegular(path, path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fileError(path, err)
	}
	if hex.EncodeToString(h.Sum(nil)) != a.sha256 {
		return fmt.Errorf("%s: %w", path, errDamaged)
	}
	return nil
}
