package dataset

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"maps"
	"slices"

	"vae/internal/config"
	"vae/internal/folder"
	"vae/internal/mapped"
)

// keeper takes the images of a data set one after another and makes a cache of them, in memory that does not grow with their number.
type keeper struct {
	how     reading
	facts   *mapped.Log // of each image: form, class, part and name
	pixels  *mapped.Log // of each image, as they were decoded
	forms   []form
	numbers map[form]uint64
	classes map[string]uint64 // from 1 on, as they came
	images  [folder.Test + 1]int
}

// form is what images have in common that are kept alike.
type form struct {
	w, h, c, bits int
	low, high     float64
	ends          [2]float64
}

func formOf(r raster) form { return form{r.w, r.h, r.c, r.bits(), r.low, r.high, r.ends} }

// blank is an image of the form whose values are yet to be read.
func (f form) blank() raster {
	return raster{w: f.w, h: f.h, c: f.c, low: f.low, high: f.high, ends: f.ends}.blank(f.bits)
}

func (f form) size() int { return f.w * f.h * f.c * f.bits / 8 }

func newKeeper(how reading, b *mapped.Building) (k *keeper, err error) {
	k = &keeper{how: how, numbers: map[form]uint64{}, classes: map[string]uint64{}}
	if k.facts, err = b.Log("facts"); err == nil {
		k.pixels, err = b.Log("spool")
	}
	return k, err
}

// add takes an image.
func (k *keeper) add(f imageFile) error {
	is := formOf(f.r)
	number, known := k.numbers[is]
	if !known {
		number = uint64(len(k.forms))
		k.numbers[is], k.forms = number, append(k.forms, is)
	}
	class := uint64(0)
	if f.Label != "" {
		if class, known = k.classes[f.Label]; !known {
			class = uint64(len(k.classes) + 1)
			k.classes[f.Label] = class
		}
	}
	part := f.Part
	if part == folder.Whole {
		part = folder.Train
	}
	k.images[part]++
	facts := k.facts.AvailableBuffer()
	for _, n := range []uint64{number, class, uint64(part), uint64(len(f.Name))} {
		facts = binary.AppendUvarint(facts, n)
	}
	k.facts.Write(facts) // of which the errors come when they are read
	k.facts.WriteString(f.Name)
	_, err := k.pixels.Write(f.r.bytes())
	return err
}

// fact is what is known of an image besides its pixels.
type fact struct {
	form  form
	class uint64
	part  folder.Part
	name  []byte // until the next
}

// each goes over the images of all parts.
func (k *keeper) each(use func(fact) error) error {
	r, err := k.facts.Reader()
	if err != nil {
		return err
	}
	var name []byte
	for range k.images[folder.Train] + k.images[folder.Validation] + k.images[folder.Test] {
		var n [4]uint64
		for i := range n {
			if n[i], err = binary.ReadUvarint(r); err != nil {
				return err
			}
		}
		name = slices.Grow(name[:0], int(n[3]))[:n[3]]
		if _, err := io.ReadFull(r, name); err != nil {
			return err
		}
		if err := use(fact{k.forms[n[0]], n[1], folder.Part(n[2]), name}); err != nil {
			return err
		}
	}
	return nil
}

// of goes over the images of some parts, part by part.
func (k *keeper) of(parts []folder.Part, use func(fact) error) error {
	for _, part := range parts {
		if k.images[part] == 0 {
			continue
		}
		err := k.each(func(f fact) error {
			if f.part != part {
				return nil
			}
			return use(f)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// rasters goes over the images of a part.
func (k *keeper) rasters(part folder.Part, use func(raster) error) error {
	r, err := k.pixels.Reader()
	if err != nil || k.images[part] == 0 {
		return err
	}
	blanks := map[form]raster{}
	return k.each(func(f fact) error {
		if f.part != part {
			_, err := r.Discard(f.form.size())
			return err
		}
		image, known := blanks[f.form]
		if !known {
			image = f.form.blank()
			clear(blanks) // which keeps but one
			blanks[f.form] = image
		}
		if _, err := io.ReadFull(r, image.bytes()); err != nil {
			return err
		}
		return use(image)
	})
}

// The parts of the two sets of a cache.
var (
	trained = []folder.Part{folder.Train, folder.Validation}
	tested  = []folder.Part{folder.Test}
)

// builder is what holds all of the images.
func (k *keeper) builder(order func(a, b string) int) builder {
	b := builder{shape: config.Shape{Width: k.forms[0].w, Height: k.forms[0].h, Channels: 1}, index: map[string]int{}, depth: k.forms[0].depth()}
	for _, f := range k.forms {
		b.shape.Channels = max(b.shape.Channels, f.c)
		b.depth = b.depth.with(f.depth())
	}
	b.classes = slices.SortedFunc(maps.Keys(k.classes), order)
	for i, name := range b.classes {
		b.index[name] = i
	}
	return b
}

// blankDepth is the depth of an image of the form.
func (f form) depth() depth {
	if f.bits < 32 {
		return depth{f.bits, f.low, f.high}
	}
	return depth{32, f.ends[0], f.ends[1]}
}

var errNoImage = errors.New("holds no image")

// store writes what a cache holds, and gives the header.
func (k *keeper) store(body io.Writer, skipped int, order func(a, b string) int) ([]byte, error) {
	if len(k.forms) == 0 {
		return nil, errNoImage
	}
	b := k.builder(order)
	labels := make([]int64, len(k.classes)+1) // of the numbers that classes had when they came
	labels[0] = -1
	for name, n := range k.classes {
		labels[n] = int64(b.index[name])
	}
	out, digest := &aligned{w: bufio.NewWriterSize(body, 1<<20)}, sha256.New()
	c := cached{Asked: k.how.shape, Shape: b.shape, Bits: b.depth.bits, Low: b.depth.low, High: b.depth.high, Classes: b.classes, Validation: k.images[folder.Validation],
		Skipped: skipped, MaxPixels: k.how.maxPixels, Noticed: k.how.noticed()}
	var err error
	if c.Train, err = k.storePixels(out, digest, b, trained, labels); err != nil {
		return nil, err
	}
	if k.images[folder.Test] > 0 {
		tests, err := k.storePixels(out, digest, b, tested, labels)
		if err != nil {
			return nil, err
		}
		c.Test = &tests
	}
	c.SHA256 = hex.EncodeToString(digest.Sum(nil))
	if c.NameBytes, err = k.storeFacts(out, labels); err != nil {
		return nil, err
	}
	if err := out.w.Flush(); err != nil {
		return nil, err
	}
	var header bytes.Buffer // not JSON, which has no names that are no UTF-8
	err = gob.NewEncoder(&header).Encode(c)
	return header.Bytes(), err
}

// storePixels writes the pixels of a set, and takes it into a digest.
func (k *keeper) storePixels(out *aligned, digest hash.Hash, b builder, parts []folder.Part, labels []int64) (c cachedSet, err error) {
	for _, part := range parts {
		c.Images += k.images[part]
	}
	s := b.empty()
	if len(b.classes) > 0 {
		s.Labels = []int{}
	}
	s.digestHead(digest, c.Images)
	for _, part := range parts {
		err := k.rasters(part, func(r raster) error {
			r = r.in(b.depth).inChannels(b.shape.Channels)
			c.Sum += sum(r.pix)
			digest.Write(r.bytes())
			return out.write(r.bytes())
		})
		if err != nil {
			return c, err
		}
	}
	if s.Labels == nil {
		return c, nil
	}
	return c, k.of(parts, func(f fact) error {
		var label [8]byte
		binary.LittleEndian.PutUint64(label[:], uint64(labels[f.class]))
		digest.Write(label[:])
		return nil
	})
}

// storeFacts writes the labels of all images, where their names end, and the names; it gives the bytes of these.
func (k *keeper) storeFacts(out *aligned, labels []int64) (names int, err error) {
	all := slices.Concat(trained, tested)
	if err = out.align(); err == nil && len(labels) > 1 {
		err = k.of(all, func(f fact) error { return out.number(uint64(labels[f.class])) })
	}
	if err != nil {
		return 0, err
	}
	err = k.of(all, func(f fact) error {
		names += len(f.name)
		return out.number(uint64(names))
	})
	if err == nil {
		err = k.of(all, func(f fact) error { return out.write(f.name) })
	}
	return names, err
}

// aligned writes numbers of 8 bytes where memory has them.
type aligned struct {
	w *bufio.Writer
	n int
}

func (a *aligned) write(p []byte) error {
	n, err := a.w.Write(p)
	a.n += n
	return err
}

func (a *aligned) number(n uint64) error {
	return a.write(binary.LittleEndian.AppendUint64(a.w.AvailableBuffer(), n))
}

// align goes on to the next multiple of 8.
func (a *aligned) align() error { return a.write(make([]byte, alignment(a.n))) }

func alignment(n int) int { return -n & 7 }
