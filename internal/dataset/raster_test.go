package dataset

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"testing"

	"vae/internal/config"
)

func TestGrayIsTheGrayModelOverWhite(t *testing.T) {
	for _, c := range []color.Color{
		color.Gray{77}, color.Gray16{0x1234}, color.NRGBA{10, 200, 90, 255}, color.NRGBA{255, 0, 0, 128},
		color.NRGBA{0, 0, 0, 0}, color.NRGBA64{0x1111, 0x9999, 0xffff, 0x8000}, color.CMYK{10, 20, 30, 40},
		color.YCbCr{100, 90, 200},
	} {
		r, g, b, a := c.RGBA()
		under := 0xffff - a
		over := color.RGBA64{uint16(r + under), uint16(g + under), uint16(b + under), 0xffff}
		want := color.GrayModel.Convert(over).(color.Gray).Y
		img := &image.Uniform{c}
		bounded := struct{ image.Image }{cropped{img}}
		if got := gray(bounded); got.pix[0] != want || len(got.pix) != 6 {
			t.Errorf("%v: grey %v, want %d", c, got.pix, want)
		}
		if got := rgb(bounded); got.pix[3] != uint8(over.R>>8) || got.pix[4] != uint8(over.G>>8) || got.pix[5] != uint8(over.B>>8) {
			t.Errorf("%v: colour %v, want %v", c, got.pix[3:6], over)
		}
	}
}

// cropped is a uniform image of 3x2 pixels that does not begin at 0, 0.
type cropped struct{ *image.Uniform }

func (cropped) Bounds() image.Rectangle { return image.Rect(-1, 5, 2, 7) }

func TestGrayKeepsExactBytes(t *testing.T) {
	src := grayImage(16, 16, 0)
	sub := src.SubImage(image.Rect(3, 4, 9, 7)).(*image.Gray)
	paletted := image.NewPaletted(src.Rect, make(color.Palette, 256))
	for i := range 256 {
		paletted.Palette[i] = color.Gray{uint8(255 - i)}
		paletted.Pix[i] = uint8(255 - i)
	}
	wide := image.NewGray16(src.Rect)
	for i := range 256 {
		wide.Pix[2*i], wide.Pix[2*i+1] = uint8(i), uint8(99)
	}
	for _, img := range []image.Image{src, paletted, wide, struct{ image.Image }{src}} {
		if got := gray(img); !bytes.Equal(got.pix, ramp(256)) {
			t.Errorf("%T: %v", img, got.pix)
		}
		if got := natural(img); got.c != 1 || !bytes.Equal(got.pix, ramp(256)) {
			t.Errorf("%T: taken for %d channels", img, got.c)
		}
	}
	for i, p := range gray(sub).pix {
		if want := src.GrayAt(3+i%6, 4+i/6).Y; p != want {
			t.Errorf("pixel %d of a part is %d, want %d", i, p, want)
		}
	}
}

func TestNaturalSeesOneColouredPixel(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 4, 4))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	if got := natural(img); got.c != 1 {
		t.Error("grey was taken for colour")
	}
	img.SetNRGBA(3, 3, color.NRGBA{254, 255, 255, 255})
	if got := natural(img); got.c != 3 || got.pix[45] != 254 {
		t.Error("colour was taken for grey")
	}
}

func TestFitKeepsExactPixelsOfTheRightSize(t *testing.T) {
	f := fitter{shape: config.Shape{Width: 5, Height: 4, Channels: 1}}
	if got := f.fitImage(grayImage(5, 4, 7)); got[0] != 7 || got[19] != 26 {
		t.Errorf("%v", got)
	}
	f = fitter{shape: config.Shape{Width: 5, Height: 4, Channels: 3}}
	if got := f.fitImage(grayImage(5, 4, 7)); len(got) != 60 || got[3] != 8 || got[4] != 8 || got[5] != 8 {
		t.Errorf("%v", got)
	}
}

func TestFitResizes(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {3, 200}, {200, 3}, {57, 41}} {
		for _, p := range []uint8{0, 1, 77, 254, 255} {
			for _, channels := range []int{1, 3} {
				f := fitter{shape: config.Shape{Width: 9, Height: 11, Channels: channels}}
				got := f.fitImage(solid(size[0], size[1], color.Gray{p}))
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
	got := f.fitImage(half)
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
	r := gray(tall)
	if !turned(r, shape.Width, shape.Height) {
		t.Fatal("the image is not tall enough for this test")
	}
	got, want := (&fitter{shape: shape}).fit(r), (&fitter{shape: shape}).scale(r)
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
			check.Add(bytes.Repeat([]byte{c.pixel}, 100))
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
