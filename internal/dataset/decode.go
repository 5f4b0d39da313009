package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"vae/internal/archive"
	"vae/internal/config"
	"vae/internal/folder"
	"vae/internal/imagefile"
)

// decodeAll decodes the files in parallel, each into its own raster: of the
// wanted shape where there is one, else as it is. It stops when they become
// more than the memory can hold, or one is too large to be left as it is.
func (how reading) decodeAll(dir string, files []imageFile) error {
	least := how.shape
	least.Channels = max(1, least.Channels)
	if how.spool == nil {
		if err := checkMemory(len(files), least, how.less(how.lower())); err != nil {
			return err
		}
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
	if r = d.wanted(r); d.spool != nil {
		return r.spilled(d.spool)
	}
	return r, nil
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

// sound is the files that could be read. Others are an error, unless they are to be left out.
func (how reading) sound(dir string, files []imageFile) ([]imageFile, error) {
	if err := floatFault(dir, files); err != nil {
		return nil, err
	}
	var good []imageFile
	var faults []string
	var first error
	for _, f := range files {
		if f.Err == nil {
			good = append(good, f)
			continue
		}
		first = cmp.Or(first, f.Err)
		faults = append(faults, f.Err.Error())
		how.seen.unreadable = append(how.seen.unreadable, badFile{f.Name, f.Err.Error()})
	}
	n := len(faults)
	switch {
	case how.skipBad && len(good) > 0, n == 0:
		return good, nil
	case n == 1:
		return nil, fmt.Errorf("%w; mend or remove it, or leave it out with %s", first, config.Mention("data.skip_bad"))
	case n > mostFaults:
		faults = append(faults[:mostFaults], fmt.Sprintf("and %s more", thousands(n-mostFaults)))
	}
	return nil, fmt.Errorf("%s: %s of its %s images cannot be read: %s; mend or remove them, or leave them out with %s",
		dir, thousands(n), thousands(len(files)), strings.Join(faults, "; "), config.Mention("data.skip_bad"))
}
