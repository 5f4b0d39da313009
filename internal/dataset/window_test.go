package dataset

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"vae/internal/augment"
	"vae/internal/config"
	"vae/internal/rng"
)

func recipe(t *testing.T, text string) augment.Recipe {
	t.Helper()
	r, err := augment.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// changed are rows of a split as training sees them.
func changed(t *testing.T, s Split, text string, rows []int) []float32 {
	t.Helper()
	dst := make([]float32, len(rows)*s.Set.Shape.Pixels())
	changes, _ := streamsOf(5)
	pixels, _ := streamsOf(6)
	s.FillChanged(dst, rows, Augmentation{recipe(t, text), changes}, pixels)
	return dst
}

// Without a recipe, and with all of each image in the set, nothing is drawn, and all is as before.
func TestFillChangedByNothing(t *testing.T) {
	for _, black := range []bool{false, true} {
		s := Split{Set: greys(9, 31), Index: []int{1, 2, 5, 8}, Dynamic: black}
		rows := []int{3, 0, 1, 1}
		want := make([]float32, len(rows)*31)
		pixels, _ := streamsOf(6)
		s.Fill(want, rows, pixels)
		if got := changed(t, s, "none", rows); !slices.Equal(got, want) {
			t.Errorf("dynamic %v: not what Fill gives", black)
		}
	}
}

// Each row is the image as its own stream draws it, of any depth, on any number of threads.
func TestFillChanged(t *testing.T) {
	shape := config.Shape{Width: 9, Height: 7, Channels: 3}
	d := shape.Pixels()
	sets := map[string]*Set{"bytes": {Shape: shape, Pixels: make([]uint8, 6*d)}, "in a range": {Shape: shape, Pixels: make([]uint8, 6*d)},
		"deep": {Shape: shape, Deep: make([]uint16, 6*d)}, "real": {Shape: shape, Real: make([]float32, 6*d)}}
	for i := range 6 * d {
		sets["bytes"].Pixels[i], sets["in a range"].Pixels[i], sets["deep"].Deep[i] = uint8(i*37), 10+uint8(i*37)%200, uint16(i*3701)
		sets["real"].Real[i] = float32(i*37%101) / 100
	}
	sets["in a range"].setRange(10, 210)
	sets["deep"].setRange(0, math.MaxUint16)
	rows, index := []int{2, 0, 0, 1}, []int{1, 3, 5}
	for name, set := range sets {
		for _, text := range []string{"flip", "flip,crop:2", "rotate:40,scale:1.5", "crop:3,rotate:180,fill:1"} {
			r := recipe(t, text)
			var want []float32
			whole := augment.Size{Width: shape.Width, Height: shape.Height}
			for i, row := range rows {
				image, window := make([]float32, d), make([]float32, d)
				set.Floats(image, index[row])
				place := r.Draw(whole, whole, rng.Stream(5, "pixels", uint64(i)))
				b := place.Box()
				var box []float32
				for y := b.Top; y < b.Bottom; y++ {
					box = append(box, image[(y*shape.Width+b.Left)*3:(y*shape.Width+b.Right)*3]...)
				}
				place.Apply(window, box, 3, map[string]float64{"bytes": 255, "in a range": 200, "deep": 65535}[name])
				want = append(want, window...)
			}
			for _, threads := range []int{1, 3} {
				before := runtime.GOMAXPROCS(threads)
				got := changed(t, Split{Set: set, Index: index}, text, rows)
				runtime.GOMAXPROCS(before)
				if !slices.Equal(got, want) {
					t.Fatalf("%s, %s, %d threads: not the images as drawn", name, text, threads)
				}
				if text != "flip" && slices.Equal(got[d:2*d], got[2*d:3*d]) {
					t.Errorf("%s, %s: one image, twice in a batch, is the same", name, text)
				}
			}
		}
	}
}

// Bytes that were mixed are bytes still, to the bit what a file would give.
func TestMixedBytesAreBytes(t *testing.T) {
	s := Split{Set: greys(4, 49), Index: []int{0, 1, 2, 3}}
	s.Set.Shape = config.Shape{Width: 7, Height: 7, Channels: 1}
	all := make([]float32, 256)
	(&Set{Shape: config.Shape{Width: 256, Height: 1, Channels: 1}, Pixels: ramp(256)}).Floats(all, 0)
	for _, v := range changed(t, s, "rotate:33", []int{0, 1, 2, 3}) {
		if !slices.Contains(all, v) {
			t.Fatalf("%v is no byte", v)
		}
	}
}

// Black and white pixels are drawn from the greys that the changed image has.
func TestChangedThenDrawn(t *testing.T) {
	s := dynamic(greys(3, 64), 0, 1, 2)
	s.Set.Shape = config.Shape{Width: 8, Height: 8, Channels: 1}
	const draws = 4000
	grey := changed(t, Split{Set: s.Set, Index: s.Index}, "rotate:33", []int{1})
	r, mean, dst := recipe(t, "rotate:33"), make([]float64, 64), make([]float32, 64)
	for n := range draws {
		pixels, _ := streamsOf(uint64(100 + n))
		changes, _ := streamsOf(5)
		s.FillChanged(dst, []int{1}, Augmentation{r, changes}, pixels)
		for i, v := range dst {
			if v != 0 && v != 1 {
				t.Fatalf("pixel %v", v)
			}
			mean[i] += float64(v) / draws
		}
	}
	for i, p := range grey {
		if tol := 5*math.Sqrt(float64(p*(1-p))/draws) + 1e-4; !(math.Abs(mean[i]-float64(p)) <= tol) {
			t.Errorf("pixel %d is white with %g, want %g within %g", i, mean[i], p, tol)
		}
	}
}

// photographs is a folder of n images of 12x8, of which no two windows of 5x4 are alike.
func photographs(t *testing.T, n int) string {
	dir := t.TempDir()
	for i := range n {
		write(t, dir, fmt.Sprintf("%02d.png", i), grayFile(t, 12, 8, uint8(i*7)))
	}
	return dir
}

func TestWindowsOfLargerImages(t *testing.T) {
	dir := photographs(t, 20)
	cfg := loadFrom(dir)
	cfg.ImageSize, cfg.Crop, cfg.Validation = "5x4", config.OwnSize, 3
	s := mustLoad(t, cfg, 1)
	window, kept := config.Shape{Width: 5, Height: 4, Channels: 1}, config.Shape{Width: 12, Height: 8, Channels: 1}
	for name, part := range map[string]Split{"training": s.Train, "validation": s.Validation, "test": s.Test} {
		if part.Set.Shape != window {
			t.Errorf("%s images of %v", name, part.Set.Shape)
		}
	}
	if f := s.Facts(); f.Shape != window || f.Kept != kept || s.Validation.Larger != nil || s.Test.Larger != nil {
		t.Errorf("facts %+v", f)
	}
	if want := 20*12*8 + 20*5*4; s.Bytes() != want {
		t.Errorf("%d bytes, want %d", s.Bytes(), want)
	}
	cfg.ImageSize, cfg.Crop = "", "none"
	if whole := mustLoad(t, cfg, 1); whole.SHA256 != s.SHA256 || !slices.Equal(whole.Train.Index, s.Train.Index) {
		t.Error("other data than without windows")
	}
	for row, i := range s.Train.Index {
		large := s.Train.Larger.Image(i)
		var middle []uint8
		for y := 2; y < 6; y++ {
			middle = append(middle, large[y*12+3:y*12+8]...)
		}
		if !slices.Equal(middle, s.Train.Set.Image(i)) {
			t.Fatalf("image %d: the middle is %v, want %v", i, s.Train.Set.Image(i), middle)
		}
		got := changed(t, s.Train, "none", []int{row})
		at := slices.Index(large, uint8(math.Round(255*float64(got[0]))))
		for y := range 4 {
			for x := range 5 {
				if want := float32(large[at+12*y+x]) / 255; got[5*y+x] != want {
					t.Fatalf("image %d, window at %d: pixel (%d, %d) is %v, want %v", i, at, x, y, got[5*y+x], want)
				}
			}
		}
	}
}

func TestWindowsOfResizedImages(t *testing.T) {
	cfg := loadFrom(photographs(t, 12))
	cfg.ImageSize, cfg.Crop, cfg.Validation = "3x3", "6x4", 2
	s := mustLoad(t, cfg, 1)
	if kept := s.Facts().Kept; kept != (config.Shape{Width: 6, Height: 4, Channels: 1}) {
		t.Errorf("kept as %v", kept)
	}
	cfg.ImageSize, cfg.Crop = "6x4", "none"
	if resized := mustLoad(t, cfg, 1); resized.SHA256 != s.SHA256 {
		t.Error("other pixels than those of a resize")
	}
	cfg.ImageSize, cfg.Crop = "12x8", "15x10" // what measures takes images of the windows' size as they are
	_, err := Load(cfg, 1, 0)
	wantError(t, err, "15x10", "would enlarge images that have the size of its windows, 12x8, already")
	cfg.ImageSize, cfg.Crop = "13x4", config.OwnSize
	_, err = Load(cfg, 1, 0)
	wantError(t, err, "must keep images at least as large as the windows of 13x4 (they are 12x8)", "own")
	write(t, cfg.Source, "wide.png", grayFile(t, 13, 8, 1))
	cfg.ImageSize = "5x4"
	_, err = Load(cfg, 1, 0)
	wantError(t, err, "wide.png: is 13x8, but", "give "+config.Mention("data.crop", "WxH")+" to resize them all")
}

// MNIST, and all that is read as bytes, has windows too.
func TestWindowsOfDigits(t *testing.T) {
	cfg := config.Data{Source: "mnist", ImageSize: "24x20", Crop: config.OwnSize, Validation: 100, Limit: 50}
	s := mustLoad(t, cfg, 1)
	if s.Train.Set.Shape != (config.Shape{Width: 24, Height: 20, Channels: 1}) || s.Train.Larger.Shape != mnistShape || s.Test.Set.Len() != 10_000 {
		t.Errorf("%v of %v", s.Train.Set.Shape, s.Train.Larger.Shape)
	}
}

// A model is measured on the middle of images; those of the windows' size are taken as they are.
func TestWindowsToMeasure(t *testing.T) {
	cfg := loadFrom(photographs(t, 4))
	cfg.ImageSize, cfg.Crop = "5x4", "12x8"
	s, err := LoadKnown(cfg, 1, 0, "other")
	if err != nil {
		t.Fatal(err)
	}
	if s.Test.Len() != 4 || !slices.Equal(s.Test.Set.Image(0)[:5], []uint8{27, 28, 29, 30, 31}) {
		t.Errorf("%v", s.Test.Set.Image(0))
	}
	cfg.Source = t.TempDir()
	write(t, cfg.Source, "a.png", grayFile(t, 5, 4, 7))
	if s, err = LoadKnown(cfg, 1, 0, "other"); err != nil || !slices.Equal(s.Test.Set.Image(0), ramp(27)[7:]) {
		t.Errorf("%v: %v", s, err)
	}
}

func TestStreamOfWindows(t *testing.T) {
	dir := photographs(t, 1)
	write(t, dir, "small.png", grayFile(t, 5, 4, 7))
	write(t, dir, "double.png", grayFile(t, 24, 16, 0))
	shape := config.Shape{Width: 5, Height: 4, Channels: 1}
	s, err := Open(context.Background(), []string{dir}, StreamOptions{Shape: shape, Larger: config.Shape{Width: 12, Height: 8}, Range: config.Range{}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := [][]uint8{{27, 28, 29, 30, 31}, nil, {7, 8, 9, 10, 11}}
	for i := range want {
		item, ok := s.Next()
		if !ok || item.Err != nil || item.Pixels.Len() != shape.Pixels() {
			t.Fatalf("%+v", item)
		}
		if want[i] != nil && !slices.Equal(item.Pixels.Bytes()[:5], want[i]) {
			t.Errorf("%s: %v", item.Name, item.Pixels.Bytes())
		}
	}
	if lines := s.Found(); len(lines) > 0 {
		t.Errorf("found %v", lines)
	}
}
