package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"vae/internal/folder"
	"vae/internal/rng"
	"vae/internal/shards"
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
	Digest        string // of the names, labels, sizes and times by which inputs are told from others, in hex
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
	return 1, identify(h, s.task.name, stampOf(s.task.path))
}
func (s *single) skip(n int) { s.done = s.done || n > 0 }

func (s *one) count(_ context.Context, h io.Writer) (int, error) {
	return 1, identify(h, s.arg, stampOf(s.file))
}
func (s *one) skip(n int) { s.done = s.done || n > 0 }

func (s *folderSource) count(ctx context.Context, h io.Writer) (n int, err error) {
	for _, file := range s.files { // archives
		if err := identify(h, s.prefix, stampOf(file)); err != nil {
			return 0, err
		}
	}
	var some []folder.Image
	err = s.Each(ctx, func(image folder.Image) {
		n++
		if some = append(some, image); len(some) == mostStamped {
			identifyAll(h, some)
			some = some[:0]
		}
	})
	identifyAll(h, some)
	if err != nil && ctx.Err() == nil {
		err = fileError(s.dir, err)
	}
	if _, ok := s.tree.(*shards.Set); ok {
		n = max(n, 1) // of none it is said that there is none
	}
	return n, err
}

func (s *folderSource) skip(n int) {
	for ; n > 0; n-- {
		if _, ok := s.Next(); !ok {
			return
		}
		s.some = true
	}
}

func (s *idxSource) count(_ context.Context, h io.Writer) (int, error) {
	stamps := ""
	for _, path := range s.paths {
		stamps += " " + stampOf(path)
	}
	return s.images.n, identify(h, s.prefix, stamps)
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
	return n, identify(h, filepath.Base(s.file), stampOf(s.file))
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

// identifyAll is identify of images, those that are no files of their own without a stamp: that of the archive tells.
func identifyAll(h io.Writer, images []folder.Image) {
	stamps := make([]string, len(images))
	parallel(len(images), func() func(int) {
		return func(i int) {
			if images[i].File == nil {
				stamps[i] = stampOf(images[i].Path)
			}
		}
	})
	for i, image := range images {
		_ = identify(h, image.Name, image.Label, stamps[i]) // a hash takes all
	}
}

// stampOf is the [stamp] of a file; "" where there is none. The time of a folder is another when an output is written there.
func stampOf(path string) string {
	info, err := os.Stat(path)
	if path == "" || err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return stamped(info)
}

// stamp is the size and the time of a file.
func stamp(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "none"
	}
	return stamped(info)
}

func stamped(info fs.FileInfo) string {
	return fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano())
}

// Between lists the numbers from, from+1, ..., to-1 of images.
func Between(from, to int) []int {
	rows := make([]int, to-from)
	for i := range rows {
		rows[i] = from + i
	}
	return rows
}

// manyNumbers is how many numbers of images of a file are kept in one too.
var manyNumbers = 1 << 17

// numbers are n numbers, 0: of many images of a file they are in a file, too, until they are released, after which they must not be used.
func (s *Set) numbers(n int) (numbers []int, release func()) {
	if s.file != nil && n >= manyNumbers {
		return s.file.Ints(n)
	}
	return make([]int, n), func() {}
}

// upTo are the numbers from..to-1.
func (s *Set) upTo(from, to int) []int {
	index, _ := s.numbers(to - from)
	for i := range index {
		index[i] = from + i
	}
	return index
}

// permutation is one of 0..n-1.
func (s *Set) permutation(n int, r *rand.Rand) []int {
	perm, _ := s.numbers(n)
	rng.Permutation(perm, r)
	return perm
}

// sorted are numbers in order. Many are brought into it where they are.
func (s *Set) sorted(index []int) []int {
	if s.file == nil || len(index) < manyNumbers {
		index = slices.Clone(index)
	}
	slices.Sort(index)
	return index
}

// Numbers are as many numbers as there are images, 0, for as long as the program runs.
func (s Split) Numbers() []int {
	numbers, _ := s.Set.numbers(s.Len())
	return numbers
}

// Sample is the split of n of the images, the first of a permutation, in order.
func (s Split) Sample(n int, r *rand.Rand) Split {
	perm, release := s.Set.numbers(s.Len())
	defer release()
	rng.Permutation(perm, r)
	some := slices.Clone(perm[:n])
	slices.Sort(some)
	for i, row := range some {
		some[i] = s.Index[row]
	}
	s.Index = some
	return s
}

// near is how many bytes between two images are read with them rather than left out.
const near = 1 << 14

// ahead has n images read.
func (s *Set) ahead(n int, image func(int) int) {
	if s.file == nil {
		return
	}
	size := s.Shape.Pixels() * s.bits() / 8
	from, to := 0, 0 // of those that lie side by side
	for i := range n {
		at := s.at + image(i)*size
		if at >= to && at <= to+near && to > 0 {
			to = at + size
			continue
		}
		if to > 0 {
			s.file.Ahead(from, to)
		}
		from, to = at, at+size
	}
	if to > 0 {
		s.file.Ahead(from, to)
	}
}
