package dataset

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"vae/internal/config"
	"vae/internal/folder"
	"vae/internal/imagefile"
	"vae/internal/shards"
)

// found is what was found in a folder besides images.
type found struct {
	folder   bool   // the data are a folder of images
	shards   bool   // or shards
	split    string // "train/ 43, test/ 15": the images in the folders of a split; "" without one
	arrays   string // "x_train 50, x_test 9": the images in the arrays of a file; "" of other data
	unread   string // which other arrays the file has; "" for none
	tests    string // slash path of the folder of test images
	leftOut  folder.LeftOut
	skipped  int       // images that cannot be read, and were left out
	bad      []badFile // these; none of a file of an older version that images are kept in
	cache    string    // the file that the images are kept in, and how large it is; "" for none
	made     bool      // that was made just now
	before   string    // what was there before that, and was not right; "" for nothing
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
	case f.shards:
		lines = []string{fmt.Sprintf("split: none in the names of the shards; %s drawn from all", drawn)}
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
	case f.made && f.before != "":
		lines = append(lines, fmt.Sprintf("images kept in %s, anew: what was there %s", f.cache, f.before))
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

	Shards              bool
	Split, Tests, Masks string
	Doubtful            []string
	LeftOut             map[folder.Reason]int
}

// found is what was found in a folder, as far as a cache holds it.
func (n noticed) found() (f found) {
	f = found{folder: n.LeftOut != nil, shards: n.Shards, split: n.Split, tests: n.Tests, masks: n.Masks, doubtful: n.Doubtful}
	for reason, count := range n.LeftOut {
		if count > 0 {
			f.leftOut.AddAll(reason, count)
		}
	}
	return f
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
	if f := how.listed; f != nil {
		n.Shards, n.Split, n.Tests, n.Masks, n.Doubtful, n.LeftOut = f.shards, f.split, f.tests, f.masks, f.doubtful, f.leftOut.Counts()
		n.LeftOut[""] = 0 // so that it is there
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

// folderSource yields the images below a folder, or of shards.
type folderSource struct {
	tree
	dir    string
	prefix string // of the names
	some   bool   // images were there
	files  []string
}

// openFolder finds out what dir holds. A folder without any image is an error.
func openFolder(ctx context.Context, dir, prefix string) (source, error) {
	if shards.Is(dir) {
		return openShards(ctx, dir, prefix)
	}
	tree, err := folder.Open(ctx, dir)
	if err != nil && ctx.Err() != nil {
		return nil, err
	}
	if err != nil {
		return nil, fileError(dir, err)
	}
	if tree.Empty() {
		for _, ok := tree.Next(); ok; _, ok = tree.Next() { // of folders that cannot be listed
		}
		return nil, holdsNone(dir, tree.LeftOut())
	}
	return &folderSource{tree: tree, dir: dir, prefix: prefix, some: true, files: []string{dir}}, nil
}

// openShards opens the shards that a name stands for.
func openShards(ctx context.Context, name, prefix string) (source, error) {
	s, err := shards.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return &folderSource{tree: s, dir: name, prefix: prefix, files: s.Shards()}, nil
}

func (s *folderSource) next() (task, bool) {
	image, ok := s.Next()
	switch {
	case !ok && s.some:
		return task{}, false
	case !ok:
		s.some = true
		return task{name: s.dir, err: holdsNone(s.dir, s.LeftOut())}, true
	}
	s.some = true
	t := task{name: image.Name, label: image.Label, path: image.Path, packed: image.File}
	if s.prefix != "" {
		t.name = path.Join(s.prefix, image.Name)
	}
	if image.Err != nil {
		t.err = fileError(t.path, image.Err)
	}
	return t, true
}
func (s *folderSource) reads(file fs.FileInfo) bool {
	if slices.ContainsFunc(s.files, func(f string) bool { return isFile(f, file) }) {
		return true // an archive
	}
	if _, ok := s.tree.(*shards.Set); ok {
		return false
	}
	for {
		image, ok := s.Next()
		if !ok || isFile(image.Path, file) {
			return ok
		}
	}
}
func (s *folderSource) labelled() bool { return s.Labelled() }
func (s *folderSource) close()         { s.Close() }
func (s *folderSource) found() (lines []string) {
	if counts := s.Counts(); counts != "" {
		lines = append(lines, fmt.Sprintf("%s: read as a split: %s", s.dir, counts))
	}
	if text := s.LeftOut().String(); text != "" {
		lines = append(lines, fmt.Sprintf("%s: %s", s.dir, text))
	}
	return lines
}
