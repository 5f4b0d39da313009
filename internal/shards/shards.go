// Package shards reads data sets in WebDataset's form: tars in which the files of a sample, an image and its class, follow each other under one key.
package shards

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"vae/internal/archive"
	"vae/internal/folder"
	"vae/internal/inputfile"
)

// Set is a data set of shards. What is to be read next is one goroutine's to ask; files may be read by any number.
type Set struct {
	ctx      context.Context
	name     string
	names    []string
	parts    []folder.Part // of each shard; nil without a split
	labelled bool
	counts   map[string]int // images of each part
	left     folder.LeftOut

	walk  walk // of the shard under way
	shard int

	mu   sync.Mutex
	open map[int]*opened
	uses int
}

// opened is a shard that is open.
type opened struct {
	tar        *archive.Tar
	refs, used int
}

// idle is how many shards of which nothing is read stay open.
const idle = 4

// Is tells whether a name is one of shards: by its braces, or as a tar whose first files are samples with a class.
func Is(name string) bool {
	if _, several, _ := Names(name); several {
		return true
	}
	return archive.IsTar(name) && hasClasses(name)
}

// looked is how many files of a shard tell whether its images have classes.
const looked = 10_000

// hasClasses tells whether a tar has classes.
func hasClasses(name string) bool {
	return archive.Peek(name, looked, func(name string) bool {
		_, ending := keyOf(name)
		return ending == class
	})
}

// Paths are the shards that a name stands for.
func Paths(name string) ([]string, error) {
	names, several, err := Names(name)
	switch {
	case err != nil:
		return nil, err
	case !several:
		return []string{name}, nil
	}
	return names, missing(name, names)
}

// Open opens the shards that a name stands for.
func Open(ctx context.Context, name string) (*Set, error) {
	names, err := Paths(name)
	if err != nil {
		return nil, err
	}
	s := &Set{ctx: ctx, name: name, names: names, counts: map[string]int{}, open: map[int]*opened{}}
	s.parts = partsOf(names)
	if _, err := s.begin(); err != nil {
		s.Close()
		return nil, inputfile.Error(names[0], err)
	}
	s.labelled = hasClasses(names[0])
	return s, nil
}

// partsOf are the parts of a split that names of shards tell of; nil where there are none, or no one is to be trained on.
func partsOf(names []string) []folder.Part {
	parts := make([]folder.Part, len(names))
	var there [folder.Test + 1]bool
	for i, name := range names {
		parts[i] = folder.PartIn(stem(name))
		there[parts[i]] = true
	}
	if !there[folder.Train] || there[folder.Whole] || !there[folder.Validation] && !there[folder.Test] {
		return nil
	}
	return parts
}

// stem is the name of a shard without its endings.
func stem(name string) string {
	base, _, _ := strings.Cut(filepath.Base(name), ".")
	return base
}

// Next is the next image; ok is false at the end. What is wrong with a sample, or with a shard, is an image with an error; the next is that of
// the sample, or the shard, behind.
func (s *Set) Next() (image folder.Image, ok bool) {
	for s.ctx.Err() == nil && s.shard < len(s.names) {
		w, err := s.begin()
		if err == nil {
			image, err = w.next()
		}
		if err == nil {
			s.place(&image)
			return image, true
		}
		s.end()
		if err != io.EOF {
			name := s.names[s.shard-1]
			return folder.Image{Name: filepath.Base(name), Path: name, Err: err}, true
		}
	}
	return folder.Image{}, false
}

// Each calls f for all images, in their order, wherever Next has come to.
func (s *Set) Each(ctx context.Context, f func(folder.Image)) error {
	all, err := Open(ctx, s.name)
	if err != nil {
		return err
	}
	defer all.Close()
	for image, ok := all.Next(); ok; image, ok = all.Next() {
		f(image)
	}
	return ctx.Err()
}

// place says of an image of the shard under way where it is.
func (s *Set) place(image *folder.Image) {
	number := s.shard
	image.Path = s.names[number] + "/" + image.Path
	if s.parts != nil {
		image.Part = s.parts[number]
		s.counts[partNames[image.Part]]++
	}
	if e := s.walk.image; image.Err == nil {
		image.File = archive.NewFile(e.Name, e.Size, func() (io.ReadCloser, error) {
			t, err := s.use(number)
			if err != nil {
				return nil, err
			}
			return &reading{t.Open(e), s, number}, nil
		})
	}
}

// reading is a file that is being read.
type reading struct {
	io.Reader
	set   *Set
	shard int
}

func (r *reading) Close() error {
	r.set.release(r.shard)
	return nil
}

// begin is the walk through the shard under way.
func (s *Set) begin() (*walk, error) {
	if s.walk.tar == nil {
		t, err := s.use(s.shard)
		if err != nil {
			return nil, err
		}
		s.walk = newWalk(t)
	}
	return &s.walk, nil
}

// end goes on to the next shard.
func (s *Set) end() {
	if s.walk.tar != nil {
		for reason, n := range s.walk.tar.LeftOut {
			s.left.AddAll(folder.Reason(reason), n)
		}
		s.left.Merge(s.walk.left)
		clear(s.walk.tar.LeftOut)
		s.release(s.shard)
	}
	s.walk = walk{}
	s.shard++
}

// use opens a shard, if it is not open, until it is released.
func (s *Set) use(number int) (*archive.Tar, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.open[number]
	if o == nil {
		t, err := archive.OpenTar(s.names[number])
		if err != nil {
			return nil, err
		}
		o = &opened{tar: t}
		s.open[number] = o
	}
	s.uses++
	o.refs, o.used = o.refs+1, s.uses
	return o.tar, nil
}

// release closes shards that have not been in use for long.
func (s *Set) release(number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.open[number]; o != nil {
		o.refs--
	}
	for len(s.open) > idle {
		oldest := -1
		for i, o := range s.open {
			if o.refs == 0 && (oldest < 0 || o.used < s.open[oldest].used) {
				oldest = i
			}
		}
		if oldest < 0 {
			return
		}
		s.open[oldest].tar.Close()
		delete(s.open, oldest)
	}
}

// Close ends the reading of all files.
func (s *Set) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []error
	for _, o := range s.open {
		all = append(all, o.tar.Close())
	}
	clear(s.open)
	return errors.Join(all...)
}

// partNames are what the parts are called.
var partNames = map[folder.Part]string{folder.Train: "train", folder.Validation: "val", folder.Test: "test"}

// Counts says how many images each part of a split has, "train 43, test 15"; "" without a split. It is known at the end.
func (s *Set) Counts() string {
	var text []string
	for part := folder.Train; part <= folder.Test; part++ {
		if n := s.counts[partNames[part]]; n > 0 {
			text = append(text, fmt.Sprintf("%s %d", partNames[part], n))
		}
	}
	return strings.Join(text, ", ")
}

// Labelled tells whether the first shard has classes.
func (s *Set) Labelled() bool { return s.labelled }

// LeftOut counts what was passed so far.
func (s *Set) LeftOut() folder.LeftOut { return s.left }

// Foreseen is how many images there would be if each shard had as many as those that were read to their end, n in all; 0 where none was.
func (s *Set) Foreseen(n int) int {
	if s.shard == 0 {
		return 0
	}
	return n / s.shard * len(s.names)
}

// Shards are the paths of all.
func (s *Set) Shards() []string { return s.names }

// keyOf is the key of a file, its path up to the first dot of its base name, and what is behind that, in small letters.
func keyOf(name string) (key, ending string) {
	dir, base := path.Split(name)
	stem, ending, _ := strings.Cut(base, ".")
	if stem == "" { // hidden
		return "", ""
	}
	return dir + stem, strings.ToLower(ending)
}
