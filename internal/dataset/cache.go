package dataset

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"vae/internal/config"
	"vae/internal/imagefile"
	"vae/internal/mapped"
	"vae/internal/memory"
)

// A cache is a mapped file of the pixels of a data set, training images first, as they are in memory: whole numbers of 8 or 16 bits, or float32,
// the least byte first. Its header is what else is known of them.

// cached is that header.
type cached struct {
	Asked      config.Shape // for; zeros for what the images have
	Shape      config.Shape
	Bits       int
	Low, High  float64
	Classes    []string
	Train      cachedSet
	Validation int
	Test       *cachedSet // nil where there are no test images
	SHA256     string
	Skipped    int
	MaxPixels  int // that an image was allowed
	Noticed    noticed
}

// cachedSet is what is kept of a set besides its pixels.
type cachedSet struct {
	Images int
	Names  []string
	Labels []int
	Sum    uint64 // of the pixels, if they have 8 bits
}

// loaded is a data set whose images decode decodes, and which of them cannot be read, or what a cache of the key holds of it. Where there is none it is made,
// unless the images are to be measured: then they are decoded.
func (how reading) loaded(source string, order func(a, b string) int, key func() string, decode func(reading) ([]imageFile, int, error)) (*loaded, error) {
	if how.cache == "" {
		return how.decoded(order, decode)
	}
	is := key()
	files, err := how.cacheFiles(source, is)
	for _, file := range files {
		var l *loaded
		if l, err = how.fromCache(file, is); l != nil || err != nil && !how.measures {
			return l, err
		}
	}
	switch {
	case how.measures:
		return how.decoded(order, decode)
	case err != nil:
		return nil, err
	}
	file := files[0]
	if err := how.make(file, is, order, decode); err != nil {
		return nil, err
	}
	how.seen, how.pages, how.odd = &seen{}, &pageCount{}, &oddCount{} // for it is told once, of what the file holds
	l, err := how.fromCache(file, is)
	if l != nil {
		l.found.made = true
	}
	if l == nil && err == nil {
		err = cacheError(file, errors.New("another program has put one of other images in its place: give each its own"))
	}
	return l, err
}

// make makes a cache.
func (how reading) make(file, key string, order func(a, b string) int, decode func(reading) ([]imageFile, int, error)) error {
	var ofImages error
	err := mapped.Build(file, key, func(b *mapped.Building) ([]byte, error) {
		how.spool = b.Spool
		files, skipped, err := decode(how)
		if err != nil {
			ofImages = err
			return nil, err
		}
		return how.store(b, files, skipped, order)
	})
	switch {
	case err == nil:
		return nil
	case ofImages != nil && errors.Is(err, ofImages):
		return ofImages
	}
	return cacheError(file, err)
}

func cacheError(file string, err error) error {
	return fmt.Errorf("%s: %w", config.Mention("data.cache"), fileError(file, err))
}

// cacheFiles are the file that images of the key are kept in, and others that may hold them.
func (how reading) cacheFiles(source, key string) ([]string, error) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		return nil, fmt.Errorf("%s is for processors that keep the least byte first", config.Mention("data.cache"))
	}
	info, err := os.Stat(how.cache)
	if !os.IsPathSeparator(how.cache[len(how.cache)-1]) && (err != nil || !info.IsDir()) {
		return []string{how.cache}, nil
	}
	if abs, err := filepath.Abs(source); err == nil {
		source = abs
	}
	name := filepath.Base(source) + "-" + key[:12]
	files := []string{filepath.Join(how.cache, fmt.Sprintf("%s-%v%s", name, how.shape, cacheEnding))}
	entries, _ := os.ReadDir(how.cache) // which Build makes, if it is not there
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), name) && strings.HasSuffix(e.Name(), cacheEnding) {
			files = append(files, filepath.Join(how.cache, e.Name()))
		}
	}
	return files, nil
}

// cacheEnding ends the names of caches that the program names.
const cacheEnding = ".images"

// store writes the pixels of decoded files, and gives the header.
func (how reading) store(body io.Writer, files []imageFile, skipped int, order func(a, b string) int) ([]byte, error) {
	b, train, test := arrange(files, order)
	digest := sha256.New()
	w := bufio.NewWriterSize(body, 1<<20)
	c := cached{Asked: how.shape, Shape: b.shape, Bits: b.depth.bits, Low: b.depth.low, High: b.depth.high, Classes: b.classes, Validation: train.validation,
		Skipped: skipped, MaxPixels: how.maxPixels, Noticed: how.noticed()}
	var err error
	if c.Train, err = b.store(w, digest, how.spool, train.files); err != nil {
		return nil, err
	}
	if len(test) > 0 {
		tests, err := b.store(w, digest, how.spool, test)
		if err != nil {
			return nil, err
		}
		c.Test = &tests
	}
	c.SHA256 = hex.EncodeToString(digest.Sum(nil))
	if err := w.Flush(); err != nil {
		return nil, err
	}
	var header bytes.Buffer // not JSON, which has no names that are no UTF-8
	err = gob.NewEncoder(&header).Encode(c)
	return header.Bytes(), err
}

// store writes the pixels of a set, and takes it into a digest.
func (b builder) store(w io.Writer, digest hash.Hash, spool *mapped.Spool, files []*imageFile) (c cachedSet, err error) {
	c = cachedSet{Images: len(files)}
	for _, f := range files {
		c.Names = append(c.Names, f.Name)
		if len(b.classes) > 0 {
			c.Labels = append(c.Labels, b.label(f.Label))
		}
	}
	s := b.empty()
	s.Labels = c.Labels
	s.digestHead(digest, len(files))
	for _, f := range files {
		r, err := f.r.unspilled(spool)
		if err != nil {
			return c, err
		}
		r = r.in(b.depth).inChannels(b.shape.Channels)
		c.Sum += sum(r.pix)
		pixels := r.bytes()
		digest.Write(pixels)
		if _, err := w.Write(pixels); err != nil {
			return c, err
		}
	}
	s.digestLabels(digest)
	return c, nil
}

// fromCache is what a file holds; nil where it does not hold what the key says.
func (how reading) fromCache(file, key string) (*loaded, error) {
	m, err := mapped.Open(file, key)
	if err != nil {
		return nil, cacheError(file, err)
	}
	if m == nil {
		return nil, nil
	}
	var c cached
	if err := gob.NewDecoder(bytes.NewReader(m.Header)).Decode(&c); err != nil || !c.serves(how) {
		return nil, nil
	}
	images, size := c.Train.Images, c.Shape.Pixels()*c.Bits/8
	if c.Test != nil {
		images += c.Test.Images
	}
	if size <= 0 || len(m.Body) != images*size {
		return nil, nil
	}
	how.notice(c.Noticed)
	l := &loaded{train: c.set(m, c.Train, 0), validation: c.Validation, sha256: c.SHA256}
	if c.Test != nil {
		l.test = c.set(m, *c.Test, c.Train.Images*size)
	}
	l.found.skipped, l.found.cache = c.Skipped, file+", "+memory.Text(float64(len(m.Body)))
	return l, nil
}

// serves tells whether the images are those that are asked for: in that shape, or made for the same question, and the same ones left out.
func (c *cached) serves(how reading) bool {
	size := func(s config.Shape) [2]int { return [2]int{s.Width, s.Height} }
	asked := how.shape
	return (size(asked) == size(c.Asked) || size(asked) == size(c.Shape)) && (asked.Channels == c.Asked.Channels || asked.Channels == c.Shape.Channels) &&
		(c.Skipped == 0 && how.maxPixels >= c.MaxPixels || how.skipBad && how.maxPixels == c.MaxPixels)
}

// set is a set whose pixels are those of a file from a byte on.
func (c *cached) set(m *mapped.File, of cachedSet, at int) *Set {
	s := &Set{Shape: c.Shape, Classes: c.Classes, Names: of.Names, Labels: of.Labels, file: m, at: at}
	n := of.Images * c.Shape.Pixels()
	switch body := m.Body[at:]; {
	case n == 0:
	case c.Bits == 8:
		s.Pixels = body[:n:n]
	case c.Bits == 16:
		s.Deep = unsafe.Slice((*uint16)(unsafe.Pointer(&body[0])), n)
	default:
		s.Real = unsafe.Slice((*float32)(unsafe.Pointer(&body[0])), n)
	}
	s.setRange(c.Low, c.High)
	s.sum = of.Sum
	return s
}

// keyOfFiles says what the images of a folder are made of: the files by name, size and time, and what is made of them.
func (how reading) keyOfFiles(dir string, files []imageFile) string {
	h := how.keyHead(dir)
	parts := make([]string, len(files))
	parallel(len(files), func() func(int) {
		return func(i int) {
			f := files[i]
			if parts[i] = stamp(f.Path); f.File != nil {
				parts[i] = fmt.Sprint(f.File.Size)
			}
		}
	})
	for i, f := range files {
		fmt.Fprintf(h, "%q %q %d %s %v\n", f.Name, f.Label, f.Part, parts[i], f.Err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// keyOfArrays is keyOfFiles of a file of arrays.
func (how reading) keyOfArrays(source string, arrays *imagefile.Arrays) string {
	h := how.keyHead(source)
	for _, a := range arrays.Images {
		fmt.Fprintf(h, "%q %q %d %d %d %q\n", a.Name, a.Part, a.N, a.Width, a.Height, strings.Join(a.Labels, "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// keyHead begins a key with how images are read, and with what the file is that they are packed in.
func (how reading) keyHead(source string) hash.Hash {
	h := sha256.New()
	fmt.Fprintf(h, "vae images 2\n%s %s %v %t\n", cmp.Or(how.proportions, config.Stretch), cmp.Or(how.kernel, config.Bicubic), how.rng, how.allPages)
	if info, err := os.Stat(source); err == nil && !info.IsDir() {
		io.WriteString(h, stamp(source))
	}
	return h
}

// stamp is the size and the time of a file.
func stamp(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "none"
	}
	return fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano())
}
