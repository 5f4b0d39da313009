// Package atomicfile writes files that are either complete or not there.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// bufferSize keeps the writes of a streaming writer few.
const bufferSize = 1 << 16

// ErrNotFile says that what stands where a file is to be written is none.
var ErrNotFile = errors.New("is not a regular file")

// Replace gives file the content that write writes: into a temporary file beside
// it, to the disk, then renamed. On an error nothing is left behind, and a file
// that stood there before is untouched. Only a regular file or a link is replaced:
// a device or a pipe of that name is an error, as it would be gone afterwards.
func Replace(file string, write func(io.Writer) error) error { return Rotate(file, "", write) }

// Rotate is Replace, and the file that stood there before takes the name old in the
// same folder, unless that is empty. It does so just before the new one takes its
// place: a program that ends in between leaves the old one alone.
func Rotate(file, old string, write func(io.Writer) error) error {
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return err
	}
	defer root.Close()
	return rotateIn(root, filepath.Base(file), old, write)
}

// ReplaceIn is Replace of a file in a folder that no link leads out of.
func ReplaceIn(root *os.Root, file string, write func(io.Writer) error) error {
	return rotateIn(root, file, "", write)
}

func rotateIn(root *os.Root, file, old string, write func(io.Writer) error) error {
	if info, err := root.Lstat(file); err == nil && info.Mode().Type()&^fs.ModeSymlink != 0 {
		reason := ErrNotFile
		if info.IsDir() {
			reason = syscall.EISDIR
		}
		return &fs.PathError{Op: "replace", Path: file, Err: reason}
	}
	if info, err := root.Lstat(filepath.Join(filepath.Dir(file), old)); old != "" && err == nil && info.IsDir() {
		return &fs.PathError{Op: "replace", Path: old, Err: fmt.Errorf("%s, which it is to replace, %w", old, syscall.EISDIR)}
	}
	err := replace(root, file, old, func(w io.Writer) error {
		b := bufio.NewWriterSize(w, bufferSize)
		if err := write(b); err != nil {
			return err
		}
		return b.Flush()
	})
	if err == nil {
		SyncDir(filepath.Join(root.Name(), filepath.Dir(file)))
	}
	return err
}
