package folder

import (
	"path"
	"path/filepath"
	"strings"
)

// walker visits the images below a folder in the order of their slash paths.
// It lists a folder when it comes to it, no earlier.
type walker struct {
	lister
	real  string // where the root really lies
	stack []level
	seen  map[string]bool // folders that links have led to, and those below them, by where they really lie
	left  LeftOut
}

// level is a folder that the walker is in, and what it has not visited of a page.
type level struct {
	dir  string // slash path below the root, "" or with a slash at its end
	real string // where it really lies, if a link led here; "" of what lies below the root
	page
}

// newWalker starts at the root of a place, whose first page is given.
func newWalker(l lister, first page) *walker {
	root := l.path("")
	real, err := filepath.EvalSymlinks(root)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		real = root
	}
	return &walker{lister: l, real: real, stack: []level{{page: first}}, seen: map[string]bool{}}
}

// next is the slash path of the next image below the root, or of what has an
// image's name and may be no file. With an error it is that of a folder that
// cannot be listed. ok is false at the end.
func (w *walker) next() (rel string, err error, ok bool) {
	for len(w.stack) > 0 {
		top := &w.stack[len(w.stack)-1]
		if len(top.entries) == 0 && top.more {
			if top.page, err = w.list(top.dir, top.last); err != nil {
				return path.Clean(top.dir), err, true
			}
			continue
		}
		if len(top.entries) == 0 {
			w.stack = w.stack[:len(w.stack)-1]
			continue
		}
		e := top.entries[0]
		top.entries = top.entries[1:]
		rel = top.dir + e.name
		switch {
		case e.reason() != "":
			w.left.Add(e.reason())
		case !e.isFolder():
			return rel, nil, true
		default:
			if err := w.enter(e, rel, top.real); err != nil {
				return path.Clean(rel), err, true
			}
		}
	}
	return "", nil, false
}

// enter goes into a folder of one that really lies at above, "" below the root, unless
// what it holds is read elsewhere.
func (w *walker) enter(e entry, rel, above string) error {
	real, follow := w.follow(e, rel, above)
	if !follow {
		w.left.Add(KnownLink)
		return nil
	}
	first, err := w.list(rel, "")
	w.stack = append(w.stack, level{rel, real, first})
	return err
}

// follow is where a folder really lies, "" if no link leads there, and whether it is to be read
// here: each is read once, below the root where it lies there.
func (w *walker) follow(e entry, rel, above string) (real string, follow bool) {
	switch {
	case e.kind == linkedFolder:
		var err error
		if real, err = filepath.EvalSymlinks(w.path(rel)); err != nil {
			return "", true // the error shows when it is listed
		}
		if real, err = filepath.Abs(real); err != nil {
			return "", true
		}
		if w.walks(real) || within(w.real, real) {
			return "", false
		}
	case above != "":
		real = filepath.Join(above, strings.TrimSuffix(e.name, "/"))
	default:
		return "", true
	}
	follow = !w.seen[real]
	w.seen[real] = true
	return real, follow
}

// walks tells whether a folder is visited as one below the root, without a link.
func (w *walker) walks(real string) bool {
	if !within(real, w.real) {
		return false
	}
	rel, err := filepath.Rel(w.real, real)
	if err != nil {
		return false
	}
	for _, name := range strings.Split(filepath.ToSlash(rel), "/") {
		if name != "." && hidden(name) {
			return false
		}
	}
	return true
}

// within tells whether a path is a folder or lies in it.
func within(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// firstFolder is the first folder of a slash path, "" when there is none.
func firstFolder(rel string) string {
	folder, _, found := strings.Cut(rel, "/")
	if !found {
		return ""
	}
	return folder
}
