package dataset

import (
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
	if hidden(d) {
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

func hidden(d fs.DirEntry) bool { return strings.HasPrefix(d.Name(), ".") }

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

// walker visits the images below a folder in the order of their slash paths.
// It lists a folder when it comes to it, no earlier.
type walker struct {
	root  string
	stack []level
}

// level is a folder that the walker is in, and what it has not visited of a page.
type level struct {
	dir string // slash path below the root, "" or with a slash at its end
	page
}

// newWalker starts below root, whose first page is given.
func newWalker(root string, first page) *walker {
	return &walker{root: root, stack: []level{{"", first}}}
}

// next is the slash path of the next image below the root. With an error it is
// that of a folder that cannot be listed, or of what has an image's name and
// is not a file. ok is false at the end.
func (w *walker) next() (rel string, err error, ok bool) {
	for len(w.stack) > 0 {
		top := &w.stack[len(w.stack)-1]
		if len(top.entries) == 0 && top.more {
			if top.page, err = list(w.path(top.dir), top.last); err != nil {
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
		if !e.isFolder() {
			if e.kind&^fs.ModeSymlink != 0 {
				err = notFile(e.kind)
			}
			return rel, err, true
		}
		first, err := list(w.path(rel), "")
		w.stack = append(w.stack, level{rel, first})
		if err != nil {
			return path.Clean(rel), err, true
		}
	}
	return "", nil, false
}

// path is where a slash path below the root lies.
func (w *walker) path(rel string) string {
	if rel == "" || rel == "." {
		return w.root
	}
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
