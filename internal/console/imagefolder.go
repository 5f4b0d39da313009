package console

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"vae/internal/atomicfile"
)

// ImageFolder is a folder that takes a file an image. Nothing is written outside of
// it, wherever links in it lead: one in the place of an image is replaced, one to a
// folder elsewhere is an error. A file that is there already stays: it may be one of the user's own images.
type ImageFolder struct {
	Path  string
	Spare func(folder string) error // says why a folder in it is not written to; nil for no such reason
	root  *os.Root                  // nil before the first image
	made  string                    // the last folder that was made in it
}

// errLeadsOut says that a folder in the folder is a link to one outside of it.
var errLeadsOut = errors.New("a link leads out of the folder")

// File is where the image of an input goes.
func (f *ImageFolder) File(name string) string { return Inside(f.Path, name) }

// Write gives the image of an input its file, all or nothing.
func (f *ImageFolder) Write(name string, produce func(io.Writer) error) error {
	local := Inside("", name)
	if err := f.prepare(filepath.Dir(local)); err != nil {
		return err
	}
	if info, err := f.root.Lstat(local); err == nil && info.Mode().IsRegular() {
		return f.again(name, info.Size(), produce)
	}
	return produceInto(f.File(name), produce, func(write func(io.Writer) error) error {
		return rootError(atomicfile.ReplaceIn(f.root, local, write))
	})
}

// again is Write where there is a file already, of so many bytes. That the same image is there is well: so a command that was
// stopped can be given again.
func (f *ImageFolder) again(name string, size int64, produce func(io.Writer) error) error {
	var image bytes.Buffer
	if err := produce(&image); err != nil {
		return err
	}
	if size == int64(image.Len()) {
		if there, err := f.root.ReadFile(Inside("", name)); err == nil && bytes.Equal(there, image.Bytes()) {
			return nil
		}
	}
	return fmt.Errorf("%s: is there already, and is another image: name another folder, or remove it", f.File(name))
}

// prepare makes the folder, and another in it.
func (f *ImageFolder) prepare(dir string) error {
	if f.root == nil {
		err := os.MkdirAll(f.Path, 0o777)
		if err == nil {
			f.root, err = os.OpenRoot(f.Path)
		}
		if err != nil {
			return OutputError(f.Path, err)
		}
	}
	if dir == "." || dir == f.made {
		return nil
	}
	if f.Spare != nil {
		if err := f.Spare(filepath.Join(f.Path, dir)); err != nil {
			return err
		}
	}
	err := rootError(f.root.MkdirAll(dir, 0o777))
	if err == nil {
		f.made = dir
	}
	return OutputError(filepath.Join(f.Path, dir), err)
}

// Close ends the use of the folder; without an image there is none.
func (f *ImageFolder) Close() {
	if f.root != nil {
		f.root.Close()
	}
}

// rootError gives names to errors of [os.Root] that have none, or another than those
// of os.
func rootError(err error) error {
	switch {
	case err != nil && strings.HasSuffix(err.Error(), "path escapes from parent"):
		return errLeadsOut
	case errors.Is(err, os.ErrExist): // MkdirAll, where a file is in the way
		return syscall.ENOTDIR
	}
	return err
}
