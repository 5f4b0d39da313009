package dataset

import (
	"fmt"
	"image"
	"maps"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"vae/internal/config"
)

// imageFile is an image of a training folder.
type imageFile struct {
	name  string // slash path below the folder
	label string
	part  int // partTrain, partValidation or partTest
	r     raster
	err   error
}

const (
	partTrain = iota
	partValidation
	partTest
)

// partFolders are the first-level folders that are splits instead of labels.
var partFolders = map[string]int{"train/": partTrain, "val/": partValidation, "validation/": partValidation, "test/": partTest}

// loadFolder reads a folder of images. A first-level folder is the label,
// unless all of them are train, val or validation, and test: then they are the
// splits and the next level is the label.
func loadFolder(dir string, want config.Shape, maxPixels int) (*loaded, error) {
	files, err := listImages(dir)
	if err != nil {
		return nil, err
	}
	if err := decodeAll(dir, files, want, maxPixels); err != nil {
		return nil, err
	}
	if err := firstFault(dir, files); err != nil {
		return nil, err
	}
	if want.Width == 0 {
		if err := checkSameSize(dir, files); err != nil {
			return nil, err
		}
	}
	l := assemble(files)
	if l.inputs = dir; l.test != nil {
		l.inputs = filepath.Join(dir, "test")
	}
	return l, nil
}

// listImages finds the images of a training folder and what their folders say.
func listImages(dir string) ([]imageFile, error) {
	first, err := list(dir, "")
	if err != nil {
		return nil, fileError(dir, err)
	}
	parted := areParts(first.entries)
	var files []imageFile
	w := newWalker(dir, first)
	for {
		rel, err, ok := w.next()
		if !ok {
			break
		}
		f := imageFile{name: rel, label: firstFolder(rel)}
		if err != nil {
			f.err = fileError(w.path(rel), err)
		}
		if parted {
			f.part = partFolders[f.label+"/"]
			f.label = firstFolder(rel[len(f.label)+1:])
		}
		files = append(files, f)
	}
	if !slices.ContainsFunc(files, func(f imageFile) bool { return f.part == partTrain }) {
		return nil, noImages(dir, parted)
	}
	return files, nil
}

func noImages(dir string, parted bool) error {
	if parted {
		dir = filepath.Join(dir, "train")
	}
	return fmt.Errorf("%s: holds no image (PNG, JPEG, GIF, BMP, TIFF, WebP) and no IDX files", dir)
}

// areParts tells whether the first level is train beside, perhaps, val or
// validation, and test, and nothing else.
func areParts(entries []entry) bool {
	train := false
	for _, e := range entries {
		if _, ok := partFolders[e.name]; !ok {
			return false
		}
		train = train || e.name == "train/"
	}
	return train
}

// decodeAll decodes the files in parallel, each into its own raster: of the
// wanted shape where want gives one, else as it is. It stops when they become
// more than the memory can hold.
func decodeAll(dir string, files []imageFile, want config.Shape, maxPixels int) error {
	least := want
	least.Channels = max(1, want.Channels)
	if err := checkMemory(len(files), least, "lower "+config.Mention("data.image_size")); err != nil {
		return err
	}
	limit := memoryLimit()
	var held atomic.Int64
	parallel(len(files), func() func(int) {
		var file fileReader
		var fit fitter
		return func(i int) {
			f := &files[i]
			if f.err != nil || float64(held.Load()) > limit {
				return
			}
			path := filepath.Join(dir, filepath.FromSlash(f.name))
			f.err = file.decode(path, maxPixels, func(img image.Image) {
				f.r = fit.wanted(img, want)
				held.Add(int64(len(f.r.pix)) + besides)
			})
		}
	})
	if float64(held.Load()) > limit {
		return fmt.Errorf("%s: its %s images need more than the %s of memory that they may take here: give a small %s",
			dir, thousands(len(files)), gigabytes(limit), config.Mention("data.image_size", "WxH"))
	}
	return nil
}

// wanted is img with the size and the channels of want, its own where they
// are zero.
func (f *fitter) wanted(img image.Image, want config.Shape) raster {
	var r raster
	switch want.Channels {
	case 1:
		r = gray(img)
	case 3:
		r = rgb(img)
	default:
		r = natural(img)
	}
	shape := resolve(want, config.Shape{Width: r.w, Height: r.h, Channels: r.c})
	if f.shape != shape {
		*f = fitter{shape: shape}
	}
	return raster{shape.Width, shape.Height, shape.Channels, f.fit(r)}
}

// firstFault names the first unreadable file and tells how many there are.
func firstFault(dir string, files []imageFile) error {
	var first error
	count := 0
	for _, f := range files {
		if f.err != nil {
			if count++; first == nil {
				first = f.err
			}
		}
	}
	if count > 1 {
		return fmt.Errorf("%w (the first of %d unreadable images of %d in %s)", first, count, len(files), dir)
	}
	return first
}

// checkSameSize holds every image against the first.
func checkSameSize(dir string, files []imageFile) error {
	a := files[0].r
	w, h := modest(a.w, a.h)
	advice := config.Mention("data.image_size", "WxH") + ", such as " + config.Mention("data.image_size", fmt.Sprintf("%dx%d", w, h)) + ","
	path := func(f imageFile) string { return filepath.Join(dir, filepath.FromSlash(f.name)) }
	for _, f := range files {
		if f.r.w != a.w || f.r.h != a.h {
			return fmt.Errorf("%s: is %dx%d, but %s is %dx%d; give %s to resize them all",
				path(f), f.r.w, f.r.h, path(files[0]), a.w, a.h, advice)
		}
	}
	if a.w > config.MaxImageSide || a.h > config.MaxImageSide {
		return fmt.Errorf("%s: its images are %dx%d, more than %d on a side; give %s to resize them", dir, a.w, a.h, config.MaxImageSide, advice)
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

// assemble makes sets of decoded files, and lets each file's pixels go.
func assemble(files []imageFile) *loaded {
	shape := config.Shape{Width: files[0].r.w, Height: files[0].r.h, Channels: 1}
	classes := map[string]int{}
	for _, f := range files {
		shape.Channels = max(shape.Channels, f.r.c)
		if f.label != "" {
			classes[f.label] = 0
		}
	}
	names := slices.Sorted(maps.Keys(classes))
	for i, name := range names {
		classes[name] = i
	}
	b := builder{shape, names, classes}
	parts := make([][]*imageFile, 3)
	for i := range files {
		parts[files[i].part] = append(parts[files[i].part], &files[i])
	}
	l := &loaded{
		train:      b.set(append(parts[partTrain], parts[partValidation]...)),
		validation: len(parts[partValidation]),
	}
	if len(parts[partTest]) > 0 {
		l.test = b.set(parts[partTest])
	}
	return l
}

// builder makes sets of one shape with common classes.
type builder struct {
	shape   config.Shape
	classes []string
	index   map[string]int
}

// freeAfter is how many bytes are copied before the copies are given back to the
// system, so that both are never resident in full.
const freeAfter = 1 << 30

func (b builder) set(files []*imageFile) *Set {
	s := &Set{Shape: b.shape, Classes: b.classes, Names: make([]string, len(files))}
	d := b.shape.Pixels()
	s.Pixels = make([]uint8, len(files)*d)
	if len(b.classes) > 0 {
		s.Labels = make([]int, len(files))
	}
	copied := 0
	for i, f := range files {
		r := f.r
		if b.shape.Channels == 3 {
			r = r.toColor()
		}
		copy(s.Pixels[i*d:], r.pix)
		f.r.pix = nil
		if copied += d; copied > freeAfter {
			copied = 0
			debug.FreeOSMemory()
		}
		s.Names[i] = f.name
		if s.Labels != nil {
			s.Labels[i] = b.label(f.label)
		}
	}
	return s
}

func (b builder) label(name string) int {
	if i, ok := b.index[name]; ok {
		return i
	}
	return -1
}
