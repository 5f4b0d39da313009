package dataset

import (
	"bufio"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"vae/internal/config"
)

// resized is r, of real values, in another size.
func resized(by config.Resample, r raster, w, h int) raster {
	f := fitter{shape: config.Shape{Width: w, Height: h, Channels: r.c}, kernel: by}
	return f.resample(r)
}

// Figures by Pillow, whose images of floating point have no range: they are clipped to one here.
func TestResampleAgainstPillow(t *testing.T) {
	file, err := os.Open("testdata/resample/resized.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cases := map[config.Resample]int{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		words := strings.Fields(lines.Text())
		by := config.Resample(words[0])
		cases[by]++
		var v []float64
		for _, word := range words[1:] {
			x, err := strconv.ParseFloat(word, 64)
			if err != nil {
				t.Fatal(err)
			}
			v = append(v, x)
		}
		w, h, nw, nh := int(v[0]), int(v[1]), int(v[2]), int(v[3])
		r := raster{w: w, h: h, c: 1, low: -250, high: 600}
		for y := range h {
			for x := range w {
				r.real = append(r.real, float32((x*37+y*101)%64)*16.25-300)
			}
		}
		for i, got := range resized(by, r, nw, nh).real {
			if want := min(max(v[4+i], r.low), r.high); !(math.Abs(float64(got)-want) <= 1e-3) {
				t.Errorf("%s of %dx%d in %dx%d: value %d is %v, want %v", by, w, h, nw, nh, i, got, want)
			}
		}
	}
	for _, by := range config.Resamples {
		if cases[by] < 5 {
			t.Errorf("%d cases of %s", cases[by], by)
		}
	}
}

// Values of 16 bits are resized as x/image/draw resizes those of 8, but for its rounding.
func TestResampleAgainstEightBits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		by := config.Resamples[i%len(config.Resamples)]
		w, h, nw, nh, c := 1+r.IntN(20), 1+r.IntN(20), 1+r.IntN(20), 1+r.IntN(20), 1+2*r.IntN(2)
		eight := ofBytes(w, h, c, make([]uint8, w*h*c))
		for i := range eight.pix {
			eight.pix[i] = uint8(r.IntN(256))
		}
		f := fitter{shape: config.Shape{Width: nw, Height: nh, Channels: c}, kernel: by}
		want := f.fit(eight).pix
		deep := f.fit(eight.in(depth{16, 0, 65535}))
		for i, p := range want {
			if got := float64(deep.deep[i]) / 257; !(math.Abs(got-float64(p)) <= 1.01) {
				t.Errorf("%s of %dx%dx%d in %dx%d: value %d is %v, with 8 bits %d", by, w, h, c, nw, nh, i, got, p)
			}
		}
	}
}

func BenchmarkResample(b *testing.B) {
	r := raster{w: 512, h: 512, c: 1, real: make([]float32, 512*512), high: 1}
	f := fitter{shape: config.Shape{Width: 64, Height: 64, Channels: 1}}
	b.SetBytes(4 * 512 * 512)
	for b.Loop() {
		f.resample(r)
	}
}
