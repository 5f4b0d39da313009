package render

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

// sequence is a next function: image i has value (at(i)) in every place.
func sequence(at func(i int) float32) func([]float32) error {
	i := 0
	return func(dst []float32) error {
		for j := range dst {
			dst[j] = at(i)
		}
		i++
		return nil
	}
}

// noise fills images with seeded values somewhat beyond [0, 1], and keeps them.
func noise(seed uint64, kept *[][]float32) func([]float32) error {
	r := rand.New(rand.NewPCG(seed, 0))
	return func(dst []float32) error {
		for j := range dst {
			dst[j] = r.Float32()*1.2 - 0.1
		}
		*kept = append(*kept, append([]float32(nil), dst...))
		return nil
	}
}

func draw(t testing.TB, g Grid, n int, next func([]float32) error) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := g.PNG(&b, n, next); err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestQuantize(t *testing.T) {
	nan := float32(math.NaN())
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		p    float32
		want uint8
	}{{0, 0}, {1, 255}, {-1, 0}, {2, 255}, {nan, 0}, {inf, 255}, {-inf, 0}, {0.5, 128}, {0.49, 125},
		{math.Nextafter32(1, 0), 255}, {math.SmallestNonzeroFloat32, 0}, {0.5 / 255, 1}, {0.499 / 255, 0}, {float32(math.Copysign(0, -1)), 0}} {
		if got := quantize(c.p); got != c.want {
			t.Errorf("quantize(%g) = %d, want %d", c.p, got, c.want)
		}
	}
	for k := range 256 {
		if got := quantize(float32(k) / 255); int(got) != k {
			t.Errorf("quantize(%d/255) = %d", k, got)
		}
	}
}

func TestPNGExactGrey(t *testing.T) {
	g := Grid{Width: 2, Height: 1, Channels: 1, Columns: 2, Scale: 2, Padding: 1, Background: 9}
	images := [][]float32{{10. / 255, 20. / 255}, {30. / 255, 40. / 255}, {50. / 255, 60. / 255}}
	i := 0
	m := draw(t, g, 3, func(dst []float32) error { copy(dst, images[i]); i++; return nil })
	gray, ok := m.(*image.Gray)
	if !ok {
		t.Fatalf("decoded as %T, want *image.Gray", m)
	}
	want := [][]uint8{
		{9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9},
		{9, 10, 10, 20, 20, 9, 30, 30, 40, 40, 9},
		{9, 10, 10, 20, 20, 9, 30, 30, 40, 40, 9},
		{9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9},
		{9, 50, 50, 60, 60, 9, 9, 9, 9, 9, 9},
		{9, 50, 50, 60, 60, 9, 9, 9, 9, 9, 9},
		{9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9},
	}
	if got := gray.Bounds(); got != image.Rect(0, 0, 11, 7) {
		t.Fatalf("bounds %v", got)
	}
	for y, row := range want {
		if got := gray.Pix[y*gray.Stride:][:11]; !bytes.Equal(got, row) {
			t.Errorf("row %d: %v, want %v", y, got, row)
		}
	}
}

func TestPNGColor(t *testing.T) {
	g := Grid{Width: 1, Height: 2, Channels: 3, Scale: 1}
	m := draw(t, g, 1, func(dst []float32) error {
		copy(dst, []float32{1, 0, 128. / 255, 3. / 255, 2. / 255, 1. / 255})
		return nil
	})
	for y, want := range []color.RGBA{{255, 0, 128, 255}, {3, 2, 1, 255}} {
		if got := color.RGBAModel.Convert(m.At(0, y)); got != want {
			t.Errorf("pixel 0,%d: %v, want %v", y, got, want)
		}
	}
}

// TestPNGProperty compares every pixel of random grids with the cell it must come from.
func TestPNGProperty(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for seed := range uint64(200) {
		g := Grid{Width: 1 + r.IntN(9), Height: 1 + r.IntN(9), Channels: 1 + 2*r.IntN(2), Columns: r.IntN(7),
			Scale: 1 + r.IntN(4), Padding: r.IntN(4), Background: uint8(r.IntN(256))}
		n := 1 + r.IntN(30)
		var images [][]float32
		m := draw(t, g, n, noise(seed, &images))
		if len(images) != n {
			t.Fatalf("%+v n=%d: next called %d times", g, n, len(images))
		}
		columns := g.columns(n)
		for y := range m.Bounds().Dy() {
			for x := range m.Bounds().Dx() {
				if got, want := color.NRGBAModel.Convert(m.At(x, y)), wantPixel(g, columns, images, x, y); got != want {
					t.Fatalf("%+v n=%d: pixel %d,%d is %v, want %v", g, n, x, y, got, want)
				}
			}
		}
	}
}

// wantPixel is the picture's definition, pixel by pixel.
func wantPixel(g Grid, columns int, images [][]float32, x, y int) color.Color {
	bg := color.NRGBA{g.Background, g.Background, g.Background, 255}
	cellW, cellH := g.Width*g.Scale+g.Padding, g.Height*g.Scale+g.Padding
	column, row := x/cellW, y/cellH
	px, py := x%cellW-g.Padding, y%cellH-g.Padding
	i := row*columns + column
	if px < 0 || py < 0 || column >= columns || i >= len(images) {
		return bg
	}
	p := images[i][(py/g.Scale*g.Width+px/g.Scale)*g.Channels:][:g.Channels]
	return color.NRGBA{quantize(p[0]), quantize(p[len(p)/2]), quantize(p[len(p)-1]), 255}
}

func TestPNGEmptyCell(t *testing.T) {
	g := Grid{Width: 1, Height: 1, Channels: 1, Columns: 2, Scale: 1, Background: 7}
	i := 0
	m := draw(t, g, 4, func(dst []float32) error {
		i++
		dst[0] = float32(i) / 255
		if i == 2 || i == 3 {
			return fmt.Errorf("pair without a partner: %w", ErrEmpty)
		}
		return nil
	}).(*image.Gray)
	if want := []uint8{1, 7, 7, 4}; !bytes.Equal(m.Pix, want) {
		t.Errorf("pixels %v, want %v", m.Pix, want)
	}
}

func TestColumns(t *testing.T) {
	square := Grid{Width: 28, Height: 28, Channels: 1, Scale: 1, Padding: 2}
	flat := Grid{Width: 40, Height: 10, Channels: 1, Scale: 1}
	for _, c := range []struct {
		grid    Grid
		columns int
		n, want int
		rows    int
	}{
		{square, 0, 1, 1, 1}, {square, 0, 2, 2, 1}, {square, 0, 3, 2, 2}, {square, 0, 5, 3, 2}, {square, 0, 10, 4, 3},
		{square, 0, 63, 8, 8}, {square, 0, 64, 8, 8}, {square, 0, 65, 9, 8}, {square, 0, 100000, 317, 316},
		{square, 10, 64, 10, 7}, {square, 10, 3, 3, 1}, {square, 1, 5, 1, 5},
		{flat, 0, 16, 2, 8}, {flat, 0, 1, 1, 1},
	} {
		c.grid.Columns = c.columns
		l, err := c.grid.layout(c.n)
		if err != nil || l.columns != c.want || l.rows != c.rows {
			t.Errorf("%d images, --columns %d: %d x %d, %v, want %d x %d", c.n, c.columns, l.columns, l.rows, err, c.want, c.rows)
		}
	}
}

// TestPicturesAreNearlySquare: of images of any shape, as far as whole images allow; of
// square ones in the layout of always.
func TestPicturesAreNearlySquare(t *testing.T) {
	for _, side := range [][2]int{{28, 28}, {500, 3}, {3, 500}, {32, 24}, {100, 60}, {64, 200}, {1, 1}, {4096, 1}, {9, 8}} {
		g := Grid{Width: side[0], Height: side[1], Channels: 1, Scale: 1, Padding: 2}
		for n := 1; n < 1000; n++ {
			columns := g.squareColumns(n)
			if square := int(math.Ceil(math.Sqrt(float64(n)))); side[0] == side[1] && columns != square {
				t.Errorf("%d images of %v: %d columns, want %d", n, side, columns, square)
			}
			best := math.Inf(1)
			for rows := 1; rows <= n; rows++ { // filled evenly
				best = min(best, g.unevenness(n, 1+(n-1)/rows))
			}
			l, err := g.layout(n)
			if got := g.unevenness(n, l.columns); err != nil || !(got <= 1.2*best) {
				t.Errorf("%d images of %v in %d columns: a picture of 1:%.2f, and there is one of 1:%.2f", n, side, columns, got, best)
			}
		}
	}
}

func TestValidate(t *testing.T) {
	ok := Grid{Width: 28, Height: 28, Channels: 1, Scale: 1, Padding: 2}
	with := func(change func(*Grid)) Grid { g := ok; change(&g); return g }
	for _, c := range []struct {
		grid Grid
		n    int
		want string
	}{
		{ok, 100000, ""},
		{ok, 0, "\x00⟨number 0⟩\x00"},
		{ok, -5, "\x00⟨number -5⟩\x00"},
		{ok, math.MaxInt, "⟨number"},
		{with(func(g *Grid) { g.Width = 0 }), 1, "at least 1"},
		{with(func(g *Grid) { g.Height = -1 }), 1, "at least 1"},
		{with(func(g *Grid) { g.Width, g.Height = math.MaxInt, math.MaxInt }), 1, "too large"},
		{with(func(g *Grid) { g.Channels = 2 }), 1, "1 or 3"},
		{with(func(g *Grid) { g.Columns = -1 }), 1, "\x00⟨columns -1⟩\x00"},
		{with(func(g *Grid) { g.Scale = 0 }), 1, "\x00⟨scale 0⟩\x00"},
		{with(func(g *Grid) { g.Padding = -1 }), 1, "\x00⟨padding -1⟩\x00"},
		{with(func(g *Grid) { g.Scale = math.MaxInt }), 1, "\x00⟨scale⟩\x00"},
		{with(func(g *Grid) { g.Padding = math.MaxInt }), 1, "\x00⟨padding⟩\x00"},
		{with(func(g *Grid) { g.Scale = 2000 }), 64, "over the limit of 2147483648 pixels; lower \x00⟨scale⟩\x00"},
		{with(func(g *Grid) { g.Columns = 100_000_000 }), 100_000_000, "over the PNG limit of 2147483647 a side; lower \x00⟨number⟩\x00"},
		{with(func(g *Grid) { g.Padding = 100_000 }), 64, "pixels; lower \x00⟨padding⟩\x00"},
		{with(func(g *Grid) { g.Scale, g.Padding = 2000, 100_000 }), 64, "pixels; lower \x00⟨scale⟩\x00, \x00⟨padding⟩\x00 or \x00⟨columns⟩\x00"},
		{ok, 100_000_000, "pixels; lower \x00⟨number⟩\x00"},
	} {
		err := c.grid.Validate(c.n)
		if c.want == "" {
			if err != nil {
				t.Errorf("%+v, %d: %v", c.grid, c.n, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v, %d: error %v, want one line with %q", c.grid, c.n, err, c.want)
		}
		if got := c.grid.PNG(io.Discard, c.n, nil); got == nil {
			t.Errorf("%+v, %d: PNG drew it", c.grid, c.n)
		}
	}
}

// limited is a writer that fails after some bytes.
type limited struct{ left int }

var errFull = errors.New("disk full")

func (l *limited) Write(b []byte) (int, error) {
	if len(b) > l.left {
		n := l.left
		l.left = 0
		return n, errFull
	}
	l.left -= len(b)
	return len(b), nil
}

func TestPNGErrors(t *testing.T) {
	g := Grid{Width: 8, Height: 8, Channels: 1, Columns: 4, Scale: 1, Padding: 1}
	broken := errors.New("broken")
	for _, at := range []int{0, 3, 4, 15} {
		var b bytes.Buffer
		i := 0
		err := g.PNG(&b, 16, func([]float32) error {
			if i++; i > at {
				return broken
			}
			return nil
		})
		if !errors.Is(err, broken) || i != at+1 {
			t.Errorf("next failing at image %d: %v after %d calls", at, err, i)
		}
		if at < 4 && b.Len() != 0 {
			t.Errorf("next failing at image %d: %d bytes written", at, b.Len())
		}
	}
	var whole bytes.Buffer
	var images [][]float32
	if err := g.PNG(&whole, 16, noise(1, &images)); err != nil {
		t.Fatal(err)
	}
	for size := range whole.Len() {
		if err := g.PNG(&limited{size}, 16, noise(1, &images)); !errors.Is(err, errFull) {
			t.Fatalf("writer with room for %d of %d bytes: %v", size, whole.Len(), err)
		}
	}
	if err := g.PNG(&limited{whole.Len()}, 16, noise(1, &images)); err != nil {
		t.Fatal(err)
	}
}

// TestPNGMemory holds a grid of 100,000 images to the memory of one row of cells.
func TestPNGMemory(t *testing.T) {
	g := Grid{Width: 4, Height: 4, Channels: 1, Scale: 2, Padding: 2}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := g.PNG(io.Discard, 100_000, sequence(func(i int) float32 { return float32(i%256) / 255 })); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	// The picture has 10 megapixels; a deflate writer is about 0.8 MB, the lines and the band 50 KB.
	if got := after.TotalAlloc - before.TotalAlloc; got > 3<<20 {
		t.Errorf("%d bytes allocated", got)
	}
}
