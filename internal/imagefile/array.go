package imagefile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"vae/internal/inputfile"
	"vae/internal/npy"
)

// Arrays are what a file of NumPy holds.
type Arrays struct {
	Images  []*Array // in the order train, validation, test, no part
	LeftOut []string // arrays that are neither images nor their labels
}

// Array is a list of images in one array: [N, Height, Width], [N, Height, Width,
// Channels] or, as PyTorch has it, [N, Channels, Height, Width]; one image is [Height,
// Width]. A fourth channel is alpha.
type Array struct {
	Name   string // in a file of several, "" otherwise
	Part   string // "train", "validation", "test", or "" where no name tells
	N      int
	Height int
	Width  int
	// Labels are those of the images: texts, or whole numbers in digits; nil where
	// there are none.
	Labels []string

	path     string
	header   npy.Header
	channels int
	strides  [4]int // from one image, row, column and channel to the next, in elements
	open     opener
}

// opener opens an array where its elements begin.
type opener func() (io.ReadCloser, *bufio.Reader, npy.Header, error)

// Flat is the shape of an array without an index for its images, "[20, 784]", which is one image where its rows may be
// meant; "" of any other.
func (a *Array) Flat() string {
	if len(a.header.Shape) != 2 {
		return ""
	}
	return a.header.ShapeText()
}

// IsArray tells whether a file has the ending of an array of NumPy, or of several.
func IsArray(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".npy" || ext == ".npz"
}

// OpenArrays reads what the file at path, NPY or NPZ, says of its images, and their
// labels: those in the same file or, of NPY, in a file beside it (x.npy and
// x_labels.npy, or y.npy). Errors are one line that begins with path.
func OpenArrays(path string, o Options) (*Arrays, error) {
	f, _, err := inputfile.Open(path, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var head [6]byte
	n, _ := io.ReadFull(f, head[:])
	switch {
	case n == 0:
		return nil, fmt.Errorf("%s: is empty", path)
	case string(head[:]) == npy.Magic:
		return openNPY(path, o)
	case strings.HasPrefix(string(head[:]), "PK"):
		return openNPZ(path, o)
	}
	return nil, fmt.Errorf("%s: is not in NumPy's format (NPY, NPZ)", path)
}

// arrayError is one line about an array; name tells it from others in the file.
func arrayError(path, name string, err error) error {
	if name != "" {
		path += ": " + name
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: ends too early, it is truncated", path)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// openNPY is a file of one array.
func openNPY(path string, o Options) (*Arrays, error) {
	stem := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	_, part := ArrayName(stem)
	a, err := newArray(path, "", part, npyOpener(path), o)
	if err != nil {
		return nil, err
	}
	labels, err := labelsBeside(path, stem)
	if err != nil || labels == "" {
		return &Arrays{Images: []*Array{a}}, err
	}
	a.Labels, err = readLabels(labels, "", npyOpener(labels), a)
	return &Arrays{Images: []*Array{a}}, err
}

// labelsBeside is the file of labels beside a file of images, "" for none.
func labelsBeside(path, stem string) (found string, err error) {
	for _, name := range labelNames(stem) {
		beside := filepath.Join(filepath.Dir(path), name+filepath.Ext(path))
		if info, err := os.Stat(beside); err != nil || info.IsDir() {
			continue
		}
		if found != "" {
			return "", fmt.Errorf("%s: has labels in %s and in %s; keep one of them", path, found, beside)
		}
		found = beside
	}
	return found, nil
}

// npyOpener opens a file of one array and holds its size against its header.
func npyOpener(path string) opener {
	return func() (io.ReadCloser, *bufio.Reader, npy.Header, error) {
		f, size, err := inputfile.Open(path, path)
		if err != nil {
			return nil, nil, npy.Header{}, fault{err}
		}
		counted := &counter{r: f}
		r := bufio.NewReaderSize(counted, 64<<10)
		h, err := npy.ReadHeader(r)
		if err == nil && h.Size() > uint64(size-counted.n+int64(r.Buffered())) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			f.Close()
			return nil, nil, h, err
		}
		return f, r, h, nil
	}
}

// counter counts the bytes that are read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// newArray opens an array of images, reads its header and closes it.
func newArray(path, name, part string, open opener, o Options) (*Array, error) {
	f, _, h, err := open()
	if err != nil {
		return nil, openError(path, name, err)
	}
	f.Close()
	a := &Array{Name: name, Part: part, path: path, header: h, open: open}
	if err := a.layOut(); err != nil {
		return nil, arrayError(path, name, err)
	}
	return a, CheckSize(strings.TrimSuffix(path+": "+name, ": "), a.Width, a.Height, o.maxPixels())
}

// openError is the error of an opener.
func openError(path, name string, err error) error {
	var named fault
	if errors.As(err, &named) {
		return named.error
	}
	return arrayError(path, name, err)
}

// likelySide is from where on the first two sizes of an array may be those of an image.
const likelySide = 16

// layOut finds which index of the array is which.
func (a *Array) layOut() error {
	s := a.header.Shape
	if a.header.IsText() {
		return errors.New("holds text, not images")
	}
	few := func(i int) bool { return s[i] == 1 || s[i] == 3 }
	var axes [4]int // of the image, row, column and channel; -1 for none
	switch {
	case len(s) == 2:
		axes = [4]int{-1, 0, 1, -1}
	case len(s) == 3 && s[0] >= likelySide && s[1] >= likelySide && (few(2) || s[2] == 4):
		return fmt.Errorf("has the shape %s, of one image or of many narrow ones; make it [1, height, width, channels] or [N, height, width, 1]", a.header.ShapeText())
	case len(s) == 3:
		axes = [4]int{0, 1, 2, -1}
	case len(s) == 4 && (few(3) || s[3] == 4 && !few(1)):
		axes = [4]int{0, 1, 2, 3}
	case len(s) == 4 && (few(1) || s[1] == 4):
		axes = [4]int{0, 2, 3, 1}
	default:
		return fmt.Errorf("has the shape %s; images are [N, height, width] or [N, height, width, 3]", a.header.ShapeText())
	}
	steps := strides(a.header)
	sizes := [4]int{1, 1, 1, 1}
	for i, axis := range axes {
		if axis >= 0 {
			sizes[i], a.strides[i] = s[axis], steps[axis]
		}
	}
	a.N, a.Height, a.Width, a.channels = sizes[0], sizes[1], sizes[2], sizes[3]
	if a.channels == 4 && a.header.Number.Size > 2 || a.channels == 4 && a.header.Kind != npy.Unsigned {
		return errors.New("has four channels, whose last would be alpha, of another type than uint8 and uint16; leave it out")
	}
	if a.N == 0 {
		return errors.New("holds no image")
	}
	return nil
}

// strides are the elements from one index to the next.
func strides(h npy.Header) []int {
	out := make([]int, len(h.Shape))
	n := 1
	for i := range out {
		at := len(out) - 1 - i
		if h.Fortran {
			at = i
		}
		out[at] = n
		n *= h.Shape[at]
	}
	return out
}
