package render

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"

	"vae/internal/npy"
)

// NPYSpool writes an array whose number of rows is not known in advance. NPY wants it in the
// header, so the values wait in a temporary file until Close; memory does not grow.
type NPYSpool struct {
	w       io.Writer
	inner   []int
	row     int64 // values of a row
	count   int64 // values so far
	file    *os.File
	buffer  *bufio.Writer
	values  floats
	removed bool // the file has no name any more
}

// errSpoolDone is returned by a spool that Close or Abort has ended.
var errSpoolDone = errors.New("npy spool is closed")

// NewNPYSpool starts an array of shape (rows, inner...), rows being what will have been written
// at Close. The file stands in the system's folder for temporary files; where the system allows
// it, its name is removed at once, so that nothing stays behind even if the program is killed.
// Close or Abort must be called.
func NewNPYSpool(w io.Writer, inner ...int) (*NPYSpool, error) {
	_, row, err := npy.Float32Header(1, inner...)
	if err != nil {
		return nil, err
	}
	if row == 0 {
		return nil, fmt.Errorf("npy array of rows of shape %v: a row without values cannot be counted", inner)
	}
	file, err := os.CreateTemp("", "vae-*.npy")
	if err != nil {
		return nil, spoolError(err)
	}
	s := &NPYSpool{w: w, inner: inner, row: row, file: file, buffer: bufio.NewWriterSize(file, 4*npyBuffer)}
	s.values.w = s.buffer
	s.removed = os.Remove(file.Name()) == nil
	return s, nil
}

// Write adds values, any number at a time.
func (s *NPYSpool) Write(values []float32) error {
	if s.file == nil {
		return errSpoolDone
	}
	s.count += int64(len(values))
	if err := s.values.write(values); err != nil {
		return spoolError(err)
	}
	return nil
}

// Close writes header and values to w and removes the temporary file, also when it fails. A last
// row with values missing is an error, and then nothing is written.
func (s *NPYSpool) Close() error {
	if s.file == nil {
		return errSpoolDone
	}
	err := s.deliver()
	if abort := s.Abort(); err == nil {
		err = abort
	}
	return err
}

// Abort removes the temporary file and writes nothing. After Close or Abort it does nothing, so
// that it may be deferred.
func (s *NPYSpool) Abort() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if !s.removed {
		err = errors.Join(err, os.Remove(s.file.Name()))
	}
	s.file = nil
	if err != nil {
		return spoolError(err)
	}
	return nil
}

func spoolError(err error) error { return SpoolError("the npy array", err) }

// SpoolError says where the temporary file for something is to stand and how to have it elsewhere.
func SpoolError(what string, err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	variable := "TMPDIR"
	if runtime.GOOS == "windows" {
		variable = "TMP"
	}
	return fmt.Errorf("temporary file for %s in %s: %w; set %s to another folder", what, os.TempDir(), err, variable)
}

func (s *NPYSpool) deliver() error {
	rows := s.count / s.row
	if s.count%s.row != 0 {
		return fmt.Errorf("npy array: the last row has %d of %d values", s.count%s.row, s.row)
	}
	if rows > math.MaxInt {
		return fmt.Errorf("npy array: %d rows are too many", rows)
	}
	err := s.buffer.Flush()
	if err == nil {
		_, err = s.file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return spoolError(err)
	}
	header, _, err := npy.Float32Header(int(rows), s.inner...)
	if err != nil {
		return err
	}
	if _, err := s.w.Write(header); err != nil {
		return err
	}
	copied, err := io.Copy(s.w, s.file)
	if err == nil && copied != 4*s.count {
		err = fmt.Errorf("temporary file for the npy array: %d of %d bytes read back", copied, 4*s.count)
	}
	return err
}
