package dataset

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// pageSize is how many names of a folder are held at a time: memory does not grow
// with the folder, which is read again for each page. Tests lower it.
var pageSize = 3 << 16

// listBatch is how many directory entries are read at a time.
const listBatch = 1024

// page is a part of a folder's candidates, in order: folders sort as their names
// with a slash, so that a walk visits slash paths in the order of their bytes.
type page struct {
	entries []entry
	more    bool   // others come after last
	last    string // the name of the last entry, where there are more
	folders bool   // the folder holds folders, on this page or beyond
}

// list is the first page of a folder's candidates after a name. With an error it
// holds what was read before, and there are no more.
func list(dir, after string) (page, error) { return listSome(dir, after, false) }

// listSome is list, of folders alone if onlyFolders.
func listSome(dir, after string, onlyFolders bool) (page, error) {
	s := selection{after: after, size: pageSize}
	var folders bool
	err := eachEntry(dir, func(d fs.DirEntry) bool {
		folders = folders || d.IsDir() && !hidden(d)
		if (d.IsDir() || !onlyFolders) && s.wants(sortName(d)) {
			if e, ok := candidate(dir, d); ok {
				s.add(e)
			}
		}
		return true
	})
	p := s.page()
	p.folders, p.more = folders, p.more && err == nil
	return p, err
}

// sortName is the name that an entry sorts by, that of its [entry].
func sortName(d fs.DirEntry) string {
	if d.IsDir() {
		return d.Name() + "/"
	}
	return d.Name()
}

// eachEntry calls f for all that a folder holds, in no order, until it returns
// false.
func eachEntry(dir string, f func(fs.DirEntry) bool) error {
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

// selection keeps the first size of the entries after a name, in memory for a
// quarter more.
type selection struct {
	after   string
	size    int
	entries []entry // in no order
	full    bool    // later ones were left out
	last    string  // of a full selection
}

// wants tells whether an entry of the name may be among the first.
func (s *selection) wants(name string) bool {
	return name > s.after && (!s.full || name < s.last)
}

func (s *selection) add(e entry) {
	if s.entries = append(s.entries, e); len(s.entries) == s.size+(s.size+3)/4 {
		s.cut()
	}
}

// cut sorts the entries and leaves out those beyond the size.
func (s *selection) cut() {
	slices.SortFunc(s.entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	if len(s.entries) > s.size {
		clear(s.entries[s.size:])
		s.entries = s.entries[:s.size]
		s.full, s.last = true, s.entries[s.size-1].name
	}
}

func (s *selection) page() page {
	s.cut()
	return page{entries: s.entries, more: s.full, last: s.last}
}

// holdsImage tells whether a folder holds an image at any depth. It stops at
// the first; what cannot be read counts as holding none.
func holdsImage(ctx context.Context, dir string) bool {
	if holdsFile(ctx, dir) {
		return true
	}
	folders, _ := listSome(dir, "", true)
	return foldersHoldImage(ctx, dir, folders)
}

// holdsFile tells whether there is an image in the folder itself.
func holdsFile(ctx context.Context, dir string) (found bool) {
	_ = eachEntry(dir, func(d fs.DirEntry) bool {
		if !d.IsDir() {
			_, found = candidate(dir, d)
		}
		return !found && ctx.Err() == nil
	})
	return found
}

// foldersHoldImage tells whether there is one in a folder within the folder, on
// the page or after it.
func foldersHoldImage(ctx context.Context, dir string, p page) bool {
	for {
		for _, e := range p.entries {
			if ctx.Err() != nil {
				return false
			}
			if e.isFolder() && holdsImage(ctx, filepath.Join(dir, e.name)) {
				return true
			}
		}
		if !p.more {
			return false
		}
		p, _ = listSome(dir, p.last, true)
	}
}
