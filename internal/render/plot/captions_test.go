package plot

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"io"
	"strings"
	"testing"

	"vae/internal/render"
)

// captioned makes a film of width x 8 pixels and lays its frames over each other.
func captioned(t *testing.T, width, channels, indent int, texts ...string) []*image.RGBA {
	t.Helper()
	c := Captions{Film: render.Film{Width: width, Height: 8, Channels: channels, Delay: 5}, Texts: texts, Indent: indent}
	var b bytes.Buffer
	err := c.GIF(&b, func(dst []uint8, frame int) error {
		for i := range dst {
			dst[i] = testShade(i/channels%width, i/channels/width, i%channels, frame)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	g, err := gif.DecodeAll(&b)
	if err != nil {
		t.Fatal(err)
	}
	var all []*image.RGBA
	canvas := image.NewRGBA(image.Rect(0, 0, g.Config.Width, g.Config.Height))
	for _, f := range g.Image {
		for y := f.Rect.Min.Y; y < f.Rect.Max.Y; y++ {
			for x := f.Rect.Min.X; x < f.Rect.Max.X; x++ {
				canvas.Set(x, y, f.At(x, y))
			}
		}
		seen := *canvas
		seen.Pix = bytes.Clone(canvas.Pix)
		all = append(all, &seen)
	}
	return all
}

// testShade is the picture of a test: black and three levels of each channel.
func testShade(x, y, channel, frame int) uint8 { return uint8(60 * ((x + y*(channel+1) + frame) % 4)) }

// ink is the rectangle of what is not white below the pictures.
func ink(p *image.RGBA) image.Rectangle {
	var all image.Rectangle
	for y := 8; y < p.Rect.Max.Y; y++ {
		for x := range p.Rect.Max.X {
			if p.RGBAAt(x, y) != (color.RGBA{255, 255, 255, 255}) {
				all = all.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return all
}

// The pictures are what they were, in the middle above their captions.
func TestCaptionedPictures(t *testing.T) {
	for _, channels := range []int{1, 3} {
		for _, width := range []int{4, 200} {
			frames := captioned(t, width, channels, 0, "epoch 0", "epoch 1", "epoch 10")
			left := (frames[0].Rect.Dx() - width) / 2
			if (left > 0) != (width == 4) {
				t.Errorf("width %d: the picture begins at %d", width, left)
			}
			for i, p := range frames {
				for y := range 8 {
					for x := range width {
						last := channels - 1
						want := color.RGBA{testShade(x, y, 0, i), testShade(x, y, last/2, i), testShade(x, y, last, i), 255}
						if got := p.RGBAAt(left+x, y); got != want {
							t.Fatalf("width %d, %d channels, frame %d: %v at %d,%d, want %v", width, channels, i, got, x, y, want)
						}
					}
				}
				if left > 0 && p.RGBAAt(left-1, 3).R != 255 {
					t.Errorf("frame %d is not white beside its picture", i)
				}
			}
		}
	}
}

// A caption begins at one place in all frames, stands within its line, and is the same for one text.
func TestCaptionsStandStill(t *testing.T) {
	for _, indent := range []int{0, GalleryMargin} {
		frames := captioned(t, 300, 1, indent, "epoch 1", "epoch 2", "epoch 100", "epoch 1")
		first := ink(frames[0])
		for i, p := range frames {
			got := ink(p)
			if got.Min.X != first.Min.X || got.Min.X < indent || got.Max.Y >= p.Rect.Max.Y || got.Min.Y <= 8 {
				t.Errorf("frame %d: text in %v of %v, that of the first in %v", i, got, p.Rect, first)
			}
		}
		if a, b := ink(frames[1]), ink(frames[2]); a.Dx() >= b.Dx() {
			t.Errorf("epoch 2 is %d wide, epoch 100 %d", a.Dx(), b.Dx())
		}
		below := len(frames[0].Pix) / frames[0].Rect.Dy() * 8
		if !bytes.Equal(frames[0].Pix[below:], frames[3].Pix[below:]) || bytes.Equal(frames[0].Pix[below:], frames[1].Pix[below:]) {
			t.Error("captions of one text differ, or those of two texts do not")
		}
	}
}

func TestLongCaptionsAreShortened(t *testing.T) {
	p := captioned(t, 160, 1, 0, strings.Repeat("long ", 40)+"end", "")
	if got := ink(p[0]); p[0].Rect.Dx() != 160 || got.Max.X > 156 {
		t.Errorf("text in %v of %v", got, p[0].Rect)
	}
	if got := ink(p[1]); !got.Empty() {
		t.Errorf("no text has ink in %v", got)
	}
}

func TestCaptionsRefuse(t *testing.T) {
	good := render.Film{Width: 8, Height: 8, Channels: 1, Delay: 5}
	tall := good
	tall.Height = 1<<16 - 1 // with a line below it is too high
	for _, c := range []Captions{{Film: good}, {Film: render.Film{}, Texts: []string{"a"}}, {Film: tall, Texts: []string{"a"}}} {
		if err := c.Validate(); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v, want an error of one line", c.Film, err)
		}
		if err := c.GIF(io.Discard, func([]uint8, int) error { t.Error("a picture was asked for"); return nil }); err == nil {
			t.Errorf("%+v: no error", c.Film)
		}
	}
	bad := errors.New("no picture")
	if err := (Captions{Film: good, Texts: []string{"a"}}).GIF(io.Discard, func([]uint8, int) error { return bad }); !errors.Is(err, bad) {
		t.Errorf("%v, want the error of the picture", err)
	}
}

func TestGalleryMargin(t *testing.T) {
	l, err := Gallery{Height: 8, Width: 8, Channels: 1, Columns: []string{"a"}}.layout(1, 1)
	if err != nil || l.x0 != GalleryMargin {
		t.Errorf("the images begin at %d (%v), want %d", l.x0, err, GalleryMargin)
	}
}
