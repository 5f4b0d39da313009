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
	"slices"

	"vae/internal/folder"
	"vae/internal/mapped"
)

// keeper takes the images of a data set one after another and makes a cache of them, in memory that does not grow with their number.
type keeper struct {
	how     reading
	b       *mapped.Building
	out     *aligned    // to its body
	facts   *mapped.Log // of each image: form, class, part and name
	pixels  *mapped.Log // of each image, as they were decoded; nil while they lie in the body already as they have to, which they do where all are of one form
	last    folder.Part
	forms   []form
	numbers map[form]uint64
	classes map[string]uint64 // from 1 on, as they came
	images  [folder.Test + 1]int
}

func newKeeper(how reading, b *mapped.Building) (k *keeper, err error) {
	k = &keeper{how: how, b: b, out: alignedTo(b), numbers: map[form]uint64{}, classes: map[string]uint64{}}
	k.facts, err = b.Log("facts")
	return k, err
}

// spool brings the pixels so far, n bytes, from the body into a file of their own: others are to come between them, or all in another form.
func (k *keeper) spool() (err error) {
	if k.pixels, err = k.b.Log("spool"); err == nil {
		err = k.out.w.Flush()
	}
	if err == nil {
		_, err = io.Copy(k.pixels, k.b.Body(0, int64(k.out.n)))
	}
	k.out = alignedTo(k.b)
	if err == nil {
		err = k.b.Rewind()
	}
	return err
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
	if k.pixels == nil && (len(k.forms) > 1 || part < k.last) {
		if err := k.spool(); err != nil {
			return err
		}
	}
	k.images[part]++
	k.last = part
	facts := k.facts.AvailableBuffer()
	for _, n := range []uint64{number, class, uint64(part), uint64(len(f.Name))} {
		facts = binary.AppendUvarint(facts, n)
	}
	k.facts.Write(facts) // of which the errors come when they are read
	k.facts.WriteString(f.Name)
	if k.pixels == nil {
		return k.out.write(f.r.bytes())
	}
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
	if k.images[part] == 0 {
		return nil
	}
	if k.pixels == nil {
		return k.inBody(part, use)
	}
	r, err := k.pixels.Reader()
	if err != nil {
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

// inBody is rasters of images that lie in the body.
func (k *keeper) inBody(part folder.Part, use func(raster) error) error {
	before := 0
	for p := range part {
		before += k.images[p]
	}
	image := k.forms[0].blank()
	size := int64(k.forms[0].size())
	r := bufio.NewReaderSize(k.b.Body(int64(before)*size, int64(k.images[part])*size), 1<<20)
	for range k.images[part] {
		if _, err := io.ReadFull(r, image.bytes()); err != nil {
			return err
		}
		if err := use(image); err != nil {
			return err
		}
	}
	return nil
}

// The parts of the two sets of a cache.
var (
	trained = []folder.Part{folder.Train, folder.Validation}
	tested  = []folder.Part{folder.Test}
)

var errNoImage = errors.New("holds no image")

// store writes what a cache holds, and gives the header.
func (k *keeper) store(skipped int, order func(a, b string) int) ([]byte, error) {
	if len(k.forms) == 0 {
		return nil, errNoImage
	}
	if err := k.out.w.Flush(); err != nil {
		return nil, err
	}
	b := k.builder(order)
	labels := make([]int64, len(k.classes)+1) // of the numbers that classes had when they came
	labels[0] = -1
	for name, n := range k.classes {
		labels[n] = int64(b.index[name])
	}
	digest := sha256.New()
	c := cached{Asked: k.how.shape, Shape: b.shape, Bits: b.depth.bits, Low: b.depth.low, High: b.depth.high, Classes: b.classes, Validation: k.images[folder.Validation],
		Skipped: skipped, MaxPixels: k.how.maxPixels, Noticed: k.how.noticed()}
	var err error
	if c.Train, err = k.storePixels(digest, b, trained, labels); err != nil {
		return nil, err
	}
	if k.images[folder.Test] > 0 {
		tests, err := k.storePixels(digest, b, tested, labels)
		if err != nil {
			return nil, err
		}
		c.Test = &tests
	}
	c.SHA256 = hex.EncodeToString(digest.Sum(nil))
	if c.NameBytes, err = k.storeFacts(labels); err != nil {
		return nil, err
	}
	if err := k.out.w.Flush(); err != nil {
		return nil, err
	}
	var header bytes.Buffer // not JSON, which has no names that are no UTF-8
	err = gob.NewEncoder(&header).Encode(c)
	return header.Bytes(), err
}

// storePixels writes the pixels of a set, if they are not there, and takes it into a digest.
func (k *keeper) storePixels(digest hash.Hash, b builder, parts []folder.Part, labels []int64) (c cachedSet, err error) {
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
			if k.pixels == nil {
				return nil
			}
			return k.out.write(r.bytes())
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
func (k *keeper) storeFacts(labels []int64) (names int, err error) {
	all := slices.Concat(trained, tested)
	if err = k.out.align(); err == nil && len(labels) > 1 {
		err = k.of(all, func(f fact) error { return k.out.number(uint64(labels[f.class])) })
	}
	if err != nil {
		return 0, err
	}
	err = k.of(all, func(f fact) error {
		names += len(f.name)
		return k.out.number(uint64(names))
	})
	if err == nil {
		err = k.of(all, func(f fact) error { return k.out.write(f.name) })
	}
	return names, err
}
