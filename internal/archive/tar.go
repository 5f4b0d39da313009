package archive

import (
	"archive/tar"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"vae/internal/inputfile"
)

// Tar is a tar, perhaps packed by gzip or bzip2, whose files are found one after another. What is packed is unpacked into a temporary file
// without a name.
type Tar struct {
	// LeftOut counts the entries that are passed, by reason.
	LeftOut map[string]int

	r       io.ReaderAt
	size    int64
	section *io.SectionReader // of what is found
	entries *tar.Reader
	any     bool  // was found
	end     int64 // of the last that was found
	close   []io.Closer
}

// Entry is a file of a tar.
type Entry struct {
	Name string // a clean slash path, which leads nowhere else
	Size int64  // bytes, that are there
	at   int64
}

// OpenTar opens the tar at path, told by its content. Errors are one line that does not name it.
func OpenTar(path string) (*Tar, error) {
	f, size, err := inputfile.Open(path, path)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	var head [4]byte
	n, err := f.ReadAt(head[:], 0)
	if n == 0 {
		f.Close()
		return nil, cmp.Or(notEOF(err), errors.New("is empty"))
	}
	return newTar(f, size, isPacked(string(head[:n])))
}

// isPacked tells whether a file begins like what is packed by gzip or bzip2.
func isPacked(head string) bool {
	return strings.HasPrefix(head, "\x1f\x8b") || strings.HasPrefix(head, "BZh")
}

func notEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// newTar is the tar in a file, which it closes.
func newTar(f *os.File, size int64, packed bool) (*Tar, error) {
	t := &Tar{LeftOut: map[string]int{}, r: f, size: size, close: []io.Closer{f}}
	if packed {
		if err := t.unpack(f); err != nil {
			t.Close()
			return nil, err
		}
	}
	t.section = io.NewSectionReader(&window{r: t.r}, 0, t.size)
	t.entries = tar.NewReader(t.section)
	return t, nil
}

// Close ends the reading of all files.
func (t *Tar) Close() error {
	var all []error
	for _, c := range t.close {
		all = append(all, c.Close())
	}
	t.close = nil
	return errors.Join(all...)
}

// Next is the next file; others are passed. Errors: io.EOF at the end, and what is wrong with the tar, in one line that does not name it.
func (t *Tar) Next() (Entry, error) {
	for {
		h, err := t.entries.Next()
		switch {
		case err == io.EOF:
			return Entry{}, err
		case err != nil && !t.any && !errors.Is(err, tar.ErrInsecurePath):
			return Entry{}, errors.New("is no archive that this program reads (zip, tar, tar.gz, tar.bz2)")
		case errors.Is(err, io.ErrUnexpectedEOF):
			return Entry{}, ErrTruncated
		case err != nil && !errors.Is(err, tar.ErrInsecurePath):
			return Entry{}, fmt.Errorf("is damaged: %w", err)
		}
		t.any = true
		e, ok, err := t.entry(h)
		if ok || err != nil {
			return e, err
		}
	}
}

// ErrTruncated is about a tar of which a part is missing.
var ErrTruncated = errors.New("ends too early, it is truncated")

// entry is a file as its header says; ok is false of what is passed.
func (t *Tar) entry(h *tar.Header) (e Entry, ok bool, err error) {
	at, err := t.section.Seek(0, io.SeekCurrent)
	t.end = at
	if h.Typeflag == tar.TypeReg {
		t.end += h.Size
	}
	switch {
	case err != nil:
	case h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader:
	case h.Typeflag != tar.TypeReg || isSparse(h):
		t.LeftOut[notFile]++
	case h.Size > t.size-at:
		err = ErrTruncated
	case !safe(h.Name):
		t.LeftOut[unsafeName]++
	default:
		e, ok = Entry{Name: path.Clean(h.Name), Size: h.Size, at: at}, true
	}
	return e, ok, err
}

// Ended tells, at the end, whether a block of zeros stands there, as it has to, so that nothing has been cut off.
func (t *Tar) Ended() bool { return t.size >= t.end+(-t.end&511)+512 }

// Read reads of the file that was found last.
func (t *Tar) Read(p []byte) (int, error) { return t.entries.Read(p) }

// Open reads a file from its begin. There may be several at a time.
func (t *Tar) Open(e Entry) io.Reader { return io.NewSectionReader(t.r, e.at, e.Size) }

// window reads ahead, for files may be small and many.
type window struct {
	r    io.ReaderAt
	buf  [32 << 10]byte
	at   int64
	held int
}

func (w *window) ReadAt(p []byte, at int64) (int, error) {
	if len(p) >= len(w.buf) {
		return w.r.ReadAt(p, at)
	}
	if at < w.at || at+int64(len(p)) > w.at+int64(w.held) {
		n, err := w.r.ReadAt(w.buf[:], at)
		if w.at, w.held = at, n; n < len(p) {
			return copy(p, w.buf[:n]), cmp.Or(err, io.EOF)
		}
	}
	return copy(p, w.buf[at-w.at:w.held]), nil
}

// listTar lists a tar, of which files are read where they lie.
func (a *Archive) listTar(f *os.File, size int64, packed bool) error {
	t, err := newTar(f, size, packed)
	if err != nil {
		return err
	}
	a.LeftOut, a.close = t.LeftOut, []io.Closer{t} // which closes the file
	for {
		e, err := t.Next()
		if err == io.EOF {
			a.sort()
			return nil
		}
		if err == nil {
			err = a.add(e.Name, e.Size, func() (io.ReadCloser, error) { return io.NopCloser(t.Open(e)), nil })
		}
		if err != nil {
			return err
		}
	}
}

// isSparse tells whether a file has holes, which the archive leaves out.
func isSparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse") {
			return true
		}
	}
	return false
}
