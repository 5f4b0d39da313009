package console

import (
	"crypto/sha256"
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"vae/internal/atomicfile"
)

// Inside returns the path of a file in a folder for an input of the given name.
// The name's own folders are kept, but it never leads out of the folder.
func Inside(folder, name string) string {
	parts := Within(name)
	if len(parts) == 0 {
		parts = []string{"image"}
	}
	last := &parts[len(parts)-1]
	if strings.ToLower(filepath.Ext(*last)) != ".png" {
		*last += ".png"
	}
	return filepath.Join(folder, filepath.Join(parts...))
}

// Within splits a name into its folders and itself, without any that leads
// upwards and without characters that some file system does not take, or that
// [OneLine] takes away.
func Within(name string) (parts []string) {
	for part := range strings.SplitSeq(filepath.ToSlash(filepath.Clean(name)), "/") {
		part = strings.Map(func(r rune) rune {
			if strings.ContainsRune(`\:*?"<>|`, r) || shown(r) != r {
				return '_'
			}
			return r
		}, part)
		if part != "" && part != "." && part != ".." {
			parts = append(parts, part)
		}
	}
	return parts
}

// Names are file names that are taken. A digest stands for each: about 30 MB for a
// million, however long they are.
type Names map[[16]byte]struct{}

// Add takes a name, unless it is taken. Where the file system may not tell capitals
// from small letters, neither does Add.
func (n Names) Add(name string) bool {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		name = strings.ToLower(name)
	}
	sum := sha256.Sum256([]byte(name))
	key := [16]byte(sum[:16])
	_, taken := n[key]
	n[key] = struct{}{}
	return !taken
}

// BadName tells whether an output cannot be written because of its name alone: it is
// too long, has characters that the file system does not take, is that of a folder or
// a pipe, or leads out of the folder by a link.
func BadName(err error) bool {
	for _, known := range []error{
		syscall.ENAMETOOLONG, syscall.EINVAL, syscall.EILSEQ, syscall.EISDIR, syscall.ENOTDIR, syscall.ELOOP, atomicfile.ErrNotFile, errLeadsOut,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	const invalidName, tooLong = syscall.Errno(123), syscall.Errno(206) // of Windows
	return runtime.GOOS == "windows" && (errors.Is(err, invalidName) || errors.Is(err, tooLong))
}
