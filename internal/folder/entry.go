package folder

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vae/internal/archive"
	"vae/internal/imagefile"
	"vae/internal/inputfile"
)

// ignored are folders and files that systems and archivers leave beside what people keep; they are not even counted.
var ignored = []string{"__macosx", "@eadir", "thumbs.db", "desktop.ini", "$recycle.bin", "system volume information", "lost+found"}

// kind is what an entry is.
type kind uint8

const (
	image kind = iota // or what has an image's name
	plainFolder
	linkedFolder
	ownRun
	unsupported
	anArchive
	anArray
	noImage
)

// entry is what a folder holds: an image file, a folder, whose name then ends with a slash, or what is left out. There may be
// very many.
type entry struct {
	name string
	kind kind
}

func (e entry) isFolder() bool { return e.kind == plainFolder || e.kind == linkedFolder }

// reason is why the entry is left out; "" where it is not.
func (e entry) reason() Reason {
	switch e.kind {
	case ownRun:
		return OwnRun
	case unsupported:
		return Reason(strings.ToLower(filepath.Ext(e.name)) + " (not supported)")
	case anArray:
		return Reason(strings.ToLower(filepath.Ext(e.name)) + " (to be named itself)")
	case anArchive:
		return Packed
	case noImage:
		return NoImage
	}
	return ""
}

// look makes an entry of what lies in dir. A file without an extension is looked into.
func look(dir string, d fs.DirEntry) entry {
	path := filepath.Join(dir, d.Name())
	name := sortName(dir, d)
	switch {
	case !strings.HasSuffix(name, "/"):
		return entry{name, kindOf(name, func() bool { return d.Type()&^fs.ModeSymlink == 0 && begins(path) })}
	case isRun(path):
		return entry{name, ownRun}
	case d.Type()&fs.ModeSymlink != 0:
		return entry{name, linkedFolder}
	}
	return entry{name, plainFolder}
}

// TakesName tells whether a file of that name, in a folder of images, is one of them;
// image says whether it holds one.
func TakesName(name string, image bool) bool {
	ext := filepath.Ext(name)
	return !hidden(name) && (imagefile.IsExtension(ext) || ext == "" && image)
}

// kindOf is what a file is by its name, or by how it begins where it has no extension.
func kindOf(name string, begins func() bool) kind {
	switch ext := strings.ToLower(filepath.Ext(name)); {
	case imagefile.IsExtension(ext), ext == "" && begins():
		return image
	case archive.IsName(name):
		return anArchive
	case imagefile.IsArray(name):
		return anArray
	case imagefile.IsUnsupported(ext):
		return unsupported
	}
	return noImage
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
