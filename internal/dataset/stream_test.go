package dataset

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"vae/internal/config"
)

// summary is a line for each item: name, label and first pixel or error.
func summary(items []Item) (lines []string) {
	for _, item := range items {
		what := "failed"
		if item.Err == nil {
			what = fmt.Sprint(item.Pixels.Bytes()[0])
		}
		lines = append(lines, item.Name+"|"+item.Label+"|"+what)
	}
	return lines
}

func wantLines(t *testing.T, got []Item, want ...string) {
	t.Helper()
	if lines := summary(got); !slices.Equal(lines, want) {
		t.Errorf("got  %q\nwant %q", lines, want)
	}
}

func TestStreamOfOneFolder(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"b/1.png", "a/2/3.png", "a.png", "a/0.png", "b.txt"} {
		write(t, dir, name, grayFile(t, 2, 2, uint8(i)))
	}
	write(t, dir, "b/bad.png", []byte("bad"))
	items := readAll(t, small(2, 2, 1), dir)
	wantLines(t, items, "a.png||2", "a/0.png|a|3", "a/2/3.png|a|1", "b/1.png|b|0", "b/bad.png|b|failed")
	wantError(t, items[4].Err, "b/bad.png: is not an image")
}

func TestStreamOfSeveralArguments(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, dir, "in/x/1.png", grayFile(t, 2, 2, 1))
	write(t, dir, "more/2.png", grayFile(t, 2, 2, 2))
	write(t, dir, "one.png", grayFile(t, 2, 2, 3))
	write(t, dir, "some-images-idx3-ubyte", idxBytes(idxImages, []int32{2, 2, 2}, ramp(8)))
	write(t, dir, "some-labels-idx1-ubyte.gz", zipped(t, idxBytes(idxLabels, []int32{2}, []byte{7, 9})))
	o := small(2, 2, 1)
	o.Stdin = bytes.NewReader(grayFile(t, 2, 2, 4))
	items := readAll(t, o, "more", "some-images-idx3-ubyte", "one.png", "-", "in/")
	wantLines(t, items, "more/2.png||2", "some-images-idx3-ubyte/00000|7|0", "some-images-idx3-ubyte/00001|9|4",
		"one.png||3", "stdin||4", "in/x/1.png|x|1")
}

func TestStreamLabelledBeforeTheFirstItem(t *testing.T) {
	dir := t.TempDir()
	flat, idx := filepath.Join(dir, "flat"), filepath.Join(dir, "plain.idx")
	file := write(t, flat, "1.png", grayFile(t, 2, 2, 0))
	write(t, flat, "empty/notes.txt", nil)
	write(t, dir, "plain.idx", zipped(t, idxBytes(idxImages, []int32{1, 2, 2}, ramp(4))))
	write(t, dir, "deep/a/b/c/1.png", grayFile(t, 2, 2, 0))
	for _, c := range []struct {
		args []string
		want bool
	}{
		{[]string{flat}, false}, {[]string{file, idx}, false}, {[]string{"-"}, false}, {[]string{"mnist:train"}, true},
		{[]string{filepath.Join(dir, "deep")}, true}, {[]string{file, filepath.Join(dir, "deep")}, true},
	} {
		s, err := Open(context.Background(), c.args, small(2, 2, 1))
		if err != nil {
			t.Fatal(err)
		}
		if s.Labelled() != c.want {
			t.Errorf("%v: labelled %t", c.args, s.Labelled())
		}
		s.Close()
	}
}

func TestStreamBringsImagesToTheShape(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "exact.png", grayFile(t, 3, 2, 10))
	write(t, dir, "colour.png", pngOf(t, solid(30, 7, color.NRGBA{255, 0, 0, 255})))
	o := small(3, 2, 1)
	items := readAll(t, o, dir)
	if !bytes.Equal(items[1].Pixels.Bytes(), []byte{10, 11, 12, 13, 14, 15}) || !bytes.Equal(items[0].Pixels.Bytes(), bytes.Repeat([]byte{76}, 6)) {
		t.Errorf("%v", items)
	}
	o.Invert = true
	items = readAll(t, o, dir)
	if !bytes.Equal(items[1].Pixels.Bytes(), []byte{245, 244, 243, 242, 241, 240}) || !bytes.Equal(items[0].Pixels.Bytes(), bytes.Repeat([]byte{179}, 6)) {
		t.Errorf("inverted: %v", items)
	}
	items = readAll(t, small(3, 2, 3), dir)
	if !bytes.Equal(items[1].Pixels.Bytes()[:6], []byte{10, 10, 10, 11, 11, 11}) || !bytes.Equal(items[0].Pixels.Bytes()[:3], []byte{255, 0, 0}) {
		t.Errorf("in colour: %v", items)
	}
	o = small(3, 2, 1)
	o.MaxPixels = 100
	wantError(t, readAll(t, o, dir)[0].Err, "colour.png: claims 30x7 pixels, more than the limit of 100")
}

func TestOpenFaultsAtOnce(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "sub/readme.txt", nil)
	good := write(t, t.TempDir(), "1.png", grayFile(t, 2, 2, 0))
	for _, c := range []struct {
		arg  string
		want []string
	}{
		{filepath.Join(dir, "gone"), []string{"gone: no such file or folder"}},
		{dir, []string{dir + ": holds IDX files and no image"}},
		{t.TempDir(), []string{": holds no image"}},
		{"mnist:valid", []string{"mnist:valid: no such part"}},
		{write(t, dir, "a-idx3-ubyte", idxBytes(0x903, []int32{1, 1, 1}, ramp(1))), []string{"a-idx3-ubyte", "0x00000903"}},
		{write(t, dir, "b", idxBytes(idxImages, []int32{3, 2, 2}, ramp(11))), []string{"b: is truncated"}},
		{write(t, dir, "c", zipped(t, idxBytes(idxImages, []int32{-3, 2, 2}, ramp(12)))), []string{"c: claims -3 images"}},
		{write(t, dir, "d-labels-idx1-ubyte", idxBytes(idxLabels, []int32{3}, ramp(3))), []string{"d-labels-idx1-ubyte", "0x00000801"}},
	} {
		s, err := Open(context.Background(), []string{good, c.arg}, small(2, 2, 1))
		wantError(t, err, c.want...)
		if s != nil {
			t.Error("a stream beside the error")
		}
	}
	write(t, dir, "e-images-idx3-ubyte", idxBytes(idxImages, []int32{3, 2, 2}, ramp(12)))
	write(t, dir, "e-labels-idx1-ubyte", idxBytes(idxLabels, []int32{4}, ramp(4)))
	_, err := Open(context.Background(), []string{filepath.Join(dir, "e-images-idx3-ubyte")}, small(2, 2, 1))
	wantError(t, err, "e-labels-idx1-ubyte: has 4 labels for the 3 images")
	_, err = Open(context.Background(), nil, small(2, 2, 1))
	wantError(t, err, "no input")
	_, err = Open(context.Background(), []string{"-", "-"}, small(2, 2, 1))
	wantError(t, err, "give it once")
	_, err = Open(context.Background(), []string{good}, small(2, 0, 1))
	wantError(t, err, "2x0x1")
}

func TestStreamOfDamagedIDXEndsWithAnError(t *testing.T) {
	path := write(t, t.TempDir(), "x.gz", zipped(t, idxBytes(idxImages, []int32{100, 2, 2}, ramp(250))))
	items := readAll(t, small(2, 2, 1), path)
	if len(items) != 63 || items[61].Err != nil || items[61].Name != "x/00061" {
		t.Fatalf("%d items, the last: %v", len(items), items[len(items)-1])
	}
	wantError(t, items[62].Err, "x.gz: is truncated: it ends after 62 of 100 items")
}

// Labels are read beside the images: what is wrong with them shows where it is.
func TestStreamOfDamagedLabelsEndsWithAnError(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "x-images-idx3-ubyte", idxBytes(idxImages, []int32{3, 2, 2}, ramp(12)))
	whole := zipped(t, idxBytes(idxLabels, []int32{3}, []byte{7, 8, 9, 0}))
	short := zipped(t, idxBytes(idxLabels, []int32{3}, []byte{7}))
	labels := write(t, dir, "x-labels-idx1-ubyte.gz", whole)
	items := readAll(t, small(2, 2, 1), path)
	wantLines(t, items, "x-images-idx3-ubyte/00000|7|0", "x-images-idx3-ubyte/00001|8|4", "x-images-idx3-ubyte/00002|9|8", "x-images-idx3-ubyte/00003||failed")
	wantError(t, items[3].Err, labels+": has trailing data after its 3 items")
	write(t, dir, "x-labels-idx1-ubyte.gz", short)
	items = readAll(t, small(2, 2, 1), path)
	wantLines(t, items, "x-images-idx3-ubyte/00000|7|0", "x-images-idx3-ubyte/00001||failed")
	wantError(t, items[1].Err, labels+": is truncated: it ends after 1 of 3 items")
}

// A gzip file of 64 KB claims, and holds, 64 million labels of images of one pixel.
func TestStreamOfManyLabelsIsSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("packs 64 MB")
	}
	const n = 64 << 20
	dir := t.TempDir()
	path := write(t, dir, "x-images-idx3-ubyte.gz", zipped(t, idxBytes(idxImages, []int32{n, 1, 1}, make([]byte, n))))
	write(t, dir, "x-labels-idx1-ubyte.gz", zipped(t, idxBytes(idxLabels, []int32{n}, make([]byte, n))))
	used := allocated(func() {
		s, err := Open(context.Background(), []string{path}, small(1, 1, 1))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if item, ok := s.Next(); !ok || item.Err != nil || item.Label != "0" {
			t.Errorf("%v", item)
		}
	})
	if used > 4<<20 {
		t.Errorf("%d bytes were allocated", used)
	}
}

// The folder z is removed after the first item: had it been listed before, no
// error would name it.
func TestStreamListsFoldersWhenItComesToThem(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 * window {
		write(t, dir, "a/"+indexName(i)+".png", grayFile(t, 2, 2, 0))
	}
	write(t, dir, "z/1.png", grayFile(t, 2, 2, 0))
	s, err := Open(context.Background(), []string{dir}, small(2, 2, 1))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if item, ok := s.Next(); !ok || item.Name != "a/00000.png" || item.Err != nil {
		t.Fatalf("first item %v", item)
	}
	if err := os.RemoveAll(filepath.Join(dir, "z")); err != nil {
		t.Fatal(err)
	}
	var last Item
	n := 1
	for item, ok := s.Next(); ok; item, ok = s.Next() {
		last = item
		n++
	}
	if n != 3*window+1 || last.Name != "z" {
		t.Errorf("%d items, the last is %v", n, last)
	}
	wantError(t, last.Err, "z: no such file")
}

func TestStreamHoldsFewImages(t *testing.T) {
	path := write(t, t.TempDir(), "x", idxBytes(idxImages, []int32{1000, 1, 1}, ramp(1000)))
	s, err := Open(context.Background(), []string{path}, small(1, 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range 10 {
		if item, _ := s.Next(); item.Pixels.Bytes()[0] != uint8(i) {
			t.Fatalf("item %d is %v", i, item)
		}
	}
	time.Sleep(20 * time.Millisecond) // for the workers to run ahead, if they would
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pulled > 10+window {
		t.Errorf("%d images were read for 10", s.pulled)
	}
}

// goroutines waits until at most n goroutines are left.
func goroutines(t *testing.T, n int) {
	t.Helper()
	for range 200 {
		if runtime.NumGoroutine() <= n {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	buf := make([]byte, 1<<16)
	t.Errorf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), n, buf[:runtime.Stack(buf, true)])
}

func TestStreamLeavesNoGoroutine(t *testing.T) {
	path := write(t, t.TempDir(), "x", idxBytes(idxImages, []int32{1000, 2, 2}, ramp(4000)))
	before := runtime.NumGoroutine()
	for _, read := range []int{0, 1, 60, 1000, 1001} {
		for _, byContext := range []bool{false, true} {
			ctx, cancel := context.WithCancel(context.Background())
			s, err := Open(ctx, []string{path}, small(2, 2, 1))
			if err != nil {
				t.Fatal(err)
			}
			for i := range read {
				if _, ok := s.Next(); ok != (i < 1000) {
					t.Fatalf("item %d: %t", i, ok)
				}
			}
			if byContext {
				cancel()
				goroutines(t, before)
				if _, ok := s.Next(); ok {
					t.Error("an item after the context was cancelled")
				}
			}
			s.Close()
			s.Close()
			goroutines(t, before)
			if _, ok := s.Next(); ok {
				t.Error("an item after Close")
			}
			cancel()
		}
	}
}

func TestStreamDoesNotWaitForStdin(t *testing.T) {
	path := write(t, t.TempDir(), "1.png", grayFile(t, 2, 2, 8))
	before := runtime.NumGoroutine()
	in, out := io.Pipe()
	o := small(2, 2, 1)
	o.Stdin = in
	s, err := Open(context.Background(), []string{path, "-"}, o)
	if err != nil {
		t.Fatal(err)
	}
	if item, ok := s.Next(); !ok || item.Pixels.Bytes()[0] != 8 {
		t.Fatalf("%v", item)
	}
	s.Close()
	out.Close()
	goroutines(t, before)
}

func TestStreamStdinFaults(t *testing.T) {
	o := small(2, 2, 1)
	for _, c := range []struct {
		in   io.Reader
		want string
	}{
		{nil, "stdin: "}, {strings.NewReader(""), "stdin: is empty"}, {strings.NewReader("text"), "stdin: is not an image"},
		{bytes.NewReader(bombPNG(100000, 100000)), "stdin: claims 100000x100000 pixels"},
		{io.MultiReader(strings.NewReader("x"), failing{}), "stdin: broken pipe to nowhere"},
	} {
		o.Stdin = c.in
		items := readAll(t, o, "-")
		if len(items) != 1 {
			t.Fatalf("%d items", len(items))
		}
		wantError(t, items[0].Err, c.want)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("broken pipe to nowhere") }

func TestSplitNumber(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := errors.Join(os.WriteFile("images.idx", []byte("x"), 0o666), os.WriteFile("zipped.gz", []byte("x"), 0o666), os.Mkdir("folder", 0o777), os.WriteFile("folder/7", []byte("x"), 0o666)); err != nil {
		t.Fatal(err)
	}
	write(t, ".", "d.npz", npzBytes(t, map[string][]byte{"x_train": npyBytes(t, "u1", []int{4, 2, 2}, count(16)), "x_test": npyBytes(t, "u1", []int{3, 2, 2}, count(12))}))
	for arg, want := range map[string]string{
		"d.npz/x_test/2":         "d.npz 6 true", // counted through all arrays
		"d.npz/5":                "d.npz 5 true",
		"d.npz/y/2":              "d.npz/y/2 0 false",
		"mnist:test/00017":       "mnist:test 17 true",
		"mnist:test":             "mnist:test 0 false",
		"mnist:test/":            "mnist:test/ 0 false",
		"mnist:test/-1":          "mnist:test/-1 0 false",
		"mnist:test/99999999999": "mnist:test/99999999999 0 false",
		"images.idx/3":           "images.idx 3 true",
		"zipped/3":               "zipped.gz 3 true",
		"zipped.gz/3":            "zipped.gz 3 true",
		"images.idx/x":           "images.idx/x 0 false",
		"folder/7":               "folder/7 0 false", // a file
		"folder/8":               "folder/8 0 false", // none, but folder is no file of many
		"none/3":                 "none/3 0 false",
		"3":                      "3 0 false",
		"":                       " 0 false",
	} {
		source, number, many := SplitNumber(arg)
		if got := fmt.Sprint(source, " ", number, " ", many); got != want {
			t.Errorf("%q: %s, want %s", arg, got, want)
		}
	}
}

// The last files of an archive are read to their end, whatever other workers find meanwhile: that nothing comes after them.
func TestStreamReadsArchivesToTheirEnd(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	noise := image.NewGray(image.Rect(0, 0, 600, 600))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = uint8(r.Uint32())
	}
	content := pngOf(t, noise)
	for i := range 3 {
		f, err := z.Create(indexName(i) + ".png")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	file := write(t, t.TempDir(), "noise.zip", b.Bytes())
	for range 5 {
		s, err := Open(context.Background(), []string{file}, small(4, 4, 1))
		if err != nil {
			t.Fatal(err)
		}
		for item, ok := s.Next(); ok; item, ok = s.Next() {
			if item.Err != nil {
				t.Error(item.Err)
			}
		}
		s.Close()
	}
}

// What is wrong within a file of many is told with the image's name.
func TestStreamNamesBadImagesOfArrays(t *testing.T) {
	file := write(t, t.TempDir(), "x.npy", npyBytes(t, "f4", []int{2, 1, 2}, []float64{0, 0, math.NaN(), 0}))
	s, err := Open(context.Background(), []string{file}, small(2, 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if item, _ := s.Next(); item.Err != nil {
		t.Error(item.Err)
	}
	item, _ := s.Next()
	wantError(t, item.Err, "x.npy/00001: holds a value that is no number (NaN)")
}

// What is said at the end is of the images that were asked for, not of those that were decoded ahead.
func TestStreamNotesWhatWasAskedFor(t *testing.T) {
	dir := t.TempDir()
	for i := range 9 {
		write(t, dir, indexName(i)+".png", deepFile(t, 3, 4, 1000))
	}
	for asked, want := range map[int]string{
		2: "2 values in 2 of the images lie outside of the range 0:10000, and are clipped to it; images that have other proportions than 3x2, and were stretched: 2",
		0: "",
	} {
		o := small(3, 2, 1)
		o.Range = config.Range{High: 10000}
		s, err := Open(context.Background(), []string{dir}, o)
		if err != nil {
			t.Fatal(err)
		}
		for range asked {
			s.Next()
		}
		if got := strings.Join(s.Found(), "; "); got != want {
			t.Errorf("%d asked for: %q", asked, got)
		}
		s.Close()
	}
}
