package kernel

import (
	"math"
	"slices"
	"sync"
)

// blockPixels is how many pixels are worked on at a time, so that their planes stay near.
const blockPixels = 128

// Mixture is a mixture of discretized logistic distributions of a pixel (Salimans et al. 2017,
// PixelCNN++). The numbers of a pixel, side by side, are in its order: a logit for each component, then for
// each channel the means of all components, the logarithms of their scales and, of 3 channels, three coefficients
// (of each component), by whose tanh the mean of green depends on red, and that of blue on both: the first of green on red, the
// second of blue on red, the third of blue on green. All is in units in which black is -1 and white 1.
type Mixture struct {
	Components int
	Channels   int // 1 or 3
	Levels     int
}

// LeastScale and MostScale bound the logarithm of a scale, where black is -1 and white 1. The least
// is that of PixelCNN++; with the greatest a distribution is flat over all levels, and beyond it
// float32 cannot tell them apart.
const (
	LeastScale = -7
	MostScale  = 10
)

// Width is how many numbers a pixel has.
func (d Mixture) Width() int { return d.Components * (1 + d.Channels*d.kinds()) }

// kinds are the planes of a component and channel: mean, scale and, of color, a coefficient.
func (d Mixture) kinds() int {
	if d.Channels == 1 {
		return 2
	}
	return 3
}

// At is where a number of a component of a channel stands: 0 is the mean, 1 the scale, 2 the coefficient.
func (d Mixture) At(channel, kind, component int) int {
	return d.Components*(1+channel*d.kinds()+kind) + component
}

// Grid is how the levels lie among the numbers.
func (d Mixture) Grid() Grid {
	top := float32(d.Levels - 1)
	return Grid{Top: top, Factor: top / 2, Shift: top / 2, Least: LeastScale, Most: MostScale}
}

// NLL writes to nll [m] the negative log-likelihood in nats of images x, of n values from 0 to 1, and to
// derivative its derivative with respect to out, m rows of n/Channels pixels. x has m rows, or m/k as in BernoulliNLL.
func (d Mixture) NLL(nll, derivative, out, x []float32, m, n int) {
	size := n / d.Channels * d.Width()
	check("Mixture", len(nll) == m && len(derivative) == m*size && len(out) == m*size && fitsRows(x, m, n), m, n)
	samples := samplesOf(x, m, n)
	Parallel(m, func(i int) {
		s := takePlanes(d.Width(), d.Channels)
		nll[i] = float32(d.row(s, derivative[i*size:][:size], out[i*size:][:size], x[i/samples*n:][:n]))
		planePool.Put(s)
	})
}

// row is the sum over the pixels of an image.
func (d Mixture) row(s *planeSpace, derivative, out, x []float32) (sum float64) {
	c, width := d.Channels, d.Width()
	for from := 0; from < len(x)/c; from += blockPixels {
		n := min(blockPixels, len(x)/c-from)
		toPlanes(s.in, out[from*width:], n, width, blockPixels)
		s.pixels(x[from*c:][:n*c], n, d.Grid().Top)
		d.components(s, n)
		sum += s.mix(d.Components, n)
		d.weigh(s, n)
		fromPlanes(derivative[from*width:][:n*width], s.out, n, width, blockPixels)
	}
	return sum
}

// components makes of each component's logit its term, log pi + log p, and derivatives of -log p.
func (d Mixture) components(s *planeSpace, n int) {
	k := planes()
	for m := range d.Components {
		term := s.terms[m*blockPixels:][:n]
		copy(term, s.plane(m, n))
		if d.Channels == 3 {
			for _, c := range coefficients {
				t := s.plane(d.At(c.kind, 2, m), n)
				biasActivation(t, s.zero[:n], 1, n, n, Tanh)
				k.addProduct(s.plane(d.At(c.of, 0, m), n), t, s.signed(c.on, n))
			}
		}
		for c := range d.Channels {
			mean, scale := d.At(c, 0, m), d.At(c, 1, m)
			k.logistic(term, s.derivative(mean, n), s.derivative(scale, n), s.plane(mean, n), s.plane(scale, n), s.value(c, n), d.Grid())
		}
	}
}

// coefficients say which channel's mean depends on which other, and in which channel's planes the coefficient lies.
var coefficients = [3]struct{ kind, of, on int }{{0, 1, 0}, {1, 2, 0}, {2, 2, 1}}

// weigh makes derivatives of the components' likelihoods those of the mixture's.
func (d Mixture) weigh(s *planeSpace, n int) {
	k := planes()
	for m := range d.Components {
		posterior := s.terms[m*blockPixels:][:n]
		for c := range d.Channels {
			k.weigh(s.derivative(d.At(c, 0, m), n), posterior)
			k.weigh(s.derivative(d.At(c, 1, m), n), posterior)
		}
		if d.Channels == 3 {
			for _, c := range coefficients {
				at := d.At(c.kind, 2, m)
				k.tanhProduct(s.derivative(at, n), s.plane(at, n), s.derivative(d.At(c.of, 0, m), n), s.signed(c.on, n))
			}
		}
	}
}

// LogisticNLL writes to nll [m] the negative log-likelihood in nats of images x, of n values from 0 to 1, each
// rounded to one of so many levels, under discretized logistic distributions with the means [m,n] and for each
// channel, of which scale has the number, one logarithm of a scale; and to dmean [m,n] and dscale [m,channels] its
// derivatives. x has m rows, or m/k as in BernoulliNLL.
func LogisticNLL(nll, dmean, dscale, mean, scale, x []float32, m, n, levels int) {
	c := len(scale)
	check("LogisticNLL", len(nll) == m && len(dmean) == m*n && len(mean) == m*n && len(dscale) == m*c && n%c == 0 && fitsRows(x, m, n), m, n)
	samples, top := samplesOf(x, m, n), float32(levels-1)
	g := Grid{Top: top, Factor: top, Least: LeastScale - 1, Most: MostScale + 1} // beyond what the caller bounds, so that its bound has a derivative
	Parallel(m, func(i int) {
		s := takePlanes(c, c)
		scales := s.x[:c*blockPixels]
		for j := range scales {
			scales[j] = scale[j%c]
		}
		nll[i] = float32(logisticRow(s, dmean[i*n:][:n], dscale[i*c:][:c], mean[i*n:][:n], x[i/samples*n:][:n], g))
		planePool.Put(s)
	})
}

// logisticRow is the sum of an image, whose blocks have pixels with their channels side by side, as the scales of the space have.
func logisticRow(s *planeSpace, dmean, dscale, mean, x []float32, g Grid) (sum float64) {
	var totals [4]float64
	channels := len(dscale)
	for from := 0; from < len(x); from += len(s.in) {
		to := min(from+len(s.in), len(x))
		term, d := s.in[:to-from], s.out[:to-from]
		clear(term)
		planes().logistic(term, dmean[from:to], d, mean[from:to], s.x[:to-from], x[from:to], g)
		for j := 0; j < len(term); j += channels {
			for c := range channels {
				sum -= float64(term[j+c])
				totals[c] += float64(d[j+c])
			}
		}
	}
	for c := range dscale {
		dscale[c] = float32(totals[c])
	}
	return sum
}

// CategoricalNLL writes to nll [m] the negative log-likelihood in nats of images x, of n values from 0 to 1,
// each rounded to one of so many levels, and to derivative its derivative with respect to the logits out [m,n,levels]. x has m
// rows, or m/k as in BernoulliNLL.
func CategoricalNLL(nll, derivative, out, x []float32, m, n, levels int) {
	size := n * levels
	check("CategoricalNLL", len(nll) == m && len(derivative) == m*size && len(out) == m*size && fitsRows(x, m, n), m, n)
	samples := samplesOf(x, m, n)
	Parallel(m, func(i int) {
		s := takePlanes(levels, 1)
		nll[i] = float32(categoricalRow(s, derivative[i*size:][:size], out[i*size:][:size], x[i/samples*n:][:n], levels))
		planePool.Put(s)
	})
}

func categoricalRow(s *planeSpace, derivative, out, x []float32, levels int) (sum float64) {
	for from := 0; from < len(x); from += blockPixels {
		n := min(blockPixels, len(x)-from)
		toPlanes(s.in, out[from*levels:], n, levels, blockPixels)
		most, total := s.softmax(s.in, s.out, levels, n)
		for j, pixel := range x[from:][:n] {
			k := Level(pixel, levels)
			sum += float64(most[j]) - float64(s.in[k*blockPixels+j])
		}
		for q := range levels {
			planes().weigh(s.derivative(q, n), total)
		}
		for j, pixel := range x[from:][:n] {
			s.out[Level(pixel, levels)*blockPixels+j]--
		}
		fromPlanes(derivative[from*levels:][:n*levels], s.out, n, levels, blockPixels)
	}
	return sum
}

// Level is the level of a pixel, 0 to 1, of so many; 0 of NaN.
func Level(pixel float32, levels int) int {
	return min(max(int(math.RoundToEven(float64(pixel*float32(levels-1)))), 0), levels-1)
}

// planeSpace is the memory for a block of pixels, blockPixels to a plane.
type planeSpace struct {
	in, out  []float32 // parameters, and derivatives
	terms    []float32 // of each component its term, and then its posterior
	x        []float32 // each channel's pixels, and these from -1 to 1 and rounded to a level
	totals   [4][blockPixels]float32
	zero     [blockPixels]float32
	channels int
}

var planePool = sync.Pool{New: func() any { return new(planeSpace) }}

func takePlanes(width, channels int) *planeSpace {
	s := planePool.Get().(*planeSpace)
	for _, p := range []*[]float32{&s.in, &s.out, &s.terms} {
		*p = slices.Grow((*p)[:0], width*blockPixels)[:width*blockPixels]
	}
	s.channels = channels
	s.x = slices.Grow(s.x[:0], 2*channels*blockPixels)[:2*channels*blockPixels]
	return s
}

func (s *planeSpace) plane(i, n int) []float32      { return s.in[i*blockPixels:][:n] }
func (s *planeSpace) derivative(i, n int) []float32 { return s.out[i*blockPixels:][:n] }
func (s *planeSpace) value(channel, n int) []float32 {
	return s.x[channel*blockPixels:][:n]
}
func (s *planeSpace) signed(channel, n int) []float32 {
	return s.x[(s.channels+channel)*blockPixels:][:n]
}

// pixels takes n pixels apart into channels.
func (s *planeSpace) pixels(x []float32, n int, top float32) {
	for c := range s.channels {
		value, signed := s.value(c, n), s.signed(c, n)
		for j := range value {
			v := x[j*s.channels+c]
			value[j] = v
			signed[j] = 2*(float32(math.RoundToEven(float64(v*top)))/top) - 1
		}
	}
}

// softmax writes exp(x - most) of planes x to y, and returns of each pixel the logarithm of the sum of exp x, and the inverse of the sum
// of y; until the next call.
func (s *planeSpace) softmax(x, y []float32, width, n int) (logs, inverse []float32) {
	return s.softmaxTo(&s.totals[0], &s.totals[1], x, y, width, n)
}

func (s *planeSpace) softmaxTo(most, total *[blockPixels]float32, x, y []float32, width, n int) (logs, inverse []float32) {
	k := planes()
	logs, inverse = most[:n], total[:n]
	copy(logs, x[:n])
	for q := 1; q < width; q++ {
		k.maximum(logs, x[q*blockPixels:][:n])
	}
	clear(inverse)
	for q := range width {
		k.expSum(y[q*blockPixels:][:n], inverse, x[q*blockPixels:][:n], logs)
	}
	k.logSum(logs, inverse)
	return logs, inverse
}

// mix is the negative log-likelihood of all n pixels by the terms of the components, which become posteriors of these. The derivatives of the
// logits are prior - posterior.
func (s *planeSpace) mix(components, n int) (sum float64) {
	prior, inversePrior := s.softmaxTo(&s.totals[0], &s.totals[1], s.in, s.out, components, n)
	joint, inverse := s.softmaxTo(&s.totals[2], &s.totals[3], s.terms, s.terms, components, n)
	for j, v := range joint {
		sum += float64(prior[j]) - float64(v)
	}
	k := planes()
	for m := range components {
		posterior, d := s.terms[m*blockPixels:][:n], s.derivative(m, n)
		k.weigh(posterior, inverse)
		k.weigh(d, inversePrior)
		for j, p := range posterior {
			d[j] -= p
		}
	}
	return sum
}
