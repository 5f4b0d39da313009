package dataset

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"testing"

	"vae/internal/config"
	"vae/internal/imagefile"
)

func TestNaturalSeesOneColouredPixel(t *testing.T) {
	r := ofBytes(4, 4, 3, bytes.Repeat([]byte{255}, 48))
	if got := r.natural(); got.c != 1 || !bytes.Equal(got.pix, r.pix[:16]) {
		t.Error("grey was taken for colour")
	}
	r.pix[45] = 254
	if got := r.natural(); got.c != 3 || got.pix[45] != 254 {
		t.Error("colour was taken for grey")
	}
}

// whole is a picture as a file has it.
func whole(t *testing.T, img image.Image) raster {
	t.Helper()
	var r raster
	_, err := new(imagefile.Reader).Bytes(pngOf(t, img), "img", imagefile.Options{}, func(_ int, i imagefile.Image) (err error) {
		r, _, err = ranged(i, config.Range{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFitKeepsExactPixelsOfTheRightSize(t *testing.T) {
	f := fitter{shape: config.Shape{Width: 5, Height: 4, Channels: 1}}
	if got := f.fit(whole(t, grayImage(5, 4, 7))).pix; got[0] != 7 || got[19] != 26 {
		t.Errorf("%v", got)
	}
	f = fitter{shape: config.Shape{Width: 5, Height: 4, Channels: 3}}
	if got := f.fit(whole(t, grayImage(5, 4, 7))).pix; len(got) != 60 || got[3] != 8 || got[4] != 8 || got[5] != 8 {
		t.Errorf("%v", got)
	}
}

func TestFitResizes(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {3, 200}, {200, 3}, {57, 41}} {
		for _, p := range []uint8{0, 1, 77, 254, 255} {
			for _, channels := range []int{1, 3} {
				f := fitter{shape: config.Shape{Width: 9, Height: 11, Channels: channels}}
				got := f.fit(whole(t, solid(size[0], size[1], color.Gray{p}))).pix
				if !bytes.Equal(got, bytes.Repeat([]byte{p}, 99*channels)) {
					t.Errorf("a flat image of %d in %v became %v", p, size, got)
				}
			}
		}
	}
	half := image.NewGray(image.Rect(0, 0, 80, 40))
	for i := range half.Pix {
		half.Pix[i] = 255 * uint8(i%80/40)
	}
	f := fitter{shape: config.Shape{Width: 8, Height: 4, Channels: 1}}
	got := f.fit(whole(t, half)).pix
	for i, p := range got {
		if want := float64(255 * (i % 8 / 4)); !(math.Abs(float64(p)-want) <= 30) {
			t.Errorf("pixel %d of a shrunk edge is %d, want about %v", i, p, want)
		}
	}
}

// A tall image is resized lying down to bound memory, with the same result.
func TestFitTurnedIsTheSame(t *testing.T) {
	tall := image.NewGray(image.Rect(0, 0, 3, 60000))
	for i := range tall.Pix {
		tall.Pix[i] = uint8(i / 3 * 255 / 60000)
	}
	shape := config.Shape{Width: 40, Height: 30, Channels: 1}
	r := whole(t, tall)
	if !turned(r, shape.Width, shape.Height) {
		t.Fatal("the image is not tall enough for this test")
	}
	got, want := (&fitter{shape: shape}).fit(r).pix, (&fitter{shape: shape}).scale(r)
	for i := range want {
		if d := int(got[i]) - int(want[i]); d < -1 || d > 1 {
			t.Errorf("pixel %d: %d lying, %d standing", i, got[i], want[i])
		}
	}
}

func TestInversionCheck(t *testing.T) {
	for _, c := range []struct {
		pixel uint8
		train float64
		want  bool
	}{
		{222, 0.1307, true}, {33, 0.1307, false}, {128, 0.1307, false}, {0, 0.1307, false}, {255, 0.1307, true},
		{182, 0.286, true}, {73, 0.286, false}, {33, 0.87, true}, {222, 0.87, false}, {0, 0.5, false}, {255, 0.5, false},
		{222, math.NaN(), false},
	} {
		var check InversionCheck
		for range 3 {
			check.Add(Bytes(bytes.Repeat([]byte{c.pixel}, 100)))
		}
		if got := check.Inverted(c.train); got != c.want {
			t.Errorf("pixels of %d against a mean of %v: %t", c.pixel, c.train, got)
		}
	}
	var none InversionCheck
	if none.Inverted(0.13) {
		t.Error("nothing looks inverted")
	}
}
