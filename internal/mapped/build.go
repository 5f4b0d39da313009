package mapped

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"vae/internal/atomicfile"
)

// checkReplaceable refuses to put a file in the place of what is not one of Build's, or the beginning of one: an image, say, or a device.
func checkReplaceable(file string) error {
	f, info, err := openRegular(file)
	if err != nil || info == nil {
		return err
	}
	if f != nil {
		defer f.Close()
		beginning, err := io.ReadAll(io.LimitReader(f, int64(len(anyVersion))))
		if err != nil || strings.HasPrefix(anyVersion, string(beginning)) {
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

// Building is a file that is being made: what is written to it is its body.
type Building struct {
	*summed
	part untilDone
	file string
	logs []*Log
}

// Body reads n bytes of the body from one on, as far as it is written.
func (b *Building) Body(from, n int64) io.Reader { return io.NewSectionReader(b.part, bodyAt+from, n) }

// Rewind begins the body again.
func (b *Building) Rewind() error {
	*b.summed = summed{w: b.part}
	if _, err := b.part.file.Seek(bodyAt, io.SeekStart); err != nil {
		return err
	}
	return b.part.file.Truncate(bodyAt)
}

// Build makes a file, in folders that are made if there are none, and replaces one that is there, but nothing else: beside it at first, then, when it is on the disk, it
// takes its name. write writes the body and gives the header. What was there is untouched on an error, or when the program is killed; then hidden
// files of names that [beside] gives may be left, which the next that builds it removes. Of a symbolic link it is the file that
// the link names. Where another program is making the file it waits, and calls waiting again and again (nil: nothing); it makes none if that one has made one of the key.
// When ctx is done it ends with the error of that, within a moment: then what write reads and writes has that error.
func Build(ctx context.Context, file, key string, waiting func(), write func(*Building) (header []byte, err error)) error {
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
	lock, waited, err := exclusive(ctx, file, waiting)
	if err != nil {
		return err
	}
	defer func() {
		_ = os.Remove(lock.Path())
		_ = lock.Close()
	}()
	if waited && madeMeanwhile(file, key) {
		return nil
	}
	return build(ctx, file, key, write)
}

// madeMeanwhile tells whether somebody has made the file for which we waited.
func madeMeanwhile(file, key string) bool {
	f, info, err := openRegular(file)
	if f == nil || err != nil {
		return false
	}
	defer f.Close()
	_, why, err := whole(f, info.Size(), key)
	return why == "" && err == nil
}

// beside is the name of a file that is needed while one is built. Neither the person whose folder it is nor another program has a file of that name.
func beside(file, what string) string {
	return filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+".vae-"+what)
}

// patience is how long it takes until the one who builds is asked for again.
const patience = 100 * time.Millisecond

// exclusive holds the lock of those who build a file, and tells whether another had it before. A file system without locks makes do without.
func exclusive(ctx context.Context, file string, waiting func()) (_ *flock.Flock, waited bool, err error) {
	name := beside(file, "lock")
	for {
		if info, err := os.Lstat(name); err == nil && !info.Mode().IsRegular() {
			return nil, waited, fmt.Errorf("%s is a %s, and not what this program leaves there: remove it, or give another name", name, kindOf(info))
		}
		lock := flock.New(name, flock.SetFlag(atomicfile.LockFlags), flock.SetPermissions(0o666))
		switch ours, err := lock.TryLock(); {
		case err == nil && !ours:
			if waited = true; waiting != nil {
				waiting()
			}
			select {
			case <-ctx.Done():
				return nil, waited, errors.Join(ctx.Err(), lock.Close())
			case <-time.After(patience):
			}
		case err != nil && !atomicfile.Lockless(err):
			return nil, waited, errors.Join(err, lock.Close())
		case err != nil || atomicfile.Named(name, lock):
			return lock, waited, nil
		}
		_ = lock.Close() // somebody was done, and removed it while we opened it: others lock another file by now
	}
}

func build(ctx context.Context, file, key string, write func(*Building) ([]byte, error)) (err error) {
	parted := beside(file, "part")
	part, err := fresh(parted)
	if err != nil {
		return err
	}
	ended := false // not by a panic
	defer func() {
		ours := atomicfile.Named(parted, part)
		if err = errors.Join(err, part.Close()); err == nil && ended && !ours {
			err = errTaken
		} else if err == nil && ended {
			err = os.Rename(parted, file)
		}
		switch {
		case err == nil && ended:
			atomicfile.SyncDir(filepath.Dir(file))
		case ours:
			_ = os.Remove(parted)
		}
	}()
	b := &Building{part: untilDone{ctx, part}, file: file}
	b.summed = &summed{w: b.part}
	if _, err := part.WriteString(firstLine + string(make([]byte, bodyAt-len(firstLine)))); err != nil {
		return err
	}
	removeLogs(file)
	defer b.close()
	header, err := write(b)
	if err != nil {
		return err
	}
	if len(header) > mostHeader {
		return fmt.Errorf("its header has %d bytes, and at most %d can be read again", len(header), mostHeader)
	}
	ended = true
	return finish(b, header, key)
}

// errTaken is about a file that is not put in place: another program, which saw no lock, has begun it anew meanwhile.
var errTaken = errors.New("another program is making it at the same time, where the file system has no locks: let one make it first")

// fresh makes a file that is needed while one is built, in place of what a killed program has left. What is there is not opened: in a folder that others
// may write it may be a link to another file.
func fresh(name string) (*os.File, error) {
	var pathError *fs.PathError
	if info, err := os.Lstat(name); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a %s, where a file is needed: remove it, or give another name", name, kindOf(info))
	}
	if err := os.Remove(name); errors.As(err, &pathError) && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is in the way and cannot be removed (%w): give another name", name, pathError.Err)
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s was made by somebody else as soon as it was removed: give another name", name)
	}
	return f, err
}

// kindOf says what stands where a file is expected.
func kindOf(info fs.FileInfo) string {
	switch mode := info.Mode(); {
	case mode.IsDir():
		return "folder"
	case mode.Type() == fs.ModeSymlink:
		return "symbolic link"
	}
	return "pipe or device"
}

// removeLogs removes logs that a program has left that was killed, where a system keeps the names of open files.
func removeLogs(file string) {
	entries, _ := os.ReadDir(filepath.Dir(file))
	for _, e := range entries {
		name := filepath.Join(filepath.Dir(file), e.Name())
		if strings.HasPrefix(name, beside(file, "")) && name != beside(file, "lock") && name != beside(file, "part") {
			_ = os.Remove(name)
		}
	}
}

// finish writes what follows the body, and brings all to the disk.
func finish(b *Building, header []byte, key string) error {
	sums := b.end()
	sum := seal(header, key, sums, b.n)
	end := append(append(append(append([]byte(nil), header...), key...), sums...), sum[:]...)
	for _, n := range []int64{b.n, int64(len(header)), int64(len(key))} {
		end = binary.LittleEndian.AppendUint64(end, uint64(n))
	}
	if _, err := b.part.Write(append(end, firstLine...)); err != nil {
		return err
	}
	return b.part.sync()
}

// summed counts what is written, and sums up each block of it.
type summed struct {
	w    io.Writer
	n    int64
	sum  uint32 // of the block under way
	sums []byte
}

func (s *summed) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	for p = p[:n]; len(p) > 0; {
		part := p[:min(len(p), int(blockSize-s.n%blockSize))]
		s.sum = crc32.Update(s.sum, castagnoli, part)
		s.n += int64(len(part))
		if p = p[len(part):]; s.n%blockSize == 0 {
			s.sums, s.sum = binary.LittleEndian.AppendUint32(s.sums, s.sum), 0
		}
	}
	return n, err
}

// end are the sums of all blocks.
func (s *summed) end() []byte {
	if s.n%blockSize != 0 {
		return binary.LittleEndian.AppendUint32(s.sums, s.sum)
	}
	return s.sums
}
