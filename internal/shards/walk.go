package shards

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"strconv"
	"strings"

	"vae/internal/archive"
	"vae/internal/folder"
	"vae/internal/imagefile"
)

// class is the ending of a file that holds the class of a sample.
const class = "cls"

// NoPicture is why the files of a sample are left out.
const NoPicture folder.Reason = "of samples without an image (.png, .jpg and the like, right behind the key)"

// walk goes through the samples of a shard.
type walk struct {
	tar   *archive.Tar
	left  folder.LeftOut
	image archive.Entry // of the last sample

	ahead archive.Entry // the first file of the next sample, which was found already
	key   string        // of that; "" for none
	err   error         // that comes behind the sample
	seen  map[uint64]struct{}
	seed  maphash.Seed
}

// mostSeen is how many keys of a shard are remembered: of more, those of the first.
const mostSeen = 1 << 18

func newWalk(t *archive.Tar) walk {
	return walk{tar: t, seen: map[uint64]struct{}{}, seed: maphash.MakeSeed()}
}

// sample is what is known of one while its files are found.
type sample struct {
	key, label string
	image      *archive.Entry
	files      int
	err        error
	at         string // the file that it is about
}

// next is the next sample with an image. Its Path is the file within the shard. Errors: io.EOF at the end, and what is wrong with the tar.
func (w *walk) next() (folder.Image, error) {
	for {
		s, err := w.sample()
		if err != nil {
			return folder.Image{}, err
		}
		switch {
		case s.err != nil:
			return folder.Image{Name: s.key, Path: s.at, Label: s.label, Err: s.err}, nil
		case s.image == nil:
			w.left.AddAll(NoPicture, s.files)
		default:
			w.image = *s.image
			return folder.Image{Name: s.key, Path: s.image.Name, Label: s.label}, nil
		}
	}
}

// sample gathers the files of a key that follow each other.
func (w *walk) sample() (s sample, err error) {
	if w.key == "" {
		w.find()
	}
	if w.err != nil {
		return s, w.err
	}
	s.key, s.at = w.key, w.ahead.Name
	if !w.first(s.key) {
		s.err = errors.New("has a key that stood before, with other samples between: the files of a sample must follow each other, as tar writes them that sorts by name, and no two samples have one key")
	}
	for w.err == nil && w.key == s.key {
		s.take(w.ahead, w.tar)
		w.find()
	}
	if w.err != nil && w.err != io.EOF { // nobody knows whether more of the sample was to come
		return s, w.err
	}
	return s, nil
}

// first tells whether a key comes for the first time, and remembers it.
func (w *walk) first(key string) bool {
	hash := maphash.String(w.seed, key)
	_, known := w.seen[hash]
	if !known && len(w.seen) < mostSeen {
		w.seen[hash] = struct{}{}
	}
	return !known
}

// find finds the next file that has a key.
func (w *walk) find() {
	for {
		w.ahead, w.err = w.tar.Next()
		if w.err == io.EOF && !w.tar.Ended() {
			w.err = archive.ErrTruncated
		}
		if w.err != nil {
			w.key = ""
			return
		}
		if w.key, _ = keyOf(w.ahead.Name); w.key != "" {
			return
		}
	}
}

// take takes a file of the sample, which the tar is at.
func (s *sample) take(e archive.Entry, content io.Reader) {
	s.files++
	_, ending := keyOf(e.Name)
	switch {
	case s.err != nil:
	case ending == class:
		if s.label, s.err = readClass(content, e.Size); s.err != nil {
			s.at = e.Name
		}
	case imagefile.IsExtension("."+ending) && s.image != nil:
		s.at, s.err = e.Name, fmt.Errorf("is a second image of its sample, beside %s: which one is meant?", s.image.Name)
	case imagefile.IsExtension("." + ending):
		s.image = &e
	}
}

// mostClass is how long a class may be, in bytes.
const mostClass = 256

// readClass reads a class: a whole number, without zeros before it, or a name.
func readClass(content io.Reader, size int64) (string, error) {
	if size > mostClass {
		return "", fmt.Errorf("has %d bytes: a class is a whole number or a name, of at most %d", size, mostClass)
	}
	var buf [mostClass]byte
	n, err := io.ReadFull(content, buf[:size])
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(buf[:n]))
	switch number, err := strconv.Atoi(text); {
	case text == "":
		return "", errors.New("is empty: a class is a whole number or a name")
	case err == nil:
		return strconv.Itoa(number), nil
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "", errors.New("holds more than a class, which is a whole number or a name on one line")
	}
	return text, nil
}
