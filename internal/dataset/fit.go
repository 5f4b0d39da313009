package dataset

import (
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
	scaler draw.Scaler
	sw, sh int         // of the images that scaler takes
	rgba   *image.RGBA // what scaler draws on

	across, down taps // of the last resize of values that are deeper
}

// fit is r in the fitter's shape, r itself when nothing is to be done. Images of
// another size are resized with the Catmull-Rom kernel.
func (f *fitter) fit(r raster) raster {
	if f.shape.Channels == 1 {
		r = r.toGray()
	} else {
		r = r.toColor()
	}
	w, h := f.shape.Width, f.shape.Height
	switch {
	case r.w == w && r.h == h:
		return r
	case r.pix == nil || r.low != 0 || r.high != math.MaxUint8:
		return f.resample(r)
	case turned(r, w, h):
		g := fitter{shape: config.Shape{Width: h, Height: w, Channels: r.c}}
		return ofBytes(h, w, r.c, g.scale(r.transposed())).transposed()
	}
	return ofBytes(w, h, r.c, f.scale(r))
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
		f.scaler = draw.CatmullRom.NewScaler(f.shape.Width, f.shape.Height, r.w, r.h)
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
