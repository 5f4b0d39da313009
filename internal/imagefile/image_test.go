package imagefile

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// A 1x1 image in both forms of WebP, which Go cannot write.
const (
	webpLossless = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="
	webpLossy    = "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"
)

func unbase64(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// everyFormat is a 5x4 image (1x1 in WebP) in every format.
func everyFormat(t testing.TB) map[string][]byte {
	t.Helper()
	src := grayImage(5, 4, 10)
	encode := func(f func(b *bytes.Buffer) error) []byte {
		var b bytes.Buffer
		if err := f(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	return map[string][]byte{
		"png":   pngOf(t, src),
		"jpeg":  encode(func(b *bytes.Buffer) error { return jpeg.Encode(b, src, &jpeg.Options{Quality: 100}) }),
		"gif":   encode(func(b *bytes.Buffer) error { return gif.Encode(b, src, nil) }),
		"bmp":   encode(func(b *bytes.Buffer) error { return bmp.Encode(b, src) }),
		"tiff":  encode(func(b *bytes.Buffer) error { return tiff.Encode(b, src, &tiff.Options{Compression: tiff.Deflate}) }),
		"webp":  unbase64(t, webpLossless),
		"webp2": unbase64(t, webpLossy),
	}
}

func TestDecodeEveryFormat(t *testing.T) {
	for name, content := range everyFormat(t) {
		img, err := decoded(content, name, Options{Channels: 1})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if name[:3] == "web" {
			if img.Width != 1 || img.Height != 1 {
				t.Errorf("%s: %dx%d", name, img.Width, img.Height)
			}
			continue
		}
		if img.Width != 5 || img.Height != 4 {
			t.Errorf("%s: %dx%d", name, img.Width, img.Height)
		}
		tolerance := map[string]int{"jpeg": 3, "gif": 13}[name] // gif.Encode takes a palette of few greys
		for i, p := range img.U8 {
			if want := 10 + i; int(p) > want+tolerance || int(p) < want-tolerance {
				t.Errorf("%s: pixel %d is %d, want %d", name, i, p, want)
			}
		}
	}
}

// bombPNG claims w x h pixels and holds none.
func bombPNG(w, h uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d")
	ihdr := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	ihdr = binary.BigEndian.AppendUint32(ihdr, h)
	ihdr = append(ihdr, 8, 0, 0, 0, 0)
	return binary.BigEndian.AppendUint32(append(b, ihdr...), crc32.ChecksumIEEE(ihdr))
}

func TestDecodeRefusesInOneLine(t *testing.T) {
	good := grayFile(t, 5, 4, 0)
	crc := bytes.Clone(good)
	crc[25] ^= 1
	for _, c := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"empty", nil, "is empty"},
		{"text", []byte("BMW is a car, not a bitmap"), "is not an image this program reads (PNG, JPEG"},
		{"nearly a png", []byte("\x89PN"), "is not an image"},
		{"bomb", bombPNG(100000, 100000), "claims 100000x100000 pixels"},
		{"many pixels", bombPNG(10000, 10000), "claims 10000x10000 pixels, more than the limit of 67108864"},
		{"zero size", bombPNG(0, 7), "claims 0x7 pixels"},
		{"header alone", bombPNG(7, 7), "truncated"},
		{"cut", good[:len(good)-20], "truncated"},
		{"magic alone", good[:8], "truncated"},
		{"flipped", crc, "cannot be decoded"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := decoded(c.content, "x.png", Options{})
			wantError(t, err, "x.png: ", c.want)
		})
	}
	_, err := decoded(good, "x.png", Options{MaxPixels: 19})
	wantError(t, err, "x.png: claims 5x4 pixels, more than the limit of 19 in all")
	if _, err := decoded(good, "x.png", Options{MaxPixels: 20}); err != nil {
		t.Error(err)
	}
}

func TestDecodeEveryCutIsAnErrorOrAnImage(t *testing.T) {
	for name, content := range everyFormat(t) {
		for n := range content {
			if img, err := decoded(content[:n], name, Options{}); (img == nil) == (err == nil) {
				t.Errorf("%s cut to %d bytes: image %v, error %v", name, n, img != nil, err)
			}
		}
	}
}

func TestDecodeFirstFrameOfGIF(t *testing.T) {
	frame := func(r image.Rectangle, c uint8) *image.Paletted {
		p := image.NewPaletted(r, palette.Plan9)
		for i := range p.Pix {
			p.Pix[i] = c
		}
		return p
	}
	var b bytes.Buffer
	err := gif.EncodeAll(&b, &gif.GIF{
		Image:  []*image.Paletted{frame(image.Rect(1, 1, 3, 2), 0), frame(image.Rect(0, 0, 4, 3), 200)},
		Delay:  []int{1, 1},
		Config: image.Config{Width: 4, Height: 3, ColorModel: color.Palette(palette.Plan9)},
	})
	if err != nil {
		t.Fatal(err)
	}
	img, err := decoded(b.Bytes(), "a.gif", Options{Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	want := []uint8{255, 255, 255, 255, 255, 0, 0, 255, 255, 255, 255, 255}
	if !bytes.Equal(img.U8, want) {
		t.Errorf("the first frame on its canvas is %v, want %v", img.U8, want)
	}
}
