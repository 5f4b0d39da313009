package dataset

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"vae/internal/config"
	"vae/internal/rng"
)

// greys is a set of n images of d pixels with all grey levels in them.
func greys(n, d int) *Set {
	s := &Set{Shape: config.Shape{Width: d, Height: 1, Channels: 1}, Pixels: make([]uint8, n*d)}
	for i := range s.Pixels {
		s.Pixels[i] = uint8(i * 37)
	}
	return s
}

func dynamic(s *Set, index ...int) Split { return Split{Set: s, Index: index, Dynamic: true} }

// streamsOf are streams by row and a count of how many were asked for.
func streamsOf(seed uint64) (stream func(i int) *rand.Rand, calls *atomic.Int64) {
	calls = new(atomic.Int64)
	return func(i int) *rand.Rand {
		calls.Add(1)
		return rng.Stream(seed, "pixels", uint64(i))
	}, calls
}

// Each pixel takes the next 16 bits of its row's stream, and is white where they
// are below its grey value: checked for sizes around what is drawn at once, for
// rows in any order and more than once, and for any number of threads.
func TestFillDraws(t *testing.T) {
	for _, threads := range []int{1, 2, 8} {
		before := runtime.GOMAXPROCS(threads)
		t.Cleanup(func() { runtime.GOMAXPROCS(before) })
		for _, d := range []int{1, 2, 3, 5, 510, 511, 512, 513, 784, 1023, 1025} {
			s := dynamic(greys(9, d), 1, 2, 3, 5, 8)
			rows := []int{4, 0, 0, 3, 1, 2, 2}
			dst := make([]float32, len(rows)*d+1)
			dst[len(dst)-1] = -7
			stream, calls := streamsOf(3)
			s.Fill(dst[:len(rows)*d], rows, stream)
			for i, row := range rows {
				r, bits := rng.Stream(3, "pixels", uint64(i)), uint64(0)
				for j, p := range s.Set.Image(s.Index[row]) {
					if j%4 == 0 {
						bits = r.Uint64()
					}
					want := float32(0)
					if float64(uint16(bits))/65536 < float64(p)/255 {
						want = 1
					}
					if got := dst[i*d+j]; got != want {
						t.Fatalf("%d threads, %d pixels: pixel %d of row %d is %v, want %v", threads, d, j, i, got, want)
					}
					bits >>= 16
				}
			}
			if n := calls.Load(); n != int64(len(rows)) || dst[len(dst)-1] != -7 {
				t.Errorf("%d pixels: %d streams for %d rows; %v behind them", d, n, len(rows), dst[len(dst)-1])
			}
		}
	}
}

// Grey pixels without Dynamic, and no stream is asked for.
func TestFillGrey(t *testing.T) {
	s := Split{Set: greys(5, 7), Index: []int{1, 4}}
	got, want := make([]float32, 14), make([]float32, 14)
	s.Fill(got, []int{1, 0}, nil)
	s.Gather(want, []int{1, 0})
	if !slices.Equal(got, want) || got[0] != float32(4*7*37%256)/255 {
		t.Errorf("%v, want %v", got, want)
	}
}

// A grey pixel is white as often as its value says, within five standard errors;
// black and white ones never change.
func TestFillMeans(t *testing.T) {
	const copies, repeats = 11, 2000
	set := greys(1, 256*copies)
	white := make([]int, 256)
	dst := make([]float32, 256*copies)
	for repeat := range repeats {
		dynamic(set, 0).Fill(dst, []int{0}, func(int) *rand.Rand { return rng.Stream(1, "means", uint64(repeat)) })
		for j, v := range dst {
			white[set.Pixels[j]] += int(v)
		}
	}
	const n = copies * repeats
	for level, count := range white {
		p := math.Ceil(float64(level)*65536/255) / 65536
		mean := float64(count) / n
		if !(math.Abs(mean-p) <= 5*math.Sqrt(p*(1-p)/n)) || !(math.Abs(p-float64(level)/255) < 0x1p-16) {
			t.Errorf("grey %d: %.5f of the draws are white, want %.5f", level, mean, p)
		}
	}
}

// Pixels near each other are drawn independently, also where four share one random
// number, and so are those 512 apart.
func TestFillPixelsAreIndependent(t *testing.T) {
	const d, repeats = 2048, 400
	set := &Set{Shape: config.Shape{Width: d, Height: 1, Channels: 1}, Pixels: slices.Repeat([]uint8{128}, d)}
	dst := make([]float32, d)
	lags := []int{1, 2, 3, 4, 512}
	sums := make([]float64, len(lags))
	for repeat := range repeats {
		dynamic(set, 0).Fill(dst, []int{0}, func(int) *rand.Rand { return rng.Stream(2, "pairs", uint64(repeat)) })
		for k, lag := range lags {
			for j := range d - lag {
				sums[k] += float64(dst[j]-0.5) * float64(dst[j+lag]-0.5)
			}
		}
	}
	for k, lag := range lags {
		n := float64((d - lag) * repeats)
		mean := (128./255 - 0.5) * (128./255 - 0.5)
		if got := sums[k] / n; !(math.Abs(got-mean) <= 5*0.25/math.Sqrt(n)) {
			t.Errorf("pixels %d apart have the covariance %.6f, want %.6f", lag, got, mean)
		}
	}
}

func TestOneHot(t *testing.T) {
	set := greys(4, 2)
	set.Classes, set.Labels = []string{"a", "b", "c"}, []int{2, -1, 0, 1}
	s := Split{Set: set, Index: []int{0, 1, 3}}
	dst := slices.Repeat([]float32{9}, 12)
	s.OneHot(dst, []int{2, 1, 0, 2})
	if want := []float32{0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0}; !slices.Equal(dst, want) {
		t.Errorf("%v, want %v", dst, want)
	}
	if got, want := s.Labels(), []int{2, -1, 1}; !slices.Equal(got, want) {
		t.Errorf("labels %v, want %v", got, want)
	}
	for _, c := range []struct {
		index []int
		want  bool
	}{{[]int{0, 1, 3}, false}, {[]int{0, 2, 3}, true}, {[]int{1}, false}} {
		if got := (Split{Set: set, Index: c.index}).Labeled(); got != c.want {
			t.Errorf("images %v are labeled: %t", c.index, got)
		}
	}
	if (Split{Set: greys(4, 2), Index: []int{0}}).Labeled() {
		t.Error("images without labels are labeled")
	}
}

// greySource writes data of 40 images of one grey, and in IDX files 10 for the test.
func greySource(t *testing.T, form string, grey uint8) config.Data {
	t.Helper()
	dir := t.TempDir()
	cfg := loadFrom(dir)
	cfg.Validation = 8
	if strings.HasSuffix(form, "fitted") {
		cfg.ImageSize, cfg.Channels = "20x17", 1
	}
	if strings.HasPrefix(form, "IDX") {
		pixels := slices.Repeat([]byte{grey}, 40*15*15)
		write(t, dir, "train-images-idx3-ubyte", idxBytes(idxImages, []int32{40, 15, 15}, pixels))
		write(t, dir, "t10k-images-idx3-ubyte", idxBytes(idxImages, []int32{10, 15, 15}, pixels[:10*15*15]))
		return cfg
	}
	img := grayImage(15, 15, 0)
	for i := range img.Pix {
		img.Pix[i] = grey
	}
	content := pngOf(t, img)
	for i := range 40 {
		write(t, dir, fmt.Sprintf("%c/%02d.png", 'a'+i%3, i), content)
	}
	return cfg
}

// Static binarization draws once: the same at each load, something else with
// another seed, for another image, and for another split; only black and white.
func TestStaticBinarization(t *testing.T) {
	for _, form := range []string{"IDX", "IDX, fitted", "folder", "folder, fitted"} {
		t.Run(form, func(t *testing.T) {
			cfg := greySource(t, form, 100)
			grey := mustLoad(t, cfg, 5)
			cfg.Binarize = "static"
			first, again, other := mustLoad(t, cfg, 5), mustLoad(t, cfg, 5), mustLoad(t, cfg, 6)
			if first.SHA256 != grey.SHA256 || first.Inputs != grey.Inputs {
				t.Error("binarization changes what the data are called")
			}
			seen, white, pixels := map[string]bool{}, 0, 0
			for i, s := range []Split{first.Train, first.Validation, first.Test} {
				was := []Split{grey.Train, grey.Validation, grey.Test}[i]
				same := []Split{again.Train, again.Validation, again.Test}[i]
				changed := []Split{other.Train, other.Validation, other.Test}[i]
				if s.Len() == 0 || !slices.Equal(s.Index, was.Index) || s.Set.Shape != was.Set.Shape || s.Dynamic {
					t.Fatalf("split %d: %d images of %v, dynamic %t", i, s.Len(), s.Set.Shape, s.Dynamic)
				}
				for k, at := range s.Index {
					image := s.Set.Image(at)
					for _, p := range image {
						if p != 0 && p != 255 {
							t.Fatalf("split %d: a pixel is %d", i, p)
						}
						white, pixels = white+int(p/255), pixels+1
					}
					if s.Set.Label(at) != was.Set.Label(at) || s.Set.Name(at) != was.Set.Name(at) {
						t.Errorf("split %d: image %d is %s %q", i, at, s.Set.Name(at), s.Set.Label(at))
					}
					if !slices.Equal(image, same.Set.Image(same.Index[k])) {
						t.Fatalf("split %d: image %d differs at the second load", i, at)
					}
					if slices.Equal(image, changed.Set.Image(changed.Index[k])) {
						t.Fatalf("split %d: image %d is that of another seed", i, at)
					}
					if seen[string(image)] {
						t.Fatalf("split %d: image %d has the draws of another image", i, at)
					}
					seen[string(image)] = true
				}
			}
			if p := 100. / 255; !(math.Abs(float64(white)/float64(pixels)-p) <= 5*math.Sqrt(p*(1-p)/float64(pixels))) {
				t.Errorf("%d of %d pixels are white", white, pixels)
			}
		})
	}
}

// The images that were there are not written to, splits that shared a set share
// one, and black and white pixels stay.
func TestStaticBinarizationKeepsTheOriginal(t *testing.T) {
	train, test := greys(20, 30), greys(6, 30)
	pixels := slices.Clone(train.Pixels)
	s := &Splits{Train: Split{Set: train, Index: Between(0, 15)}, Validation: Split{Set: train, Index: Between(15, 20)}, Test: Split{Set: test, Index: Between(0, 6)}}
	if err := s.binarize("static", 1); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(train.Pixels, pixels) || s.Train.Set == train || s.Test.Set == test {
		t.Error("the original images were changed or are still used")
	}
	if s.Train.Set != s.Validation.Set || s.Train.Set == s.Test.Set {
		t.Error("training and validation images do not share a set as before")
	}
	if slices.Equal(s.Train.Set.Pixels[:6*30], s.Test.Set.Pixels) {
		t.Error("training and test images have the same draws")
	}
	for i, p := range pixels {
		if now := s.Train.Set.Pixels[i]; (p == 0 || p == 255) && now != p {
			t.Errorf("pixel %d was %d and is %d", i, p, now)
		}
	}
	for _, threads := range []int{1, 5} {
		before := runtime.GOMAXPROCS(threads)
		if again := train.binarized(1, "static binarization"); !slices.Equal(again.Pixels, s.Train.Set.Pixels) {
			t.Errorf("%d threads draw other pixels", threads)
		}
		runtime.GOMAXPROCS(before)
	}
}

func TestDynamicBinarization(t *testing.T) {
	cfg := greySource(t, "folder", 90)
	grey := mustLoad(t, cfg, 5)
	if grey.Train.Dynamic || grey.Validation.Dynamic || grey.Test.Dynamic {
		t.Error("grey images are dynamic")
	}
	cfg.Binarize = "dynamic"
	s := mustLoad(t, cfg, 5)
	if !s.Train.Dynamic || !s.Validation.Dynamic || !s.Test.Dynamic || s.Train.Set != s.Test.Set {
		t.Error("a split is not dynamic, or has a set of its own")
	}
	if !slices.Equal(s.Train.Set.Pixels, grey.Train.Set.Pixels) {
		t.Error("the grey values have changed")
	}
}

// A second copy of the images counts before it is made.
func TestStaticBinarizationMemory(t *testing.T) {
	cfg := greySource(t, "folder", 90)
	withMemory(t, 2*40*(225+besides)-1)
	mustLoad(t, cfg, 1)
	cfg.Binarize = "static"
	_, err := Load(cfg, 1, 0)
	wantError(t, err, "static binarization", "80 images of 15x15x1 need 1.99e-05 GB", "\x00⟨data.binarize dynamic⟩\x00")
	withMemory(t, 2*40*(225+besides))
	mustLoad(t, cfg, 1)
}
