package run

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"vae/internal/atomicfile"
)

// grown is a table of a run that grows by a whole line an epoch.
type grown struct {
	name   string
	header string                                                  // its first line
	most   int64                                                   // bytes that it may have
	each   func(data []byte, use func(epoch int, end int64)) error // calls use with each row and the offset of the byte behind it
}

// grow adds a line, and the header before the first. The line is on the disk when it returns; on
// an error the file is as it was, and so it is where the line would make it longer than may be.
func (d *Dir) grow(g grown, line string) error {
	file := filepath.Join(d.path, g.name)
	err := d.owned()
	if err == nil {
		err = g.append(file, line)
	}
	if err != nil {
		return fmt.Errorf("cannot save %s: %w", file, reason(err))
	}
	return nil
}

// keep shortens a table to the rows of the first epochs, as KeepMetrics says. A function tells from
// what the file holds what it is; it is not asked of one without a whole line.
func (d *Dir) keep(name string, epochs int, of func(data []byte) (grown, error)) (rows int, err error) {
	file := filepath.Join(d.path, name)
	data, err := readTable(file, maxMetrics)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, inFile(file, err)
	}
	var kept []byte
	if len(wholeLines(data)) > 0 {
		g, err := of(data)
		if err == nil {
			kept, rows, err = g.firstRows(data, epochs)
		}
		if err != nil {
			return 0, inFile(file, fmt.Errorf("%w; put that right, or remove the file, and the run goes on without its past", err))
		}
	}
	if len(kept) == len(data) {
		return rows, inFile(file, writable(file))
	}
	return rows, d.save(name, func(w io.Writer) error {
		_, err := w.Write(kept)
		return err
	})
}

// writable says why a file cannot be written.
func writable(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// wholeLines leaves out what follows the last end of a line.
func wholeLines(data []byte) []byte { return data[:bytes.LastIndexByte(data, '\n')+1] }

// firstRows returns the part of the file that ends with the last row of the first
// epochs, and the number of rows in it. A last line that is cut short is no row.
func (g grown) firstRows(data []byte, epochs int) (part []byte, rows int, err error) {
	whole := wholeLines(data)
	if len(whole) == 0 {
		return nil, 0, nil
	}
	if !bytes.HasPrefix(whole, []byte(g.header+"\n")) {
		return nil, 0, errHeader
	}
	end, last := int64(len(g.header)+1), 0
	var disorder error
	err = g.each(whole, func(epoch int, offset int64) {
		if epoch <= last && disorder == nil {
			disorder = fmt.Errorf("its row of epoch %d comes after that of epoch %d: one of them is not of this training", epoch, last)
		}
		if last = epoch; last <= epochs {
			end, rows = offset, rows+1
		}
	})
	return whole[:end], rows, errors.Join(err, disorder)
}

func (g grown) append(file, line string) (err error) {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if end == 0 {
		line = g.header + "\n" + line
	} else if err := g.check(f, end); err != nil {
		return err
	}
	if end+int64(len(line)) > g.most {
		return nil
	}
	_, err = f.WriteAt([]byte(line), end)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Truncate(end))
	}
	if end == 0 {
		atomicfile.SyncDir(filepath.Dir(file))
	}
	return nil
}

var errHeader = errors.New("its first line is not the header that this version writes")

// check reports whether a row may follow the file's size bytes: that they begin with
// this version's header and end with a line.
func (g grown) check(f io.ReaderAt, size int64) error {
	header := g.header + "\n"
	start := make([]byte, len(header))
	if _, err := f.ReadAt(start, 0); err != nil && err != io.EOF {
		return err
	}
	if string(start) != header {
		return errHeader
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, size-1); err != nil && err != io.EOF {
		return err
	}
	if last[0] != '\n' {
		return errors.New("its last line is cut short; remove that line")
	}
	return nil
}

func readTable(file string, most int64) ([]byte, error) {
	f, size, err := openRegular(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > most {
		return nil, fmt.Errorf("takes %d bytes, more than any table of a training (%d)", size, most)
	}
	return io.ReadAll(io.LimitReader(f, most))
}
