package dataset

import (
	"slices"
	"testing"

	"vae/internal/config"
)

// Four columns and two rows, in a square of two.
func TestProportions(t *testing.T) {
	values := []uint8{1, 2, 3, 4, 5, 6, 7, 8}
	deep, real := make([]uint16, 8), make([]float32, 8)
	for i, v := range values {
		deep[i], real[i] = uint16(v), float32(v)/8
	}
	for name, r := range map[string]raster{
		"bytes": ofBytes(4, 2, 1, values), "16 bits": {w: 4, h: 2, c: 1, deep: deep, high: 65535}, "real": {w: 4, h: 2, c: 1, real: real, high: 1},
	} {
		get := func(r raster) (got []float64) {
			for i := range r.w * r.h {
				switch {
				case r.pix != nil:
					got = append(got, float64(r.pix[i]))
				case r.deep != nil:
					got = append(got, float64(r.deep[i]))
				default:
					got = append(got, 8*float64(r.real[i]))
				}
			}
			return got
		}
		var odd oddCount
		shape := config.Shape{Width: 2, Height: 2, Channels: 1}
		crop := fitter{shape: shape, how: config.Crop, odd: &odd}
		if got := get(crop.fit(r)); !slices.Equal(got, []float64{2, 3, 6, 7}) {
			t.Errorf("%s cropped: %v", name, got)
		}
		wide := fitter{shape: config.Shape{Width: 4, Height: 4, Channels: 1}, how: config.Pad, odd: &odd}
		if got := get(wide.fit(r)); !slices.Equal(got, []float64{0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0}) {
			t.Errorf("%s padded: %v", name, got)
		}
		if n := odd.images.Load(); n != 2 || odd.lines(config.Crop, 2, 2) != nil {
			t.Errorf("%d counted", n)
		}
		same := fitter{shape: config.Shape{Width: 2, Height: 1, Channels: 1}, how: config.Pad, odd: &odd}
		if same.fit(r); odd.images.Load() != 2 {
			t.Error("half the size has other proportions")
		}
		if lines := odd.lines(config.Stretch, 2, 2); len(lines) != 1 || lines[0] != "images that have other proportions than 2x2, and were stretched: 2" {
			t.Errorf("%q", lines)
		}
	}
}

// What is black in a range is what an image is padded with.
func TestPaddingIsBlack(t *testing.T) {
	r := raster{w: 2, h: 1, c: 1, pix: []uint8{60, 70}, low: 50, high: 100}
	f := fitter{shape: config.Shape{Width: 2, Height: 3, Channels: 1}, how: config.Pad}
	if got := f.fit(r).pix; !slices.Equal(got, []uint8{50, 50, 60, 70, 50, 50}) {
		t.Errorf("%v", got)
	}
}

func TestWithin(t *testing.T) {
	for _, c := range [][6]int{{100, 50, 10, 10, 10, 5}, {50, 100, 10, 10, 5, 10}, {1000, 1, 10, 10, 10, 1}, {3, 3, 7, 7, 7, 7}, {29, 28, 28, 28, 28, 27}, {280, 279, 28, 28, 28, 28}} {
		if w, h := within(c[0], c[1], c[2], c[3]); w != c[4] || h != c[5] {
			t.Errorf("%v: %dx%d", c, w, h)
		}
	}
}
