package folder

import (
	"context"
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
	base    string                   // slash path of the folder that is seen as the root, "" or with a slash at its end
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
	p.base = p.wrapper(context.Background())
	return p, nil
}

// wrapper is the folder that wraps all images of the archive: archivers pack a folder with what lies in it, images or folders,
// and a label that all images have says nothing. One that is called like a part of a split is none, and nothing within a folder that
// holds images itself.
func (p *packed) wrapper(ctx context.Context) (base string) {
	l := lister{p}
	for range deepestSplit {
		names := l.foldersWithImages(ctx, base)
		if len(names) != 1 || PartOf(names[0]) != Whole || l.holdsFile(ctx, base) {
			break
		}
		base += names[0]
	}
	return base
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
	return p.root + "/" + p.base + rel
}

// file is the file at a slash path.
func (p *packed) file(rel string) *archive.File {
	i, found := slices.BinarySearchFunc(p.Files, p.base+rel, func(f archive.File, name string) int { return strings.Compare(f.Name, name) })
	if !found {
		return nil
	}
	return &p.Files[i]
}

func (p *packed) each(dir string, f func(name string, look func() entry) bool) error {
	for _, e := range p.folders[p.base+dir] {
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
