package render

import (
	"bytes"
	"errors"
	"fmt"
	"image/gif"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"vae/internal/rng"
)

// film writes a film of the given frames.
func film(t *testing.T, f Film, frames ...[]uint8) []byte {
	t.Helper()
	var b bytes.Buffer
	err := f.GIF(&b, len(frames), func(dst []uint8, i int) error { copy(dst, frames[i]); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// shot is a frame as a viewer shows it.
type shot struct {
	pixels []uint8 // [height*width*3]
	delay  int
}

// shots decodes a film and lays its frames over each other.
func shots(t *testing.T, file []byte) []shot {
	t.Helper()
	g, err := gif.DecodeAll(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if g.LoopCount != 0 {
		t.Errorf("loop count %d, want 0, for ever", g.LoopCount)
	}
	width, height := g.Config.Width, g.Config.Height
	canvas := make([]uint8, 3*width*height)
	var all []shot
	for i, frame := range g.Image {
		if g.Disposal[i] != gif.DisposalNone {
			t.Errorf("frame %d is disposed of in way %d", i, g.Disposal[i])
		}
		for y := frame.Rect.Min.Y; y < frame.Rect.Max.Y; y++ {
			for x := frame.Rect.Min.X; x < frame.Rect.Max.X; x++ {
				r, g, b, _ := frame.At(x, y).RGBA()
				copy(canvas[3*(y*width+x):], []uint8{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8)})
			}
		}
		all = append(all, shot{slices.Clone(canvas), g.Delay[i]})
	}
	return all
}

// noise is a picture of random bytes.
func noisePicture(n int, stream uint64) []uint8 {
	r, pixels := rng.Stream(1, "test film", stream), make([]uint8, n)
	for i := range pixels {
		pixels[i] = uint8(r.UintN(256))
	}
	return pixels
}

func threefold(grey []uint8) []uint8 {
	var all []uint8
	for _, v := range grey {
		all = append(all, v, v, v)
	}
	return all
}

func TestFilmOfGreyIsExact(t *testing.T) {
	const width, height = 61, 37 // more pixels than one block and one table of codes holds
	var frames [][]uint8
	for i := range uint64(5) {
		frames = append(frames, noisePicture(width*height, i))
	}
	for _, channels := range []int{1, 3} {
		given := frames
		if channels == 3 { // as grey pictures with colored ones beside them are
			given = nil
			for _, f := range frames {
				given = append(given, threefold(f))
			}
		}
		got := shots(t, film(t, Film{width, height, channels, 7}, given...))
		if len(got) != len(frames) {
			t.Fatalf("%d frames, want %d", len(got), len(frames))
		}
		for i, s := range got {
			if !bytes.Equal(s.pixels, threefold(frames[i])) || s.delay != 7 {
				t.Errorf("%d channels: frame %d is another, or stands %d", channels, i, s.delay)
			}
		}
	}
}

func TestFilmOfFewColorsIsExact(t *testing.T) {
	for _, colors := range []int{1, 2, 3, 4, 5, 129, 256} {
		r, table := rng.Stream(2, "test colors"), make([]uint8, 3*colors)
		for i := range table {
			table[i] = uint8(r.UintN(256))
		}
		frames := make([][]uint8, 3)
		for i := range frames {
			for p := range 300 {
				c := (p*7 + i*(colors/2+1)) % colors
				frames[i] = append(frames[i], table[3*c:3*c+3]...)
			}
		}
		got := shots(t, film(t, Film{20, 15, 3, 2}, frames...))
		if last := got[len(got)-1]; !bytes.Equal(last.pixels, frames[2]) {
			t.Errorf("%d colors: the last frame is another", colors)
		}
		if !bytes.Equal(got[0].pixels, frames[0]) {
			t.Errorf("%d colors: the first frame is another", colors)
		}
	}
}

// TestFilmOfManyColorsIsNear: of a smooth picture of 4,096 colors the 256 chosen are
// nearer than those of a fixed cube of 6 x 6 x 6, by whose levels a pixel is off by 13 in the mean.
func TestFilmOfManyColorsIsNear(t *testing.T) {
	const side = 64
	var picture []uint8
	for y := range side {
		for x := range side {
			picture = append(picture, uint8(4*x), uint8(4*y), uint8(2*(x+y)))
		}
	}
	var sum float64
	for i, v := range shots(t, film(t, Film{side, side, 3, 2}, picture))[0].pixels {
		d := float64(v) - float64(picture[i])
		sum += d * d
	}
	if rms := math.Sqrt(sum / float64(len(picture))); !(rms <= 5) {
		t.Errorf("a channel is off by %.2f, want at most 5", rms)
	}
}

func TestFilmWritesWhatIsNew(t *testing.T) {
	const width, height = 40, 30
	first := noisePicture(width*height, 9)
	second := slices.Clone(first)
	second[12*width+7] ^= 255
	second[14*width+20] ^= 255
	file := film(t, Film{width, height, 1, 10}, first, first, first, second, second, first)
	g, err := gif.DecodeAll(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{30, 20, 10}; !slices.Equal(g.Delay, want) {
		t.Fatalf("frames stand %v, want %v", g.Delay, want)
	}
	for i, want := range []string{"(0,0)-(40,30)", "(7,12)-(21,15)", "(7,12)-(21,15)"} {
		if got := g.Image[i].Rect.String(); got != want {
			t.Errorf("frame %d covers %s, want %s", i, got, want)
		}
	}
	for i, want := range [][]uint8{first, second, first} {
		if !bytes.Equal(shots(t, file)[i].pixels, threefold(want)) {
			t.Errorf("frame %d is another", i)
		}
	}
	long := film(t, Film{1, 1, 1, 40_000}, []uint8{5}, []uint8{5}, []uint8{5})
	if g, err = gif.DecodeAll(bytes.NewReader(long)); err != nil || !slices.Equal(g.Delay, []int{40_000, 40_000, 40_000}) {
		t.Errorf("delays %v (%v), want three of 40,000, as two of them are too long for one", g.Delay, err)
	}
}

func TestFilmIsTheSameAgain(t *testing.T) {
	frames := [][]uint8{noisePicture(3*50*50, 1), noisePicture(3*50*50, 2)}
	f := Film{50, 50, 3, 3}
	if !bytes.Equal(film(t, f, frames...), film(t, f, frames...)) {
		t.Error("the same frames gave two different files")
	}
}

// TestGridFilm: a frame is the picture that the grid's PNG is.
func TestGridFilm(t *testing.T) {
	for _, channels := range []int{1, 3} {
		g := Grid{Width: 3, Height: 2, Channels: channels, Columns: 2, Scale: 3, Padding: 1, Background: 9}
		image := func(dst []float32, frame, cell int) error {
			if cell == 1 {
				return ErrEmpty
			}
			for i := range dst {
				dst[i] = float32(frame*30+cell*10+i) / 255
			}
			return nil
		}
		var b bytes.Buffer
		f, paint, err := g.Film(5, 4)
		if err != nil {
			t.Fatal(err)
		}
		err = f.GIF(&b, 3, func(dst []uint8, frame int) error {
			return paint(dst, func(dst []float32, cell int) error { return image(dst, frame, cell) })
		})
		if err != nil {
			t.Fatal(err)
		}
		for frame, s := range shots(t, b.Bytes()) {
			cell := 0
			want := draw(t, g, 5, func(dst []float32) error { cell++; return image(dst, frame, cell-1) })
			var pixels []uint8
			for y := range want.Bounds().Dy() {
				for x := range want.Bounds().Dx() {
					r, g, b, _ := want.At(x, y).RGBA()
					pixels = append(pixels, uint8(r>>8), uint8(g>>8), uint8(b>>8))
				}
			}
			if !bytes.Equal(s.pixels, pixels) {
				t.Errorf("%d channels: frame %d is not the picture", channels, frame)
			}
		}
	}
}

func TestFilmRefuses(t *testing.T) {
	good := Film{4, 4, 1, 5}
	for _, c := range []struct {
		film   Film
		frames int
		want   string
	}{
		{Film{0, 4, 1, 5}, 1, "at least 1"},
		{Film{4, 4, 2, 5}, 1, "2 channels"},
		{Film{65536, 1, 1, 5}, 1, "over the GIF limit of 65535 a side"},
		{Film{9000, 9000, 1, 5}, 1, "over the limit of 67108864 pixels"},
		{Film{4, 4, 1, 1}, 1, "1 hundredths"},
		{Film{4, 4, 1, 65536}, 1, "65536 hundredths"},
		{good, 0, "0 frames"},
		{good, 65537, "65537 frames"},
	} {
		err := c.film.GIF(io.Discard, c.frames, func([]uint8, int) error { t.Fatal("a frame was asked for"); return nil })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v of %d frames: %v, want an error with %q", c.film, c.frames, err, c.want)
		}
	}
}

func TestFilmReturnsErrors(t *testing.T) {
	frames := [][]uint8{noisePicture(400, 1), noisePicture(400, 2), noisePicture(400, 3)}
	size := len(film(t, Film{20, 20, 1, 5}, frames...))
	for room := 0; room < size; room += 97 {
		err := Film{20, 20, 1, 5}.GIF(&limited{room}, 3, func(dst []uint8, i int) error { copy(dst, frames[i]); return nil })
		if !errors.Is(err, errFull) {
			t.Fatalf("a writer with room for %d of %d bytes: %v", room, size, err)
		}
	}
	bad := fmt.Errorf("no frame")
	for _, channels := range []int{1, 3} {
		err := Film{2, 2, channels, 5}.GIF(io.Discard, 3, func(_ []uint8, i int) error {
			if i == 2 {
				return bad
			}
			return nil
		})
		if !errors.Is(err, bad) || !strings.Contains(err.Error(), "frame 3") {
			t.Errorf("%d channels: %v, want the error of frame 3", channels, err)
		}
	}
}
