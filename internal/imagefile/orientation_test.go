package imagefile

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
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

// Turning there and back is nothing, exactly, in any depth.
func TestUprightThereAndBack(t *testing.T) {
	u8 := convert(grayImage(7, 6, 3), 3)
	u16 := Image{Width: 7, Height: 6, Channels: 1, U16: make([]uint16, 42)}
	f32 := Image{Width: 7, Height: 6, Channels: 3, F32: make([]float32, 126)}
	for i, v := range u8.U8 {
		u16.U16[i/3], f32.F32[i] = uint16(v)*100, float32(v)+float32(i%3)/4
	}
	for _, img := range []Image{u8, u16, f32} {
		for o := 1; o <= 8; o++ {
			back := o
			if o == 6 || o == 8 {
				back = 14 - o
			}
			turned := upright(img, o)
			if w, h := turned.Width, turned.Height; (w == img.Width) != (o < 5) || w*h != img.Width*img.Height {
				t.Errorf("orientation %d makes %dx%d of %dx%d", o, w, h, img.Width, img.Height)
			}
			if o > 1 && cmp.Equal(turned, img) {
				t.Errorf("orientation %d does nothing", o)
			}
			if got := upright(turned, back); !cmp.Equal(got, img) {
				t.Errorf("orientation %d and back: %v, want %v", o, got, img)
			}
		}
	}
}
