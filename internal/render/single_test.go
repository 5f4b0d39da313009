package render

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"testing"
)

func TestSinglePNG(t *testing.T) {
	var b bytes.Buffer
	if err := PNG(&b, 2, 1, 1, []float32{0, 1}); err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	if pix := m.(*image.Gray).Pix; !bytes.Equal(pix, []uint8{0, 255}) {
		t.Errorf("pixels %v", pix)
	}
	if err := PNG(&b, 2, 1, 1, []float32{0}); err == nil || err.Error() != "image of 2x1x1: 1 values, want 2" {
		t.Errorf("short pixels: %v", err)
	}
	if err := PNG(&b, 0, 1, 1, nil); err == nil {
		t.Error("drew an image without width")
	}
}

// TestPNGBytes: bytes give the picture that the values they stand for give.
func TestPNGBytes(t *testing.T) {
	const width, height, channels = 3, 2, 3
	pixels, values := make([]uint8, width*height*channels), make([]float32, width*height*channels)
	for i := range pixels {
		pixels[i] = uint8(14 * i)
		values[i] = float32(pixels[i]) / 255
	}
	var of, want bytes.Buffer
	if err := errors.Join(PNGBytes(&of, width, height, channels, pixels), PNG(&want, width, height, channels, values)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(of.Bytes(), want.Bytes()) {
		t.Error("another picture than that of the values")
	}
	if err := PNGBytes(&of, width, height, channels, pixels[1:]); err == nil || err.Error() != "image of 3x2x3: 17 values, want 18" {
		t.Errorf("short pixels: %v", err)
	}
	if err := PNGBytes(&of, 1, 1, 2, []uint8{1, 2}); err == nil {
		t.Error("drew an image of two channels")
	}
}
