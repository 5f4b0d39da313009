package dataset

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"path/filepath"
	"runtime"
	"sync"

	"vae/internal/config"
	"vae/internal/folder"
	"vae/internal/shards"
)

// tree is what images are found in: a folder, an archive seen as one, or shards.
type tree interface {
	Next() (image folder.Image, ok bool)
	Labelled() bool
	Counts() string // of the parts of a split, at the end
	LeftOut() folder.LeftOut
	Each(ctx context.Context, f func(folder.Image)) error // all, wherever Next has come to
	Close() error
}

// openTree opens what a name stands for.
func openTree(ctx context.Context, name string) (tree, error) {
	if shards.Is(name) {
		s, err := shards.Open(ctx, name)
		if err != nil {
			return nil, err
		}
		return s, nil
	}
	t, err := folder.Open(ctx, name)
	if err != nil {
		return nil, fileError(name, err)
	}
	return t, nil
}

// listing is a data set of files, which may be too many to be listed in memory.
type listing struct {
	dir   string
	files []imageFile // nil where they are too many
	found *found      // nil before they are listed
	trees []tree      // that files may be read from
}

func (l *listing) close() {
	for _, t := range l.trees {
		t.Close()
	}
}

const (
	mostListed = 20_000 // images are listed in memory before it is known whether all are
	ofListed   = 800    // bytes of one there, besides its pixels
)

// keptFrom is from how many bytes on images are kept in a file by themselves, and in memory below.
var keptFrom = 4. * (1 << 30)

// look lists the images, unless they are to be kept in a file or are so many that they are; large says that.
func (l *listing) look(how reading) (large bool, err error) {
	if how.cache != "" {
		return false, nil
	}
	if how.beside == "" {
		return false, l.list(0)
	}
	var own config.Shape
	each, limit, n := 0., min(keptFrom, memoryLimit()), 0
	err = l.walk(how.ctx, func(f imageFile) error {
		if n++; n <= mostListed {
			l.files = append(l.files, f)
		}
		if own.Width == 0 { // of the first that can be read
			own = how.shapeOf(f)
			each = float64(resolve(how.shape, own).Pixels()) + ofListed
		}
		if large = float64(max(n, l.foreseen(n)))*each > limit; large {
			return errEnough
		}
		return nil
	})
	switch {
	case err == errEnough:
		l.files = nil
		return true, nil
	case err == nil && n > mostListed:
		return false, l.list(n)
	}
	return false, err
}

// foreseen is at least how many images there will be of so many that were found, as far as it can be told.
func (l *listing) foreseen(n int) int {
	if s, ok := l.trees[len(l.trees)-1].(*shards.Set); ok && n > mostListed {
		return s.Foreseen(n) / 2
	}
	return 0
}

var errEnough = errors.New("enough")

// list lists all images in memory, of which there are probably n.
func (l *listing) list(n int) error {
	l.files = make([]imageFile, 0, n)
	return l.walk(context.Background(), func(f imageFile) error {
		l.files = append(l.files, f)
		return nil
	})
}

// walk goes over the images.
func (l *listing) walk(ctx context.Context, use func(imageFile) error) error {
	t, err := openTree(ctx, l.dir)
	if err != nil {
		return err
	}
	l.trees = append(l.trees, t)
	any := false
	for image, ok := t.Next(); ok; image, ok = t.Next() {
		any = true
		if err := use(imageOf(image)); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if !any {
		return holdsNone(l.dir, t.LeftOut())
	}
	l.found = foundIn(t)
	return nil
}

// foundIn is what was found in a tree besides images.
func foundIn(t tree) *found {
	f := &found{folder: true, split: t.Counts(), leftOut: t.LeftOut()}
	switch t := t.(type) {
	case *shards.Set:
		f.shards = true
	case *folder.Tree:
		f.doubtful, f.masks = t.Doubtful(), t.Masks()
		if tests := t.Folders(folder.Test); len(tests) > 0 {
			f.tests = tests[0]
		}
	}
	return f
}

// key says what the images are made of: the files by name, size and time, and what is made of them.
func (l *listing) key(how reading) (string, error) {
	h := how.keyHead(l.dir)
	if shards.Is(l.dir) {
		paths, err := shards.Paths(l.dir)
		for _, path := range paths {
			fmt.Fprintf(h, "shard %q %s\n", filepath.Base(path), stamp(path))
		}
		return hex.EncodeToString(h.Sum(nil)), err
	}
	var some []imageFile
	err := l.walk(how.ctx, func(f imageFile) error {
		if some = append(some, f); len(some) == mostStamped {
			stampAll(h, some)
			some = some[:0]
		}
		return nil
	})
	stampAll(h, some)
	return hex.EncodeToString(h.Sum(nil)), err
}

// mostStamped is how many files are looked at together.
const mostStamped = 4096

// stampAll writes what files are.
func stampAll(h hash.Hash, files []imageFile) {
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
}

// all decodes the images into memory.
func (l *listing) all(how reading) ([]imageFile, int, error) {
	if l.files == nil {
		if err := l.list(0); err != nil {
			return nil, 0, err
		}
	}
	return how.images(l.dir, l.files)
}

// each decodes the images one after another, and says how many cannot be read. All of these are found before one is an error.
func (l *listing) each(how reading, use func(imageFile) error) (skipped int, err error) {
	t, err := openTree(how.ctx, l.dir)
	if err != nil {
		return 0, err
	}
	defer t.Close()
	var bad faults
	var first *imageFile
	err = inOrder(t.Next, func() func(folder.Image) imageFile {
		d := fileDecoder{reading: how}
		return func(image folder.Image) imageFile { return d.decoded(imageOf(image)) }
	}, func(f imageFile) error {
		switch sound := bad.add(how, f); {
		case errors.Is(f.Err, errLarge):
			return f.Err
		case !sound, bad.bad > 0 && !how.skipBad: // there will be no cache
			return how.ctx.Err()
		}
		if first == nil {
			first = &imageFile{Image: f.Image, r: raster{w: f.r.w, h: f.r.h}}
		}
		for _, page := range paged([]imageFile{f}) {
			if err := how.checkSameSize([]imageFile{*first, page}); err != nil && how.shape.Width == 0 {
				return err
			}
			if err := use(page); err != nil {
				return err
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return 0, err
	case how.ctx.Err() != nil:
		return 0, how.ctx.Err()
	case bad.images == 0:
		return 0, holdsNone(l.dir, t.LeftOut())
	}
	l.found = foundIn(t)
	return bad.bad, bad.err(how, l.dir)
}

// inOrder has workers do what next gives, and uses what comes of it in the order in which it was given. Only a few of both wait at a time. It ends with the first
// error of use.
func inOrder[T, R any](next func() (T, bool), worker func() func(T) R, use func(R) error) error {
	type job struct {
		of   T
		done chan R
	}
	workers := runtime.GOMAXPROCS(0)
	given, todo := make(chan job, jobsAhead*workers), make(chan job)
	ended := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(given)
		defer close(todo)
		for of, ok := next(); ok; of, ok = next() {
			j := job{of, make(chan R, 1)}
			select {
			case given <- j:
				todo <- j
			case <-ended:
				return
			}
		}
	})
	for range workers {
		wg.Go(func() {
			do := worker()
			for j := range todo {
				j.done <- do(j.of)
			}
		})
	}
	defer wg.Wait()
	defer close(ended)
	for j := range given {
		if err := use(<-j.done); err != nil {
			return err
		}
	}
	return nil
}

// jobsAhead is how many results may wait for each worker.
const jobsAhead = 16
