package dataset

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// imageExtensions are the endings of files that are taken for images. What
// they hold is told by content.
var imageExtensions = []string{".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".webp"}

// listBatch is how many directory entries are read at a time.
const listBatch = 1024

// entry is what is looked at in a folder: an image file, or a folder, whose
// name then ends with a slash.
type entry struct {
	name string
	kind fs.FileMode // type bits: 0 for a file
}

func (e entry) isFolder() bool { return strings.HasSuffix(e.name, "/") }

// candidate tells whether an entry of dir is looked at. Hidden files, files
// that have another extension than an image's and links to folders are not. A
// file without an extension is looked into.
func candidate(dir string, d fs.DirEntry) (entry, bool) {
	name, kind := d.Name(), d.Type()
	if strings.HasPrefix(name, ".") {
		return entry{}, false
	}
	if d.IsDir() {
		return entry{name + "/", kind}, true
	}
	ext := filepath.Ext(name)
	if ext == "" {
		return entry{name, kind}, kind&^fs.ModeSymlink == 0 && sniff(filepath.Join(dir, name))
	}
	if !isImageExtension(ext) {
		return entry{}, false
	}
	if kind&fs.ModeSymlink != 0 {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
			kind = info.Mode().Type()
		}
	}
	return entry{name, kind}, !kind.IsDir()
}

func isImageExtension(ext string) bool {
	return slices.Contains(imageExtensions, ext) || slices.Contains(imageExtensions, strings.ToLower(ext))
}

// sniff tells whether the file begins like an image.
func sniff(path string) bool {
	f, _, err := openRegular(path, path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, magicLen)
	n, _ := io.ReadFull(f, head)
	return findFormat(head[:n]) != nil
}

// eachCandidate calls f for the candidates of a folder, in no order, until it
// returns false.
func eachCandidate(dir string, f func(entry) bool) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	for {
		entries, err := d.ReadDir(listBatch)
		for _, e := range entries {
			if c, ok := candidate(dir, e); ok && !f(c) {
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

// list is the candidates of a folder. Folders sort as their names with a
// slash, so that a walk visits slash paths in the order of their bytes.
func list(dir string) ([]entry, error) {
	var entries []entry
	err := eachCandidate(dir, func(e entry) bool {
		entries = append(entries, e)
		return true
	})
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return entries, err
}

// holdsImage tells whether a folder holds an image at any depth. It stops at
// the first; what cannot be read counts as holding none.
func holdsImage(ctx context.Context, dir string) bool {
	found := false
	var folders []string
	eachCandidate(dir, func(e entry) bool {
		if e.isFolder() {
			folders = append(folders, e.name)
		} else {
			found = true
		}
		return !found && ctx.Err() == nil
	})
	for _, name := range folders {
		if found || ctx.Err() != nil {
			break
		}
		found = holdsImage(ctx, filepath.Join(dir, name))
	}
	return found
}

// walker visits the images below a folder in the order of their slash paths.
// It lists a folder when it comes to it, no earlier.
type walker struct {
	root  string
	stack []level
}

// level is a folder that the walker is in.
type level struct {
	dir     string // slash path below the root, "" or with a slash at its end
	entries []entry
}

// newWalker starts below root, whose candidates are given.
func newWalker(root string, entries []entry) *walker {
	return &walker{root: root, stack: []level{{"", entries}}}
}

// next is the slash path of the next image below the root. With an error it is
// that of a folder that cannot be listed, or of what has an image's name and
// is not a file. ok is false at the end.
func (w *walker) next() (rel string, err error, ok bool) {
	for len(w.stack) > 0 {
		top := &w.stack[len(w.stack)-1]
		if len(top.entries) == 0 {
			w.stack = w.stack[:len(w.stack)-1]
			continue
		}
		e := top.entries[0]
		top.entries = top.entries[1:]
		rel = top.dir + e.name
		if !e.isFolder() {
			if e.kind&^fs.ModeSymlink != 0 {
				err = notFile(e.kind)
			}
			return rel, err, true
		}
		entries, err := list(w.path(rel))
		w.stack = append(w.stack, level{rel, entries})
		if err != nil {
			return path.Clean(rel), err, true
		}
	}
	return "", nil, false
}

// path is where a slash path below the root lies.
func (w *walker) path(rel string) string {
	return strings.TrimSuffix(w.root, string(filepath.Separator)) + string(filepath.Separator) + filepath.FromSlash(rel)
}

// firstFolder is the first folder of a slash path, "" when there is none.
func firstFolder(rel string) string {
	folder, _, found := strings.Cut(rel, "/")
	if !found {
		return ""
	}
	return folder
}
