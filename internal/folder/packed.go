package folder

import (
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"vae/internal/archive"
	"vae/internal/imagefile"
)

// packed is an archive, seen as a folder.
type packed struct {
	*archive.Archive
	root    string
	folders map[string][]packedEntry // what each folder holds, in order
	left    LeftOut
}

type packedEntry struct {
	name string // with a slash at the end of a folder's
	file int    // in Files
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func openPacked(root string) (*packed, error) {
	a, err := archive.Open(root)
	if err != nil {
		return nil, err
	}
	p := &packed{Archive: a, root: root, folders: map[string][]packedEntry{}}
	for reason, n := range a.LeftOut {
		p.left.AddAll(Reason(reason), n)
	}
	for i, f := range a.Files {
		dir, base := path.Split(f.Name)
		p.add(dir, packedEntry{base, i})
	}
	return p, nil
}

// add puts an entry into a folder, and the folder into those above it the first time.
func (p *packed) add(dir string, e packedEntry) {
	_, known := p.folders[dir]
	p.folders[dir] = append(p.folders[dir], e)
	if !known && dir != "" {
		above, base := path.Split(strings.TrimSuffix(dir, "/"))
		p.add(above, packedEntry{base + "/", -1})
	}
}

func (p *packed) path(rel string) string {
	if rel == "" {
		return p.root
	}
	return p.root + "/" + rel
}

// file is the file at a slash path.
func (p *packed) file(rel string) *archive.File {
	i, found := slices.BinarySearchFunc(p.Files, rel, func(f archive.File, name string) int { return strings.Compare(f.Name, name) })
	if !found {
		return nil
	}
	return &p.Files[i]
}

func (p *packed) each(dir string, f func(name string, look func() entry) bool) error {
	for _, e := range p.folders[dir] {
		if hidden(strings.TrimSuffix(e.name, "/")) {
			continue
		}
		if !f(e.name, func() entry { return p.look(e) }) {
			break
		}
	}
	return nil
}

func (p *packed) look(e packedEntry) entry {
	if e.file < 0 {
		return entry{e.name, plainFolder}
	}
	return entry{e.name, kindOf(e.name, func() bool { return p.begins(e.file) })}
}

// begins tells whether a file begins like an image.
func (p *packed) begins(file int) bool {
	f, err := p.Files[file].Open()
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, imagefile.HeadLen)
	n, _ := io.ReadFull(f, head)
	return imagefile.IsImage(head[:n])
}
