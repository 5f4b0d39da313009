package dataset

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"vae/internal/config"
	"vae/internal/kernel"
	"vae/internal/rng"
)

// Split is a view of some images of a set; no pixel is copied.
type Split struct {
	Set   *Set
	Index []int // ascending indices into Set
	// Larger holds the images of Set, each at the same place, with what lies around them; nil where Set has all of them.
	Larger *Set
	// Dynamic says that pixels are probabilities of white: each use of an image
	// draws it anew.
	Dynamic bool
}

// Len is the number of images of the split.
func (s Split) Len() int { return len(s.Index) }

// Gather fills dst [B, D] with the images rows [B] of the split, 0 black to 1 white: bytes divided by 255 as
// torchvision's ToTensor does. dst must hold len(rows)*D elements.
func (s Split) Gather(dst []float32, rows []int) {
	s.fetch(s.Set, rows)
	d := s.Set.Shape.Pixels()
	kernel.Parallel((len(rows)+rowsPerPart-1)/rowsPerPart, func(part int) {
		end := min((part+1)*rowsPerPart, len(rows))
		for r := part * rowsPerPart; r < end; r++ {
			if r+ahead < end {
				s.Set.prefetch(s.Index[rows[r+ahead]])
			}
			s.Set.Floats(dst[r*d:(r+1)*d], s.Index[rows[r]])
		}
	})
}

// Ahead has the images rows read, if they are those of a file, of which there will be need soon. It waits for nothing.
func (s Split) Ahead(rows []int) {
	set := s.Set
	if s.Larger != nil {
		set = s.Larger
	}
	set.ahead(len(rows), func(i int) int { return s.Index[rows[i]] })
}

// fetch has the images rows read together from a set, of which there is need now, where the system is likely not to have them. Else it
// would read one after another and, with each, up to megabytes around it, which there is no memory to keep.
func (s Split) fetch(from *Set, rows []int) {
	if from.large {
		from.ahead(len(rows), func(i int) int { return s.Index[rows[i]] })
	}
}

// rowsPerPart is how many images are gathered by one thread at a time: they lie
// anywhere in memory, so that waiting for them is most of the work.
const rowsPerPart = 32

// ahead is how many images before its turn one is fetched from memory.
const ahead = 4

// Splits are the three parts of a data set.
type Splits struct {
	Name                    string // "mnist", or the folder's own name
	SHA256                  string // over shape, pixels and labels: the same data have the same digest wherever they lie
	Inputs                  string // what names the test images, or all, as an input of a [Stream]
	Excluded                int    // images that are in none of the parts, for their labels
	Train, Validation, Test Split

	Found      []string // lines that say what was recognised in a folder, and what was left out
	Warnings   []string // lines that say what in it may not be meant so
	Unreadable []string // what is wrong with each image that was left out as it cannot be read
	LeftOut    string   // a line that says how many these are, and names the first; "" for none. It is one of Found
	Dim        bool     // the values of all images are so few of their range that they are nearly of one grey
	Own        bool     // the data have test images of their own: none were drawn
	merged     bool     // the test images are among the training images
}

// Bytes is what the images of all parts take in memory.
func (s *Splits) Bytes() (bytes int) {
	var seen []*Set
	for _, part := range []Split{s.Train, s.Validation, s.Test} {
		for _, set := range []*Set{part.Set, part.Larger} {
			if set != nil && set.file == nil && !slices.Contains(seen, set) {
				seen = append(seen, set)
				bytes += len(set.Pixels) + 2*len(set.Deep) + 4*len(set.Real)
			}
		}
	}
	return bytes
}

// autoValidation is the most that config.Auto keeps back for validation.
const autoValidation = 5000

// split cuts loaded images into training, validation and test. Test images
// are the loader's, else a tenth drawn with the seed; validation images are
// the loader's (a val folder), else drawn with the seed.
func split(l *loaded, cfg config.Data, seed uint64) (_ *Splits, err error) {
	if cfg.MergeTest {
		if l, err = l.merged(); err != nil {
			return nil, err
		}
	}
	pool := l.train.upTo(0, l.train.Len()-l.validation)
	if len(pool) == 0 {
		return nil, fmt.Errorf("%s: is split into %s, without training images; to train on a folder of it name that alone, such as %s",
			cfg.Source, l.found.split, config.Mention("data.source", filepath.Join(cfg.Source, l.found.first())))
	}
	out := &Splits{merged: cfg.MergeTest}
	if l.test != nil {
		out.Test = Split{Set: l.test, Index: l.test.upTo(0, l.test.Len())}
	} else {
		if len(pool) < 2 {
			return nil, fmt.Errorf("%s: holds %d training image; at least 2 are needed, as one is kept for the test", cfg.Source, len(pool))
		}
		var test []int
		all := pool
		test, pool = take(pool, max(1, len(pool)/10), l.train.permutation(len(pool), rng.Stream(seed, "test split")))
		out.Test = Split{Set: l.train, Index: l.train.sorted(test)}
		if slices.Sort(pool); cfg.MergeTest {
			pool = all
		}
	}
	excluded, err := excludedLabels(l.train, cfg.ExcludeLabels)
	if err != nil {
		return nil, err
	}
	folder := l.train.upTo(l.train.Len()-l.validation, l.train.Len())
	out.Excluded = len(pool) + len(folder)
	pool, folder = slices.DeleteFunc(pool, excluded), slices.DeleteFunc(folder, excluded)
	out.Excluded -= len(pool) + len(folder)
	if len(pool) == 0 && out.Excluded > 0 {
		return nil, excludedError(strings.Join(cfg.ExcludeLabels, ", "), "must leave images to train on")
	}
	count, err := validationCount(l, cfg, len(pool), len(folder))
	if err != nil {
		return nil, err
	}
	validation, train := take(pool, count, l.train.permutation(len(pool), rng.Stream(seed, "validation split")))
	if l.validation > 0 {
		validation = folder
	}
	if cfg.Limit > 0 && cfg.Limit < len(train) {
		train = train[:cfg.Limit]
	}
	out.Train, out.Validation = Split{Set: l.train, Index: l.train.sorted(train)}, Split{Set: l.train, Index: l.train.sorted(validation)}
	return out, nil
}

// merged is what was loaded with copies of the test images among the training images, as
// some published figures are of all images there are.
func (l *loaded) merged() (*loaded, error) {
	if l.test == nil { // the images that are drawn for the test stay where they are
		return l, nil
	}
	a, b := l.train, l.test
	if a.Shape != b.Shape || (a.Deep == nil) != (b.Deep == nil) || (a.Real == nil) != (b.Real == nil) || !slices.Equal(a.table, b.table) ||
		!slices.Equal(a.Classes, b.Classes) || (a.Labels == nil) != (b.Labels == nil) {
		return nil, fmt.Errorf("%s: the test images are of another form than the training images (size, depth, range or labels), so that they are no set together: leave it out",
			config.Mention("data.merge_test"))
	}
	if err := checkMemory(a.Len()+b.Len(), a.Shape, "leave out "+config.Mention("data.merge_test")+", or lower "+config.Mention("data.image_size")); err != nil {
		return nil, fmt.Errorf("the images of training and test are copied into one set: %w", err)
	}
	a.guard()
	b.guard()
	at := a.Len() - l.validation
	pixels := at * a.Shape.Pixels()
	out := *l
	out.train = &Set{
		Shape: a.Shape, Classes: a.Classes, Low: a.Low, High: a.High, table: a.table, Labels: between(a.Labels, b.Labels, at),
		Pixels: between(a.Pixels, b.Pixels, pixels), Deep: between(a.Deep, b.Deep, pixels), Real: between(a.Real, b.Real, pixels),
	}
	if a.Named() || b.Named() {
		out.train.Names = between(names(a), names(b), at)
	}
	return &out, nil
}

// between puts b into a at a place; nil into nil is nil.
func between[T any](a, b []T, at int) []T {
	if len(a)+len(b) == 0 {
		return nil
	}
	return slices.Concat(a[:at], b, a[at:])
}

// names are those of all images of a set.
func names(s *Set) []string {
	all := make([]string, s.Len())
	for i := range all {
		all[i] = s.Name(i)
	}
	return all
}

const mergedWarning = "the test images are among the training images: figures of them say nothing about other images"

// whole is the split of images that none are drawn from.
func (l *loaded) whole() *Splits {
	n := l.train.Len()
	if l.test == nil && l.found.split == "" {
		none := Split{Set: l.train}
		return &Splits{Train: none, Validation: none, Test: Split{Set: l.train, Index: l.train.upTo(0, n)}}
	}
	out := &Splits{Train: Split{Set: l.train, Index: l.train.upTo(0, n-l.validation)}, Validation: Split{Set: l.train, Index: l.train.upTo(n-l.validation, n)}}
	if out.Test = (Split{Set: l.train}); l.test != nil {
		out.Test = Split{Set: l.test, Index: l.test.upTo(0, l.test.Len())}
	}
	return out
}

// validationCount is how many of n training images are drawn for validation.
// Those of a validation folder are there already.
func validationCount(l *loaded, cfg config.Data, n, folder int) (int, error) {
	switch v := cfg.Validation; {
	case l.validation > 0 && v != config.Auto && v != folder: // which a run has written down
		return 0, validationError(v, fmt.Sprintf("must be left out, as %s brings a validation folder of its own (%d images)", cfg.Source, folder))
	case l.validation > 0:
		return 0, nil
	case v == config.Auto:
		return min(autoValidation, n/12), nil
	case v < 0:
		return 0, validationError(v, "must not be negative")
	case v >= n:
		return 0, validationError(v, fmt.Sprintf("must be below %d, the number of images it shares with training", n))
	default:
		return v, nil
	}
}

func validationError(count int, reason string) error {
	return &config.FieldError{Field: "data.validation", Value: count, Reason: reason}
}

// take takes the first count of pool in the order of the permutation, and
// gives the rest in that order too.
func take(pool []int, count int, perm []int) (taken, rest []int) {
	for i, p := range perm {
		perm[i] = pool[p]
	}
	return perm[:count:count], perm[count:]
}

// excludedLabels finds the images of a set that have one of the labels. Errors: a label that
// the set has not.
func excludedLabels(s *Set, names []string) (excluded func(i int) bool, err error) {
	classes := make([]bool, len(s.Classes))
	for _, name := range names {
		class := slices.Index(s.Classes, name)
		if class < 0 || s.Labels == nil {
			err := excludedError(name, "must name labels of the images, which have "+labelList(s))
			err.Suggestion = config.Nearest(name, s.Classes)
			return nil, err
		}
		classes[class] = true
	}
	return func(i int) bool { return len(names) > 0 && s.Labels[i] >= 0 && classes[s.Labels[i]] }, nil
}

// labelList writes the labels of a set, the first of many.
func labelList(s *Set) string {
	const most = 12
	switch n := len(s.Classes); {
	case s.Labels == nil || n == 0:
		return "none"
	case n > most:
		return fmt.Sprintf("%s and %d more", strings.Join(s.Classes[:most], ", "), n-most)
	}
	return strings.Join(s.Classes, ", ")
}

func excludedError(name, reason string) *config.FieldError {
	return &config.FieldError{Field: "data.exclude_labels", Value: name, Reason: reason}
}
