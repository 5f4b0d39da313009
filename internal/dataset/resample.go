package dataset

import "math"

// Images of more than 8 bits are resized here, as golang.org/x/image/draw would, whose kernels have 16 bits at most: with one
// that widens where the image gets smaller, first across, then down.

// filter is the weight of a sample by its distance from where one is wanted, 0 from reach on. Without
// a weight it is the nearest that counts.
type filter struct {
	reach float64
	at    func(t float64) float64
}

var (
	cubic    = filter{2, catmullRom}
	triangle = filter{1, func(t float64) float64 { return max(0, 1-math.Abs(t)) }}
	nearest  = filter{}
)

// taps say of which samples of a line one of the result is the sum.
type taps struct {
	from, to int   // lengths of the two lines
	first    []int // [to]
	weights  [][]float64
}

// newTaps are those of a filter that make a line of to samples out of one of from.
func newTaps(by filter, from, to int) taps {
	t := taps{from, to, make([]int, to), make([][]float64, to)}
	scale := float64(from) / float64(to)
	wide := max(scale, 1)
	for i := range to {
		if by.at == nil {
			t.first[i], t.weights[i] = (2*i+1)*from/(2*to), []float64{1}
			continue
		}
		center := (float64(i)+0.5)*scale - 0.5
		first, last := max(0, int(math.Ceil(center-by.reach*wide))), min(from-1, int(math.Floor(center+by.reach*wide)))
		w, sum := make([]float64, 0, last-first+1), 0.
		for k := first; k <= last; k++ {
			w = append(w, by.at((float64(k)-center)/wide))
			sum += w[len(w)-1]
		}
		for k := range w {
			w[k] /= sum
		}
		t.first[i], t.weights[i] = first, w
	}
	return t
}

// catmullRom is the cubic of Catmull and Rom (1974) at t, 0 beyond 2.
func catmullRom(t float64) float64 {
	switch t = math.Abs(t); {
	case t < 1:
		return (1.5*t-2.5)*t*t + 1
	case t < 2:
		return ((-0.5*t+2.5)*t-4)*t + 2
	}
	return 0
}

// apply sums samples of a line that lie step apart in src into one of dst that lie as far apart.
func (t *taps) apply(dst, src []float32, step int) {
	for i, weights := range t.weights {
		sum := 0.
		for k, w := range weights {
			sum += w * float64(src[(t.first[i]+k)*step])
		}
		dst[i*step] = float32(sum)
	}
}

// resample resizes r, of any depth. Values stay in the range, which the kernel leaves.
func (f *fitter) resample(r raster) raster {
	w, h, by := f.shape.Width, f.shape.Height, filters[f.kernel].deep
	if f.across.from != r.w || f.across.to != w {
		f.across = newTaps(by, r.w, w)
	}
	if f.down.from != r.h || f.down.to != h {
		f.down = newTaps(by, r.h, h)
	}
	src := r.real
	if src == nil {
		src = append(floats(r.pix), floats(r.deep)...)
	}
	middle := make([]float32, r.h*w*r.c)
	for y := range r.h {
		for c := range r.c {
			f.across.apply(middle[y*w*r.c+c:], src[y*r.w*r.c+c:], r.c)
		}
	}
	out := make([]float32, h*w*r.c)
	for x := range w * r.c {
		f.down.apply(out[x:], middle[x:], w*r.c)
	}
	for i, v := range out {
		out[i] = min(max(v, float32(r.low)), float32(r.high))
	}
	resized := raster{w: w, h: h, c: r.c, low: r.low, high: r.high, ends: r.ends}
	switch {
	case r.pix != nil:
		resized.pix = rounded[uint8](out)
	case r.deep != nil:
		resized.deep = rounded[uint16](out)
	default:
		resized.real = out
	}
	return resized
}

func rounded[T uint8 | uint16](values []float32) []T {
	out := make([]T, len(values))
	for i, v := range values {
		out[i] = T(math.Round(float64(v)))
	}
	return out
}
