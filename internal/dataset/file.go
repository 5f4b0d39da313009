package dataset

import (
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"os"
	"syscall"

	"vae/internal/config"
)

// openRegular opens a regular file, or a link to one, and tells its size;
// errors name it as name. A pipe, a socket or a device is refused without
// waiting for it.
func openRegular(path, name string) (*os.File, int64, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		if info, statErr := os.Stat(path); statErr == nil && !info.Mode().IsRegular() {
			err = notFile(info.Mode()) // a socket cannot be opened
		}
		return nil, 0, fileError(name, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = notFile(info.Mode())
	}
	if err != nil {
		f.Close()
		return nil, 0, fileError(name, err)
	}
	return f, info.Size(), nil
}

// notFile is the error about what is not a regular file.
func notFile(mode fs.FileMode) error { return fmt.Errorf("is %s, not a file", kindOf(mode)) }

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

// fileError names a file once, where the system's errors name it with the
// call that failed.
func fileError(name string, err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// keepBuffer is the largest file buffer that is kept for the next file.
const keepBuffer = 1 << 20

// fileReader reads files into one buffer, which serves one goroutine.
type fileReader struct{ buf []byte }

// decode is [decode] of the regular file at path.
func (r *fileReader) decode(path string, maxPixels int, use func(image.Image)) error {
	var t turn
	defer t.end()
	data, err := r.read(path, fileLimit(maxPixels), &t)
	if err != nil {
		return err
	}
	return t.decode(data, path, maxPixels, use)
}

// read is the content of a regular file of at most limit bytes, valid until
// the next call. A big file is read in its turn.
func (r *fileReader) read(path string, limit int64, t *turn) ([]byte, error) {
	f, size, err := openRegular(path, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > limit {
		return nil, fmt.Errorf("%s: has %d bytes, more than the limit of %d; %s raises it", path, size, limit, config.Mention("max_pixels"))
	}
	if size > bigFile {
		t.take()
	}
	buf := r.buf
	if int64(cap(buf)) < size {
		buf = make([]byte, size)
	}
	if cap(buf) <= keepBuffer {
		r.buf = buf
	}
	n, err := io.ReadFull(f, buf[:size])
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return nil, fileError(path, err)
	}
	return buf[:n], nil
}
