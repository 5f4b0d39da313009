// Package folder says which images lie in a folder, in which order, and what its folders mean: labels, or the parts of
// a data set that is split. It is the one place that knows.
package folder

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"vae/internal/archive"
)

// Image is an image file, or what has an image's name.
type Image struct {
	Name  string        // slash path below the root
	Path  string        // where it lies; for people alone if it lies in an archive
	File  *archive.File // the file in an archive; nil elsewhere
	Label string        // "" where it has none
	Part  Part
	Err   error // of a folder that cannot be listed, whose name it has
}

// Tree is a folder of images at any depth. It is not safe for concurrent use.
type Tree struct {
	walker   *walker
	packed   *packed // the archive; nil of a folder
	meaning  meaning
	counts   map[string]int // images of each folder of a split
	dir      string         // of the last image
	folder   string         // of the split, that it lies in
	doubtful []string
	first    []string        // folders on the level of labels, where there are few
	ofImages map[string]bool // folders that hold one that is called like one of images
	masks    map[string]bool // folders that are called like those of masks
	images   bool            // it holds any
	loose    bool            // some lie beside its folders
	labels   bool            // some lie in its folders
}

// Open looks into the folder, or the archive, at root. What a tree holds is listed while it is walked; what its folders mean is found out at once, from folders and the first image of each. The
// error is that of the root, which cannot be listed, or of the context.
func Open(ctx context.Context, root string) (*Tree, error) {
	t := &Tree{counts: map[string]int{}, ofImages: map[string]bool{}, masks: map[string]bool{}}
	l := lister{system{root}}
	if archive.IsName(root) && isFile(root) {
		packed, err := openPacked(root)
		if err != nil {
			return nil, err
		}
		t.packed, l.place = packed, packed
	}
	first, err := l.list("", "")
	if err != nil {
		return nil, err
	}
	t.walker = newWalker(l, first)
	t.loose = slices.ContainsFunc(first.entries, func(e entry) bool { return e.kind == image }) || first.more && l.holdsFile(ctx, "")
	if first.folders {
		t.labels = len(l.foldersWithImages(ctx, "")) > 0
	}
	if t.labels {
		t.meaning = l.understand(ctx)
	}
	t.images = t.loose || t.labels
	return t, ctx.Err()
}

// Close ends the reading of an archive.
func (t *Tree) Close() error {
	if t.packed == nil {
		return nil
	}
	return t.packed.Close()
}

// Empty tells whether the tree holds no image at all.
func (t *Tree) Empty() bool { return !t.images }

// Labelled tells whether any image can have a label.
func (t *Tree) Labelled() bool { return t.labels }

// Split tells whether the folders are those of a split.
func (t *Tree) Split() bool { return t.meaning.split() }

// Next is the next image in the order of slash paths; ok is false at the end. Images that lie beside the folders of a split are
// left out.
func (t *Tree) Next() (image Image, ok bool) {
	for {
		rel, err, ok := t.walker.next()
		if !ok {
			return Image{}, false
		}
		image, ok := t.image(rel, err)
		if !ok {
			t.walker.left.Add(Beside)
			continue
		}
		if err == nil {
			t.count(rel)
		}
		return image, true
	}
}

// image is the image at a slash path, or a folder that cannot be listed; ok is false beside the folders of a split.
func (t *Tree) image(rel string, err error) (image Image, ok bool) {
	image = Image{Name: rel, Path: t.walker.path(rel), Err: err}
	if t.packed != nil {
		image.File = t.packed.file(rel)
	}
	if err != nil {
		image.Part, image.Label, _ = t.meaning.of(rel + "/")
		return image, true
	}
	image.Part, image.Label, ok = t.meaning.of(rel)
	return image, ok
}

// count keeps account of an image: of the folder of its part, and of folders that are called like parts and are none.
func (t *Tree) count(rel string) {
	if dir := path.Dir(rel); dir != t.dir {
		t.dir = dir
		t.enter(strings.Split(dir, "/"))
	}
	if t.folder != "" {
		t.counts[t.folder]++
	}
}

func (t *Tree) enter(folders []string) {
	known := 0
	if t.meaning.split() {
		known = strings.Count(t.meaning.base, "/") + 1
		if t.meaning.nested {
			known++
		}
		t.folder = strings.Join(folders[:known], "/") + "/"
		known += strings.Count(t.meaning.inner[folders[known-1]+"/"], "/")
	}
	if known < len(folders) && len(t.first) <= mostBeside && !slices.Contains(t.first, folders[known]) {
		t.first = append(t.first, folders[known])
	}
	for i := known; i < len(folders); i++ {
		t.enterKind(folders[:i+1])
	}
	for i := known; i < len(folders); i++ {
		if PartOf(folders[i]) != Whole {
			t.doubt(strings.Join(folders[:i+1], "/"))
			return
		}
	}
}

// mostKept is how many folders called like those of images, or of masks, are remembered.
const mostKept = 1000

// enterKind takes note of a folder that is called like one of images or of masks.
func (t *Tree) enterKind(folders []string) {
	switch name := folders[len(folders)-1]; {
	case called(name, ofImages) && len(t.ofImages) < mostKept:
		t.ofImages[path.Dir(path.Join(folders...))] = true
	case called(name, ofMasks) && len(t.masks) < mostKept:
		t.masks[path.Join(folders...)] = true
	}
}

// mostDoubtful is how many doubtful folders are named.
const mostDoubtful = 3

func (t *Tree) doubt(name string) {
	if n := len(t.doubtful); n < mostDoubtful && !slices.Contains(t.doubtful, name) {
		t.doubtful = append(t.doubtful, name)
	}
}

// Doubtful names the first folders that hold images, are called like the parts of a split, and were taken for
// labels or for nothing. It is known at the end.
func (t *Tree) Doubtful() []string {
	if len(t.doubtful) > 0 {
		return t.doubtful
	}
	var parts [Test + 1]bool
	var names []string
	for _, name := range t.first {
		if p := PartIn(name); p != Whole && len(names) < mostDoubtful {
			parts[p] = true
			names = append(names, name)
		}
	}
	if parts[Train] && (parts[Validation] || parts[Test]) { // a train_station alone is none
		return names
	}
	return nil
}

// Masks names the first folder that is called like one of masks, beside one of images, and was taken for images; "" for none. It is known
// at the end.
func (t *Tree) Masks() string {
	for _, masks := range slices.Sorted(maps.Keys(t.masks)) {
		if t.ofImages[path.Dir(masks)] {
			return masks
		}
	}
	return ""
}

// Counts says how many images each folder of the split holds, "train/ 43, valid/ 5, test/ 15" in the order of the parts; "" without
// a split. It is known at the end.
func (t *Tree) Counts() string {
	var text []string
	for part := Train; part <= Test; part++ {
		for _, name := range t.Folders(part) {
			text = append(text, fmt.Sprintf("%s %d", name, t.counts[name]))
		}
	}
	return strings.Join(text, ", ")
}

// Folders are the slash paths of the folders of a part, each with a slash at its end, in order. They are known at the end.
func (t *Tree) Folders(part Part) (names []string) {
	for name := range t.counts {
		if t.meaning.part(path.Base(name)) == part {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// LeftOut counts what was passed so far and is no image of the tree.
func (t *Tree) LeftOut() LeftOut {
	if t.packed == nil {
		return t.walker.left
	}
	var all LeftOut
	all.Merge(t.walker.left)
	all.Merge(t.packed.left)
	return all
}
