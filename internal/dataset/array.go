package dataset

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"vae/internal/config"
	"vae/internal/folder"
	"vae/internal/imagefile"
)

// partsOfArrays are the parts that names of arrays tell of.
var partsOfArrays = map[string]folder.Part{"": folder.Whole, "train": folder.Train, "validation": folder.Validation, "test": folder.Test}

// loadArrays reads a file of NumPy's: images and, if it has them, labels, in the parts that the names of its arrays tell.
func loadArrays(source string, how reading) (*loaded, error) {
	arrays, err := imagefile.OpenArrays(source, imagefile.Options{MaxPixels: how.maxPixels})
	if err != nil {
		return nil, err
	}
	for _, a := range arrays.Images {
		if shape := a.Flat(); shape != "" {
			return nil, fmt.Errorf("%s: has the shape %s: make it [N, height, width], of which the first is 1 if it is one image", named(source, a), shape)
		}
	}
	each := func(how reading, use func(imageFile) error) (int, error) { return 0, how.arrays(source, arrays, use) }
	l, err := how.loaded(original{source: source, order: byNumber, key: func(reading) (string, error) { return how.keyOfArrays(source, arrays), nil }, each: each,
		all: func(how reading) (files []imageFile, _ int, err error) {
			_, err = each(how, func(f imageFile) error {
				files = append(files, f)
				return nil
			})
			return files, 0, err
		}, found: func() *found { return nil }})
	if err != nil {
		return nil, err
	}
	l.inputs, l.found.arrays = source, sizes(arrays)
	l.found.unread = unread(arrays)
	return l, nil
}

// arrays decodes the images of all arrays, one after another.
func (how reading) arrays(source string, arrays *imagefile.Arrays, use func(imageFile) error) error {
	d := fileDecoder{reading: how}
	var bad faults
	var first []imageFile
	n := 0
	for _, a := range arrays.Images {
		if n += a.N; how.cache == "" || how.measures {
			if err := checkMemory(n, resolve(d.shape, config.Shape{Width: a.Width, Height: a.Height, Channels: 1}), how.less(how.lower())); err != nil {
				return fmt.Errorf("%s: %w", source, err)
			}
		}
		err := d.array(source, a, func(f imageFile) error {
			if !bad.add(how, f) || bad.bad > 0 {
				return nil
			}
			if len(first) == 0 {
				first = []imageFile{{Image: f.Image, r: raster{w: f.r.w, h: f.r.h}}}
			}
			if how.shape.Width == 0 {
				if err := how.checkSameSize(append(first, f)); err != nil {
					return err
				}
			}
			return use(f)
		})
		if err != nil {
			return err
		}
	}
	if bad.floats > 0 {
		return bad.ofFloats(source)
	}
	return nil
}

// named is the name of an array, after that of its file.
func named(source string, a *imagefile.Array) string {
	return strings.TrimSuffix(source+": "+a.Name, ": ")
}

// sizes says how many images each array of a file holds; "" for one that has no name.
func sizes(arrays *imagefile.Arrays) string {
	var text []string
	for _, a := range arrays.Images {
		if a.Name != "" {
			text = append(text, fmt.Sprintf("%s %d", a.Name, a.N))
		}
	}
	return strings.Join(text, ", ")
}

// array decodes the images of an array.
func (d *fileDecoder) array(source string, a *imagefile.Array, use func(imageFile) error) error {
	if d.shape.Width == 0 {
		if err := d.checkSide(source, a.Width, a.Height); err != nil {
			return err
		}
	}
	r, err := a.Open(imagefile.Options{MaxPixels: d.maxPixels, Channels: d.shape.Channels})
	if err != nil {
		return err
	}
	defer r.Close()
	for i := 0; ; i++ {
		img, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		f := imageFile{Image: folder.Image{Name: path.Join(a.Name, indexName(i)), Path: source, Part: partsOfArrays[a.Part]}}
		if a.Labels != nil {
			f.Label = a.Labels[i]
		}
		var of *floatError
		if f.r, f.Err = d.brought(img); f.Err != nil && !errors.As(f.Err, &of) {
			return fmt.Errorf("%s: image %d: %w", source, i, f.Err)
		}
		if err := use(f); err != nil {
			return err
		}
	}
}

// byNumber orders labels that are whole numbers by their size, before others.
func byNumber(a, b string) int {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	switch {
	case errX == nil && errY == nil:
		return cmp.Compare(x, y)
	case errX == nil || errY == nil:
		return cmp.Compare(map[bool]int{true: 0, false: 1}[errX == nil], map[bool]int{true: 0, false: 1}[errY == nil])
	}
	return strings.Compare(a, b)
}

// arraySource yields the images of a file of NumPy's, array after array, read as they are asked for.
type arraySource struct {
	file   string
	arrays []*imagefile.Array // that are not read yet, the first being read
	reader *imagefile.ArrayReader
	o      imagefile.Options
	read   int    // images of the first
	passed int    // of these, that are not read
	unread string // which others it holds
	labels bool
}

func openArraySource(file string, maxPixels int) (source, error) {
	o := imagefile.Options{MaxPixels: maxPixels}
	arrays, err := imagefile.OpenArrays(file, o)
	if err != nil {
		return nil, err
	}
	s := &arraySource{file: file, arrays: arrays.Images, o: o, unread: unread(arrays)}
	for _, a := range arrays.Images {
		s.labels = s.labels || a.Labels != nil
	}
	return s, nil
}

// rows refuses an array whose rows may be images of the shape, where it would be one image.
func (s *arraySource) rows(shape config.Shape) error {
	for _, a := range s.arrays {
		if flat := a.Flat(); flat != "" && a.Width == shape.Pixels() && a.Height != shape.Height {
			return fmt.Errorf("%s: has the shape %s, a row an image of %s: make it [N, height, width]", named(s.file, a), flat, shape)
		}
	}
	return nil
}

// unread says which arrays of a file are passed; "" for none.
func unread(arrays *imagefile.Arrays) string {
	if len(arrays.LeftOut) == 0 {
		return ""
	}
	return "arrays left out, as they are neither images nor labels: " + strings.Join(arrays.LeftOut, ", ")
}

func (s *arraySource) next() (t task, ok bool) {
	for len(s.arrays) > 0 {
		a := s.arrays[0]
		if s.reader == nil {
			var err error
			if s.reader, err = a.Open(s.o); err != nil {
				return s.failed(err), true
			}
			if err = s.reader.Skip(s.passed); err != nil {
				return s.failed(err), true
			}
			s.read, s.passed = s.passed, 0
		}
		img, err := s.reader.Next()
		if err == io.EOF {
			s.close()
			s.arrays, s.read = s.arrays[1:], 0
			continue
		}
		if err != nil {
			return s.failed(err), true
		}
		t = task{name: path.Join(filepath.Base(s.file), a.Name, indexName(s.read)), pixels: &img}
		if a.Labels != nil {
			t.label = a.Labels[s.read]
		}
		s.read++
		return t, true
	}
	return task{}, false
}

// failed ends the source with a fault.
func (s *arraySource) failed(err error) task {
	s.close()
	s.arrays = nil
	return task{name: filepath.ToSlash(s.file), err: err}
}

func (s *arraySource) reads(file fs.FileInfo) bool { return isFile(s.file, file) }
func (s *arraySource) labelled() bool              { return s.labels }
func (s *arraySource) found() []string {
	if s.unread == "" {
		return nil
	}
	return []string{s.file + ": " + s.unread}
}
func (s *arraySource) close() {
	if s.reader != nil {
		s.reader.Close()
		s.reader = nil
	}
}

// keyOfArrays is keyOfFiles of a file of arrays.
func (how reading) keyOfArrays(source string, arrays *imagefile.Arrays) string {
	h := how.keyHead(source)
	for _, a := range arrays.Images {
		fmt.Fprintf(h, "%q %q %d %d %d %q\n", a.Name, a.Part, a.N, a.Width, a.Height, strings.Join(a.Labels, "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil))
}
