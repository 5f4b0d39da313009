package dataset

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"vae/internal/config"
	"vae/internal/folder"
	"vae/internal/imagefile"
)

// imageFile is an image of a training folder.
type imageFile struct {
	folder.Image
	r raster
}

// loadFolder reads a folder of images. What its folders mean, labels or the parts of a split, says package folder.
func loadFolder(dir string, want config.Shape, maxPixels int) (*loaded, error) {
	files, found, err := listImages(dir)
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
	l.found = found
	if l.inputs = dir; l.test != nil {
		l.inputs = filepath.Join(dir, filepath.FromSlash(found.tests))
	}
	return l, nil
}

// listImages finds the images of a training folder and what their folders say.
func listImages(dir string) ([]imageFile, found, error) {
	tree, err := folder.Open(context.Background(), dir)
	if err != nil {
		return nil, found{}, fileError(dir, err)
	}
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
	f := found{folder: true, split: tree.Counts(), leftOut: tree.LeftOut(), doubtful: tree.Doubtful()}
	if tests := tree.Folders(folder.Test); len(tests) > 0 {
		f.tests = tests[0]
	}
	return files, f, nil
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
		var file imagefile.Reader
		var fit fitter
		return func(i int) {
			f := &files[i]
			if f.Err != nil || float64(held.Load()) > limit {
				return
			}
			f.Err = file.File(f.Path, imagefile.Options{MaxPixels: maxPixels, Channels: want.Channels}, func(img imagefile.Image) (err error) {
				f.r, err = fit.wanted(img, want)
				held.Add(int64(len(f.r.pix)) + besides)
				return err
			})
		}
	})
	if float64(held.Load()) > limit {
		return fmt.Errorf("%s: its %s images need more than the %s of memory that they may take here: give a small %s",
			dir, thousands(len(files)), gigabytes(limit), config.Mention("data.image_size", "WxH"))
	}
	return nil
}

// wanted is img, which has the channels of want, in the size of want, its own where
// they are zero.
func (f *fitter) wanted(img imagefile.Image, want config.Shape) (raster, error) {
	r, err := eightBits(img)
	if err != nil {
		return raster{}, err
	}
	if want.Channels == 0 {
		r = r.natural()
	}
	shape := resolve(want, config.Shape{Width: r.w, Height: r.h, Channels: r.c})
	if f.shape != shape {
		*f = fitter{shape: shape}
	}
	return raster{shape.Width, shape.Height, shape.Channels, f.fit(r)}, nil
}

// firstFault names the first unreadable file and tells how many there are.
func firstFault(dir string, files []imageFile) error {
	var first error
	count := 0
	for _, f := range files {
		if f.Err != nil {
			if count++; first == nil {
				first = f.Err
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
	for _, f := range files {
		if f.r.w != a.w || f.r.h != a.h {
			return fmt.Errorf("%s: is %dx%d, but %s is %dx%d; give %s to resize them all",
				f.Path, f.r.w, f.r.h, files[0].Path, a.w, a.h, advice)
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
		if f.Label != "" {
			classes[f.Label] = 0
		}
	}
	names := slices.Sorted(maps.Keys(classes))
	for i, name := range names {
		classes[name] = i
	}
	b := builder{shape, names, classes}
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
		s.Names[i] = f.Name
		if s.Labels != nil {
			s.Labels[i] = b.label(f.Label)
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
