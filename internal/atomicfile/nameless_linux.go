package atomicfile

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// nameless makes a file in dir that has no name until it is complete, so that nothing stays of it if the program is killed; nil where
// the file system has no such files.
func nameless(root *os.Root, dir string) *os.File {
	const open = "/proc/self/fd" // by which such a file gets its name
	if _, err := os.Stat(open); err != nil {
		return nil
	}
	f, err := root.OpenFile(dir, os.O_RDWR|unix.O_TMPFILE, 0o666) // less the umask
	if err != nil {
		return nil
	}
	return f
}

// name gives a nameless file one in dir.
func name(f *os.File, root *os.Root, dir, base string) error {
	folder, err := root.Open(dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	from := "/proc/self/fd/" + strconv.FormatUint(uint64(f.Fd()), 10)
	return unix.Linkat(unix.AT_FDCWD, from, int(folder.Fd()), base, unix.AT_SYMLINK_FOLLOW)
}
