package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"vae/internal/archive"
	"vae/internal/config"
	"vae/internal/imagefile"
	"vae/internal/inputfile"
	"vae/internal/shards"
)

// loaded is what a loader finds, before it is split.
type loaded struct {
	train      *Set // training images, then those of a validation folder
	validation int  // how many of them, at the end of train, are a validation folder's
	test       *Set // nil when the data have no test images
	inputs     string
	found      found
	sha256     string // the digest, where it is known
}

// Load reads the images that cfg asks for and splits them. Source is "mnist",
// a folder of IDX files or a folder of images. The validation images, and the
// test images where the data have none, are drawn with the seed. Errors are
// one line that names the file, the folder or the flag. An image that claims more
// than maxPixels pixels (0: DefaultMaxPixels) is refused.
func Load(cfg config.Data, seed uint64, maxPixels int, with ...Keeping) (*Splits, error) {
	return load(cfg, seed, maxPixels, toTrain, split, with)
}

// Keeping is how images are kept that are too many for memory.
type Keeping struct {
	Context context.Context   // that ends what takes long; nil for never
	Beside  string            // a folder with a separator behind its name; "" for in none
	Say     func(text string) // is told what takes long; nil for nobody
}

// Reload reads the images again that a model was trained on, to measure it, as [Load] does, but makes no cache: one that is there serves, if it can
// be read.
func Reload(cfg config.Data, seed uint64, maxPixels int, with ...Keeping) (*Splits, error) {
	return load(cfg, seed, maxPixels, toMeasure, split, with)
}

// LoadKnown reads images to measure a model on that was trained on data of the digest sha256. The same data are split as [Load] does.
// Of others nothing is drawn: where they have test images, these are the test images, and beside them there are those of training and
// validation that they bring; where they have none, all are test images. It makes no cache, as [Reload].
func LoadKnown(cfg config.Data, seed uint64, maxPixels int, sha256 string, with ...Keeping) (*Splits, error) {
	return load(cfg, seed, maxPixels, toMeasureOthers, func(l *loaded, cfg config.Data, seed uint64) (*Splits, error) {
		if l.digest() == sha256 {
			return split(l, cfg, seed)
		}
		return l.whole(), nil
	}, with)
}

// purpose is what images are read for.
type purpose int

const (
	toTrain         purpose = iota
	toMeasure               // the images of a training
	toMeasureOthers         // whatever images there are
)

// load reads and cuts images, to train on or to measure.
func load(cfg config.Data, seed uint64, maxPixels int, use purpose, cut func(*loaded, config.Data, uint64) (*Splits, error), with []Keeping) (*Splits, error) {
	want, err := cfg.Shape()
	if err != nil {
		return nil, err
	}
	rng, err := config.ParseRange(cmp.Or(cfg.Range, "auto"))
	if err != nil {
		return nil, err
	}
	kept, windows := cfg.Kept()
	if windows && areWindows(cfg.Source, want, maxPixels) {
		if use == toTrain && (kept.Width > want.Width || kept.Height > want.Height) {
			return nil, &config.Conflict{Setting: "data.crop", Value: cfg.Crop, Reason: fmt.Sprintf("would enlarge images that have the size of its windows, %dx%d, already, and what has that size is measured as it is", want.Width, want.Height),
				Instead: "leave it out, or enlarge them with " + config.Mention("data.augment", "scale:1.2")}
		}
		windows = use != toMeasureOthers
	}
	if !windows {
		kept = want
	}
	how := reading{shape: kept, rng: rng, maxPixels: orDefault(maxPixels), skipBad: cfg.SkipBad, allPages: cfg.Pages == config.AllPages, seen: &seen{}, pages: &pageCount{}, proportions: cfg.Fit, kernel: cfg.Resample, odd: &oddCount{}}
	how.keep(cfg.Cache, with)
	how.measures = use != toTrain
	if how.size = "data.image_size"; windows {
		how.size = "data.crop"
	}
	l, name, err := read(cfg.Source, how)
	if err != nil {
		return nil, err
	}
	if how.cache != "" && use == toTrain && l.found.cache == "" {
		return nil, fmt.Errorf("%s is for images that are decoded, and %s is read as it is: leave it out", config.Mention("data.cache"), name)
	}
	splits, err := cut(l, cfg, seed)
	if err != nil {
		return nil, err
	}
	splits.Name, splits.SHA256, splits.Inputs, splits.Own = name, l.digest(), l.inputs, l.test != nil
	if err := splits.fit(how); err != nil {
		return nil, err
	}
	if windows {
		if err := splits.windows(want); err != nil {
			return nil, err
		}
	}
	for _, b := range l.found.bad {
		splits.Unreadable = append(splits.Unreadable, b.Reason)
	}
	splits.LeftOut = l.found.unreadable()
	splits.Found = slices.Concat(l.found.lines(splits), splits.windowLines(), how.pages.lines(), how.odd.advised(cfg.Fit, kept))
	splits.Warnings = slices.Concat(l.found.warnings(), l.unlearned(), how.seen.clippings.lines(rng), how.seen.spread.lines(use != toMeasureOthers))
	if splits.merged {
		splits.Warnings = append(splits.Warnings, mergedWarning)
	}
	_, splits.Dim = how.seen.dim()
	if err := splits.binarize(cfg.Binarize, seed); err != nil {
		return nil, err
	}
	return splits, nil
}

// keep says where images are kept.
func (how *reading) keep(cache string, with []Keeping) {
	how.ctx, how.say = context.Background(), func(string) {}
	for _, k := range with {
		how.ctx, how.beside = cmp.Or(k.Context, how.ctx), k.Beside
		if k.Say != nil {
			how.say = k.Say
		}
	}
	switch cache {
	case "", config.NoCache:
	case config.MemoryCache:
		how.beside = ""
	default:
		how.cache = cache
	}
}

// read finds the loader of source and gives the data a name.
func read(source string, how reading) (*loaded, string, error) {
	if source == "mnist" {
		l, err := loadMNIST()
		if err != nil {
			return nil, "", err
		}
		return l, "mnist", how.bytes(l)
	}
	if _, several, err := shards.Names(source); several || err != nil {
		l, err := loadFolder(source, how)
		return l, cacheName(source), err
	}
	file, err := checkSource(source)
	if err != nil {
		return nil, "", err
	}
	name := source
	if abs, err := filepath.Abs(source); err == nil {
		name = abs
	}
	name = filepath.Base(name)
	switch {
	case file && imagefile.IsArray(source):
		l, err := loadArrays(source, how)
		return l, name, err
	case file:
		l, err := loadFolder(source, how)
		return l, name, err
	}
	idx, err := findIDX(source)
	if err != nil {
		return nil, "", err
	}
	if idx != nil {
		l, err := idx.load(how.maxPixels)
		if err == nil {
			err = how.bytes(l)
		}
		return l, name, err
	}
	l, err := loadFolder(source, how)
	return l, name, err
}

// checkSource refuses a source that is neither a folder nor a file of many images, and tells which.
func checkSource(source string) (file bool, err error) {
	info, err := os.Stat(source)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return false, fmt.Errorf("%s: no such folder or file; %s takes mnist, a folder (of images, or of IDX files) or a file of many images (zip, tar, NPY, NPZ)", source, config.Mention("data.source"))
	case err != nil:
		return false, fileError(source, err)
	case info.IsDir():
		return false, nil
	case imagefile.IsArray(source), archive.IsName(source):
		return true, nil
	}
	if kind, advice := imagefile.Unsupported(nil, source); kind != "" && info.Mode().IsRegular() {
		return false, fmt.Errorf("%s: %s is not supported; %s", source, kind, advice)
	}
	return false, fmt.Errorf("%s: is a file; %s takes mnist, a folder (of images, or of IDX files) or a file of many images (zip, tar, NPY, NPZ)", source, config.Mention("data.source"))
}

func (l *loaded) digest() string {
	if l.sha256 != "" {
		return l.sha256
	}
	if l.test == nil {
		return digest(l.train)
	}
	return digest(l.train, l.test)
}

// fit brings the images to the wanted shape, of which zero parts are left as they
// are: only those that a split uses.
func (s *Splits) fit(how reading) error {
	shape := resolve(how.shape, s.Train.Set.Shape)
	if shape == s.Train.Set.Shape {
		return nil
	}
	if err := checkMemory(s.Train.Len()+s.Validation.Len()+s.Test.Len(), shape, how.lower()); err != nil {
		return err
	}
	for _, part := range []*Split{&s.Train, &s.Validation, &s.Test} {
		*part = part.fitted(fitter{shape: shape, how: how.proportions, kernel: how.kernel, odd: how.odd})
	}
	return nil
}

// Facts are what a configuration must know of the data.
func (s *Splits) Facts() config.DataFacts {
	f := config.DataFacts{
		Name: s.Name, Shape: s.Train.Set.Shape, Train: s.Train.Len(), Validation: s.Validation.Len(),
		Labeled: true, Classes: s.Train.Set.Classes, Levels: s.Train.Set.Levels(), NoLevels: s.Train.Set.noLevels(),
	}
	if s.Train.Larger != nil {
		f.Kept = s.Train.Larger.Shape
	}
	for _, part := range []Split{s.Train, s.Validation, s.Test} {
		f.Labeled = f.Labeled && (part.Len() == 0 || part.Labeled())
		f.Unlabeled = cmp.Or(f.Unlabeled, part.unlabeled())
	}
	return f
}

// What package inputfile says of files, in short.
var (
	openRegular = inputfile.Open
	notFile     = inputfile.NotFile
	fileError   = inputfile.Error
)

// DefaultMaxPixels is the most pixels that an image may claim where the
// caller sets no limit: 64 megapixels.
const DefaultMaxPixels = imagefile.DefaultMaxPixels

// orDefault is the limit that a caller has set, or the default.
func orDefault(maxPixels int) int {
	if maxPixels > 0 {
		return maxPixels
	}
	return DefaultMaxPixels
}
