package folder

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// listBatch is how many directory entries are read at a time.
const listBatch = 1024

// system is a folder of the system's.
type system struct{ root string }

// path is where a slash path below the root lies.
func (s system) path(rel string) string {
	if rel == "" || rel == "." {
		return s.root
	}
	return strings.TrimSuffix(s.root, string(filepath.Separator)) + string(filepath.Separator) + filepath.FromSlash(rel)
}

func (s system) each(dir string, f func(name string, look func() entry) bool) error {
	at := s.path(dir)
	return EachEntry(at, func(d fs.DirEntry) bool {
		if hidden(d.Name()) {
			return true
		}
		return f(sortName(at, d), func() entry { return look(at, d) })
	})
}

// EachEntry calls f for all that a folder holds, in no order, until it returns
// false. Memory does not grow with the folder.
func EachEntry(dir string, f func(fs.DirEntry) bool) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	for {
		entries, err := d.ReadDir(listBatch)
		for _, e := range entries {
			if !f(e) {
				return nil
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
