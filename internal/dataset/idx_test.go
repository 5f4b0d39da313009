package dataset

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"

	"vae/internal/config"
)

func TestIDXHeaderIsHeldAgainstTheFile(t *testing.T) {
	images := func(n, rows, cols int32, content int) []byte {
		return idxBytes(idxImages, []int32{n, rows, cols}, ramp(content))
	}
	good := images(2, 3, 4, 24)
	garbled := zipped(t, ramp(5000))
	garbled = append(zipped(t, good), garbled[:40]...)
	flipped := zipped(t, good)
	flipped[len(flipped)-6] ^= 1 // in the gzip checksum
	for _, c := range []struct {
		name    string
		content []byte
		want    []string
	}{
		{"empty", nil, []string{"truncated", "IDX header"}},
		{"half a header", good[:9], []string{"truncated", "IDX header"}},
		{"wrong magic", idxBytes(0x803<<8, []int32{2, 3, 4}, ramp(24)), []string{"0x00080300", "0x00000803"}},
		{"a float matrix", idxBytes(0xd03, []int32{2, 3, 4}, ramp(96)), []string{"0x00000d03"}},
		{"short", good[:39], []string{"truncated", "40 bytes", "has 39"}},
		{"long", append(bytes.Clone(good), 0), []string{"trailing data", "has 41"}},
		{"negative count", images(-1, 3, 4, 24), []string{"claims -1 images"}},
		{"no image", images(0, 3, 4, 0), []string{"claims 0 images"}},
		{"zero rows", images(2, 0, 4, 0), []string{"0 rows"}},
		{"negative columns", images(2, 3, -4, 0), []string{"-4 columns"}},
		{"huge count", images(math.MaxInt32, 28, 28, 784), []string{"more than the limit"}},
		{"large count", images(100000, 28, 28, 784), []string{"truncated", "78400016 bytes"}},
		{"huge side", images(1, 1, math.MaxInt32, 9), []string{"claims 2147483647x1 pixels"}},
		{"huge image", images(1, 60000, 60000, 9), []string{"claims 60000x60000 pixels"}},
		{"gz short", zipped(t, good[:39]), []string{"truncated", "1 of 2 items"}},
		{"gz long", zipped(t, append(bytes.Clone(good), 0)), []string{"trailing data"}},
		{"gz huge count", zipped(t, images(20000000, 28, 28, 784)), []string{"compressed bytes can hold"}},
		{"gz cut", zipped(t, good)[:30], []string{"truncated"}},
		{"gz with another member", garbled, []string{"trailing data"}},
		{"gz with a wrong checksum", flipped, []string{"damaged"}},
		{"gz header alone", []byte{0x1f, 0x8b, 8}, []string{"IDX header"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := decodeIDX(c.content)
			wantError(t, err, append(c.want, "file: ")...)
		})
	}
	for _, content := range [][]byte{good, zipped(t, good)} {
		if pix, err := decodeIDX(content); err != nil || !bytes.Equal(pix, ramp(24)) {
			t.Errorf("a good file gives %v, %v", pix, err)
		}
	}
}

func decodeIDX(content []byte) ([]byte, error) {
	x, err := newIDX(bytes.NewReader(content), int64(len(content)), "file", DefaultMaxPixels)
	if err != nil {
		return nil, err
	}
	return x.all()
}

func TestIDXGrowsWithTheData(t *testing.T) {
	content := idxBytes(idxImages, []int32{5000, 20, 30}, bytes.Repeat(ramp(600), 5000))
	for _, file := range [][]byte{content, zipped(t, content)} {
		if pix, err := decodeIDX(file); err != nil || !bytes.Equal(pix, content[16:]) {
			t.Errorf("%d bytes, %v", len(pix), err)
		}
	}
}

// writeIDX writes an IDX data set of two classes of 2x3 images.
func writeIDX(t *testing.T, dir string, train, test int, sep, end string) {
	pack := func(b []byte) []byte {
		if end == ".gz" {
			return zipped(t, b)
		}
		return b
	}
	for stem, n := range map[string]int{"train": train, "t10k": test} {
		if n == 0 {
			continue
		}
		labels := make([]byte, n)
		for i := range labels {
			labels[i] = byte(i % 2 * 3)
		}
		write(t, dir, stem+"-images"+sep+"idx3-ubyte"+end, pack(idxBytes(idxImages, []int32{int32(n), 2, 3}, ramp(6*n))))
		write(t, dir, stem+"-labels"+sep+"idx1-ubyte"+end, pack(idxBytes(idxLabels, []int32{int32(n)}, labels)))
	}
}

func TestIDXFolder(t *testing.T) {
	var digests []string
	for _, c := range []struct{ sep, end string }{{"-", ""}, {"-", ".gz"}, {".", ""}, {".", ".gz"}} {
		dir := t.TempDir()
		writeIDX(t, dir, 30, 5, c.sep, c.end)
		s := mustLoad(t, loadFrom(dir), 1)
		if s.Train.Len() != 28 || s.Validation.Len() != 2 || s.Test.Len() != 5 {
			t.Errorf("%v: %d, %d, %d images", c, s.Train.Len(), s.Validation.Len(), s.Test.Len())
		}
		set := s.Train.Set
		if set.Shape != (config.Shape{Width: 3, Height: 2, Channels: 1}) || !bytes.Equal(set.Pixels, ramp(180)) {
			t.Errorf("%v: %s", c, set.Shape)
		}
		if !slices.Equal(set.Classes, []string{"0", "1", "2", "3"}) || set.Label(0) != "0" || set.Label(1) != "3" {
			t.Errorf("%v: classes %v, labels %s %s", c, set.Classes, set.Label(0), set.Label(1))
		}
		digests = append(digests, s.SHA256)
	}
	if len(slices.Compact(digests)) != 1 || len(digests[0]) != 64 {
		t.Errorf("the same data have the digests %v", digests)
	}
}

func TestIDXFolderWithoutTestImagesOrLabels(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "train-images-idx3-ubyte", idxBytes(idxImages, []int32{40, 2, 3}, ramp(240)))
	s := mustLoad(t, loadFrom(dir), 1)
	if s.Train.Len() != 33 || s.Validation.Len() != 3 || s.Test.Len() != 4 || s.Train.Set.Label(0) != "" {
		t.Errorf("%d, %d, %d images", s.Train.Len(), s.Validation.Len(), s.Test.Len())
	}
	all := slices.Concat(s.Train.Index, s.Validation.Index, s.Test.Index)
	slices.Sort(all)
	if !slices.Equal(all, Between(0, 40)) {
		t.Errorf("the parts do not make up the whole: %v", all)
	}
}

func TestIDXFolderResized(t *testing.T) {
	dir := t.TempDir()
	writeIDX(t, dir, 30, 5, "-", "")
	cfg := loadFrom(dir)
	cfg.ImageSize, cfg.Channels = "3x2", 3
	s := mustLoad(t, cfg, 1)
	want := ofBytes(3, 2, 1, ramp(6)).inChannels(3).pix
	if got := s.Train.Set.Image(0); !bytes.Equal(got, want) {
		t.Errorf("in colour: %v, want %v", got, want)
	}
	cfg.ImageSize, cfg.Channels = "6x4", 1
	s = mustLoad(t, cfg, 1)
	if s.Test.Set.Shape.String() != "6x4x1" || len(s.Test.Set.Pixels) != 5*24 || len(s.Train.Set.Pixels)+len(s.Validation.Set.Pixels) != 30*24 {
		t.Errorf("resized to %s, %d values", s.Test.Set.Shape, len(s.Test.Set.Pixels))
	}
}

func TestIDXFolderFaults(t *testing.T) {
	put := func(files map[string][]byte) string {
		dir := t.TempDir()
		writeIDX(t, dir, 30, 5, "-", "")
		for name, content := range files {
			write(t, dir, name, content)
		}
		return dir
	}
	for _, c := range []struct {
		dir  string
		want []string
	}{
		{put(map[string][]byte{"train-labels-idx1-ubyte": idxBytes(idxLabels, []int32{29}, ramp(29))}), []string{"train-labels", "29 labels for the 30 images"}},
		{put(map[string][]byte{"train-labels-idx1-ubyte": idxBytes(idxImages, []int32{30, 1, 1}, ramp(30))}), []string{"train-labels", "0x00000803"}},
		{put(map[string][]byte{"train-images-idx3-ubyte": idxBytes(idxLabels, []int32{30}, ramp(30))}), []string{"train-images", "0x00000801"}},
		{put(map[string][]byte{"t10k-images-idx3-ubyte": idxBytes(idxImages, []int32{5, 3, 2}, ramp(30))}), []string{"t10k-images", "2x3", "3x2"}},
		{put(map[string][]byte{"t10k-images-idx3-ubyte": idxBytes(idxImages, []int32{5, 3, 2}, ramp(29))}), []string{"t10k-images", "truncated"}},
	} {
		_, err := Load(loadFrom(c.dir), 1, 0)
		wantError(t, err, c.want...)
	}
	lone := t.TempDir()
	write(t, lone, "t10k-images-idx3-ubyte", idxBytes(idxImages, []int32{5, 3, 2}, ramp(30)))
	_, err := Load(loadFrom(lone), 1, 0)
	wantError(t, err, lone, "no train-images-idx3-ubyte")
}

func FuzzIDX(f *testing.F) {
	good := idxBytes(idxImages, []int32{2, 3, 4}, ramp(24))
	f.Add(good)
	f.Add(zipped(f, good))
	f.Add(good[:20])
	f.Add(idxBytes(idxLabels, []int32{7}, ramp(7)))
	f.Add(idxBytes(idxImages, []int32{math.MaxInt32, math.MaxInt32, 28}, nil))
	f.Add(zipped(f, idxBytes(idxLabels, []int32{-7}, ramp(7))))
	f.Fuzz(func(t *testing.T, content []byte) {
		x, err := newIDX(bytes.NewReader(content), int64(len(content)), "file", DefaultMaxPixels)
		if err != nil {
			return
		}
		items, err := x.all()
		if err != nil {
			return
		}
		if len(items) != x.n*x.item() {
			t.Fatalf("%d bytes for %d items of %d", len(items), x.n, x.item())
		}
		dims := []int32{int32(x.n), int32(x.rows), int32(x.cols)}
		if x.magic == idxLabels {
			dims = dims[:1]
		}
		if again := idxBytes(x.magic, dims, items); !x.gzipped && !bytes.Equal(again, content) {
			t.Fatalf("written again: %x, was %x", again, content)
		}
		y, err := newIDX(bytes.NewReader(content), int64(len(content)), "file", DefaultMaxPixels)
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, y.item())
		for i := range y.n {
			if err := y.next(buf); err != nil || !bytes.Equal(buf, items[i*len(buf):(i+1)*len(buf)]) {
				t.Fatalf("item %d read alone: %v", i, err)
			}
		}
		if err := y.next(buf); fmt.Sprint(err) != "EOF" {
			t.Fatalf("after the last item: %v", err)
		}
	})
}
