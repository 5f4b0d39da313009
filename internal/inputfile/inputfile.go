// Package inputfile opens the files that are named as inputs: regular files, or
// links to them. Whatever else a name leads to is refused without waiting for it.
package inputfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// Open opens a regular file, or a link to one, and tells its size; errors name it
// as name. A pipe, a socket or a device is refused without waiting for it.
func Open(path, name string) (*os.File, int64, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		if info, statErr := os.Stat(path); statErr == nil && !info.Mode().IsRegular() {
			err = NotFile(info.Mode()) // a socket cannot be opened
		}
		return nil, 0, Error(name, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = NotFile(info.Mode())
	}
	if err != nil {
		f.Close()
		return nil, 0, Error(name, err)
	}
	return f, info.Size(), nil
}

// NotFile is the error about what is not a regular file.
func NotFile(mode fs.FileMode) error { return fmt.Errorf("is %s, not a file", kindOf(mode)) }

func kindOf(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	default:
		return "a device"
	}
}

// Error names a file once, where the system's errors name it with the call that
// failed.
func Error(name string, err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	if strings.HasPrefix(err.Error(), name+": ") {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}
