package baseline

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"math/rand/v2"
	"testing"

	"golang.org/x/image/webp"
)

func some(channels, levels, n int) Images {
	r := rand.New(rand.NewPCG(1, 2))
	all := Images{Width: 7, Height: 5, Channels: channels, Levels: levels}
	for range n {
		values := make([]uint16, 35*channels)
		for i := range values {
			values[i] = uint16(r.IntN(levels))
		}
		all.Values = append(all.Values, values)
	}
	return all
}

// What is counted is the size of files that hold the pixels.
func TestPicturesHoldTheValues(t *testing.T) {
	for _, c := range []struct{ channels, levels int }{{1, 2}, {1, 256}, {3, 256}, {3, 2}, {1, 1 << 16}, {3, 1 << 16}} {
		all := some(c.channels, c.levels, 3)
		var b bytes.Buffer
		if err := png.Encode(&b, all.image(1)); err != nil {
			t.Fatal(err)
		}
		got, err := png.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		all.check(t, got, 1)
		if c.levels > 256 {
			continue
		}
		b.Reset()
		if err := encodeWebP(&b, all.image(1)); err != nil {
			t.Fatal(err)
		}
		if got, err = webp.Decode(&b); err != nil {
			t.Fatal(err)
		}
		all.check(t, got, 1)
	}
}

func (s Images) check(t *testing.T, img image.Image, i int) {
	t.Helper()
	for y := range s.Height {
		for x := range s.Width {
			var got [3]uint32
			got[0], got[1], got[2], _ = img.At(x, y).RGBA()
			for c := range s.Channels {
				v := uint32(s.Values[i][(y*s.Width+x)*s.Channels+c])
				if want := v * 65535 / uint32(s.Levels-1); got[c] != want {
					t.Fatalf("%d levels, %d channels: %d is %d in the file", s.Levels, s.Channels, want, got[c])
				}
			}
		}
	}
}

func TestSizes(t *testing.T) {
	sizes, err := Sizes(context.Background(), some(1, 256, 50))
	if err != nil || len(sizes) != 5 {
		t.Fatalf("%+v, %v", sizes, err)
	}
	for _, s := range sizes { // noise cannot be made smaller
		if s.Bytes < 35*50 || s.Bytes > 35*50+200*50 {
			t.Errorf("%+v", s)
		}
	}
	if sizes, err := Sizes(context.Background(), some(3, 1<<16, 4)); err != nil || len(sizes) != 3 {
		t.Errorf("of 16 bits: %+v, %v", sizes, err)
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if _, err := Sizes(ended, some(1, 2, 4)); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
