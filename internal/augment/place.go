package augment

import (
	"math"
	"math/rand/v2"
)

// Size is that of an image in pixels.
type Size struct{ Width, Height int }

// Place is where the pixels of a window are taken from in an image: at a point (x, y) of the window, from its middle, is what the image
// has at (a x + b y + c, d x + e y + f), from its upper left corner.
type Place struct {
	window, image    Size
	a, b, c, d, e, f float64
	mixed            bool // points lie between pixels
	filled           bool
	fill             float32
}

// Draw draws where a window shows an image that is as large or larger: a window that lies anywhere in it, then changed step by step. What the
// window shows then may come from anywhere in the image.
func (r Recipe) Draw(window, image Size, random *rand.Rand) Place {
	p := Place{window: window, image: image, a: 1, e: 1, mixed: r.Interpolates(), filled: r.Filled, fill: float32(r.Fill)}
	left, top := anywhere(image.Width-window.Width, random), anywhere(image.Height-window.Height, random)
	for _, s := range r.Steps {
		p.step(s, random)
	}
	p.c += float64(left) + float64(window.Width)/2
	p.f += float64(top) + float64(window.Height)/2
	return p
}

// anywhere is 0 to room.
func anywhere(room int, random *rand.Rand) int {
	if room == 0 {
		return 0
	}
	return random.IntN(room + 1)
}

// step puts a step behind those before: the point that it brings to (x, y) is where these look.
func (p *Place) step(s Step, random *rand.Rand) {
	switch s.Kind {
	case Flip:
		if random.IntN(2) == 1 {
			p.a, p.d = -p.a, -p.d
		}
	case FlipVertical:
		if random.IntN(2) == 1 {
			p.b, p.e = -p.b, -p.e
		}
	case Crop:
		n := int(s.Amount)
		x, y := float64(random.IntN(2*n+1)-n), float64(random.IntN(2*n+1)-n)
		p.c += p.a*x + p.b*y
		p.f += p.d*x + p.e*y
	case Rotate:
		sin, cos := math.Sincos((2*random.Float64() - 1) * s.Amount * math.Pi / 180)
		p.a, p.b = p.a*cos-p.b*sin, p.a*sin+p.b*cos
		p.d, p.e = p.d*cos-p.e*sin, p.d*sin+p.e*cos
	case Scale:
		by := math.Exp((2*random.Float64() - 1) * math.Log(s.Amount))
		p.a, p.b, p.d, p.e = p.a/by, p.b/by, p.d/by, p.e/by
	default:
		panic("augment: " + string(s.Kind))
	}
}

// at is where the image is looked at for pixel (i, j) of the window, in pixels of the image: a whole number is the middle of one.
func (p *Place) at(i, j int) (x, y float64) {
	x, y = p.row(j)
	return x + p.a*float64(i), y + p.d*float64(i)
}

// row is at of the first pixel of a row. From there, and from row to row, at goes one way only, also as it is rounded: what is furthest is a corner.
func (p *Place) row(j int) (x, y float64) {
	u, v := 0.5-float64(p.window.Width)/2, float64(j)+0.5-float64(p.window.Height)/2
	return p.a*u + p.b*v + p.c - 0.5, p.d*u + p.e*v + p.f - 0.5
}

// Box is the part of an image from (Left, Top) to before (Right, Bottom).
type Box struct{ Left, Top, Right, Bottom int }

// Box is what the window shows something of.
func (p *Place) Box() Box {
	west, north := math.Inf(1), math.Inf(1)
	east, south := math.Inf(-1), math.Inf(-1)
	for _, i := range []int{0, p.window.Width - 1} {
		for _, j := range []int{0, p.window.Height - 1} {
			x, y := p.at(i, j)
			west, east, north, south = min(west, x), max(east, x), min(north, y), max(south, y)
		}
	}
	left, right := reach(int(math.Floor(west)), int(math.Floor(east))+1, p.image.Width)
	top, bottom := reach(int(math.Floor(north)), int(math.Floor(south))+1, p.image.Height)
	return Box{left, top, right, bottom}
}

// reach is which of n pixels are meant by those from first to last, mirrored where they lie outside.
func reach(first, last, n int) (from, to int) {
	if last < 0 || first >= n || first < -n/2 || last > n+n/2 { // mirrored more than a little
		return 0, n
	}
	from, to = max(first, 0), min(last, n-1)
	if first < 0 {
		to = max(to, min(-first, n-1))
	}
	if last >= n {
		from = min(from, max(2*(n-1)-last, 0))
	}
	return from, to + 1
}

// mirrored is the pixel of n that stands for number i: the edge is not doubled.
func mirrored(i, n int) int {
	if uint(i) < uint(n) {
		return i
	}
	if n == 1 {
		return 0
	}
	period := 2 * (n - 1)
	if i %= period; i < 0 {
		i += period
	}
	return min(i, period-i)
}
