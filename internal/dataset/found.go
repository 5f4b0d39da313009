package dataset

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"sync/atomic"

	"vae/internal/config"
	"vae/internal/folder"
	"vae/internal/imagefile"
)

// found is what was found in a folder besides images.
type found struct {
	folder   bool   // the data are a folder of images
	split    string // "train/ 43, test/ 15": the images in the folders of a split; "" without one
	arrays   string // "x_train 50, x_test 9": the images in the arrays of a file; "" of other data
	unread   string // which other arrays the file has; "" for none
	tests    string // slash path of the folder of test images
	leftOut  folder.LeftOut
	skipped  int       // images that cannot be read, and were left out
	bad      []badFile // these; none of a file of an older version that images are kept in
	cache    string    // the file that the images are kept in, and how large it is; "" for none
	made     bool      // that was made just now
	masks    string    // a folder that is called like one of masks, and was taken for images; "" for none
	doubtful []string  // folders that are called like those of a split and are none
}

// first is the first folder of the split.
func (f found) first() string {
	name, _, _ := strings.Cut(f.split, " ")
	return filepath.FromSlash(name)
}

// lines say what was recognised, and what was left out.
func (f found) lines(s *Splits) (lines []string) {
	drawn := thousands(s.Test.Len()) + " test images"
	if s.Test.Len() == 1 {
		drawn = "1 test image"
	}
	switch {
	case f.split != "" && s.Own:
		lines = []string{"split: " + f.split}
	case f.split != "":
		lines = []string{fmt.Sprintf("split: %s; %s drawn from those of training", f.split, drawn)}
	case f.folder:
		lines = []string{fmt.Sprintf("split: none in the folders; %s drawn from all", drawn)}
	case !s.Own && s.Train.Len() > 0: // IDX files, or arrays
		lines = []string{fmt.Sprintf("split: none in the names; %s drawn from all", drawn)}
	}
	if f.arrays != "" {
		lines = append(lines, "arrays: "+f.arrays)
	}
	if f.unread != "" {
		lines = append(lines, f.unread)
	}
	if text := f.leftOut.String(); text != "" {
		lines = append(lines, text)
	}
	switch {
	case f.made:
		lines = append(lines, "images kept in "+f.cache)
	case f.cache != "":
		lines = append(lines, "images read from "+f.cache+", where they were kept")
	}
	if text := f.unreadable(); text != "" {
		lines = append(lines, text)
	}
	return lines
}

// unreadable says how many images were left out as they cannot be read, and names the first; "" for none.
func (f found) unreadable() string {
	if f.skipped == 0 {
		return ""
	}
	return fmt.Sprintf("unreadable images left out: %s", thousands(f.skipped)) + namesOf(f.bad)
}

// badFile is an image file that cannot be read.
type badFile struct{ Name, Reason string }

// mostSkipped is how many images that are left out are named.
const mostSkipped = 3

// namesOf are the first of them, behind how many there are.
func namesOf(bad []badFile) string {
	var names []string
	for i, b := range bad {
		if i == mostSkipped {
			names = append(names, fmt.Sprintf("and %s more", thousands(len(bad)-i)))
			break
		}
		names = append(names, b.Name)
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}

func (f found) warnings() (lines []string) {
	if f.masks != "" {
		lines = said("%s: called like masks of the images beside it, and taken for images like these; move it elsewhere to train on the images alone", f.masks)
	}
	if len(f.doubtful) == 0 {
		return lines
	}
	return append(lines, fmt.Sprintf("%s: called like a part of a split, and taken for a label or a folder like any other, as the folders beside it are not parts: "+
		"images may be trained on that are meant for a test", strings.Join(f.doubtful, ", ")))
}

// pageCount counts pages that were not wanted, and the files that have them.
type pageCount struct{ files, left atomic.Int64 }

// add takes a file of n pages into account.
func (c *pageCount) add(n int, all bool) {
	if n > 1 && !all {
		c.files.Add(1)
		c.left.Add(int64(n) - 1)
	}
}

// lines say what was left out.
func (c *pageCount) lines() []string {
	if c.files.Load() == 0 {
		return nil
	}
	files := thousands(int(c.files.Load())) + " files"
	if c.files.Load() == 1 {
		files = "1 file"
	}
	return []string{fmt.Sprintf("further pages of %s left out: %s; %s takes them as images", files, thousands(int(c.left.Load())), config.Mention("data.pages", string(config.AllPages)))}
}

// holdsNone is the error about a folder without an image that is read.
func holdsNone(dir string, left folder.LeftOut) error {
	for _, n := range listIDX(dir) {
		if !n.slot.labels {
			return fmt.Errorf("%s: holds IDX files and no image; name one of them, such as %s", dir, filepath.Join(dir, n.name))
		}
	}
	if below := idxBelow(dir, deepestIDX); below != "" {
		return fmt.Errorf("%s: holds no image (%s); IDX files lie in %s: name that folder", dir, imagefile.Formats, below)
	}
	if text := left.String(); text != "" {
		return fmt.Errorf("%s: holds no image (%s); %s", dir, imagefile.Formats, text)
	}
	return fmt.Errorf("%s: holds no image (%s)", dir, imagefile.Formats)
}

// noticed is what is told of a data set besides its images.
type noticed struct {
	Values, Clipped, Files, Pages, Odd int
	Spans                              []cachedSpan
	Unreadable                         []badFile
}

// cachedSpan is a span.
type cachedSpan struct{ Least, Most, Low, High float64 }

// noticed is what was noticed while images were decoded, and notice takes it up again.
func (how reading) noticed() noticed {
	s := how.seen
	n := noticed{Values: s.values, Clipped: s.images, Files: int(how.pages.files.Load()), Pages: int(how.pages.left.Load()), Odd: int(how.odd.images.Load()), Unreadable: s.unreadable}
	for _, of := range s.all {
		if math.IsInf(of.least, 0) || math.IsInf(of.most, 0) {
			continue
		}
		n.Spans = append(n.Spans, cachedSpan{of.least, of.most, of.Low, of.High})
	}
	return n
}

func (how reading) notice(n noticed) {
	s := how.seen
	s.values, s.images, s.unreadable = n.Values, n.Clipped, n.Unreadable
	how.pages.files.Store(int64(n.Files))
	how.pages.left.Store(int64(n.Pages))
	how.odd.images.Store(int64(n.Odd))
	for _, of := range n.Spans {
		s.spread.add(span{of.Least, of.Most, config.Range{Low: of.Low, High: of.High}})
	}
}
