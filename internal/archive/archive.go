// Package archive reads the files within a zip or a tar, as if they lay in a folder.
package archive

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"vae/internal/inputfile"
)

// Archive is a zip or a tar, perhaps packed by gzip or bzip2, that is open for reading
// by any number of goroutines.
type Archive struct {
	// Files are the files that can be read, by their slash paths, sorted by the bytes of
	// these. Of files of the same name it is the last.
	Files []File
	// LeftOut counts the entries that are not read, by reason.
	LeftOut map[string]int

	close []io.Closer
}

// File is a file within an archive.
type File struct {
	Name string // a clean slash path, which leads nowhere else
	Size int64  // bytes, as the archive claims
	open func() (io.ReadCloser, error)
}

// Why an entry is left out.
const (
	unsafeName = "with a name that leads out of the archive"
	encrypted  = "encrypted"
	nested     = "packed within the archive"
	notFile    = "that are no regular files"
	again      = "under the name of another"
)

const (
	// maxUnpacked is the most bytes that a packed tar may unpack to.
	maxUnpacked = 64 << 30
	// maxFiles is the most entries of an archive.
	maxFiles = 1 << 22
	// maxDeflate is more than deflate can ever expand one byte to.
	maxDeflate = 1040
)

// endings are those of archives.
var endings = []string{".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz"}

// IsTar tells whether a name has the ending of a tar, packed or not.
func IsTar(name string) bool {
	return IsName(name) && !strings.HasSuffix(strings.ToLower(name), ".zip")
}

// IsName tells whether a name has the ending of an archive.
func IsName(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(name, e) })
}

// Open lists the archive at path, told by its content. A packed tar is unpacked into a
// temporary file without a name. Errors are one line that does not name it.
func Open(path string) (*Archive, error) {
	f, size, err := inputfile.Open(path, path)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	a := &Archive{LeftOut: map[string]int{}, close: []io.Closer{f}}
	var head [4]byte
	n, err := f.ReadAt(head[:], 0)
	switch start := string(head[:n]); {
	case n == 0 && err == io.EOF:
		err = errors.New("is empty")
	case strings.HasPrefix(start, "PK"):
		err = a.listZip(f, size)
	default:
		err = a.listTar(f, size, isPacked(start))
	}
	if err == nil {
		return a, nil
	}
	a.Close()
	return nil, err
}

// Close ends the reading of all files.
func (a *Archive) Close() error {
	var all []error
	for _, c := range a.close {
		all = append(all, c.Close())
	}
	a.close = nil
	return errors.Join(all...)
}

// Open starts to read a file, which has to be closed. Its end is an error where what the
// archive knows of it, such as a checksum, does not hold.
func (f File) Open() (io.ReadCloser, error) { return f.open() }

// NewFile is a file of a name that open opens.
func NewFile(name string, size int64, open func() (io.ReadCloser, error)) *File {
	return &File{name, size, open}
}

// add takes in an entry that is a file.
func (a *Archive) add(name string, size int64, open func() (io.ReadCloser, error)) error {
	clean := path.Clean(name)
	switch {
	case !safe(name):
		a.LeftOut[unsafeName]++
	case IsName(clean):
		a.LeftOut[nested]++
	case len(a.Files) == maxFiles:
		return fmt.Errorf("holds more than %d files", maxFiles)
	default:
		a.Files = append(a.Files, File{clean, size, open})
	}
	return nil
}

// safe tells whether a slash path stays below where it begins, on every system.
func safe(name string) bool {
	if name == "" || name[0] == '/' || strings.ContainsAny(name, "\x00\\") || len(name) > 1 && name[1] == ':' {
		return false
	}
	return !slices.Contains(strings.Split(name, "/"), "..") && path.Clean(name) != "."
}

// sort brings the files in order and keeps the last of each name.
func (a *Archive) sort() {
	slices.SortStableFunc(a.Files, func(x, y File) int { return cmp.Compare(x.Name, y.Name) })
	kept := a.Files[:0]
	for i, f := range a.Files {
		if i+1 < len(a.Files) && a.Files[i+1].Name == f.Name {
			a.LeftOut[again]++
			continue
		}
		kept = append(kept, f)
	}
	a.Files = kept
}
