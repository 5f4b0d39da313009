// Package mapped keeps large values in files that are made once, whole or not at all, and are then read as memory: of what is not in use the system
// takes the memory back, so that there may be more than the machine has.
//
// A file is 64 bytes of a first line, the body, a header that says what the body is, and a trailer. The trailer is written last and holds the
// SHA-256 of header, key and length, so that no part of a file is taken for one.
package mapped

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"vae/internal/atomicfile"
)

const (
	firstLine = "vae mapped file 1\n"
	bodyAt    = 64 // aligned for numbers of any width
	// trailerSize is that of a SHA-256, the lengths of body, header and key, and the first line again.
	trailerSize = sha256.Size + 3*8 + len(firstLine)
)

// mostHeader is how long a header may be, in bytes.
var mostHeader = 1 << 30

// File is a file in memory, for as long as the program runs. Its bytes must not be written.
type File struct {
	Body   []byte
	Header []byte
	all    []byte
}

// Open maps a file that was built with the key. It is nil where there is none such: no file, one that is not whole, or one of another key. Errors: a file
// that cannot be read or mapped.
func Open(file, key string) (*File, error) {
	f, info, err := openRegular(file)
	if f == nil || err != nil {
		return nil, err
	}
	defer f.Close()
	body, header, err := whole(f, info.Size(), key)
	if header == nil || err != nil {
		return nil, err
	}
	all, err := mapFile(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be mapped into memory: %w", file, err)
	}
	return &File{Body: all[bodyAt : bodyAt+body : bodyAt+body], Header: header, all: all}, nil
}

// openRegular opens a file; nil where there is none, with no info, or something that is no regular file, which an attempt to open might wait for.
func openRegular(file string) (*os.File, fs.FileInfo, error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil || !info.Mode().IsRegular() {
		return nil, info, err
	}
	f, err := os.Open(file)
	return f, info, err
}

// checkReplaceable refuses to put a file in the place of what is not one of Build's, or the beginning of one: an image, say, or a device.
func checkReplaceable(file string) error {
	f, info, err := openRegular(file)
	if err != nil || info == nil {
		return err
	}
	if f != nil {
		defer f.Close()
		beginning, err := io.ReadAll(io.LimitReader(f, int64(len(firstLine))))
		if err != nil || strings.HasPrefix(firstLine, string(beginning)) {
			return err
		}
	}
	return errors.New("is there already and is something else, which is not written over: give another name")
}

// linked is the file that a symbolic link names; else file.
func linked(file string) (string, error) {
	if info, err := os.Lstat(file); err != nil || info.Mode().Type() != fs.ModeSymlink {
		return file, nil // what is wrong with it, if something is, the next to use it says
	}
	target, err := filepath.EvalSymlinks(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", errors.New("is a symbolic link to a file that does not exist: make that, empty, or give another name")
	}
	return target, err
}

// whole is the length of the body, and the header, of a file that is whole and has the key; nil of another.
func whole(f io.ReaderAt, size int64, key string) (body int64, header []byte, err error) {
	if size < int64(bodyAt+trailerSize) || size > math.MaxInt {
		return 0, nil, nil
	}
	trailer := make([]byte, trailerSize)
	if _, err := f.ReadAt(trailer, size-int64(trailerSize)); err != nil {
		return 0, nil, err
	}
	lengths := trailer[sha256.Size:]
	bodySize, headerSize := int64(binary.LittleEndian.Uint64(lengths)), int64(binary.LittleEndian.Uint64(lengths[8:]))
	keySize := int64(binary.LittleEndian.Uint64(lengths[16:]))
	switch {
	case string(lengths[24:]) != firstLine, keySize != int64(len(key)), headerSize < 0, headerSize > int64(mostHeader):
		return 0, nil, nil
	case bodySize != size-int64(bodyAt+trailerSize)-headerSize-keySize:
		return 0, nil, nil
	}
	header = make([]byte, headerSize+keySize)
	if _, err := f.ReadAt(header, bodyAt+bodySize); err != nil {
		return 0, nil, err
	}
	header, found := header[:headerSize:headerSize], header[headerSize:]
	if string(found) != key || seal(header, key, bodySize) != [sha256.Size]byte(trailer) {
		return 0, nil, nil
	}
	return bodySize, header, nil
}

// seal is the SHA-256 that a whole file ends with.
func seal(header []byte, key string, body int64) (sum [sha256.Size]byte) {
	h := sha256.New()
	fmt.Fprintf(h, "%s%d %d %d\n", firstLine, body, len(header), len(key))
	h.Write(header)
	io.WriteString(h, key)
	return [sha256.Size]byte(h.Sum(nil))
}

// Ahead lets the system read bytes from..to-1 of the body, of which there will be need soon, and does not wait for them.
func (f *File) Ahead(from, to int) { advise(f.all, bodyAt+from, bodyAt+to) }

// Building is a file that is being made: what is written to it is its body.
type Building struct {
	io.Writer
	Spool *Spool // for what is to be brought into order first
}

// Build makes a file, in folders that are made if there are none, and replaces one that is there, but nothing else: beside it at first, then, when it is on the disk, it
// takes its name. write writes the body and gives the header. What was there is untouched on an error, or when the program is killed; then hidden
// files of names that [beside] gives may be left, which the next that builds it writes over. Of a symbolic link it is the file that
// the link names.
func Build(file, key string, write func(*Building) (header []byte, err error)) error {
	file, err := linked(file)
	if err != nil {
		return err
	}
	if err := checkReplaceable(file); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	lock, err := exclusive(file)
	if err != nil {
		return err
	}
	defer func() {
		_ = os.Remove(lock.Path())
		_ = lock.Close()
	}()
	return build(file, key, write)
}

// beside is the name of a file that is needed while one is built. Neither the person whose folder it is nor another program has a file of that name.
func beside(file, what string) string {
	return filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+".vae-"+what)
}

// exclusive holds the lock of those who build a file. A file system without locks makes do without.
func exclusive(file string) (*flock.Flock, error) {
	for {
		lock := flock.New(beside(file, "lock"), flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o666))
		switch ours, err := lock.TryLock(); {
		case err == nil && !ours:
			return nil, fmt.Errorf("%s: another program is making it: wait until it has", file)
		case err != nil && !atomicfile.Lockless(err):
			return nil, errors.Join(err, lock.Close())
		case err != nil || atomicfile.Named(lock):
			return lock, nil
		}
		_ = lock.Close() // somebody was done, and removed it while we opened it: others lock another file by now
	}
}

func build(file, key string, write func(*Building) ([]byte, error)) (err error) {
	parted := beside(file, "part")
	part, err := os.OpenFile(parted, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	ended := false // not by a panic
	defer func() {
		if err = errors.Join(err, part.Close()); err == nil && ended {
			err = os.Rename(parted, file)
		}
		if err != nil || !ended {
			_ = os.Remove(parted)
			return
		}
		atomicfile.SyncDir(filepath.Dir(file))
	}()
	spool, err := newSpool(beside(file, "spool"))
	if err != nil {
		return err
	}
	defer spool.close()
	body := &counted{w: part}
	if _, err := part.WriteString(firstLine + string(make([]byte, bodyAt-len(firstLine)))); err != nil {
		return err
	}
	header, err := write(&Building{body, spool})
	if fault := spool.fault.Load(); fault != nil { // before what came of it
		return *fault
	}
	if err != nil {
		return err
	}
	if len(header) > mostHeader {
		return fmt.Errorf("its header, with the names and labels of all that it holds, has %d bytes, and at most %d can be read again", len(header), mostHeader)
	}
	ended = true
	return finish(part, header, key, body.n)
}

// finish writes what follows the body.
func finish(part *os.File, header []byte, key string, body int64) error {
	sum := seal(header, key, body)
	end := append(append(append([]byte(nil), header...), key...), sum[:]...)
	for _, n := range []int64{body, int64(len(header)), int64(len(key))} {
		end = binary.LittleEndian.AppendUint64(end, uint64(n))
	}
	if _, err := part.Write(append(end, firstLine...)); err != nil {
		return err
	}
	return part.Sync()
}

// counted counts what is written.
type counted struct {
	w io.Writer
	n int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
