package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// replace gives file the content that write writes: into a temporary file beside
// it, to the disk, then renamed, which Windows does not promise to do atomically.
// If anything fails the temporary file is removed.
func replace(root *os.Root, file, old string, write func(io.Writer) error) error {
	f, temporary, err := create(root, filepath.Dir(file))
	if err != nil {
		return err
	}
	err = keepMode(f, root, file)
	if err == nil {
		err = write(f)
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil && old != "" {
		err = root.Rename(file, filepath.Join(filepath.Dir(file), old))
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err == nil {
		err = root.Rename(temporary, file)
	}
	if err != nil {
		_ = root.Remove(temporary)
	}
	return err
}

// temporaryPrefix begins the names of temporary files; a number follows.
const temporaryPrefix = ".vae-"

// create makes a temporary file in dir. Its name is short whatever the final one
// is: any name that the file system takes can be written.
func create(root *os.Root, dir string) (f *os.File, name string, err error) {
	const attempts = 1000
	for i := 1; ; i++ {
		name = filepath.Join(dir, temporaryPrefix+strconv.FormatUint(uint64(rand.Uint32()), 10))
		f, err = root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) // less the umask
		if !errors.Is(err, fs.ErrExist) || i == attempts {
			return f, name, err
		}
	}
}

// keepMode gives f the permissions of the file that it is to replace, if any.
func keepMode(f *os.File, root *os.Root, file string) error {
	info, err := root.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	own, err := f.Stat()
	if err != nil || own.Mode().Perm() == info.Mode().Perm() {
		return err
	}
	return f.Chmod(info.Mode().Perm())
}
