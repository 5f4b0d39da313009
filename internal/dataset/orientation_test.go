package dataset

import (
	"bytes"
	"encoding/binary"
	"image"
	"slices"
	"testing"
)

// exifJPEG is a JPEG whose EXIF data give tag 274 a type and a value.
func exifJPEG(t *testing.T, kind, value uint16) []byte {
	content := everyFormat(t)["jpeg"]
	tiff := binary.BigEndian.AppendUint16([]byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12"), kind)
	tiff = append(tiff, 0, 0, 0, 1)
	tiff = binary.BigEndian.AppendUint16(tiff, value)
	tiff = append(tiff, make([]byte, 6)...)
	segment := append([]byte("\xff\xe1\x00\x00Exif\x00\x00"), tiff...)
	binary.BigEndian.PutUint16(segment[2:], uint16(len(segment)-2))
	return slices.Concat(content[:2], segment, content[2:])
}

func TestOrientationOfTheRightTypeAndValue(t *testing.T) {
	const short, ascii = 3, 2
	for value := range uint16(10) {
		want := 1
		if value >= 1 && value <= 8 {
			want = int(value)
		}
		f := findFormat([]byte("\xff\xd8\xff"))
		if got := f.exif.orientation(exifJPEG(t, short, value)); got != want {
			t.Errorf("%d is taken for %d", value, got)
		}
		if got := f.exif.orientation(exifJPEG(t, ascii, value<<8)); got != 1 {
			t.Errorf("text %d is taken for %d", value, got)
		}
	}
}

// Turning there and back is nothing, exactly, wherever the image's corner is.
func TestUprightThereAndBack(t *testing.T) {
	whole := grayImage(7, 6, 3)
	for _, img := range []*image.Gray{whole, whole.SubImage(image.Rect(2, 1, 6, 6)).(*image.Gray)} {
		want := gray(img)
		for o := 1; o <= 8; o++ {
			back := o
			if o == 6 || o == 8 {
				back = 14 - o
			}
			turned := upright(img, o)
			if w, h := turned.Bounds().Dx(), turned.Bounds().Dy(); (w == want.w) != (o < 5) || w*h != want.w*want.h {
				t.Errorf("orientation %d makes %dx%d of %dx%d", o, w, h, want.w, want.h)
			}
			if o > 1 && bytes.Equal(gray(turned).pix, want.pix) {
				t.Errorf("orientation %d does nothing", o)
			}
			if got := natural(upright(turned, back)); got.c != 1 || !bytes.Equal(got.pix, want.pix) {
				t.Errorf("orientation %d and back: %v, want %v", o, got.pix, want.pix)
			}
		}
	}
}
