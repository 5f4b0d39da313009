package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
)

// Shard is part I of N of the inputs, counted from 0. The zero value is all of them.
type Shard struct{ I, N int }

// Of is which of n inputs belong to the shard: from, from+1, ..., to-1. The shards of all I are n in their order, none of which is longer
// than another by more than one.
func (s Shard) Of(n int) (from, to int) {
	if s.N == 0 {
		return 0, n
	}
	at := func(i int) int { // without i*n, which may be too large
		return n/s.N*i + int(int64(n%s.N)*int64(i)/int64(s.N))
	}
	return at(s.I), at(s.I + 1)
}

// Extent is what a stream of a shard reads of its inputs.
type Extent struct {
	From, To, All int    // the inputs From, ..., To-1 of so many
	Digest        string // of the names, labels and sizes by which inputs are told from others, in hex
}

// Extent is what the stream reads; the zero value where it reads all.
func (s *Stream) Extent() Extent { return s.extent }

// cut has the stream give the inputs of its shard alone. The others are counted and passed, and not decoded.
func (s *Stream) cut() error {
	sum, counts, all := sha256.New(), make([]int, len(s.sources)), 0
	for i, src := range s.sources {
		n, err := src.count(s.ctx, sum)
		if err != nil {
			return err
		}
		counts[i] = n
		all += n
	}
	from, to := s.options.Shard.Of(all)
	s.extent = Extent{from, to, all, hex.EncodeToString(sum.Sum(nil))}
	if s.options.Shard.I < s.options.Shard.N-1 { // the last reads on, to see that what it reads ends well
		s.left = to - from
	}
	for s.left > 0 && from >= counts[0] {
		from -= counts[0]
		s.sources[0].close()
		s.sources, counts = s.sources[1:], counts[1:]
	}
	if s.left > 0 {
		s.sources[0].skip(from)
	}
	return nil
}

// unlimited is more inputs than there are.
const unlimited = math.MaxInt

// pageNumbers is by how much the numbers of the pages of a file differ: those of the inputs behind it do not depend on how many it has.
const pageNumbers = 1 << 40

func (s *single) count(_ context.Context, h io.Writer) (int, error) {
	return 1, identify(h, s.task.name, sizeOf(s.task.path))
}
func (s *single) skip(n int) { s.done = s.done || n > 0 }

func (s *one) count(_ context.Context, h io.Writer) (int, error) {
	return 1, identify(h, s.arg, sizeOf(s.file))
}
func (s *one) skip(n int) { s.done = s.done || n > 0 }

func (s *folderSource) count(ctx context.Context, h io.Writer) (n int, err error) {
	for _, file := range s.files { // archives
		if err := identify(h, s.prefix, sizeOf(file)); err != nil {
			return 0, err
		}
	}
	err = s.Each(ctx, func(name, label string) {
		n++
		_ = identify(h, name, label) // a hash takes all
	})
	if err != nil && ctx.Err() == nil {
		err = fileError(s.dir, err)
	}
	return n, err
}

func (s *folderSource) skip(n int) {
	for ; n > 0; n-- {
		if _, ok := s.Next(); !ok {
			return
		}
	}
}

func (s *idxSource) count(_ context.Context, h io.Writer) (int, error) {
	sizes := ""
	for _, path := range s.paths {
		sizes += " " + sizeOf(path)
	}
	return s.images.n, identify(h, s.prefix, sizes)
}

func (s *idxSource) skip(n int) {
	s.failed = s.images.skip(n)
	if s.labels != nil && s.failed == nil {
		s.failed = s.labels.skip(n)
	}
}

func (s *arraySource) count(_ context.Context, h io.Writer) (n int, err error) {
	for _, a := range s.arrays {
		n += a.N
	}
	return n, identify(h, filepath.Base(s.file), sizeOf(s.file))
}

func (s *arraySource) skip(n int) {
	for len(s.arrays) > 0 && n >= s.arrays[0].N {
		n -= s.arrays[0].N
		s.arrays = s.arrays[1:]
	}
	s.passed = n
}

// identify writes texts so that others give other bytes.
func identify(h io.Writer, texts ...string) error {
	_, err := fmt.Fprintf(h, "%q\n", texts)
	return err
}

// sizeOf is the size of a file; "" where there is none.
func sizeOf(path string) string {
	info, err := os.Stat(path)
	if path == "" || err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return fmt.Sprint(info.Size())
}
