package imagefile

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// noisy is a grey image for which the encoder uses every filter.
func noisy(w, h int, seed uint64) *image.Gray {
	r := rand.New(rand.NewPCG(seed, 1))
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		x, y := i%w, i/w
		switch y / 4 % 4 {
		case 0:
			img.Pix[i] = uint8(3*x) + uint8(r.IntN(3))
		case 1:
			img.Pix[i] = uint8(9*y*y) + uint8(x*x)
		case 2:
			img.Pix[i] = uint8(r.IntN(256))
		default:
			img.Pix[i] = uint8(5*x + 7*y + r.IntN(9))
		}
	}
	return img
}

// samePNG checks that content, if it is decoded by grayPNG, is what image/png
// reads, and tells whether it was.
func samePNG(t *testing.T, content []byte) bool {
	t.Helper()
	got := decodeGrayPNG(content)
	if got == nil {
		return false
	}
	img, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatalf("decoded what image/png refuses: %v", err)
	}
	if want, ok := img.(*image.Gray); !ok || want.Rect != got.Rect || !bytes.Equal(want.Pix, got.Pix) {
		t.Fatalf("decoded %v as %v", img, got)
	}
	return true
}

func TestGrayPNGIsWhatImagePNGReads(t *testing.T) {
	filters := map[byte]bool{}
	for i, size := range [][2]int{{1, 1}, {28, 28}, {1, 50}, {50, 1}, {64, 48}, {27, 31}} {
		for _, level := range []png.CompressionLevel{png.DefaultCompression, png.NoCompression, png.BestSpeed} {
			src := noisy(size[0], size[1], uint64(i))
			var b bytes.Buffer
			if err := (&png.Encoder{CompressionLevel: level}).Encode(&b, src); err != nil {
				t.Fatal(err)
			}
			if !samePNG(t, b.Bytes()) {
				t.Errorf("%v was left to image/png", size)
			}
			var g grayPNG
			g.inflate(onlyIDAT(b.Bytes()[33:]), size[1]*(1+size[0]))
			for y := range size[1] {
				filters[g.raw[y*(1+size[0])]] = true
			}
		}
	}
	if len(filters) != 5 {
		t.Errorf("the images use the filters %v, not all five", filters)
	}
}

func TestGrayPNGLeavesTheRest(t *testing.T) {
	good := grayFile(t, 28, 28, 3)
	transparent := chunkOf("tRNS", []byte{0, 7})
	for name, content := range map[string][]byte{
		"colour":      pngOf(t, solid(9, 9, color.NRGBA{1, 2, 3, 255})),
		"16 bits":     pngOf(t, image.NewGray16(image.Rect(0, 0, 9, 9))),
		"large":       pngOf(t, image.NewGray(image.Rect(0, 0, 1000, 1000))),
		"transparent": append(append(bytes.Clone(good[:33]), transparent...), good[33:]...),
		"empty":       nil,
		"bomb":        bombPNG(1<<31-1, 1<<31-1),
	} {
		if decodeGrayPNG(content) != nil {
			t.Errorf("%s: was decoded", name)
		}
	}
	comment := append(append(bytes.Clone(good[:33]), chunkOf("tEXt", []byte("a\x00b"))...), good[33:]...)
	if !samePNG(t, comment) || !samePNG(t, append(bytes.Clone(good), "behind the end"...)) {
		t.Error("a comment or bytes behind the end were left to image/png")
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 4
		samePNG(t, bad)
		if samePNG(t, good[:i]) {
			t.Errorf("cut to %d bytes: was decoded", i)
		}
	}
}

// A PNG that lacks but its end, or has something behind it, is whole; any other cut
// is not.
func TestPNGWithoutItsEnd(t *testing.T) {
	for _, img := range []image.Image{noisy(40, 30, 1), solid(9, 9, color.NRGBA{1, 2, 3, 100}), image.NewGray16(image.Rect(0, 0, 9, 9))} {
		good := pngOf(t, img)
		want, err := decoded(good, "x.png", Options{})
		if err != nil {
			t.Fatal(err)
		}
		for n := range len(good) + 20 {
			content := append(bytes.Clone(good[:min(n, len(good))]), bytes.Repeat([]byte("?"), max(0, n-len(good)))...)
			got, err := decoded(content, "x.png", Options{})
			if n < len(good)-12 {
				wantError(t, err, "x.png: ")
			} else if err != nil || !cmp.Equal(got, want) {
				t.Errorf("%d of %d bytes: %v, %v", n, len(good), got, err)
			}
		}
	}
}

// FuzzGrayPNG mends the checksums of what the fuzzer makes, so that it gets
// past them, and compares with image/png.
func FuzzGrayPNG(f *testing.F) {
	f.Add(grayFile(f, 28, 28, 3))
	f.Add(pngOf(f, noisy(17, 23, 1)))
	f.Add(bombPNG(7, 7))
	f.Fuzz(func(t *testing.T, content []byte) {
		samePNG(t, content)
		for at := 8; at+12 <= len(content); {
			end := uint64(at) + 8 + uint64(binary.BigEndian.Uint32(content[at:]))
			if end+4 > uint64(len(content)) {
				break
			}
			binary.BigEndian.PutUint32(content[end:], crc32.ChecksumIEEE(content[at+4:end]))
			at = int(end) + 4
		}
		samePNG(t, content)
	})
}
