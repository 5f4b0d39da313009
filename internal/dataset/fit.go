package dataset

import (
	"fmt"
	"image"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/image/draw"

	"vae/internal/config"
)

// fitter brings images to one shape. It keeps the tables of the last resize:
// one fitter serves one goroutine.
type fitter struct {
	shape  config.Shape
	how    config.Fit      // "" for config.Stretch
	kernel config.Resample // "" for config.Bicubic
	odd    *oddCount       // of images of other proportions; may be nil
	scaler draw.Scaler
	sw, sh int         // of the images that scaler takes
	rgba   *image.RGBA // what scaler draws on

	across, down taps // of the last resize of values that are deeper
}

// fit is r in the fitter's shape, r itself when nothing is to be done. Images of
// another size are resized with the fitter's kernel.
func (f *fitter) fit(r raster) raster {
	r = r.inChannels(f.shape.Channels)
	w, h := f.shape.Width, f.shape.Height
	if !proportional(r.w, r.h, w, h) {
		f.odd.add()
		switch f.how {
		case config.Crop:
			r = r.cropped(w, h)
		case config.Pad:
			return f.padded(r)
		}
	}
	return f.sized(r)
}

// sized is r in the fitter's size, whatever becomes of its proportions.
func (f *fitter) sized(r raster) raster {
	w, h := f.shape.Width, f.shape.Height
	switch {
	case r.w == w && r.h == h:
		return r
	case r.pix == nil || r.low != 0 || r.high != math.MaxUint8:
		return f.resample(r)
	case turned(r, w, h):
		g := fitter{shape: config.Shape{Width: h, Height: w, Channels: r.c}, kernel: f.kernel}
		return ofBytes(h, w, r.c, g.scale(r.transposed())).transposed()
	}
	return ofBytes(w, h, r.c, f.scale(r))
}

// filters are those of config.Resamples, for images of 8 bits as x/image/draw has them, which
// widen where the image gets smaller, and for deeper ones.
var filters = map[config.Resample]struct {
	scaler func(w, h, fromW, fromH int) draw.Scaler
	deep   filter
}{
	"":                  {draw.CatmullRom.NewScaler, cubic},
	config.Bicubic:      {draw.CatmullRom.NewScaler, cubic},
	config.Bilinear:     {draw.BiLinear.NewScaler, triangle},
	config.NearestPixel: {func(int, int, int, int) draw.Scaler { return draw.NearestNeighbor }, nearest},
}

// scaleBuffer is the most that a resize may take for its intermediate, [h of
// the source, w of the result], 32 bytes each.
const scaleBuffer = 64 << 20

// turned tells whether r is so tall that it is better resized lying down.
func turned(r raster, w, h int) bool {
	return r.h > r.w && 32*w*r.h > scaleBuffer && h*r.w < w*r.h
}

// scale resizes r, which has the fitter's channels and 8 bits.
func (f *fitter) scale(r raster) []uint8 {
	if f.scaler == nil || f.sw != r.w || f.sh != r.h {
		f.scaler = filters[f.kernel].scaler(f.shape.Width, f.shape.Height, r.w, r.h)
		f.sw, f.sh = r.w, r.h
	}
	if f.rgba == nil {
		f.rgba = image.NewRGBA(image.Rect(0, 0, f.shape.Width, f.shape.Height))
	}
	src := r.image()
	f.scaler.Scale(f.rgba, f.rgba.Bounds(), src, src.Bounds(), draw.Src, nil)
	out := make([]uint8, f.shape.Pixels())
	for i := range len(out) / r.c {
		copy(out[i*r.c:(i+1)*r.c], f.rgba.Pix[4*i:])
	}
	return out
}

// image is r as one of the types that x/image/draw is fast on.
func (r raster) image() image.Image {
	rect := image.Rect(0, 0, r.w, r.h)
	if r.c == 1 {
		return &image.Gray{Pix: r.pix, Stride: r.w, Rect: rect}
	}
	out := image.NewRGBA(rect)
	for i := range r.w * r.h {
		copy(out.Pix[4*i:], r.pix[3*i:3*i+3])
		out.Pix[4*i+3] = 255
	}
	return out
}

// parallel calls the functions that worker makes, one for each of GOMAXPROCS
// goroutines, for every i of 0..n-1, and returns when all are done.
func parallel(n int, worker func() func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			do := worker()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}

// oddCount counts images of other proportions than are wanted.
type oddCount struct{ images atomic.Int64 }

func (c *oddCount) add() {
	if c != nil {
		c.images.Add(1)
	}
}

// lines say what became of them.
func (c *oddCount) lines(how config.Fit, w, h int) []string {
	n := c.images.Load()
	if n == 0 || how == config.Crop || how == config.Pad {
		return nil
	}
	return []string{fmt.Sprintf("images that have other proportions than %dx%d, and were stretched: %s", w, h, thousands(int(n)))}
}

// advised is lines with what to do about it.
func (c *oddCount) advised(how config.Fit, want config.Shape) []string {
	lines := c.lines(how, want.Width, want.Height)
	for i := range lines {
		lines[i] += fmt.Sprintf("; %s or %s keeps them", config.Mention("data.fit", string(config.Crop)), config.Mention("data.fit", string(config.Pad)))
	}
	return lines
}

// proportional tells whether an image of one size, brought to another, keeps its proportions: to half a pixel.
func proportional(w, h, toW, toH int) bool {
	inner, innerH := within(w, h, toW, toH)
	return inner == toW && innerH == toH
}

// within is the largest size of the proportions of w x h in another.
func within(w, h, toW, toH int) (int, int) {
	scale := min(float64(toW)/float64(w), float64(toH)/float64(h))
	round := func(side, most int) int { return min(max(int(math.Round(scale*float64(side))), 1), most) }
	return round(w, toW), round(h, toH)
}

// cropped is the middle of r that has the proportions of w x h.
func (r raster) cropped(w, h int) raster {
	return r.inner(within(w, h, r.w, r.h))
}

// middle is a part of the values of r, w x h from (x, y) on.
func middle[T any](r raster, values []T, x, y, w, h int) []T {
	if values == nil {
		return nil
	}
	out := make([]T, 0, w*h*r.c)
	for row := y; row < y+h; row++ {
		out = append(out, values[(row*r.w+x)*r.c:][:w*r.c]...)
	}
	return out
}

// padded is r, as large as its proportions allow, in the middle of black.
func (f *fitter) padded(r raster) raster {
	w, h := f.shape.Width, f.shape.Height
	iw, ih := within(r.w, r.h, w, h)
	inner := fitter{shape: config.Shape{Width: iw, Height: ih, Channels: r.c}, kernel: f.kernel}
	r = inner.sized(r)
	x, y := (w-iw)/2, (h-ih)/2
	out := raster{w: w, h: h, c: r.c, low: r.low, high: r.high, ends: r.ends}
	out.pix = framed(r, r.pix, x, y, w, h, uint8(max(r.low, 0)))
	out.deep = framed(r, r.deep, x, y, w, h, uint16(max(r.low, 0)))
	out.real = framed(r, r.real, x, y, w, h, 0)
	return out
}

// framed puts the values of r into an image of w x h that is black elsewhere.
func framed[T any](r raster, values []T, x, y, w, h int, black T) []T {
	if values == nil {
		return nil
	}
	out := make([]T, w*h*r.c)
	for i := range out {
		out[i] = black
	}
	for row := range r.h {
		copy(out[((y+row)*w+x)*r.c:], values[row*r.w*r.c:][:r.w*r.c])
	}
	return out
}

// fitted is the split with a set of its own, in the shape of a fitter.
func (s Split) fitted(to fitter) Split {
	shape := to.shape
	from := s.Set
	out := from.like(shape, s.Len())
	parallel(s.Len(), func() func(int) {
		f := to
		return func(i int) { out.put(i, f.fit(from.raster(s.Index[i]))) }
	})
	for _, i := range s.Index {
		if from.Labels != nil {
			out.Labels = append(out.Labels, from.Labels[i])
		}
		out.Names = append(out.Names, from.Name(i))
	}
	return Split{Set: out, Index: out.upTo(0, s.Len())}
}

// like is a set of n images of a shape, all black, in the depth and with the classes of s.
func (s *Set) like(shape config.Shape, n int) *Set {
	out := &Set{Shape: shape, Classes: s.Classes}
	switch n *= shape.Pixels(); {
	case s.Real != nil:
		out.Real = make([]float32, n)
	case s.Deep != nil:
		out.Deep = make([]uint16, n)
	default:
		out.Pixels = make([]uint8, n)
	}
	out.setRange(s.ends())
	return out
}

// resolve fills the zero parts of the wanted shape.
func resolve(want, own config.Shape) config.Shape {
	if want.Width > 0 && want.Height > 0 {
		own.Width, own.Height = want.Width, want.Height
	}
	if want.Channels > 0 {
		own.Channels = want.Channels
	}
	return own
}
