package folder

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
)

// pageSize is how many names of a folder are held at a time: memory does not grow
// with the folder, which is read again for each page. Tests lower it.
var pageSize = 3 << 16

// page is a part of what a folder holds, in order: folders sort as their names
// with a slash, so that a walk visits slash paths in the order of their bytes.
type page struct {
	entries []entry
	more    bool   // others come after last
	last    string // the name of the last entry, where there are more
	folders bool   // the folder holds folders, on this page or beyond
}

// A place holds folders of images: a folder of the system, or an archive. Folders in it have slash paths, "" or with a
// slash at their end.
type place interface {
	// each calls f for all that a folder holds and is not hidden, in no order, until it returns false: with the name that
	// an entry sorts by, and a function that looks into it.
	each(dir string, f func(name string, look func() entry) bool) error
	// path is where a slash path lies, for people, and for the system where it is one of its.
	path(rel string) string
}

// lister lists the folders of a place.
type lister struct{ place }

// list is the first page of what a folder holds after a name. With an error it
// holds what was read before, and there are no more.
func (l lister) list(dir, after string) (page, error) { return l.some(dir, after, false) }

// some is list, of folders alone if onlyFolders.
func (l lister) some(dir, after string, onlyFolders bool) (page, error) {
	s := selection{after: after, size: pageSize}
	var folders bool
	err := l.each(dir, func(name string, look func() entry) bool {
		folder := strings.HasSuffix(name, "/")
		folders = folders || folder
		if (folder || !onlyFolders) && s.wants(name) {
			s.add(look())
		}
		return true
	})
	p := s.page()
	p.folders, p.more = folders, p.more && err == nil
	return p, err
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
// the first; what cannot be read counts as holding none. A link to a folder in
// seen, by where that really lies, is not followed again.
func (l lister) holdsImage(ctx context.Context, dir string, seen map[string]bool) (found bool) {
	if l.holdsFile(ctx, dir) {
		return true
	}
	l.eachFolder(ctx, dir, func(e entry) bool {
		if e.kind == linkedFolder {
			real, err := filepath.EvalSymlinks(l.path(dir + e.name))
			if err != nil || seen[real] {
				return true
			}
			seen[real] = true
		}
		found = l.holdsImage(ctx, dir+e.name, seen)
		return !found
	})
	return found
}

// holdsFile tells whether there is an image in the folder itself.
func (l lister) holdsFile(ctx context.Context, dir string) (found bool) {
	_ = l.each(dir, func(name string, look func() entry) bool {
		if !strings.HasSuffix(name, "/") {
			found = look().kind == image
		}
		return !found && ctx.Err() == nil
	})
	return found
}

// eachFolder calls f for the folders in dir that are walked, in order, until it returns false.
func (l lister) eachFolder(ctx context.Context, dir string, f func(entry) bool) {
	for after, more := "", true; more; {
		p, _ := l.some(dir, after, true)
		for _, e := range p.entries {
			if ctx.Err() != nil || e.isFolder() && !f(e) {
				return
			}
		}
		after, more = p.last, p.more
	}
}
