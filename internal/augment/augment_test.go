package augment

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

var (
	good = []string{"none", "flip", "flip-vertical", "crop:4", "crop:1024", "rotate:10", "rotate:.5", "scale:1.1", "scale:4", "flip,crop:4,rotate:10,scale:1.1,fill:0", "crop:1,fill:1",
		"flip,flip", "crop:04"}
	bad = []string{"", "x", "none,flip", "flip,none", "flip:1", "flip,", ",flip", "crop", "crop:", "crop:0", "crop:1.5", "crop:1025", "crop:-1", "crop:1e1", "crop:nan", "rotate:0", "rotate:181",
		"rotate:inf", "rotate:-5", "scale:1", "scale:0.5", "scale:5", "fill", "fill:0", "fill:2,flip", "flip,fill:0.5", "fill:1,flip-vertical", "flip,fill:0,fill:1", "flip crop:4", "flip;crop:4", "FLIP", "flip,crop:4:5",
		strings.Repeat("flip,", 16) + "flip", "crop:" + strings.Repeat("0", 400) + "1"}
)

func TestParse(t *testing.T) {
	for _, text := range good {
		r, err := Parse(text)
		if err != nil || r.None() != (text == "none") {
			t.Errorf("%q: %+v, %v", text, r, err)
		}
	}
	for _, text := range bad {
		if r, err := Parse(text); err == nil {
			t.Errorf("%q: read as %+v", text, r)
		} else if !r.None() || r.Filled {
			t.Errorf("%q: %+v, %v", text, r, err)
		}
	}
	r, err := Parse("rotate:10,flip,fill:0.5,crop:4")
	want := Recipe{[]Step{{Rotate, 10}, {Flip, 0}, {Crop, 4}}, 0.5, true}
	if err != nil || !slices.Equal(r.Steps, want.Steps) || r.Fill != 0.5 || !r.Filled || !r.Interpolates() {
		t.Errorf("%+v, %v; want %+v", r, err, want)
	}
}

// The error says which item is wrong, and why.
func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 Reason,
		"flp,crop:2":                       "item 1 (flp): is none of " + changes,
		"flip,":                            "item 2 (): is none of " + changes,
		"flip,flip,crop:99,rotate:9999":    "item 4 (rotate:9999): needs a number of degrees above 0, up to 180, such as rotate:10",
		"scale:0.5":                        "item 1 (scale:0.5): needs a factor above 1, up to 4, by which images become larger or smaller, such as scale:1.1",
		"flip,crop":                        "item 2 (crop): needs a whole number of pixels from 1 to 1024, such as crop:4",
		"crop:1.5":                         "item 1 (crop:1.5): needs a whole number of pixels from 1 to 1024, such as crop:4",
		"fill:0":                           "item 1 (fill:0): nothing comes in from outside that it could be: add crop, rotate or scale, or leave it out",
		"flip,fill:0":                      "item 2 (fill:0): nothing comes in from outside that it could be: add crop, rotate or scale, or leave it out",
		"crop:1,fill:2":                    "item 2 (fill:2): needs a grey behind it, from 0 black to 1 white, such as fill:0",
		"crop:1,fill:0,fill:1":             "item 3 (fill:1): is the second that says what comes in from outside: leave one of them out",
		"flip,none":                        "item 2 (none): stands alone, for no change: leave it out, or the others",
		"flip:1":                           "item 1 (flip:1): has no number behind it: leave that out",
		strings.Repeat("flip,", 16) + "x":  "the list has 17 items, more than 16",
		"crop:" + strings.Repeat("0", 400): "the list has 405 bytes, more than 400",
		"crop:" + strings.Repeat("0", 99):  "item 1 (crop:" + strings.Repeat("0", 55) + "...): needs a whole number of pixels from 1 to 1024, such as crop:4",
	} {
		if _, err := Parse(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestGuess(t *testing.T) {
	nearest := func(name string) string {
		for _, n := range Names {
			if n[0] == name[0] && len(n) == len(name)+1 {
				return n
			}
		}
		return name
	}
	for text, want := range map[string]string{"fip, cop=4": "flip,crop:4", "flip": "flip", "crp:0": "", "rotat:10;fli": "rotate:10,flip"} {
		if got := Guess(text, nearest); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range slices.Concat(good, bad) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse(text)
		if err != nil {
			return
		}
		random := rand.New(rand.NewPCG(1, 2))
		p := r.Draw(Size{5, 3}, Size{9, 4}, random)
		b := p.Box()
		if b.Left < 0 || b.Top < 0 || b.Right > 9 || b.Bottom > 4 || b.Left >= b.Right || b.Top >= b.Bottom {
			t.Fatalf("%q: box %+v", text, b)
		}
		dst := make([]float32, 15)
		p.Apply(dst, make([]float32, (b.Right-b.Left)*(b.Bottom-b.Top)), 1, 255)
		for _, v := range dst {
			if !(v >= 0 && v <= 1) {
				t.Fatalf("%q: %v", text, dst)
			}
		}
	})
}

// draw is the window of the place that a recipe draws, of a whole image.
func draw(t *testing.T, text string, window, image Size, pixels []float32, channels int, seed uint64) ([]float32, Place) {
	t.Helper()
	r, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	p := r.Draw(window, image, rand.New(rand.NewPCG(seed, 7)))
	return apply(p, pixels, channels, 0), p
}

// apply cuts the box out of the image and applies the place to it.
func apply(p Place, pixels []float32, channels int, levels float64) []float32 {
	b := p.Box()
	var src []float32
	for y := b.Top; y < b.Bottom; y++ {
		src = append(src, pixels[(y*p.image.Width+b.Left)*channels:(y*p.image.Width+b.Right)*channels]...)
	}
	dst := make([]float32, p.window.Width*p.window.Height*channels)
	p.Apply(dst, src, channels, levels)
	return dst
}

func numbered(n int) []float32 {
	pixels := make([]float32, n)
	for i := range pixels {
		pixels[i] = float32(i) / float32(n)
	}
	return pixels
}

// flipped is an image written down again, from right to left or from bottom to top.
func flipped(pixels []float32, w, h, channels int, vertical bool) []float32 {
	var out []float32
	for y := range h {
		for x := range w {
			at := y*w + w - 1 - x
			if vertical {
				at = (h-1-y)*w + x
			}
			out = append(out, pixels[at*channels:(at+1)*channels]...)
		}
	}
	return out
}

func TestFlipsAreExact(t *testing.T) {
	for _, size := range []Size{{4, 3}, {5, 5}, {1, 7}} {
		for _, channels := range []int{1, 3} {
			pixels := numbered(size.Width * size.Height * channels)
			for _, vertical := range []bool{false, true} {
				text := "flip"
				if vertical {
					text = "flip-vertical"
				}
				kept, turned := 0, 0
				for seed := range uint64(40) {
					got, _ := draw(t, text, size, size, pixels, channels, seed)
					switch {
					case slices.Equal(got, flipped(pixels, size.Width, size.Height, channels, vertical)):
						turned++
					case slices.Equal(got, pixels):
						kept++
					default:
						t.Fatalf("%s of %v: %v", text, size, got)
					}
				}
				if turned < 10 || kept < 10 && size.Width > 1 && size.Height > 1 {
					t.Errorf("%s of %v: %d turned, %d kept", text, size, turned, kept)
				}
			}
		}
	}
}

// A crop is a window in the image with a mirror, or a grey, around it: every one of the 81 comes up, and no other.
func TestCropsAreWindowsOfThePaddedImage(t *testing.T) {
	w, h, n := 6, 5, 4
	pixels := numbered(w * h)
	for _, text := range []string{"crop:4", "crop:4,fill:0.5"} {
		padded := func(x, y int) float32 {
			if text != "crop:4" && (x < 0 || y < 0 || x >= w || y >= h) {
				return 0.5
			}
			bounce := func(i, n int) int {
				for i < 0 || i >= n {
					if i < 0 {
						i = -i
					} else {
						i = 2*(n-1) - i
					}
				}
				return i
			}
			return pixels[bounce(y, h)*w+bounce(x, w)]
		}
		windows := map[string]bool{}
		key := func(v []float32) string {
			var s strings.Builder
			for _, x := range v {
				s.WriteString(string(rune(math.Float32bits(x) >> 8)))
			}
			return s.String()
		}
		for dx := -n; dx <= n; dx++ {
			for dy := -n; dy <= n; dy++ {
				var v []float32
				for y := range h {
					for x := range w {
						v = append(v, padded(x+dx, y+dy))
					}
				}
				windows[key(v)] = false
			}
		}
		for seed := range uint64(2000) {
			got, _ := draw(t, text, Size{w, h}, Size{w, h}, pixels, 1, seed)
			if _, known := windows[key(got)]; !known {
				t.Fatalf("%s: no window: %v", text, got)
			}
			windows[key(got)] = true
		}
		for _, seen := range windows {
			if !seen {
				t.Errorf("%s: a window never came up", text)
				break
			}
		}
	}
}

// A window in a larger image shows what is there, wherever it lies.
func TestWindows(t *testing.T) {
	window, image := Size{3, 2}, Size{7, 4}
	pixels := numbered(7 * 4)
	seen := map[float32]bool{}
	for seed := range uint64(300) {
		got, p := draw(t, "none", window, image, pixels, 1, seed)
		b := p.Box()
		first := got[0]
		at := int(math.Round(float64(first) * 28))
		x, y := at%7, at/7
		for j := range 2 {
			for i := range 3 {
				if got[j*3+i] != pixels[(y+j)*7+x+i] {
					t.Fatalf("window at %d, %d: %v", x, y, got)
				}
			}
		}
		if b.Left > x || b.Right < x+3 || (b.Right-b.Left)*(b.Bottom-b.Top) > 4*3 {
			t.Fatalf("window at %d, %d: box %+v", x, y, b)
		}
		seen[first] = true
	}
	if len(seen) != 5*3 {
		t.Errorf("%d places, want %d", len(seen), 5*3)
	}
}

// Rotation and scale of a linear image are what the formula says, where the image reaches.
func TestMixedIsExactOnALinearImage(t *testing.T) {
	size := Size{21, 17}
	at := func(x, y float64) float64 { return 0.3 + 0.01*x + 0.02*y }
	pixels := make([]float32, size.Width*size.Height)
	for i := range pixels {
		pixels[i] = float32(at(float64(i%size.Width), float64(i/size.Width)))
	}
	for seed := range uint64(20) {
		got, p := draw(t, "rotate:30,flip,scale:1.3", size, size, pixels, 1, seed)
		if det := p.a*p.e - p.b*p.d; math.Abs(det) > 1.3*1.3+1e-9 || math.Abs(det) < 1/1.3/1.3-1e-9 {
			t.Fatalf("area %g", det)
		}
		for j := range size.Height {
			for i := range size.Width {
				x, y := p.at(i, j)
				inside := x >= 0 && y >= 0 && x <= float64(size.Width-1) && y <= float64(size.Height-1)
				if v := float64(got[j*size.Width+i]); inside && !(math.Abs(v-at(x, y)) < 1e-6) {
					t.Fatalf("(%d, %d) from (%g, %g): %g, want %g", i, j, x, y, v, at(x, y))
				}
			}
		}
	}
}

// The middle stays where it is, and a rotation keeps distances.
func TestRotationTurnsAboutTheMiddle(t *testing.T) {
	size := Size{9, 9}
	r, _ := Parse("rotate:180")
	for seed := range uint64(20) {
		p := r.Draw(size, size, rand.New(rand.NewPCG(seed, 1)))
		x, y := p.at(4, 4)
		u, v := p.at(8, 4)
		if !(math.Hypot(x-4, y-4) < 1e-9) || !(math.Abs(math.Hypot(u-x, v-y)-4) < 1e-9) {
			t.Fatalf("(4,4) to (%g,%g), (8,4) to (%g,%g)", x, y, u, v)
		}
	}
}

func TestLevels(t *testing.T) {
	r, _ := Parse("rotate:45")
	p := r.Draw(Size{8, 8}, Size{8, 8}, rand.New(rand.NewPCG(3, 1)))
	between := 0
	for i, v := range apply(p, numbered(64), 1, 255) {
		if v != float32(math.Round(float64(v)*255)/255) {
			t.Fatalf("pixel %d: %g is no byte", i, v)
		}
		if exact := apply(p, numbered(64), 1, 0)[i]; exact != v {
			between++
		}
	}
	if between == 0 {
		t.Error("nothing lies between")
	}
}

// Whatever is looked at lies in the box: Apply would panic, or read what is not there.
func TestBoxHoldsAll(t *testing.T) {
	for _, image := range []Size{{1, 1}, {2, 3}, {5, 4}, {40, 9}} {
		for _, text := range []string{"crop:1", "crop:50", "rotate:180", "scale:4", "rotate:180,scale:4,crop:20,flip", "crop:20,rotate:90,fill:1"} {
			window := Size{max(1, image.Width/2), image.Height}
			for seed := range uint64(30) {
				pixels := numbered(image.Width * image.Height * 3)
				r, _ := Parse(text)
				p := r.Draw(window, image, rand.New(rand.NewPCG(seed, 5)))
				whole := sampler{Place: &p, Box: Box{0, 0, image.Width, image.Height}, src: pixels, channels: 3}
				want := make([]float32, window.Width*window.Height*3)
				for j := range window.Height {
					row := want[j*window.Width*3:][:window.Width*3]
					if p.mixed {
						whole.mix(row, j)
					} else {
						whole.take(row, j)
					}
				}
				if got := apply(p, pixels, 3, 0); !slices.Equal(got, want) {
					t.Fatalf("%s of %v, seed %d: box %+v gives another window", text, image, seed, p.Box())
				}
			}
		}
	}
}

func BenchmarkApply(b *testing.B) {
	for _, text := range []string{"flip,crop:4", "flip,rotate:10"} {
		b.Run(text, func(b *testing.B) {
			r, _ := Parse(text)
			p := r.Draw(Size{64, 64}, Size{64, 64}, rand.New(rand.NewPCG(3, 1)))
			box := p.Box()
			src, dst := make([]float32, (box.Right-box.Left)*(box.Bottom-box.Top)*3), make([]float32, 64*64*3)
			for b.Loop() {
				p.Apply(dst, src, 3, 255)
			}
		})
	}
}
