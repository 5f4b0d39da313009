package dataset

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/imagefile"
)

// What the values of images of any depth are is said as they are in the file, though the range be so wide that nothing is left of them in it.
func TestSpreadOfValues(t *testing.T) {
	wide := func(bits float64, values ...float32) imagefile.Image {
		return line(imagefile.Image{F32: values}, -math.Exp2(bits-1), math.Exp2(bits-1)-1)
	}
	floats := func(values ...float32) imagefile.Image {
		return line(imagefile.Image{F32: values}, math.NaN(), math.NaN())
	}
	for name, c := range map[string]struct {
		images []imagefile.Image
		rng    config.Range
		want   string // "" where nothing is said
	}{
		"int64":          {images: []imagefile.Image{wide(64, 0, 100, 255)}, want: "the values of all images are 0 to 255 of the range -9223372036854776000:9223372036854776000, which makes them nearly of one grey: ⟨data.range 0:255⟩ uses all of the range"},
		"int32":          {images: []imagefile.Image{wide(32, 7, 4095), wide(32, 0, 9)}, want: "are 0 to 4095 of the range -2147483648:2147483647, "},
		"signed":         {images: []imagefile.Image{wide(16, -1000, 2000)}, want: "⟨data.range -1000:2000⟩"},
		"small floats":   {images: []imagefile.Image{floats(0.01, 0.0512345)}, want: "are 0.01 to 0.0512 of the range 0:1, which makes them nearly of one grey: ⟨data.range 0:0.05124⟩"},
		"floats":         {images: []imagefile.Image{floats(0, 1)}},
		"one is not few": {images: []imagefile.Image{wide(16, 0, 1), wide(16, 0, 32000)}},
		"all alike":      {images: []imagefile.Image{wide(16, 5, 5), wide(16, 5, 5)}},
		"greys apart":    {images: []imagefile.Image{line(imagefile.Image{U8: []uint8{0, 0}}, 0, 255), line(imagefile.Image{U8: []uint8{90, 90}}, 0, 255)}},
		"two formats":    {images: []imagefile.Image{line(imagefile.Image{U8: []uint8{0, 3}}, 0, 255), line(imagefile.Image{U16: []uint16{0, 655}}, 0, 65535)}, want: "the pixels of all images are 0 to 0.0118 of the range 0:1, which makes them nearly of one grey: ⟨data.range LOW:HIGH⟩"},
		"a given range":  {images: []imagefile.Image{line(imagefile.Image{U8: []uint8{0, 3}}, 0, 255)}, rng: config.Range{High: 4095}, want: "0 to 3 of the range 0:4095"},
		"clipped":        {images: []imagefile.Image{line(imagefile.Image{U16: []uint16{0, 4000, 15}}, 0, 65535)}, rng: config.Range{Low: 10, High: 20}},
	} {
		var s seen
		for _, img := range c.images {
			if _, err := s.ranged(img, c.rng); err != nil {
				t.Fatal(err)
			}
		}
		got := strings.ReplaceAll(strings.Join(s.spread.lines(true), "; "), "\x00", "")
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestOutward(t *testing.T) {
	for _, c := range []struct{ v, down, up float64 }{{3, 3, 3}, {0.0512345, 0.05123, 0.05124}, {-1.23456, -1.235, -1.234}, {254.97534, 254.9, 255}, {1e-9 + 1e-14, 1e-9, 1.001e-9}} {
		if down, up := outward(c.v, math.Floor), outward(c.v, math.Ceil); down != c.down || up != c.up {
			t.Errorf("%v: %v, %v", c.v, down, up)
		}
	}
}

// Images that are used with a model, and have few of the values of its range, are told of: those of 8 bits where it was trained on 12, and floats.
func TestStreamOfDimImages(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.png", grayFile(t, 3, 2, 10))
	write(t, dir, "b.png", grayFile(t, 3, 2, 90))
	o := small(3, 2, 1)
	for high, want := range map[float64]bool{4095: true, 255: false} {
		o.Range = config.Range{High: high}
		s, err := Open(context.Background(), []string{dir}, o)
		if err != nil {
			t.Fatal(err)
		}
		for ok := true; ok; {
			_, ok = s.Next()
		}
		said := slices.ContainsFunc(s.Found(), func(line string) bool {
			return strings.HasPrefix(line, "the values of all images are 10 to 95 of the range 0:4095") && !strings.Contains(line, "data.range")
		})
		if said != want {
			t.Errorf("%v: %q", high, s.Found())
		}
		s.Close()
	}
}
