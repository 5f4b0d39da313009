package dataset

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"vae/internal/config"
)

// idxFolder holds the paths of the files under MNIST's four names, "" for
// those that are absent.
type idxFolder struct {
	dir                      string
	trainImages, trainLabels string
	testImages, testLabels   string
}

// findIDX finds the files under the four usual names in dir, also with a dot
// before "idx" and with ".gz"; nil when there is none.
func findIDX(dir string) *idxFolder {
	f := &idxFolder{dir: dir}
	f.trainImages = findEither(dir, "train-images", "idx3-ubyte")
	f.trainLabels = findEither(dir, "train-labels", "idx1-ubyte")
	f.testImages = findEither(dir, "t10k-images", "idx3-ubyte")
	f.testLabels = findEither(dir, "t10k-labels", "idx1-ubyte")
	if *f == (idxFolder{dir: dir}) {
		return nil
	}
	return f
}

func findEither(dir, stem, kind string) string {
	for _, name := range []string{stem + "-" + kind, stem + "." + kind} {
		for _, end := range []string{"", ".gz"} {
			path := filepath.Join(dir, name+end)
			if info, err := os.Stat(path); err == nil && !info.IsDir() {
				return path
			}
		}
	}
	return ""
}

// images is the path of the test images, else of the training images; of the
// folder when there are neither.
func (f *idxFolder) images() string { return cmp.Or(f.testImages, f.trainImages, f.dir) }

// load reads the files. Test images may be absent, and labels.
func (f *idxFolder) load(maxPixels int) (*loaded, error) {
	if f.trainImages == "" {
		return nil, fmt.Errorf("%s: has IDX files, but no train-images-idx3-ubyte (or .gz) among them", f.dir)
	}
	if f.testImages == "" && f.testLabels != "" {
		return nil, fmt.Errorf("%s: has labels of test images, but no t10k-images-idx3-ubyte (or .gz)", f.dir)
	}
	l := &loaded{inputs: f.images()}
	var err error
	if l.train, err = readIDXSet(f.trainImages, f.trainLabels, maxPixels); err != nil {
		return nil, err
	}
	if f.testImages == "" {
		return l, nil
	}
	if l.test, err = readIDXSet(f.testImages, f.testLabels, maxPixels); err != nil {
		return nil, err
	}
	if l.test.Shape != l.train.Shape {
		return nil, fmt.Errorf("%s: its images are %dx%d, those of %s are %dx%d; both must have one size", f.testImages,
			l.test.Shape.Width, l.test.Shape.Height, f.trainImages, l.train.Shape.Width, l.train.Shape.Height)
	}
	if len(l.test.Classes) > len(l.train.Classes) {
		l.train.Classes = l.test.Classes
	}
	l.test.Classes = l.train.Classes
	return l, nil
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
