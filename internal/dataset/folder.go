package dataset

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"vae/internal/archive"
	"vae/internal/config"
	"vae/internal/folder"
)

// imageFile is an image of a training folder.
type imageFile struct {
	folder.Image
	r    raster
	more []raster // the pages after the first, where all are wanted
}

// reading says how the images of a data set are to be read.
type reading struct {
	shape     config.Shape // wanted, with zeros for what the images have
	rng       config.Range
	maxPixels int
	skipBad   bool // images that cannot be read are left out
	allPages  bool // of a file, not the first alone
	seen      *seen
	pages     *pageCount

	size        string     // the setting that says shape's size
	proportions config.Fit // what becomes of images of others than the wanted shape
	odd         *oddCount
}

// loadFolder reads a folder of images, or an archive of them. What its folders mean, labels or the parts of a split, says package folder.
func loadFolder(dir string, how reading) (*loaded, error) {
	tree, err := folder.Open(context.Background(), dir)
	if err != nil {
		return nil, fileError(dir, err)
	}
	defer tree.Close()
	files, found, err := listImages(dir, tree)
	if err != nil {
		return nil, err
	}
	if err := how.decodeAll(dir, files); err != nil {
		return nil, err
	}
	good, err := how.sound(dir, files)
	if err != nil {
		return nil, err
	}
	found.skipped = len(files) - len(good)
	good = paged(good)
	if how.shape.Width == 0 {
		if err := how.checkSameSize(good); err != nil {
			return nil, err
		}
	}
	l := assemble(good, strings.Compare)
	l.found = found
	if l.inputs = dir; l.test != nil && !archive.IsName(dir) {
		l.inputs = filepath.Join(dir, filepath.FromSlash(found.tests))
	}
	return l, nil
}

// listImages finds the images of a training folder and what their folders say.
func listImages(dir string, tree *folder.Tree) ([]imageFile, found, error) {
	var files []imageFile
	for {
		image, ok := tree.Next()
		if !ok {
			break
		}
		if image.Err != nil {
			image.Err = fileError(image.Path, image.Err)
		}
		files = append(files, imageFile{Image: image})
	}
	if len(files) == 0 {
		return nil, found{}, holdsNone(dir, tree.LeftOut())
	}
	f := found{folder: true, split: tree.Counts(), leftOut: tree.LeftOut(), doubtful: tree.Doubtful(), masks: tree.Masks()}
	if tests := tree.Folders(folder.Test); len(tests) > 0 {
		f.tests = tests[0]
	}
	return files, f, nil
}

// checkSameSize holds every image against the first.
func (how reading) checkSameSize(files []imageFile) error {
	a := files[0].r
	for _, f := range files {
		if f.r.w != a.w || f.r.h != a.h {
			return fmt.Errorf("%s: is %dx%d, but %s is %dx%d; give %s to resize them all",
				f.Path, f.r.w, f.r.h, files[0].Path, a.w, a.h, how.sizeAdvice(a.w, a.h))
		}
	}
	return nil
}

// modest is a size for training on images of w x h pixels: of about their shape,
// and at most 64 on a side.
func modest(w, h int) (int, int) {
	const most = 64
	longer := max(w, h)
	if longer <= most {
		return w, h
	}
	return max(1, (w*most+longer/2)/longer), max(1, (h*most+longer/2)/longer)
}

// paged makes images of the pages of files: photo.tif of several is photo.tif#1, photo.tif#2, ...
func paged(files []imageFile) []imageFile {
	var all []imageFile
	for _, f := range files {
		pages := append([]raster{f.r}, f.more...)
		for i, r := range pages {
			page := f
			if page.r, page.more = r, nil; len(pages) > 1 {
				page.Name = pageName(f.Name, i)
			}
			all = append(all, page)
		}
	}
	return all
}

func pageName(name string, page int) string { return fmt.Sprintf("%s#%d", name, page+1) }

// assemble makes sets of decoded files, with classes in order, and lets each file's pixels go.
func assemble(files []imageFile, order func(a, b string) int) *loaded {
	shape := config.Shape{Width: files[0].r.w, Height: files[0].r.h, Channels: 1}
	classes := map[string]int{}
	for _, f := range files {
		shape.Channels = max(shape.Channels, f.r.c)
		if f.Label != "" {
			classes[f.Label] = 0
		}
	}
	names := slices.SortedFunc(maps.Keys(classes), order)
	for i, name := range names {
		classes[name] = i
	}
	b := builder{shape, names, classes, depthOf(files)}
	parts := map[folder.Part][]*imageFile{}
	for i := range files {
		part := files[i].Part
		if part == folder.Whole {
			part = folder.Train
		}
		parts[part] = append(parts[part], &files[i])
	}
	l := &loaded{
		train:      b.set(append(parts[folder.Train], parts[folder.Validation]...)),
		validation: len(parts[folder.Validation]),
	}
	if len(parts[folder.Test]) > 0 {
		l.test = b.set(parts[folder.Test])
	}
	return l
}

// builder makes sets of one shape with common classes.
type builder struct {
	shape   config.Shape
	classes []string
	index   map[string]int
	depth   depth
}

// freeAfter is how many bytes are copied before the copies are given back to the
// system, so that both are never resident in full.
const freeAfter = 1 << 30

func (b builder) set(files []*imageFile) *Set {
	s := &Set{Shape: b.shape, Classes: b.classes, Names: make([]string, len(files))}
	d := b.shape.Pixels()
	switch n := len(files) * d; b.depth.bits {
	case 8:
		s.Pixels = make([]uint8, n)
	case 16:
		s.Deep = make([]uint16, n)
	default:
		s.Real = make([]float32, n)
	}
	s.setRange(b.depth.low, b.depth.high)
	if len(b.classes) > 0 {
		s.Labels = make([]int, len(files))
	}
	copied := 0
	for i, f := range files {
		r := f.r.in(b.depth).inChannels(b.shape.Channels)
		s.put(i, r)
		f.r = raster{}
		if copied += r.size(); copied > freeAfter {
			copied = 0
			debug.FreeOSMemory()
		}
		s.Names[i] = f.Name
		if s.Labels != nil {
			s.Labels[i] = b.label(f.Label)
		}
	}
	return s
}

// put makes r, which has the shape and the depth of the set, image i.
func (s *Set) put(i int, r raster) {
	at := i * s.Shape.Pixels()
	copy(s.Pixels[min(at, len(s.Pixels)):], r.pix)
	copy(s.Deep[min(at, len(s.Deep)):], r.deep)
	copy(s.Real[min(at, len(s.Real)):], r.real)
}

func (b builder) label(name string) int {
	if i, ok := b.index[name]; ok {
		return i
	}
	return -1
}
