package dataset

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"

	"vae/internal/config"
	"vae/internal/mapped"
	"vae/internal/memory"
)

// A cache is a mapped file of the pixels of a data set, training images first, as they are in memory: whole numbers of 8 or 16 bits, or float32,
// the least byte first; then, from a multiple of 8 on, numbers of 8 bytes: the label of each image (none where no image has one; -1 for none), and where its name
// ends among the names, which come last. Its header is what else is known of them.

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
	NameBytes  int

	labels, ends, text int  // where these begin in the body
	large              bool // it is larger than memory is for
}

// cachedSet is what is kept of a set.
type cachedSet struct {
	Images int
	Sum    uint64 // of the pixels, if they have 8 bits
}

// original is a data set before it is decoded.
type original struct {
	source string
	order  func(a, b string) int // of classes
	key    func(reading) (string, error)
	all    func(reading) (files []imageFile, skipped int, err error)             // decodes all, into memory
	each   func(how reading, use func(imageFile) error) (skipped int, err error) // decodes one after another
	found  func() *found                                                         // what was found while they were listed; nil if they were not
}

// loaded is a data set whose images are decoded, and which of them cannot be read, or what a cache holds of it. Where there is none it is made,
// unless the images are to be measured: then they are decoded.
func (how reading) loaded(o original) (*loaded, error) {
	if how.cache == "" {
		return how.decoded(o)
	}
	is, err := o.key(how)
	if err != nil {
		return nil, err
	}
	files, err := how.cacheFiles(o.source, is)
	why := ""
	for _, file := range files {
		var l *loaded
		var not string
		if l, not, err = how.fromCache(file, is); l != nil || err != nil && (!how.measures || how.ctx.Err() != nil) {
			return l, err
		}
		why = cmp.Or(why, not)
	}
	switch {
	case how.measures:
		return how.decoded(o)
	case err != nil:
		return nil, err
	}
	return how.made(o, files[0], is, why)
}

// made is what a cache holds that is made; what was there, why says.
func (how reading) made(o original, file, is, why string) (*loaded, error) {
	if how.large {
		how.say(fmt.Sprintf("more images than memory is for (%s would keep them there): they are decoded once, into %s", config.Mention("data.cache", config.MemoryCache), file))
	}
	if err := how.make(o, file, is); err != nil {
		return nil, err
	}
	how.seen, how.pages, how.odd = &seen{}, &pageCount{}, &oddCount{} // for it is told once, of what the file holds
	l, not, err := how.fromCache(file, is)
	switch {
	case l != nil:
		l.found.made, l.found.before = true, why
	case err == nil:
		err = cacheError(file, fmt.Errorf("%s: another program has put one in its place, or the disk does not keep what is written: give each its own", not))
	}
	return l, err
}

// make makes a cache.
func (how reading) make(o original, file, key string) error {
	var ofImages error
	told := false
	waiting := func() {
		if !told {
			how.say(file + ": another program is making it, which is waited for")
		}
		told = true
	}
	err := mapped.Build(how.ctx, file, key, waiting, func(b *mapped.Building) ([]byte, error) {
		k, err := newKeeper(how, b)
		if err != nil {
			return nil, err
		}
		var ofDisk error
		progress := how.progress()
		skipped, err := o.each(how, func(f imageFile) error {
			progress()
			ofDisk = k.add(f)
			return ofDisk
		})
		if err != nil && ofDisk == nil {
			ofImages = err
		}
		if err != nil {
			return nil, err
		}
		if l := o.found(); l != nil {
			how.listed = l
		}
		k.how = how
		return k.store(skipped, o.order)
	})
	switch {
	case err == nil:
		return nil
	case ofImages != nil && errors.Is(err, ofImages):
		return ofImages
	case errors.Is(err, errNoImage):
		return fmt.Errorf("%s: %w", o.source, err)
	}
	return cacheError(file, err)
}

func cacheError(file string, err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		err = fmt.Errorf("%w: make room, or name a folder on another disk with %s", err, config.Mention("data.cache", "FOLDER/"))
	}
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
	name := cacheName(source) + "-" + key[:12]
	files := []string{filepath.Join(how.cache, fmt.Sprintf("%s-%v%s", name, how.shape, cacheEnding))}
	entries, _ := os.ReadDir(how.cache) // which Build makes, if it is not there
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), name) && strings.HasSuffix(e.Name(), cacheEnding) {
			files = append(files, filepath.Join(how.cache, e.Name()))
		}
	}
	return files, nil
}

// cacheName is what names of caches of a source begin with: of shards, what stands before the braces.
func cacheName(source string) string {
	name, _, _ := strings.Cut(filepath.Base(source), "{")
	return cmp.Or(strings.TrimRight(name, "-_."), "shards")
}

// cacheEnding ends the names of caches that the program names.
const cacheEnding = ".images"

// fromCache is what a file holds; where it does not hold what the key says it is nil, and why says what it is, "" for no file.
func (how reading) fromCache(file, key string) (l *loaded, why string, err error) {
	m, why, err := mapped.Open(how.ctx, file, key)
	if err != nil {
		return nil, "", cacheError(file, err)
	}
	if m == nil {
		return nil, why, nil
	}
	var c cached
	if err := gob.NewDecoder(bytes.NewReader(m.Header)).Decode(&c); err != nil {
		return nil, mapped.Damaged, nil
	}
	if !c.serves(how) {
		return nil, mapped.OtherKey, nil
	}
	if !c.lay(m) {
		return nil, mapped.Damaged, nil
	}
	how.notice(c.Noticed)
	c.large = float64(len(m.Body)) > memoryLimit()
	l = &loaded{train: c.set(m, c.Train, 0), validation: c.Validation, sha256: c.SHA256}
	if c.Test != nil {
		l.test = c.set(m, *c.Test, c.Train.Images)
	}
	l.found = c.Noticed.found()
	l.found.skipped, l.found.cache = c.Skipped, file+", "+memory.Text(float64(c.images()*c.Shape.Pixels()*c.Bits/8))
	return l, "", nil
}

// images is how many there are in both sets.
func (c *cached) images() int {
	if c.Test != nil {
		return c.Train.Images + c.Test.Images
	}
	return c.Train.Images
}

// lay finds the parts of a body behind the pixels, and tells whether it has the size of them all.
func (c *cached) lay(m *mapped.File) bool {
	size, n := c.Shape.Pixels()*c.Bits/8, c.images()
	if size <= 0 || n <= 0 || n > len(m.Body)/size {
		return false
	}
	at := n * size
	at += alignment(at)
	if len(c.Classes) > 0 {
		c.labels = at
		at += 8 * n
	}
	c.ends, c.text = at, at+8*n
	return c.NameBytes >= 0 && len(m.Body) == c.text+c.NameBytes
}

// serves tells whether the images are those that are asked for: in that shape, or made for the same question, and the same ones left out.
func (c *cached) serves(how reading) bool {
	size := func(s config.Shape) [2]int { return [2]int{s.Width, s.Height} }
	asked := how.shape
	return (size(asked) == size(c.Asked) || size(asked) == size(c.Shape)) && (asked.Channels == c.Asked.Channels || asked.Channels == c.Shape.Channels) &&
		(c.Skipped == 0 && how.maxPixels >= c.MaxPixels || how.skipBad && how.maxPixels == c.MaxPixels)
}

// set is a set whose images are those of a file from one on.
func (c *cached) set(m *mapped.File, of cachedSet, from int) *Set {
	at := from * c.Shape.Pixels() * c.Bits / 8
	s := &Set{Shape: c.Shape, Classes: c.Classes, file: m, at: at, large: c.large}
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
	if len(c.Classes) > 0 {
		s.Labels = intsOf(m.Body[c.labels+8*from:], of.Images)
	}
	s.kept = &keptNames{unsafe.Slice((*uint64)(unsafe.Pointer(&m.Body[c.ends])), c.images()), m.Body[c.text:], from}
	s.setRange(c.Low, c.High)
	s.sum = of.Sum
	return s
}

// keyHead begins a key with how images are read, and with what the file is that they are packed in.
func (how reading) keyHead(source string) hash.Hash {
	h := sha256.New()
	fmt.Fprintf(h, "vae images 3\n%s %s %v %t\n", cmp.Or(how.proportions, config.Stretch), cmp.Or(how.kernel, config.Bicubic), how.rng, how.allPages)
	if info, err := os.Stat(source); err == nil && !info.IsDir() {
		io.WriteString(h, stamp(source))
	}
	return h
}
