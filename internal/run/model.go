package run

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"vae/internal/atomicfile"
	"vae/internal/memory"
	"vae/internal/safetensors"
)

// maxFile is the largest model or state that is read, in bytes. A file above it is
// damaged or hostile: the sizes in a sparse file can be right and still too much.
const maxFile = 8 << 30

// SaveModel writes model.safetensors.
func (d *Dir) SaveModel(m *Model) error {
	f, err := encodeModel(m)
	if err == nil {
		err = seal(f)
	}
	if err != nil {
		return fmt.Errorf("cannot save %s: %w", filepath.Join(d.path, ModelFile), err)
	}
	return d.save(ModelFile, func(w io.Writer) error { return safetensors.Write(w, f) })
}

// SaveState writes state.safetensors and keeps the one before under another name.
func (d *Dir) SaveState(s *State) error {
	file := filepath.Join(d.path, StateFile)
	f, err := encodeState(s)
	if err == nil {
		err = seal(f)
	}
	if err == nil {
		err = d.owned()
	}
	if err == nil {
		err = atomicfile.Rotate(file, PreviousFile, func(w io.Writer) error { return safetensors.Write(w, f) })
	}
	if err != nil {
		return fmt.Errorf("cannot save %s: %w", file, reason(err))
	}
	return nil
}

// Load reads a model and checks all that can be checked without knowing the
// network: that the file is a safetensors file, ours and of a [FormatVersion] that is
// read (else the error is a [*VersionError]), to the byte what was written (else it is
// [ErrDamaged]), that its configuration is valid and every weight an F32 and finite.
func Load(file string) (*Model, error) {
	f, err := readFile(file)
	if err != nil {
		return nil, inFile(file, err)
	}
	m, err := decodeModel(f)
	if err != nil {
		return nil, inFile(file, err)
	}
	return m, nil
}

// LoadState reads the state of the run in the directory dir, checked as by [Load].
func LoadState(dir string) (*State, error) { return loadState(filepath.Join(dir, StateFile)) }

func loadState(file string) (*State, error) {
	f, err := readFile(file)
	if err != nil {
		return nil, inFile(file, err)
	}
	s, err := decodeState(f)
	if err != nil {
		return nil, inFile(file, err)
	}
	return s, nil
}

// readFile reads a whole safetensors file.
func readFile(file string) (*safetensors.File, error) {
	r, size, err := openRegular(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if size > maxFile {
		return nil, fmt.Errorf("takes %d bytes, more than any model (%d)", size, int64(maxFile))
	}
	// What is read stands beside what is made of it.
	if need, l := 2*float64(size), memory.Available(); need > l.Bytes {
		return nil, fmt.Errorf("needs about %s of memory, and there are %s: use it where there is more", memory.Text(need), l)
	}
	return readSealed(r, size)
}

// noFile is fs.ErrNotExist in plain words.
type noFile struct{}

func (noFile) Error() string { return "no such file" }
func (noFile) Unwrap() error { return fs.ErrNotExist }

// openRegular opens a regular file and returns its size in bytes. It looks before
// it opens, for to open a pipe is to wait for its writer.
func openRegular(file string) (*os.File, int64, error) {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, 0, noFile{}
	case err != nil:
		return nil, 0, err
	case info.IsDir():
		return nil, 0, errors.New("is a folder, not a file")
	case !info.Mode().IsRegular():
		return nil, 0, errors.New("not a regular file")
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, 0, err
	}
	info, err = f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}
