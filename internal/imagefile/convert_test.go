package imagefile

import (
	"bytes"
	"image"
	"image/color"
	"slices"
	"testing"
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
		bounded := struct{ image.Image }{cropped{&image.Uniform{c}}}
		if got := convert(bounded, 1); got.U8[0] != want || len(got.U8) != 6 {
			t.Errorf("%v: grey %v, want %d", c, got.U8, want)
		}
		if got := convert(bounded, 0).U8; got[3] != uint8(over.R>>8) || got[4] != uint8(over.G>>8) || got[5] != uint8(over.B>>8) {
			t.Errorf("%v: colour %v, want %v", c, got[3:6], over)
		}
		deep := image.NewRGBA64(image.Rect(0, 0, 1, 1))
		deep.Set(0, 0, c)
		if got, want := convert(deep, 0).U16, []uint16{over.R, over.G, over.B}; !slices.Equal(got, want) {
			t.Errorf("%v: 16 bits %v, want %v", c, got, want)
		}
		if got, want := convert(deep, 1).U16[0], color.Gray16Model.Convert(over).(color.Gray16).Y; got != want {
			t.Errorf("%v: 16 bits grey %v, want %v", c, got, want)
		}
	}
}

// cropped is a uniform image of 3x2 pixels that does not begin at 0, 0.
type cropped struct{ *image.Uniform }

func (cropped) Bounds() image.Rectangle { return image.Rect(-1, 5, 2, 7) }

func TestGrayKeepsExactBytes(t *testing.T) {
	src := grayImage(16, 16, 0)
	paletted := image.NewPaletted(src.Rect, make(color.Palette, 256))
	for i := range 256 {
		paletted.Palette[i] = color.Gray{uint8(255 - i)}
		paletted.Pix[i] = uint8(255 - i)
	}
	for _, img := range []image.Image{src, paletted, struct{ image.Image }{src}} {
		if got := convert(img, 1); !bytes.Equal(got.U8, ramp(256)) || got.Channels != 1 || got.High != 255 {
			t.Errorf("%T: %v", img, got)
		}
		got := convert(img, 3).U8
		for i, p := range ramp(256) {
			if !bytes.Equal(got[3*i:3*i+3], []byte{p, p, p}) {
				t.Fatalf("%T: pixel %d is %v in colour", img, i, got[3*i:3*i+3])
			}
		}
	}
	if got := convert(src, 0); &got.U8[0] != &src.Pix[0] {
		t.Error("a grey image was copied")
	}
	sub := src.SubImage(image.Rect(3, 4, 9, 7)).(*image.Gray)
	for i, p := range convert(sub, 0).U8 {
		if want := src.GrayAt(3+i%6, 4+i/6).Y; p != want {
			t.Errorf("pixel %d of a part is %d, want %d", i, p, want)
		}
	}
	wide := image.NewGray16(src.Rect)
	for i := range 256 {
		wide.Pix[2*i], wide.Pix[2*i+1] = uint8(i), 99
	}
	got := convert(wide, 0)
	for i, v := range got.U16 {
		if v != uint16(i)<<8+99 {
			t.Errorf("sample %d of 16 bits is %d", i, v)
		}
	}
	if got.Channels != 1 || got.High != 65535 {
		t.Errorf("%d channels to %v", got.Channels, got.High)
	}
}

// Colors become the greys of Go's color models, greys colors, in memory of their own.
func TestInChannels(t *testing.T) {
	img := Image{Width: 2, Height: 1, Channels: 3, U8: []uint8{10, 200, 90, 255, 0, 0}, U16: []uint16{0x1234, 0x9876, 0x5555, 0, 65535, 1}, F32: []float32{1, 0, 0, 0.5, 0.5, 0.5}}
	before := slices.Clone(img.F32)
	grey := img.InChannels(1)
	for i := range 2 {
		c, deep := img.U8[3*i:], img.U16[3*i:]
		if want := color.GrayModel.Convert(color.NRGBA{c[0], c[1], c[2], 255}).(color.Gray).Y; grey.U8[i] != want {
			t.Errorf("%v became %d, want %d", c[:3], grey.U8[i], want)
		}
		if want := color.Gray16Model.Convert(color.NRGBA64{deep[0], deep[1], deep[2], 65535}).(color.Gray16).Y; grey.U16[i] != want {
			t.Errorf("%v became %d, want %d", deep[:3], grey.U16[i], want)
		}
	}
	if !slices.Equal(grey.F32, []float32{19595. / 65536, 0.5}) || grey.Channels != 1 || !slices.Equal(img.F32, before) {
		t.Errorf("%v became %v", before, grey)
	}
	colors := Image{Channels: 1, U8: []uint8{7, 8}}.InChannels(3)
	if !bytes.Equal(colors.U8, []byte{7, 7, 7, 8, 8, 8}) || colors.Channels != 3 || colors.U16 != nil || colors.F32 != nil {
		t.Errorf("greys became %v", colors)
	}
	for _, same := range []int{0, 3} {
		if got := img.InChannels(same); &got.U8[0] != &img.U8[0] || got.Channels != 3 {
			t.Errorf("with %d channels colors were copied", same)
		}
	}
}
