package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"vae/internal/archive"
	"vae/internal/config"
	"vae/internal/folder"
	"vae/internal/imagefile"
	"vae/internal/memory"
)

// decodeAll decodes the files in parallel, each into its own raster: of the
// wanted shape where there is one, else as it is. It stops when they become
// more than the memory can hold, or one is too large to be left as it is.
func (how reading) decodeAll(dir string, files []imageFile) error {
	least := how.shape
	least.Channels = max(1, least.Channels)
	if err := checkMemory(len(files), least, how.less(how.lower())); err != nil {
		return err
	}
	limit := memoryLimit()
	var held atomic.Int64
	var large atomic.Pointer[error]
	parallel(len(files), func() func(int) {
		d := fileDecoder{reading: how}
		return func(i int) {
			f := &files[i]
			if f.Err != nil || float64(held.Load()) > limit || large.Load() != nil {
				return
			}
			pages, err := d.decode(f.Image)
			if f.Err = err; len(pages) > 0 {
				f.r, f.more = pages[0], pages[1:]
			}
			for _, r := range pages {
				held.Add(int64(r.size()) + besides)
			}
			if errors.Is(f.Err, errLarge) {
				large.Store(&f.Err)
			}
		}
	})
	switch err := large.Load(); {
	case err != nil:
		return *err
	case float64(held.Load()) > limit:
		return fmt.Errorf("%s: its %s images need more than the %s of memory that they may take here: %s",
			dir, thousands(len(files)), gigabytes(limit), how.less("give a small "+config.Mention(how.size, "WxH")))
	}
	return nil
}

// fileDecoder decodes the files of a training folder, for one goroutine.
type fileDecoder struct {
	reading
	file imagefile.Reader
	fit  fitter
}

// errLarge marks an image that is too large to be left as it is.
var errLarge = errors.New("too large")

func (d *fileDecoder) decode(f folder.Image) (pages []raster, err error) {
	o := imagefile.Options{MaxPixels: d.maxPixels, Channels: d.shape.Channels, All: d.allPages}
	if d.shape.Width == 0 {
		o.Claimed = func(w, h int) error { return d.checkSide(f.Path, w, h) }
	}
	n, err := readImage(&d.file, f.Path, f.File, o, func(_ int, img imagefile.Image) error {
		r, err := d.brought(img)
		pages = append(pages, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	d.pages.add(n, d.allPages)
	return pages, nil
}

// readImage decodes the images of a file at path, or within an archive.
func readImage(r *imagefile.Reader, path string, packed *archive.File, o imagefile.Options, use func(int, imagefile.Image) error) (pages int, err error) {
	if packed == nil {
		return r.File(path, o, use)
	}
	f, err := packed.Open()
	if err != nil {
		return 0, fileError(path, err)
	}
	defer f.Close()
	return r.From(f, packed.Size, path, o, use)
}

// brought is an image in the range, with the size and the channels that are wanted.
func (d *fileDecoder) brought(img imagefile.Image) (raster, error) {
	r, err := d.seen.ranged(img, d.rng)
	if err != nil {
		return raster{}, err
	}
	return d.wanted(r), nil
}

// checkSide refuses an image of which one would not make the input of a network.
func (how reading) checkSide(path string, w, h int) error {
	if w <= config.MaxImageSide && h <= config.MaxImageSide {
		return nil
	}
	return fmt.Errorf("%s: is %dx%d, %w, with more than %d on a side: give %s to resize all images", path, w, h, errLarge, config.MaxImageSide, how.sizeAdvice(w, h))
}

// sizeAdvice is what to say to have images of w x h pixels resized.
func (how reading) sizeAdvice(w, h int) string {
	if how.size == "data.crop" {
		return config.Mention(how.size, "WxH")
	}
	w, h = modest(w, h)
	return config.Mention(how.size, "WxH") + ", such as " + config.Mention(how.size, fmt.Sprintf("%dx%d", w, h)) + ","
}

// lower is what to do where images are too large together, and less where they may be kept in a file, too; images to measure have the size of
// the model, and a file where its training has made one.
func (how reading) lower() string { return "lower " + config.Mention(how.size) }
func (how reading) less(lower string) string {
	if how.measures {
		return "use a machine with more, or the file of a training with " + config.Mention("data.cache") + ", which " + config.Mention("resume") + " makes again"
	}
	return lower + ", or keep them in a file, " + config.Mention("data.cache", config.AutoCache)
}

// wanted is r with the size and the channels that are wanted, its own where there are none.
func (d *fileDecoder) wanted(r raster) raster {
	if d.shape.Channels == 0 {
		r = r.natural()
	}
	shape := resolve(d.shape, config.Shape{Width: r.w, Height: r.h, Channels: r.c})
	if d.fit.shape != shape {
		d.fit = fitter{shape: shape, how: d.proportions, kernel: d.kernel, odd: d.odd}
	}
	return d.fit.fit(r)
}

// mostFaults is how many unreadable images are named.
const mostFaults = 10

// faults are what is wrong with images that cannot be read.
type faults struct {
	images, bad int // looked at, and those that cannot be read
	first       error
	texts       []string

	floats    int // images of floating-point values whose range is to be named
	low, high float64
}

// add takes an image into account, and tells whether it is sound.
func (f *faults) add(how reading, image imageFile) bool {
	f.images++
	if image.Err == nil {
		return true
	}
	var of *floatError
	if errors.As(image.Err, &of) {
		if f.floats++; f.floats == 1 {
			f.low, f.high = float64(of.low), float64(of.high)
		}
		f.low, f.high = min(f.low, float64(of.low)), max(f.high, float64(of.high))
	}
	f.bad++
	f.first = cmp.Or(f.first, image.Err)
	if len(f.texts) < mostFaults {
		f.texts = append(f.texts, image.Err.Error())
	}
	if len(how.seen.unreadable) < mostUnreadable {
		how.seen.unreadable = append(how.seen.unreadable, badFile{image.Name, image.Err.Error()})
	}
	return false
}

// mostUnreadable is how many images that cannot be read are remembered.
const mostUnreadable = 10_000

// err is the error about them, unless they are to be left out and others are there.
func (f *faults) err(how reading, dir string) error {
	texts := f.texts
	switch {
	case f.floats > 0:
		return f.ofFloats(dir)
	case how.skipBad && f.bad < f.images, f.bad == 0:
		return nil
	case f.bad == 1:
		return fmt.Errorf("%w; mend or remove it, or leave it out with %s", f.first, config.Mention("data.skip_bad"))
	case f.bad > mostFaults:
		texts = append(texts, fmt.Sprintf("and %s more", thousands(f.bad-mostFaults)))
	}
	return fmt.Errorf("%s: %s of its %s images cannot be read: %s; mend or remove them, or leave them out with %s",
		dir, thousands(f.bad), thousands(f.images), strings.Join(texts, "; "), config.Mention("data.skip_bad"))
}

// ofFloats is the error about floating-point values whose range is to be named.
func (f *faults) ofFloats(dir string) error {
	ends := config.Range{Low: outward(f.low, math.Floor), High: outward(f.high, math.Ceil)}.String()
	if _, err := config.ParseRange(ends); err != nil {
		ends = "LOW:HIGH"
	}
	return fmt.Errorf("%s: %s of its images hold floating-point values, here from %g to %g, and their format does not say which of them are black and white: give %s",
		filepath.Clean(dir), thousands(f.floats), f.low, f.high, config.Mention("data.range", ends))
}

// sound is the files that could be read, in the place of all. Others are an error, unless they are to be left out.
func (how reading) sound(dir string, files []imageFile) (good []imageFile, err error) {
	var f faults
	good = files[:0]
	for _, image := range files {
		if f.add(how, image) {
			good = append(good, image)
		}
	}
	clear(files[len(good):])
	return good, f.err(how, dir)
}

// memoryLimit is the most bytes that the images of a data set may take: half of
// the memory, for a network of such images takes some too.
var memoryLimit = func() float64 { return memory.Available().Bytes / 2 }

// besides is what is kept of an image besides its pixels: label, place in a split.
const besides = 24

// checkMemory refuses n images of a shape that do not fit into memory, before
// anything is allocated for them; advice says what to do.
func checkMemory(n int, shape config.Shape, advice string) error {
	need := float64(n) * (float64(shape.Width)*float64(shape.Height)*float64(shape.Channels) + besides)
	if limit := memoryLimit(); need > limit {
		return fmt.Errorf("%s images of %v need %s of memory, more than the %s that they may take here: %s",
			thousands(n), shape, gigabytes(need), gigabytes(limit), advice)
	}
	return nil
}

func gigabytes(bytes float64) string { return fmt.Sprintf("%.3g GB", bytes/1e9) }

// thousands writes n, 0 or more, with commas.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

// decoded is a file with its images.
func (d *fileDecoder) decoded(f imageFile) imageFile {
	if f.Err != nil {
		return f
	}
	pages, err := d.decode(f.Image)
	if f.Err = err; len(pages) > 0 {
		f.r, f.more = pages[0], pages[1:]
	}
	return f
}

// tellEvery is how often it is said how many images are decoded.
const tellEvery = time.Minute

// progress counts images, and says at times how many there are.
func (how reading) progress() func() {
	const some = 1000 // after which the clock is looked at
	n, told := 0, time.Now()
	return func() {
		if n++; n%some == 0 && time.Since(told) > tellEvery {
			told = time.Now()
			how.say(thousands(n) + " images are decoded")
		}
	}
}
