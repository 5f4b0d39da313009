package cli

import (
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// inside returns the path of a file in a folder for an input of the given name.
// The name's own folders are kept, but it never leads out of the folder.
func inside(folder, name string) string {
	parts := within(name)
	if len(parts) == 0 {
		parts = []string{"image"}
	}
	last := &parts[len(parts)-1]
	if strings.ToLower(filepath.Ext(*last)) != ".png" {
		*last += ".png"
	}
	return filepath.Join(folder, filepath.Join(parts...))
}

// within splits a name into its folders and itself, without any that leads
// upwards and without characters that some file system does not take.
func within(name string) (parts []string) {
	for part := range strings.SplitSeq(filepath.ToSlash(filepath.Clean(name)), "/") {
		part = strings.Map(func(r rune) rune {
			if strings.ContainsRune(`\:*?"<>|`, r) || r < ' ' {
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

// badName tells whether an output cannot be written because of its name alone: it is
// too long, has characters that the file system does not take, or is that of a folder.
func badName(err error) bool {
	for _, known := range []error{syscall.ENAMETOOLONG, syscall.EINVAL, syscall.EILSEQ, syscall.EISDIR, syscall.ENOTDIR} {
		if errors.Is(err, known) {
			return true
		}
	}
	const invalidName, tooLong = syscall.Errno(123), syscall.Errno(206) // of Windows
	return runtime.GOOS == "windows" && (errors.Is(err, invalidName) || errors.Is(err, tooLong))
}
