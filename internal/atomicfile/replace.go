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
// If anything fails the temporary file is removed. It has no name before it is
// complete, where the file system can do that.
func replace(root *os.Root, file, old string, write func(io.Writer) error) error {
	temporary := ""
	f, err := nameless(root, filepath.Dir(file)), error(nil)
	if f == nil {
		f, temporary, err = create(root, filepath.Dir(file))
	}
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
	if err == nil && temporary == "" {
		temporary, err = nameAny(f, root, file)
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = takePlace(root, temporary, file, old)
	}
	if err != nil && temporary != "" {
		_ = root.Remove(temporary)
	}
	return err
}

// nameAny gives a nameless file the name of a temporary one beside file, or makes a copy where
// the file system can do the one and not the other.
func nameAny(f *os.File, root *os.Root, file string) (temporary string, err error) {
	dir := filepath.Dir(file)
	if temporary, err = untaken(dir, func(path string) error { return name(f, root, dir, filepath.Base(path)) }); err == nil {
		return temporary, nil
	}
	to, temporary, err := create(root, dir)
	if err != nil {
		return "", err
	}
	err = keepMode(to, root, file)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err == nil {
		_, err = io.Copy(to, f)
	}
	if err == nil {
		err = to.Sync()
	}
	return temporary, errors.Join(err, to.Close())
}

// takePlace gives a temporary file its name, and the file that had it the name old in
// the same folder, unless that is empty.
func takePlace(root *os.Root, temporary, file, old string) error {
	if old == "" {
		return root.Rename(temporary, file)
	}
	old = filepath.Join(filepath.Dir(file), old)
	before := root.Rename(file, old)
	if before != nil && !errors.Is(before, fs.ErrNotExist) {
		return before
	}
	err := root.Rename(temporary, file)
	if err != nil && before == nil {
		_ = root.Rename(old, file)
	}
	return err
}

// temporaryPrefix begins the names of temporary files; a number follows.
const temporaryPrefix = ".vae-"

// create makes a temporary file in dir. Its name is short whatever the final one
// is: any name that the file system takes can be written.
func create(root *os.Root, dir string) (f *os.File, name string, err error) {
	name, err = untaken(dir, func(path string) error {
		f, err = root.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) // less the umask
		return err
	})
	return f, name, err
}

// untaken does something with the name of a temporary file in dir that is not there.
func untaken(dir string, do func(name string) error) (name string, err error) {
	const attempts = 1000
	for i := 1; ; i++ {
		name = filepath.Join(dir, temporaryPrefix+strconv.FormatUint(uint64(rand.Uint32()), 10))
		if err = do(name); !errors.Is(err, fs.ErrExist) || i == attempts {
			return name, err
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
