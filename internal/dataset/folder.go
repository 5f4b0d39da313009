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
	"vae/internal/shards"
)

// imageFile is an image of a training folder.
type imageFile struct {
	folder.Image
	r    raster
	more []raster // the pages after the first, where all are wanted
}

// imageOf is an image that was found.
func imageOf(image folder.Image) imageFile {
	if image.Err != nil {
		image.Err = fileError(image.Path, image.Err)
	}
	return imageFile{Image: image}
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

	cache  string // a file, or a folder with a separator behind its name, that the images are kept in; "" for none
	beside string // the same, of images that are too many for memory; "" for none
	large  bool   // they are
	listed *found // what was found besides images

	ctx context.Context // of what takes long
	say func(text string)
}

// loadFolder reads a folder of images, an archive of them, or shards. What folders mean, labels or the parts of a split, says package folder.
func loadFolder(dir string, how reading) (*loaded, error) {
	files := &listing{dir: dir}
	defer files.close()
	order := strings.Compare
	if shards.Is(dir) {
		order = byNumber
	}
	large, err := files.look(how)
	if err != nil {
		return nil, err
	}
	if large {
		how.cache, how.large = how.beside, true
	}
	l, err := how.loaded(original{source: dir, order: order, key: files.key, all: files.all, each: files.each, found: func() *found { return files.found }})
	if err != nil {
		return nil, err
	}
	if listed := files.found; listed != nil {
		of := l.found
		l.found = *listed
		l.found.skipped, l.found.cache, l.found.made, l.found.before = of.skipped, of.cache, of.made, of.before
	}
	l.found.bad = how.seen.unreadable
	if l.inputs = dir; l.test != nil && l.found.tests != "" && !archive.IsName(dir) {
		l.inputs = filepath.Join(dir, filepath.FromSlash(l.found.tests))
	}
	return l, nil
}

// decoded is a data set in memory.
func (how reading) decoded(o original) (*loaded, error) {
	files, skipped, err := o.all(how)
	if err != nil {
		return nil, err
	}
	l := assemble(files, o.order)
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
	if !slices.ContainsFunc(files, func(f imageFile) bool { return len(f.more) > 0 }) {
		return files
	}
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

// builder is what holds all of the images.
func (k *keeper) builder(order func(a, b string) int) builder {
	b := builder{shape: config.Shape{Width: k.forms[0].w, Height: k.forms[0].h, Channels: 1}, index: map[string]int{}, depth: k.forms[0].depth()}
	for _, f := range k.forms {
		b.shape.Channels = max(b.shape.Channels, f.c)
		b.depth = b.depth.with(f.depth())
	}
	b.classes = slices.SortedFunc(maps.Keys(k.classes), order)
	for i, name := range b.classes {
		b.index[name] = i
	}
	return b
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
