package dataset

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"vae/internal/config"
	"vae/internal/folder"
)

// idxFolder holds the paths of the files of a data set, "" for those that are absent.
type idxFolder struct {
	dir   string
	files map[idxSlot]string
	rest  []string // names of IDX files that have no place
}

// findIDX finds the IDX files in dir and what their names say; nil when there is none. The error names those that cannot be told apart.
func findIDX(dir string) (*idxFolder, error) {
	named := listIDX(dir)
	if len(named) == 0 {
		return nil, nil
	}
	f := &idxFolder{dir: dir, files: map[idxSlot]string{}}
	stem, err := f.stem(named)
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for _, part := range []folder.Part{folder.Train, folder.Validation, folder.Test} {
		images, one := choose(named, stem, idxSlot{part, false})
		labels, oneOfLabels := choose(named, images.stem, idxSlot{part, true})
		switch {
		case !one || !oneOfLabels:
			return nil, f.unclear(named)
		case images.name == "":
			continue
		}
		for _, n := range []idxName{images, labels} {
			if n.name != "" {
				f.files[n.slot], taken[n.words] = filepath.Join(dir, n.name), true
			}
		}
	}
	for _, n := range named {
		if !taken[n.words] {
			f.rest = append(f.rest, n.name)
		}
	}
	switch {
	case f.files[trainImages] == "":
		return nil, fmt.Errorf("%s: has IDX files, but no train-images-idx3-ubyte (or .gz) among them: %s", dir, listed(named))
	case len(f.rest) > 0 && f.lacks():
		return nil, f.unclear(named)
	}
	return f, nil
}

// stem is what the names of a data set begin with. Where there are several, MNIST's own names are taken, else the only one with training images.
func (f *idxFolder) stem(named []idxName) (string, error) {
	var stems []string
	for _, n := range named {
		if n.slot == trainImages && !slices.Contains(stems, n.stem) {
			stems = append(stems, n.stem)
		}
	}
	switch {
	case len(stems) == 0 || slices.Contains(stems, ""):
		return "", nil
	case len(stems) == 1:
		return stems[0], nil
	}
	return "", f.unclear(named)
}

// choose is the file for a place: of the stem, or the only one that belongs to no other data set; ok is false where several would do.
func choose(named []idxName, stem string, slot idxSlot) (chosen idxName, ok bool) {
	own, others := map[string]idxName{}, map[string]idxName{} // by their words, the first file of each
	for _, n := range slices.Backward(named) {
		switch {
		case n.slot != slot:
		case n.stem == stem:
			own[n.words] = n
		case !n.belongs(named):
			others[n.words] = n
		}
	}
	if len(own) == 0 {
		own = others
	}
	for _, n := range own {
		chosen = n
	}
	return chosen, len(own) <= 1
}

// lacks tells whether a place is empty that one of the files without a place may be meant for.
func (f *idxFolder) lacks() bool {
	return f.files[testImages] == "" || f.files[trainLabels] == "" || f.files[testLabels] == ""
}

func (f *idxFolder) unclear(named []idxName) error {
	return fmt.Errorf("%s: it is not clear which of its IDX files are which: %s; keep one data set in the folder, named train-images-idx3-ubyte, train-labels-idx1-ubyte, "+
		"t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (or .gz)", f.dir, listed(named))
}

// listed names the first files.
func listed(named []idxName) string {
	var names []string
	for _, n := range named {
		names = append(names, n.name)
	}
	const most = 8
	if n := len(names); n > most {
		names = append(names[:most], fmt.Sprintf("and %d more", n-most))
	}
	return strings.Join(names, ", ")
}

// images is the path of the test images, else of the training images.
func (f *idxFolder) images() string { return cmp.Or(f.files[testImages], f.files[trainImages]) }

// load reads the files. Test images may be absent, and labels.
func (f *idxFolder) load(maxPixels int) (*loaded, error) {
	l := &loaded{inputs: f.images()}
	for _, name := range f.rest {
		l.found.leftOut.Add(folder.Reason("of another data set (" + name + ")"))
	}
	var err error
	if l.train, err = f.set(folder.Train, maxPixels); err != nil {
		return nil, err
	}
	validation, err := f.set(folder.Validation, maxPixels)
	if err != nil {
		return nil, err
	}
	if l.test, err = f.set(folder.Test, maxPixels); err != nil {
		return nil, err
	}
	if err := errors.Join(f.join(l.train, validation, folder.Validation), f.join(l.train, l.test, folder.Test)); err != nil {
		return nil, err
	}
	if validation != nil {
		l.validation = validation.Len()
		l.train.append(validation)
	}
	return l, nil
}

// set reads the images of a part and their labels; nil where there are none.
func (f *idxFolder) set(part folder.Part, maxPixels int) (*Set, error) {
	images := f.files[idxSlot{part, false}]
	if images == "" {
		return nil, nil
	}
	return readIDXSet(images, f.files[idxSlot{part, true}], maxPixels)
}

// join gives training images and those of another part the classes of both, and sees that they fit together.
func (f *idxFolder) join(train, other *Set, part folder.Part) error {
	if other == nil {
		return nil
	}
	if a, b := train.Shape, other.Shape; a != b {
		return fmt.Errorf("%s: its images are %dx%d, those of %s are %dx%d; both must have one size",
			f.files[idxSlot{part, false}], b.Width, b.Height, f.files[trainImages], a.Width, a.Height)
	}
	if len(other.Classes) > len(train.Classes) {
		train.Classes = other.Classes
	}
	other.Classes = train.Classes
	return nil
}

// append puts the images of another set behind those of s.
func (s *Set) append(other *Set) {
	if s.Labels == nil && other.Labels == nil {
		s.Pixels = append(s.Pixels, other.Pixels...)
		return
	}
	s.Labels = append(s.labels(), other.labels()...)
	s.Pixels = append(s.Pixels, other.Pixels...)
}

// labels are those of all images, -1 where they have none.
func (s *Set) labels() []int {
	if s.Labels != nil {
		return s.Labels
	}
	return slices.Repeat([]int{-1}, s.Len())
}

// readIDXSet reads a file of images and, unless labels is "", their labels.
func readIDXSet(images, labels string, maxPixels int) (*Set, error) {
	x, file, err := openIDX(images, idxImages, maxPixels)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	s := &Set{Shape: config.Shape{Width: x.cols, Height: x.rows, Channels: 1}}
	if err := checkMemory(x.n, s.Shape, "keep fewer in "+images); err != nil {
		return nil, err
	}
	if s.Pixels, err = x.all(); err != nil || labels == "" {
		return s, err
	}
	s.Labels, err = readIDXLabels(labels, images, s.Len())
	if err == nil {
		s.Classes = digits(slices.Max(s.Labels))
	}
	return s, err
}

// readIDXLabels reads the labels of the n images in the file images.
func readIDXLabels(labels, images string, n int) ([]int, error) {
	x, file, err := openIDXLabels(labels, images, n)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return x.labels()
}

// openIDXLabels opens the labels of the n images in the file images.
func openIDXLabels(labels, images string, n int) (*idxReader, io.Closer, error) {
	x, file, err := openIDX(labels, idxLabels, DefaultMaxPixels)
	if err == nil && x.n != n {
		file.Close()
		err = fmt.Errorf("%s: has %d labels for the %d images of %s", labels, x.n, n, images)
	}
	return x, file, err
}

// openIDX opens a file that must have the magic number.
func openIDX(path string, magic uint32, maxPixels int) (*idxReader, io.Closer, error) {
	file, size, err := openRegular(path, path)
	if err != nil {
		return nil, nil, err
	}
	x, err := newIDX(file, size, path, maxPixels)
	if err == nil && x.magic != magic {
		err = fmt.Errorf("%s: has the magic number 0x%08x, not 0x%08x", path, x.magic, magic)
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return x, file, nil
}

// startsIDX tells whether a file begins with an IDX magic number for unsigned
// bytes, perhaps within gzip.
func startsIDX(path string) bool {
	file, _, err := openRegular(path, path)
	if err != nil {
		return false
	}
	defer file.Close()
	var r io.Reader = bufio.NewReader(file)
	if z, err := gzip.NewReader(r); err == nil {
		r = z
	} else if _, err := file.Seek(0, io.SeekStart); err == nil {
		r = file
	}
	var head [3]byte
	_, err = io.ReadFull(r, head[:])
	return err == nil && head == [3]byte{0, 0, 8}
}
