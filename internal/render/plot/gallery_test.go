package plot

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"

	"vae/internal/render"
	"vae/internal/render/draw"
)

// flat writes images of one value each, all different.
func flat(columns int) func(row, column int, dst []float32) error {
	return func(row, column int, dst []float32) error {
		for i := range dst {
			dst[i] = float32(shade(row*columns+column)) / 255
		}
		return nil
	}
}

func shade(i int) int { return 30 + i%150 }

func galleryPicture(t testing.TB, g Gallery, rows, columns int, at func(row, column int, dst []float32) error) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := g.PNG(&b, rows, columns, at); err != nil {
		t.Fatal(err)
	}
	return decode(t, b.Bytes())
}

// labelled is a gallery with all its texts.
func labelled(rows, columns int) Gallery {
	g := Gallery{Title: "Title", Note: "a note", XLabel: "across", YLabel: "down", Height: 28, Width: 28, Channels: 1}
	for i := range rows {
		g.Rows = append(g.Rows, fmt.Sprintf("z%d  KL 2.85", i))
	}
	for i := range columns {
		g.Columns = append(g.Columns, fmt.Sprintf("%.2f", float64(i)-2.5))
	}
	return g
}

// TestGalleryPlaces: every image is where its row and column say, whole, and no ink of a text lies
// on one.
func TestGalleryPlaces(t *testing.T) {
	for _, c := range []struct{ rows, columns, scale, height, width int }{
		{1, 1, 1, 28, 28}, {10, 11, 1, 28, 28}, {2, 3, 3, 20, 50}, {200, 2, 1, 8, 8}, {3, 60, 1, 28, 28}, {4, 4, 2, 1, 1}, {2, 2, 1, 300, 200},
	} {
		for _, below := range []bool{false, true} {
			g := labelled(c.rows, c.columns)
			g.Height, g.Width, g.Scale, g.Below = c.height, c.width, c.scale, below
			m := galleryPicture(t, g, c.rows, c.columns, flat(c.columns))
			l, err := g.layout(c.rows, c.columns)
			if err != nil {
				t.Fatal(err)
			}
			if w, h, _ := g.Size(c.rows, c.columns); m.Bounds() != image.Rect(0, 0, w, h) {
				t.Errorf("%v: bounds %v, Size says %dx%d", c, m.Bounds(), w, h)
			}
			for i := range c.rows * c.columns {
				x, y := l.place(i/c.columns, i%c.columns)
				for _, part := range [][2]float64{{0, 0}, {0.99, 0}, {0, 0.99}, {0.5, 0.5}, {0.99, 0.99}} {
					px, py := int((x+part[0]*float64(l.side*c.width))*float64(c.scale)), int((y+part[1]*float64(l.side*c.height))*float64(c.scale))
					if got := int(pixel(m, px, py).R); got != shade(i) {
						t.Fatalf("%v: image %d has %d at %v, want %d", c, i, got, part, shade(i))
					}
				}
			}
		}
	}
}

// texts collects the boxes of what is set on a page, and of the images.
type texts struct {
	draw.Canvas
	boxes  []string
	places []image.Rectangle
	images []image.Rectangle
}

func (c *texts) Rect(_, _, _, _ float64, _ draw.RGB, _ float64) {}
func (c *texts) Image(m draw.Image, x, y, side float64) {
	c.images = append(c.images, image.Rect(int(x), int(y), int(x+side*float64(m.Width)), int(y+side*float64(m.Height))))
}
func (c *texts) Text(l draw.Line, x, y float64, st draw.Style) {
	if len(l) == 0 {
		return
	}
	r := image.Rect(int(x), int(y-0.75*st.Size), int(x+l.Width(st.Size)), int(y+0.2*st.Size))
	if st.Up {
		r = image.Rect(int(x-0.75*st.Size), int(y-l.Width(st.Size)), int(x+0.2*st.Size), int(y))
	}
	c.boxes, c.places = append(c.boxes, string(l)), append(c.places, r)
}

// TestGalleryTexts: no text lies over another or over an image, and none leaves the page.
func TestGalleryTexts(t *testing.T) {
	long := strings.Repeat("a very long label ", 20)
	for _, c := range []struct{ rows, columns, height, width int }{{1, 1, 28, 28}, {10, 11, 28, 28}, {200, 3, 8, 8}, {3, 60, 28, 28}, {2, 2, 300, 200}, {30, 30, 1, 1}, {5, 1, 3, 1000}} {
		for k := range 8 {
			g := labelled(c.rows, c.columns)
			g.Height, g.Width, g.Below = c.height, c.width, k&1 != 0
			if k&2 != 0 {
				g.Rows[c.rows-1], g.Title = long, long
			}
			if k&4 != 0 {
				g.Columns[c.columns-1], g.Note, g.XLabel, g.YLabel = long, long, long, ""
			}
			l, err := g.layout(c.rows, c.columns)
			if err != nil {
				t.Fatal(err)
			}
			l.images = make([][]uint8, c.rows*c.columns)
			for i := range l.images {
				l.images[i] = make([]uint8, c.height*c.width)
			}
			page := image.Rect(0, 0, l.width, l.height)
			var seen texts
			l.draw(&seen)
			for i, r := range seen.places {
				if !r.In(page) {
					t.Errorf("%v, %d: %.30q at %v leaves the page %v", c, k, seen.boxes[i], r, page)
				}
				for j := range i {
					if r.Overlaps(seen.places[j]) {
						t.Errorf("%v, %d: %.30q and %.30q overlap: %v, %v", c, k, seen.boxes[i], seen.boxes[j], r, seen.places[j])
					}
				}
				for _, m := range seen.images {
					if r.Overlaps(m) {
						t.Fatalf("%v, %d: %.30q at %v lies over an image at %v", c, k, seen.boxes[i], r, m)
					}
				}
			}
			for i, a := range seen.images {
				if i > 0 && a.Overlaps(seen.images[i-1]) || !a.In(page) {
					t.Fatalf("%v: image %d at %v, page %v", c, i, a, page)
				}
			}
		}
	}
}

func TestGalleryEnlargement(t *testing.T) {
	for _, c := range []struct{ height, width, rows, columns, want int }{
		{28, 28, 10, 11, 3}, {28, 28, 20, 20, 2}, {28, 28, 10, 60, 1}, {64, 64, 4, 8, 1}, {32, 32, 8, 8, 2}, {256, 256, 4, 4, 1}, {8, 8, 10, 10, 10}, {1, 1, 1, 1, 84}, {28, 28, 200, 5, 2},
	} {
		if got := (Gallery{Height: c.height, Width: c.width}).enlargement(c.rows, c.columns); got != c.want {
			t.Errorf("%d rows, %d columns of %dx%d: %d times, want %d", c.rows, c.columns, c.width, c.height, got, c.want)
		}
	}
}

func TestGalleryErrors(t *testing.T) {
	ok := Gallery{Height: 28, Width: 28, Channels: 1}
	for _, c := range []struct {
		change        func(g *Gallery)
		rows, columns int
		want          string
	}{
		{func(g *Gallery) { g.Height = 0 }, 1, 1, "images of 28x0x1"},
		{func(g *Gallery) { g.Channels = 2 }, 1, 1, "channels 1 or 3"},
		{func(*Gallery) {}, 0, 1, "0 rows and 1 columns"},
		{func(*Gallery) {}, 1, 5000, "1 rows and 5000 columns"},
		{func(g *Gallery) { g.Rows = []string{"a"} }, 2, 1, "1 and 0 labels"},
		{func(g *Gallery) { g.Enlarge = -1 }, 1, 1, "enlarged -1 times"},
		{func(g *Gallery) { g.Enlarge = 65 }, 1, 1, "enlarged 65 times"},
		{func(g *Gallery) { g.Scale = 4 }, 1, 1, "must be 1 to 3"},
		{func(g *Gallery) { g.Height, g.Width = 4000, 4000 }, 200, 200, "over the limit"},
	} {
		g := ok
		c.change(&g)
		var b bytes.Buffer
		err := g.PNG(&b, c.rows, c.columns, func(int, int, []float32) error { t.Error("asked for an image in spite of an error"); return nil })
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || b.Len() > 0 {
			t.Errorf("%d rows, %d columns: %v and %d bytes, want %q", c.rows, c.columns, err, b.Len(), c.want)
		}
	}
	failure := errors.New("no decoder")
	if err := ok.SVG(io.Discard, 2, 2, func(int, int, []float32) error { return failure }); !errors.Is(err, failure) {
		t.Errorf("error of an image: %v", err)
	}
}

// TestGalleryCells: an empty cell is white, a framed image has a frame in color.
func TestGalleryCells(t *testing.T) {
	g := Gallery{Height: 28, Width: 28, Channels: 1, Framed: func(row, column int) bool { return column == 2 }}
	m := galleryPicture(t, g, 1, 3, func(_, column int, dst []float32) error {
		clear(dst)
		if column == 1 {
			return render.ErrEmpty
		}
		return nil
	})
	l, err := g.layout(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	for column, want := range []draw.RGB{galleryEdge, draw.White, galleryGiven} {
		x, y := l.place(0, column)
		if got := pixel(m, int(x)+40, int(y)-1); got != want {
			t.Errorf("column %d: edge %v, want %v", column, got, want)
		}
	}
	if x, y := l.place(0, 1); pixel(m, int(x)+40, int(y)+40) != draw.White {
		t.Error("an empty cell is not white")
	}
	film, err := g.Image(1, 3, flat(3))
	if err != nil || film.Channels != 3 || len(film.Pixels) != film.Width*film.Height*3 {
		t.Errorf("picture of a film: %d channels, %d bytes, %v", film.Channels, len(film.Pixels), err)
	}
	g.Framed = nil
	if film, err = g.Image(1, 3, flat(3)); err != nil || film.Channels != 1 || film.Pixels[int(l.y0+5)*film.Width+l.x0+5] != uint8(shade(0)) {
		t.Errorf("grey picture of a film: %d channels, %v", film.Channels, err)
	}
}

// TestGalleryGolden compares pictures with those in testdata, which were looked at.
func TestGalleryGolden(t *testing.T) {
	g := labelled(3, 5)
	g.Height, g.Width, g.Rows[1] = 12, 12, "a long name of a row, longer than there is room for"
	g.Framed = func(row, column int) bool { return row == 1 && column == 2 }
	ramp := func(row, column int, dst []float32) error {
		for i := range dst {
			dst[i] = float32(i%12*(row+1)+i/12*column) / 90
		}
		return nil
	}
	var b, s bytes.Buffer
	if err := errors.Join(g.PNG(&b, 3, 5, ramp), g.SVG(&s, 3, 5, ramp)); err != nil {
		t.Fatal(err)
	}
	golden(t, "gallery.png", b.Bytes())
	goldenText(t, "gallery.svg", s.Bytes())
	if _, err := png.Decode(&b); err != nil {
		t.Error(err)
	}
}
