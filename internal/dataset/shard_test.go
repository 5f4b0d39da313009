package dataset

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// The shards of n inputs are all of them in their order, and as long as each other but for one.
func TestShardsAreTheWhole(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 100, 101, 60_000, 1_000_000_007, math.MaxInt / 3, math.MaxInt} {
		for _, parts := range []int{1, 2, 3, 7, 8, 100, 9_973} {
			at := 0
			for i := range parts {
				from, to := Shard{i, parts}.Of(n)
				if from != at || to < from || to-from != n/parts && to-from != n/parts+1 {
					t.Fatalf("%d of %d inputs in %d: %d to %d, behind %d", i, n, parts, from, to, at)
				}
				want := new(big.Int).Mul(big.NewInt(int64(i)), big.NewInt(int64(n)))
				if want.Div(want, big.NewInt(int64(parts))); want.Int64() != int64(from) {
					t.Fatalf("%d of %d inputs in %d begins at %d, want %v", i, n, parts, from, want)
				}
				at = to
			}
			if at != n {
				t.Fatalf("%d shards of %d inputs end at %d", parts, n, at)
			}
		}
	}
	if from, to := (Shard{}).Of(5); from != 0 || to != 5 {
		t.Errorf("no shard: %d to %d", from, to)
	}
}

// shardInputs are inputs of every kind, bad ones among them.
func shardInputs(t *testing.T) (args []string) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, dir, "in/cats/1.png", grayFile(t, 2, 2, 1))
	write(t, dir, "in/cats/2.png", []byte("bad"))
	write(t, dir, "in/cats/3.png", grayFile(t, 2, 2, 3))
	write(t, dir, "in/dogs/1.png", grayFile(t, 2, 2, 4))
	write(t, dir, "in/loose.png", grayFile(t, 2, 2, 5))
	write(t, dir, "in/notes.txt", nil)
	write(t, dir, "split/train/cats/1.png", grayFile(t, 2, 2, 6))
	write(t, dir, "split/test/cats/1.png", grayFile(t, 2, 2, 7))
	write(t, dir, "split/beside.png", grayFile(t, 2, 2, 8))
	write(t, dir, "some-images-idx3-ubyte", idxBytes(idxImages, []int32{50, 2, 2}, ramp(200)))
	write(t, dir, "some-labels-idx1-ubyte.gz", zipped(t, idxBytes(idxLabels, []int32{50}, ramp(50))))
	write(t, dir, "packed-images-idx3-ubyte.gz", zipped(t, idxBytes(idxImages, []int32{7, 2, 2}, ramp(28))))
	write(t, dir, "x.npy", npyBytes(t, "u1", []int{9, 2, 2}, count(36)))
	write(t, dir, "x.npz", npzBytes(t, map[string][]byte{
		"x_train": npyBytes(t, "u1", []int{5, 2, 2}, count(20)), "y_train": npyBytes(t, "i8", []int{5}, count(5)),
		"x_test": npyBytes(t, "u1", []int{3, 2, 2}, count(12)), "y_test": npyBytes(t, "i8", []int{3}, count(3)),
	}))
	write(t, dir, "set.zip", zipOf(t, pets(t, "around/")))
	write(t, dir, "set.tar.gz", tarOf(t, pets(t, "")))
	write(t, dir, "one.png", grayFile(t, 2, 2, 9))
	return []string{"in", "some-images-idx3-ubyte", "one.png", "packed-images-idx3-ubyte.gz", "x.npy", "split", "x.npz", "set.zip", "set.tar.gz", "x.npy/00003", "in/loose.png", "some-images-idx3-ubyte/00049"}
}

// However many shards there are, their items are those of the whole: names, labels, pixels, faults and numbers.
func TestShardsHaveTheItemsOfTheWhole(t *testing.T) {
	args := shardInputs(t)
	for _, args := range append([][]string{args, {"in"}, {"set.zip"}, {"some-images-idx3-ubyte"}, {"x.npz", "x.npy"}}, args) {
		whole := readAll(t, small(2, 2, 1), args...)
		for _, parts := range []int{1, 3, 8, len(whole) + 3} {
			var all []Item
			extents := map[string]bool{}
			for i := range parts {
				o := small(2, 2, 1)
				o.Shard = Shard{i, parts}
				items := readAll(t, o, args...)
				e := extentOf(t, o, args)
				if e.From != len(all) || e.To != len(all)+len(items) || e.All != len(whole) {
					t.Fatalf("%v, %d of %d: %+v with %d items behind %d", args, i, parts, e, len(items), len(all))
				}
				extents[e.Digest] = true
				all = append(all, items...)
			}
			wantLines(t, all, summary(whole)...)
			for i, item := range all {
				if w := whole[i]; item.Number != w.Number || item.Number != uint64(i) || fmt.Sprint(item.Err) != fmt.Sprint(w.Err) || item.Place() != w.Place() {
					t.Errorf("%v in %d: %+v, want %+v", args, parts, item, w)
				}
			}
			if len(extents) != 1 {
				t.Errorf("%v in %d: digests %v", args, parts, extents)
			}
		}
	}
}

func extentOf(t *testing.T, o StreamOptions, args []string) Extent {
	t.Helper()
	s, err := Open(context.Background(), args, o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return s.Extent()
}

// Other inputs have another digest: other names, labels, order, or files of another size or time.
func TestExtentTellsInputsApart(t *testing.T) {
	args := shardInputs(t)
	o := small(2, 2, 1)
	o.Shard = Shard{0, 2}
	seen := map[string]string{extentOf(t, o, args).Digest: "all"}
	other := func(what string) {
		t.Helper()
		d := extentOf(t, o, args).Digest
		if was, ok := seen[d]; ok {
			t.Errorf("%s: as %s", what, was)
		}
		seen[d] = what
	}
	slices.Reverse(args)
	other("reversed")
	slices.Reverse(args)
	if err := os.Rename("split", "apart"); err != nil {
		t.Fatal(err)
	}
	args[5] = "apart"
	other("another folder")
	write(t, ".", "set.zip", zipOf(t, pets(t, "around_it/")))
	other("another archive")
	if err := os.Rename("in/cats/1.png", "in/cats/4.png"); err != nil {
		t.Fatal(err)
	}
	other("renamed")
	if err := os.Rename("in/cats/4.png", "in/dogs/4.png"); err != nil {
		t.Fatal(err)
	}
	other("another label")
	write(t, ".", "x.npy", npyBytes(t, "u1", []int{10, 2, 2}, count(40)))
	other("longer")
	write(t, ".", "x.npy", npyBytes(t, "f4", []int{10, 2, 2}, count(40)))
	other("of another type")
	shards := filepath.Dir(shardsOf(t, 40, 10))
	if err := os.Rename(shards, "tars"); err != nil {
		t.Fatal(err)
	}
	args = append(args, "tars/s-{0..3}.tar")
	other("with shards")
	later := time.Now()
	for _, file := range []string{"in/cats/3.png", "apart/test/cats/1.png", "one.png", "some-images-idx3-ubyte", "some-labels-idx1-ubyte.gz", "x.npy", "x.npz", "set.zip", "set.tar.gz", "tars/s-0.tar", "tars/s-3.tar"} {
		later = later.Add(time.Second)
		if err := os.Chtimes(file, later, later); err != nil {
			t.Fatal(err)
		}
		other("a later " + file)
		if filepath.Ext(file) != ".png" { // which would have to be right
			continue
		}
		write(t, ".", file, append(readFile(t, file), 0))
		if err := os.Chtimes(file, later, later); err != nil {
			t.Fatal(err)
		}
		other("a longer " + file)
	}
	before := extentOf(t, o, args).Digest
	for _, folder := range []string{".", "in", "in/cats"} { // in which something else is written
		if err := os.Chtimes(folder, later, later.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if extentOf(t, o, args).Digest != before {
		t.Error("times of folders tell inputs apart")
	}
}

func readFile(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// The pages of a file have numbers of their own, and those of the inputs behind it do not depend on them.
func TestNumbersOfPages(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "1.png", grayFile(t, 2, 2, 1))
	write(t, dir, "2.gif", pagesOf(t))
	write(t, dir, "3.png", grayFile(t, 2, 2, 3))
	o := small(2, 2, 1)
	o.AllPages = true
	var got []uint64
	for _, item := range readAll(t, o, dir) {
		got = append(got, item.Number)
	}
	if want := []uint64{0, 1, 1 + pageNumbers, 1 + 2*pageNumbers, 2}; !slices.Equal(got, want) {
		t.Errorf("numbers %d, want %d", got, want)
	}
}

// A file that breaks off gives its images in every shard that lies before that, and a fault in those behind.
func TestShardsOfABrokenFile(t *testing.T) {
	dir := t.TempDir()
	whole := zipped(t, idxBytes(idxImages, []int32{4000, 2, 2}, ramp(16000)))
	file := write(t, dir, "b-images-idx3-ubyte.gz", whole[:len(whole)/2])
	good := 0
	for i := range 8 {
		o := small(2, 2, 1)
		o.Shard = Shard{i, 8}
		items := readAll(t, o, file)
		for _, item := range items {
			if item.Err == nil {
				good++
			}
		}
		if last := items[len(items)-1]; i == 7 && (len(items) != 1 || last.Err == nil) {
			t.Errorf("the last shard has %d items, the last with %v", len(items), last.Err)
		}
	}
	for _, item := range readAll(t, small(2, 2, 1), file) {
		if item.Err == nil {
			good--
		}
	}
	if good != 0 {
		t.Errorf("%d images more than the whole has", good)
	}
}

// pagesOf is a GIF of three frames.
func pagesOf(t *testing.T) []byte {
	t.Helper()
	frame := func(first uint8) *image.Paletted {
		p := image.NewPaletted(image.Rect(0, 0, 2, 2), color.Palette{color.Black, color.White})
		p.Pix[0] = first
		return p
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame(0), frame(1), frame(0)}, Delay: []int{1, 1, 1}}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestShardIsInterrupted(t *testing.T) {
	dir := t.TempDir()
	for i := range 20 {
		write(t, dir, filepath.Join("in", fmt.Sprint(i)+".png"), grayFile(t, 2, 2, 1))
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	o := small(2, 2, 1)
	o.Shard = Shard{0, 2}
	if _, err := Open(ctx, []string{filepath.Join(dir, "in")}, o); err == nil {
		t.Error("opened")
	}
}
