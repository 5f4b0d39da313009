// Package atomicfile writes files that are either complete or not there.
package atomicfile

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// bufferSize keeps the writes of a streaming writer few.
const bufferSize = 1 << 16

var errNotFile = errors.New("is not a regular file")

// Replace gives file the content that write writes: into a temporary file beside
// it, to the disk, then renamed. On an error nothing is left behind, and a file
// that stood there before is untouched. Only a regular file or a link is replaced:
// a device or a pipe of that name is an error, as it would be gone afterwards.
func Replace(file string, write func(io.Writer) error) error { return Rotate(file, "", write) }

// Rotate is Replace, and the file that stood there before takes the name old, unless
// that is empty. It does so just before the new one takes its place: a program that
// ends in between leaves the old one alone.
func Rotate(file, old string, write func(io.Writer) error) error {
	if info, err := os.Lstat(file); err == nil && info.Mode().Type()&^fs.ModeSymlink != 0 {
		return &fs.PathError{Op: "replace", Path: file, Err: errNotFile}
	}
	err := replace(file, old, func(w io.Writer) error {
		b := bufio.NewWriterSize(w, bufferSize)
		if err := write(b); err != nil {
			return err
		}
		return b.Flush()
	})
	if err == nil {
		SyncDir(filepath.Dir(file))
	}
	return err
}
