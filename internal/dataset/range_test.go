package dataset

import (
	"context"
	"image"
	"image/color"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/imagefile"
)

// deepFile is a PNG of 16 bits with the values 0, step, 2 step, ...
func deepFile(t testing.TB, w, h, step int) []byte {
	img := image.NewGray16(image.Rect(0, 0, w, h))
	for i := range w * h {
		img.SetGray16(i%w, i/w, color.Gray16{Y: uint16(i * step)})
	}
	return pngOf(t, img)
}

func line(img imagefile.Image, low, high float64) imagefile.Image {
	img.Width, img.Height, img.Channels = len(img.U8)+len(img.U16)+len(img.F32), 1, 1
	img.Low, img.High = low, high
	return img
}

// Each depth over each range, as values from 0 to 1.
func TestRanged(t *testing.T) {
	u8, u16, real := []uint8{0, 51, 255}, []uint16{0, 4095, 65535}, []float32{-1024, 0, 3072}
	for name, c := range map[string]struct {
		img     imagefile.Image
		rng     config.Range
		want    []float64
		clipped int
	}{
		"bytes":                   {line(imagefile.Image{U8: u8}, 0, 255), config.Range{}, []float64{0, 0.2, 1}, 0},
		"bytes of a small format": {line(imagefile.Image{U8: []uint8{0, 1, 3}}, 0, 3), config.Range{}, []float64{0, 1. / 3, 1}, 0},
		"masks":                   {line(imagefile.Image{U8: []uint8{0, 1, 3}}, 0, 255), config.Range{Low: 0, High: 3}, []float64{0, 1. / 3, 1}, 0},
		"bytes clipped":           {line(imagefile.Image{U8: u8}, 0, 255), config.Range{Low: 51, High: 153}, []float64{0, 0, 1}, 2},
		"bytes in a wider range":  {line(imagefile.Image{U8: u8}, 0, 255), config.Range{Low: -255, High: 255}, []float64{0.5, 0.6, 1}, 0},
		"bytes below a range":     {line(imagefile.Image{U8: u8}, 0, 255), config.Range{Low: 1000, High: 2000}, []float64{0, 0, 0}, 3},
		"bytes and a fraction":    {line(imagefile.Image{U8: []uint8{0, 1, 2}}, 0, 255), config.Range{Low: 0.5, High: 1.5}, []float64{0, 0.5, 1}, 2},
		"16 bits":                 {line(imagefile.Image{U16: u16}, 0, 65535), config.Range{}, []float64{0, 4095. / 65535, 1}, 0},
		"12 of 16 bits":           {line(imagefile.Image{U16: u16}, 0, 65535), config.Range{Low: 0, High: 4095}, []float64{0, 1, 1}, 1},
		"signed":                  {line(imagefile.Image{F32: []float32{-32768, 0, 32767}}, -32768, 32767), config.Range{}, []float64{0, 32768. / 65535, 1}, 0},
		"Hounsfield units":        {line(imagefile.Image{F32: real}, -32768, 32767), config.Range{Low: -1024, High: 1024}, []float64{0, 0.5, 1}, 1},
		"floats from 0 to 1":      {line(imagefile.Image{F32: []float32{0, 0.25, 1}}, math.NaN(), math.NaN()), config.Range{}, []float64{0, 0.25, 1}, 0},
		"floats":                  {line(imagefile.Image{F32: real}, math.NaN(), math.NaN()), config.Range{Low: -1024, High: 3072}, []float64{0, 0.25, 1}, 0},
		"floats without an end":   {line(imagefile.Image{F32: []float32{float32(math.Inf(-1)), 1, float32(math.Inf(1))}}, math.NaN(), math.NaN()), config.Range{Low: 0, High: 2}, []float64{0, 0.5, 1}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			c.img.U8, c.img.U16, c.img.F32 = slices.Clone(c.img.U8), slices.Clone(c.img.U16), slices.Clone(c.img.F32)
			r, clipped, err := ranged(c.img, c.rng)
			if err != nil || clipped != c.clipped {
				t.Fatalf("%d clipped, %v", clipped, err)
			}
			p := pixelsOf(r)
			values := make([]float32, p.Len())
			p.Floats(values)
			for i, want := range c.want {
				if !(math.Abs(float64(values[i])-want) <= 1e-7) || p.Bytes()[i] != uint8(math.Round(255*want)) {
					t.Errorf("%v, want %v", values, c.want)
				}
			}
			p.invert()
			if p.Floats(values); !(math.Abs(float64(values[1])-1+c.want[1]) <= 1e-6) {
				t.Errorf("the negative is %v", values)
			}
		})
	}
	for _, bad := range []struct {
		values []float32
		want   string
	}{{[]float32{0, 1.5}, "floating-point values from 0 to 1.5"}, {[]float32{-0.5, 1}, "from -0.5 to 1"}, {[]float32{0, float32(math.NaN())}, "NaN"}} {
		_, _, err := ranged(line(imagefile.Image{F32: bad.values}, math.NaN(), math.NaN()), config.Range{})
		wantError(t, err, bad.want)
	}
}

// Sets have the least depth that holds all their files.
func TestDepthOfSets(t *testing.T) {
	load := func(rng string, files map[string][]byte) *Splits {
		dir := t.TempDir()
		for name, content := range files {
			write(t, dir, name, content)
		}
		cfg := loadFrom(dir)
		cfg.Range = rng
		return mustLoad(t, cfg, 1)
	}
	eight, sixteen := grayFile(t, 3, 2, 10), deepFile(t, 3, 2, 1000)
	values := func(s *Set, i int) []float32 {
		dst := make([]float32, 6)
		s.Floats(dst, i)
		return dst
	}
	s := load("auto", map[string][]byte{"1.png": eight, "2.png": eight}).Train.Set
	if s.Pixels == nil || !s.plain() || values(s, 0)[1] != 11./255 {
		t.Errorf("bytes: %+v", s)
	}
	s = load("auto", map[string][]byte{"1.png": sixteen, "2.png": sixteen}).Train.Set
	if s.Deep == nil || s.Deep[1] != 1000 || values(s, 0)[1] != float32(1000./65535) || s.Len() != 2 {
		t.Errorf("16 bits: %+v", s)
	}
	mixed := load("auto", map[string][]byte{"1.png": eight, "2.png": sixteen}).Train.Set
	if mixed.Deep == nil || mixed.Deep[0] != 10*257 || values(mixed, 0)[0] != 10./255 || mixed.Deep[7] != 1000 {
		t.Errorf("mixed: %+v", mixed)
	}
	raw := load("0:4095", map[string][]byte{"1.png": eight, "2.png": sixteen})
	if s := raw.Train.Set; s.Deep == nil || s.Deep[0] != 10 || s.Deep[11] != 4095 || values(s, 1)[1] != float32(1000./4095) {
		t.Errorf("mixed in a range: %+v", s)
	}
	if want := []string{"1 values in 1 of the images lie outside of the range 0:4095, and are clipped to it"}; !slices.Equal(raw.Warnings, want) {
		t.Errorf("%q", raw.Warnings)
	}
	wide := load("8bit", map[string][]byte{"1.png": eight, "2.png": eight})
	if wide.SHA256 != load("auto", map[string][]byte{"1.png": eight, "2.png": eight}).SHA256 {
		t.Error("8bit changes bytes")
	}
	if other := load("0:100", map[string][]byte{"1.png": eight, "2.png": eight}); other.SHA256 == wide.SHA256 || values(other.Train.Set, 0)[1] != 0.11 {
		t.Error("a range changes nothing")
	}
}

func TestValuesOfASet(t *testing.T) {
	shape := config.Shape{Width: 2, Height: 1, Channels: 1}
	deep := &Set{Shape: shape, Deep: []uint16{0, 300, 200, 200, 100, 300}}
	deep.setRange(100, 300)
	real := &Set{Shape: shape, Real: []float32{0, 1, 0.5, 0.5, 0, 1}}
	masks := &Set{Shape: shape, Pixels: []uint8{0, 2, 1, 1, 0, 2}}
	masks.setRange(0, 2)
	bytes := &Set{Shape: shape, Pixels: []uint8{0, 255, 127, 127, 0, 255}}
	for name, s := range map[string]*Set{"16 bits": deep, "real": real, "bytes in a range": masks, "bytes": bytes} {
		if want := map[string]int{"16 bits": 201, "real": 0, "bytes in a range": 3, "bytes": 256}[name]; s.Levels() != want {
			t.Errorf("%s: %d levels, want %d", name, s.Levels(), want)
		}
		if s.Len() != 3 || !s.BlackAndWhite(0) || s.BlackAndWhite(1) || s.Same(0, 1) || s.Same(0, 2) != (name != "16 bits") {
			t.Errorf("%s: %d images, %t %t %t %t", name, s.Len(), s.BlackAndWhite(0), s.BlackAndWhite(1), s.Same(0, 1), s.Same(0, 2))
		}
		if low, high := s.Span(0); low != 0 || high != 1 {
			t.Errorf("%s: from %v to %v", name, low, high)
		}
		if mean := s.Mean(); !(math.Abs(mean-0.5) < 1e-3) {
			t.Errorf("%s: mean %v", name, mean)
		}
		all := Split{Set: s, Index: Between(0, 3)}
		if m := all.PixelMeans(); !(math.Abs(m[0]-1./6) < 1e-3 && math.Abs(m[1]-5./6) < 1e-3) {
			t.Errorf("%s: means %v", name, m)
		}
		got := make([]float32, 4)
		all.Gather(got, []int{1, 0})
		if !(math.Abs(float64(got[0])-0.5) < 2e-3 && got[2] == 0 && got[3] == 1) {
			t.Errorf("%s: gathered %v", name, got)
		}
		if fitted := all.fitted(fitter{shape: config.Shape{Width: 4, Height: 2, Channels: 1}}); fitted.Set.Len() != 3 || !fitted.Set.BlackAndWhite(0) && name != "x" && fitted.Set.Mean() < 0.4 {
			t.Errorf("%s: resized %v", name, fitted.Set)
		}
	}
	// drawing keeps black and white, and half of the greys of one half
	big := &Set{Shape: config.Shape{Width: 10000, Height: 1, Channels: 1}, Real: slices.Repeat([]float32{0.5}, 10000)}
	big.Real[0], big.Real[1] = 0, 1
	drawn := big.binarized(1, "test")
	if mean := drawn.Mean(); drawn.Pixels[0] != 0 || drawn.Pixels[1] != 255 || !drawn.BlackAndWhite(0) || !(math.Abs(mean-0.5) < 0.02) {
		t.Errorf("drawn: %v %v, mean %v", drawn.Pixels[0], drawn.Pixels[1], mean)
	}
}

func TestNewSet(t *testing.T) {
	shape := config.Shape{Width: 2, Height: 1, Channels: 1}
	plain := NewSet(shape, []Pixels{Bytes([]uint8{0, 51}), Bytes([]uint8{255, 0})})
	if !plain.plain() || plain.Len() != 2 || plain.Pixels[1] != 51 {
		t.Errorf("%+v", plain)
	}
	mixed := NewSet(shape, []Pixels{Bytes([]uint8{0, 51}), {values: []float32{0.5, 1}}})
	if !slices.Equal(mixed.Real, []float32{0, 0.2, 0.5, 1}) {
		t.Errorf("%+v", mixed)
	}
}

// What uses little of its range is said, with what to type.
func TestDimImages(t *testing.T) {
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"12 bits":   {deepFile(t, 8, 8, 60), "0 to 3780 of the range 0:65535, which makes them nearly of one grey: \x00⟨data.range 0:4095⟩\x00"},
		"masks":     {pngOf(t, &image.Gray{Pix: []uint8{0, 1, 2, 3}, Stride: 2, Rect: image.Rect(0, 0, 2, 2)}), "0 to 3 of the range 0:255, which makes them nearly of one grey: \x00⟨data.range 0:3⟩\x00"},
		"far up":    {pngOf(t, &image.Gray{Pix: []uint8{200, 210, 205, 201}, Stride: 2, Rect: image.Rect(0, 0, 2, 2)}), "\x00⟨data.range 200:210⟩\x00"},
		"all of it": {deepFile(t, 8, 8, 1000), ""},
		"one grey":  {pngOf(t, image.NewGray(image.Rect(0, 0, 2, 2))), ""},
	} {
		dir := t.TempDir()
		write(t, dir, "1.png", c.file)
		write(t, dir, "2.png", c.file)
		got := strings.Join(mustLoad(t, loadFrom(dir), 1).Warnings, "; ")
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// A stream counts what it clips.
func TestStreamInARange(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.png", deepFile(t, 3, 2, 1000))
	write(t, dir, "b.png", grayFile(t, 3, 2, 10))
	o := small(3, 2, 1)
	o.Range = config.Range{Low: 0, High: 4000}
	s, err := Open(context.Background(), []string{dir}, o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	values := make([]float32, 6)
	item, _ := s.Next()
	if item.Pixels.Floats(values); !slices.Equal(values, []float32{0, 0.25, 0.5, 0.75, 1, 1}) {
		t.Errorf("%v", values)
	}
	item, _ = s.Next()
	if item.Pixels.Floats(values); values[0] != float32(10./4000) {
		t.Errorf("%v", values)
	}
	if _, ok := s.Next(); ok {
		t.Error("a third image")
	}
	if want := []string{"1 values in 1 of the images lie outside of the range 0:4000, and are clipped to it"}; !slices.Equal(s.Found(), want) {
		t.Errorf("%q", s.Found())
	}
}

// All bad images are named, and left out where that is asked for.
func TestBadImages(t *testing.T) {
	dir := t.TempDir()
	for i := range 14 {
		write(t, dir, indexName(i)+".png", []byte("bad"))
	}
	for i := range 6 {
		write(t, dir, indexName(100+i)+".png", grayFile(t, 2, 2, uint8(i)))
	}
	cfg := loadFrom(dir)
	_, err := Load(cfg, 1, 0)
	wantError(t, err, dir+": 14 of its 20 images cannot be read: ", "00000.png: is not an image", "00009.png: ", "; and 4 more; mend or remove them, or leave them out with \x00⟨data.skip_bad⟩\x00")
	if strings.Contains(err.Error(), "00010.png") {
		t.Error("more than ten are named")
	}
	cfg.SkipBad = true
	s := mustLoad(t, cfg, 1)
	if s.Train.Len()+s.Validation.Len()+s.Test.Len() != 6 || !slices.Contains(s.Found, "unreadable images left out: 14 (00000.png, 00001.png, 00002.png, and 11 more)") || len(s.Unreadable) != 14 || !strings.Contains(s.Unreadable[13], "00013.png: is not an image") {
		t.Errorf("%d images; %q; %q", s.Train.Len(), s.Found, s.Unreadable)
	}
	cfg.Cache = filepath.Join(t.TempDir(), "c.images")
	for range 2 {
		if c := mustLoad(t, cfg, 1); !slices.Equal(c.Unreadable, s.Unreadable) || !slices.Contains(c.Found, "unreadable images left out: 14 (00000.png, 00001.png, 00002.png, and 11 more)") {
			t.Errorf("of a cache: %q; %q", c.Found, c.Unreadable)
		}
	}
}

// An image that is too large to be left as it is ends the reading by its header.
func TestLargeImages(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.png", grayFile(t, 5000, 2, 0))
	write(t, dir, "b.png", grayFile(t, 2, 2, 0))
	_, err := Load(loadFrom(dir), 1, 0)
	wantError(t, err, "a.png: is 5000x2, too large, with more than 4096 on a side: give \x00⟨data.image_size WxH⟩\x00, such as \x00⟨data.image_size 64x1⟩\x00, to resize all images")
}

// Images without levels say why.
func TestNoLevels(t *testing.T) {
	ranged := func(pix []uint8, deep []uint16, real []float32, low, high float64) imageFile {
		r := raster{w: 1, h: 1, c: 1, pix: pix, deep: deep, real: real, low: low, high: high}
		r.inRange()
		return imageFile{r: r}
	}
	bytes, deep := ranged([]uint8{7}, nil, nil, 0, 255), ranged(nil, []uint16{7}, nil, 0, 65535)
	for want, files := range map[string][]imageFile{
		"":                       {bytes, deep},
		"of more than 65,536 ":   {ranged(nil, []uint16{7}, nil, -65536, 65535)},
		"of different depths ":   {bytes, ranged(nil, []uint16{7}, nil, 0, 4095)},
		"of floating-point valu": {ranged(nil, nil, []float32{7}, 0, 10)},
	} {
		b := builder{shape: config.Shape{Width: 1, Height: 1, Channels: 1}, depth: depthOf(files)}
		s := b.empty()
		for _, fit := range []*Set{s, s.like(config.Shape{Width: 2, Height: 2, Channels: 1}, 1)} {
			if got := fit.noLevels(); !strings.HasPrefix(got, want) || (want == "") != (got == "") {
				t.Errorf("%q, want %q", got, want)
			}
		}
	}
}
