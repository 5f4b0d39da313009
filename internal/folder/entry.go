package folder

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vae/internal/imagefile"
	"vae/internal/inputfile"
)

// ignored are folders and files that systems and archivers leave beside what people keep; they are not even counted.
var ignored = []string{"__macosx", "@eadir", "thumbs.db", "desktop.ini", "$recycle.bin", "system volume information", "lost+found"}

// entry is what a folder holds: an image file, a folder, whose name then ends with a slash, or what is left out.
type entry struct {
	name   string
	link   bool   // to a folder
	reason Reason // why it is left out; "" where it is not
}

func (e entry) isFolder() bool { return strings.HasSuffix(e.name, "/") }

// isImage tells whether the entry is a file that is taken for an image.
func (e entry) isImage() bool { return e.reason == "" && !e.isFolder() }

// look makes an entry of what lies in dir. ok is false for what is not even counted: hidden files, and what systems leave.
// A file without an extension is looked into.
func look(dir string, d fs.DirEntry) (e entry, ok bool) {
	path := filepath.Join(dir, d.Name())
	e = entry{name: sortName(dir, d)}
	if e.isFolder() {
		e.link = d.Type()&fs.ModeSymlink != 0
		if isRun(path) {
			e.reason = OwnRun
		}
		return e, true
	}
	e.reason = leftOut(d.Name(), func() bool { return d.Type()&^fs.ModeSymlink == 0 && begins(path) })
	return e, true
}

// TakesName tells whether a file of that name, in a folder of images, is one of them;
// image says whether it holds one.
func TakesName(name string, image bool) bool {
	ext := filepath.Ext(name)
	return !hidden(name) && (imagefile.IsExtension(ext) || ext == "" && image)
}

// leftOut is why a file is no image by its name, or by how it begins where it has no extension; "" where it is one.
func leftOut(name string, begins func() bool) Reason {
	switch ext := strings.ToLower(filepath.Ext(name)); {
	case imagefile.IsExtension(ext), ext == "" && begins():
		return ""
	case imagefile.IsUnsupported(ext):
		return Reason(ext + " (not supported)")
	}
	return NoImage
}

// hidden tells whether a name is one that is not even counted.
func hidden(name string) bool {
	return strings.HasPrefix(name, ".") || slices.Contains(ignored, strings.ToLower(name))
}

// sortName is the name that an entry sorts by: that of a folder, or of a link to one, ends with a slash.
func sortName(dir string, d fs.DirEntry) string {
	folder := d.IsDir()
	if d.Type()&fs.ModeSymlink != 0 {
		info, err := os.Stat(filepath.Join(dir, d.Name()))
		folder = err == nil && info.IsDir()
	}
	if folder {
		return d.Name() + "/"
	}
	return d.Name()
}

// begins tells whether a file begins like an image.
func begins(path string) bool {
	f, _, err := inputfile.Open(path, path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, imagefile.HeadLen)
	n, _ := io.ReadFull(f, head)
	return imagefile.IsImage(head[:n])
}

// isRun tells whether a folder is a run of this program: what lies there is its own, such as pictures that it drew.
func isRun(dir string) bool {
	holds := func(name string) bool {
		info, err := os.Stat(filepath.Join(dir, name))
		return err == nil && info.Mode().IsRegular()
	}
	return holds("config.yaml") && (holds("model.safetensors") || holds("state.safetensors"))
}
