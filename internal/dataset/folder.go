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
	"vae/internal/mapped"
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
	kernel      config.Resample
	odd         *oddCount

	measures bool // the images, and makes no cache of them

	cache string        // a file, or a folder with a separator behind its name, that the images are kept in; "" for none
	spool *mapped.Spool // what is decoded goes to, while a cache is made
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
	l, err := how.loaded(dir, strings.Compare, func() string { return how.keyOfFiles(dir, files) }, func(how reading) ([]imageFile, int, error) {
		return how.images(dir, files)
	})
	if err != nil {
		return nil, err
	}
	found.skipped, found.cache, found.made, found.bad = l.found.skipped, l.found.cache, l.found.made, how.seen.unreadable
	l.found = found
	if l.inputs = dir; l.test != nil && !archive.IsName(dir) {
		l.inputs = filepath.Join(dir, filepath.FromSlash(found.tests))
	}
	return l, nil
}

// decoded is a data set in memory.
func (how reading) decoded(order func(a, b string) int, decode func(reading) ([]imageFile, int, error)) (*loaded, error) {
	files, skipped, err := decode(how)
	if err != nil {
		return nil, err
	}
	l := assemble(files, order)
	l.found.skipped = skipped
	return l, nil
}

// images decodes the images of a folder, and says how many cannot be read.
func (how reading) images(dir string, files []imageFile) (good []imageFile, skipped int, err error) {
	if err := how.decodeAll(dir, files); err != nil {
		return nil, 0, err
	}
	if good, err = how.sound(dir, files); err != nil {
		return nil, 0, err
	}
	skipped = len(files) - len(good)
	if good = paged(good); how.shape.Width == 0 {
		err = how.checkSameSize(good)
	}
	return good, skipped, err
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

// assemble makes sets of decoded files, and lets each file's pixels go.
func assemble(files []imageFile, order func(a, b string) int) *loaded {
	b, train, test := arrange(files, order)
	l := &loaded{train: b.set(train.files), validation: train.validation}
	if len(test) > 0 {
		l.test = b.set(test)
	}
	return l
}

// training are the files that are trained on and, at the end, so many for validation.
type training struct {
	files      []*imageFile
	validation int
}

// arrange brings files into the order of a set, with classes in order, and says what holds all of them.
func arrange(files []imageFile, order func(a, b string) int) (b builder, train training, test []*imageFile) {
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
	parts := map[folder.Part][]*imageFile{}
	for i := range files {
		part := files[i].Part
		if part == folder.Whole {
			part = folder.Train
		}
		parts[part] = append(parts[part], &files[i])
	}
	train = training{append(parts[folder.Train], parts[folder.Validation]...), len(parts[folder.Validation])}
	return builder{shape, names, classes, depthOf(files)}, train, parts[folder.Test]
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
	s := b.empty().like(b.shape, len(files))
	s.setRange(b.depth.low, b.depth.high)
	s.Names = make([]string, len(files))
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

// empty is a set of no image.
func (b builder) empty() *Set {
	s := &Set{Shape: b.shape, Classes: b.classes}
	switch b.depth.bits {
	case 8:
		s.Pixels = []uint8{}
	case 16:
		s.Deep = []uint16{}
	default:
		s.Real = []float32{}
	}
	s.setRange(b.depth.low, b.depth.high)
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
