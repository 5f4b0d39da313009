package kernel

import (
	"math"

	"vae/internal/lane"
)

// The kernels of likelihoods of levels. The parameters of a block of pixels lie in planes: one array
// for each parameter, an element for each pixel. All arrays of a call have the same length, which
// is not 0. Nothing here is shared out: whoever calls has done so.

// planeKernels are the kernels of planes on one path.
type planeKernels struct {
	logistic    func(term, dmean, dscale, mean, scale, x []float32, g Grid)
	rising      func(value, derivative, x, k []float32, inverse float32)
	clippedMean func(y, mean, scale []float32, g Grid)
	maximum     func(most, x []float32)
	expSum      func(y, sum, x, most []float32)
	logSum      func(most, sum []float32)
	weigh       func(y, w []float32)
	addProduct  func(y, a, b []float32)
	tanhProduct func(dt, t, dy, x []float32)
	transpose   func(dst, src []float32, to, from, depth, lanes int) // dst[p*to+j] = src[j*from+p], p < depth, j < lanes; may leave anything in what follows up to the full lanes
	lanes       int
}

var planesPortable = planeKernels{
	logistic: logisticPortable, rising: risingPortable, clippedMean: clippedMeanPortable, maximum: maximumPortable, expSum: expSumPortable, logSum: logSumPortable, weigh: weighPortable,
	addProduct: addProductPortable, tanhProduct: tanhProductPortable, transpose: lanesPortable, lanes: 8,
}

// planesExact are as those in assembly where they are a part of means.
var planesExact = planeKernels{
	logistic: logisticPortable, rising: risingPortable,
	clippedMean: func(y, mean, scale []float32, g Grid) {
		lane.ClippedMean(y, mean, scale, g.Top, g.Factor, g.Shift, g.offset(), g.Least, g.Most)
	},
	maximum: lane.Maximum, expSum: lane.ExpSum, logSum: lane.LogSum, weigh: weighPortable,
	addProduct: lane.AddProduct, tanhProduct: tanhProductPortable, transpose: lanesPortable, lanes: 8,
}

// planesInGo are those of the paths without assembly.
func planesInGo() *planeKernels {
	if current == exact {
		return &planesExact
	}
	return &planesPortable
}

// Grid lays the bins of levels 0 to Top beneath logistic distributions. A mean of m lies at
// m*Factor + Shift levels; a scale is the logarithm of one in the units of the means, of which the
// least is Least and the greatest Most.
type Grid struct{ Top, Factor, Shift, Least, Most float32 }

// bounded is a scale within its bounds; NaN stays NaN.
func (g Grid) bounded(scale float32) float64 {
	return min(max(float64(scale), float64(g.Least)), float64(g.Most))
}

// offset is what makes a scale one of levels.
func (g Grid) offset() float32 { return float32(math.Log(float64(g.Factor))) }

// logisticPortable takes from term the negative log-likelihood in nats of pixels x, 0 to 1 and rounded to a level,
// under discretized logistic distributions (Salimans et al. 2017, section 2.1): the mass that a
// logistic distribution has in the level's bin, of which the lowest and the highest reach to infinity.
// dmean and dscale are the derivatives of what is taken, with respect to mean and scale.
func logisticPortable(term, dmean, dscale, mean, scale, x []float32, g Grid) {
	for j, pixel := range x {
		k := math.RoundToEven(float64(pixel * g.Top))
		offset := k - (float64(mean[j])*float64(g.Factor) + float64(g.Shift))
		rate := math.Exp(-(g.bounded(scale[j]) + float64(g.offset())))
		a, b := (offset+0.5)*rate, (offset-0.5)*rate
		var nll, dm, ds float64
		if !(k >= float64(g.Top)) {
			p := sigmoid(-a)
			nll, dm, ds = softplus(-a), p, a*p
		}
		if !(k <= 0) {
			p := sigmoid(b)
			nll, dm, ds = nll+softplus(b), dm-p, ds-b*p
		}
		if !(k <= 0 || k >= float64(g.Top)) {
			nll -= math.Log(-math.Expm1(-rate))
			ds += rate / math.Expm1(rate)
		}
		term[j] -= float32(nll)
		dmean[j] = float32(dm * rate * float64(g.Factor))
		if dscale[j] = float32(ds); scale[j] < g.Least || scale[j] > g.Most {
			dscale[j] = 0
		}
	}
}

// Rising writes to value
//
//	log Gamma(x+k) - log Gamma(x) - k (log n - 1)
//
// and to derivative its derivative by log x, for x above 0, k of at least 0 and both below 2^20.
func Rising(value, derivative, x, k []float32, n float32) {
	check("Rising", len(value) == len(x) && len(derivative) == len(x) && len(k) == len(x), len(x), 1)
	if len(x) > 0 {
		planes().rising(value, derivative, x, k, 1/n)
	}
}

func risingPortable(value, derivative, x, k []float32, inverse float32) {
	for j, v := range x {
		log, slope := RisingFactorial(float64(v), float64(k[j]))
		value[j] = float32(log + float64(k[j])*(1+math.Log(float64(inverse))))
		derivative[j] = float32(slope * float64(v))
	}
}

// RisingFactorial is log Gamma(x+k) - log Gamma(x) and its derivative by x, for x above 0 and k of at least 0.
func RisingFactorial(x, k float64) (log, derivative float64) {
	ratio := 1.
	for x < 8 {
		ratio *= x / (x + k)
		derivative += 1/x - 1/(x+k)
		x++
	}
	// (x - 1/2) log(1 + k/x) + k (log(x+k) - 1) is the difference of the main terms of Stirling's series, without cancellation.
	high, dHigh := stirling(x + k)
	low, dLow := stirling(x)
	between := math.Log1p(k / x)
	return (x-0.5)*between + k*(math.Log(x+k)-1) + high - low + math.Log(ratio), derivative + between + dHigh - dLow
}

// stirling is what log Gamma(x) has besides (x - 1/2) log x - x + log(2 pi)/2, for x of at least 8, and what its derivative has besides
// log x.
func stirling(x float64) (log, derivative float64) {
	r := 1 / x
	s := r * r
	log = r * (1./12 - s*(1./360-s*(1./1260-s*(1./1680-s/1188))))
	derivative = -r/2 - s*(1./12-s*(1./120-s*(1./252-s*(1./240-s/132))))
	return log, derivative
}

func clippedMeanPortable(y, mean, scale []float32, g Grid) {
	top := float64(g.Top)
	for j, m := range mean {
		at := float64(m)*float64(g.Factor) + float64(g.Shift)
		rate := math.Exp(-(g.bounded(scale[j]) + float64(g.offset())))
		y[j] = float32((softplus(at*rate) - softplus((at-top)*rate)) / (rate * top))
	}
}

func maximumPortable(most, x []float32) {
	for j, v := range x {
		if !(most[j] > v) {
			most[j] = v
		}
	}
}

func expSumPortable(y, sum, x, most []float32) {
	for j, v := range x {
		y[j] = float32(math.Exp(float64(v) - float64(most[j])))
		sum[j] += y[j]
	}
}

func logSumPortable(most, sum []float32) {
	for j, v := range sum {
		most[j] += float32(math.Log(float64(v)))
		sum[j] = 1 / v
	}
}

func weighPortable(y, w []float32) {
	for j, v := range w {
		y[j] *= v
	}
}

func addProductPortable(y, a, b []float32) {
	for j, v := range b {
		y[j] += float32(a[j] * v)
	}
}

func tanhProductPortable(dt, t, dy, x []float32) {
	for j, v := range x {
		dt[j] = float32(dy[j]*v) * (1 - float32(t[j]*t[j]))
	}
}

func lanesPortable(dst, src []float32, to, from, depth, lanes int) {
	for p := range depth {
		for j := range lanes {
			dst[p*to+j] = src[j*from+p]
		}
	}
}

// toPlanes writes rows of pixels, width numbers each, to planes: number q of a pixel to plane q, which
// begins at dst[q*pitch]. pitch is a multiple of 16, and not less than the pixels.
func toPlanes(dst, src []float32, pixels, width, pitch int) {
	k := planes()
	for j := 0; j < pixels; j += k.lanes {
		k.transpose(dst[j:], src[j*width:], pitch, width, width, min(k.lanes, pixels-j))
	}
}

// fromPlanes is the way back. It writes the pixels alone.
func fromPlanes(dst, src []float32, pixels, width, pitch int) {
	k := planes()
	// What is left behind the numbers of a group that does not fill the lanes is written over by what comes later: such a group is the
	// first, and pixels that it would spoil something behind are not among those of a vector.
	whole := width / k.lanes * k.lanes
	if rest := width - whole; rest > 0 {
		depth := pixels
		for depth > 0 && (depth-1)*width+whole+k.lanes > pixels*width {
			depth--
		}
		if depth > 0 {
			k.transpose(dst[whole:], src[whole*pitch:], width, pitch, depth, rest)
		}
		for p := depth; p < pixels; p++ {
			for q := whole; q < width; q++ {
				dst[p*width+q] = src[q*pitch+p]
			}
		}
	}
	for q := 0; q < whole; q += k.lanes {
		k.transpose(dst[q:], src[q*pitch:], width, pitch, pixels, k.lanes)
	}
}

// LogisticMean writes to dst the means of discretized logistic distributions with the given means, black being 0 and white 1, and for each
// channel, of which scale has the number, one logarithm of a scale: those of the distributions clipped to 0 and 1, which are theirs but for
// less than half a level.
func LogisticMean(dst, mean, scale []float32) {
	check("LogisticMean", len(dst) == len(mean) && len(dst)%len(scale) == 0, len(dst), len(scale))
	size := blockPixels * len(scale)
	Parallel(ceilDiv(len(dst), size), func(part int) {
		s := takePlanes(len(scale), 1)
		from, to := part*size, min((part+1)*size, len(dst))
		for j := range s.in {
			s.in[j] = scale[j%len(scale)]
		}
		planes().clippedMean(dst[from:to], mean[from:to], s.in[:to-from], Grid{Top: 1, Factor: 1, Least: LeastScale - 1, Most: MostScale + 1})
		planePool.Put(s)
	})
}

// Mean writes to dst, n values, the means of mixtures: over the components, their means clipped to black and white, each channel's beside the
// means of those before.
func (d Mixture) Mean(dst, out []float32) {
	check("Mixture.Mean", len(dst)%d.Channels == 0 && len(out) == len(dst)/d.Channels*d.Width(), len(dst), d.Width())
	pixels := len(dst) / d.Channels
	Parallel(ceilDiv(pixels, blockPixels), func(part int) {
		s := takePlanes(d.Width(), d.Channels)
		from := part * blockPixels
		n := min(blockPixels, pixels-from)
		toPlanes(s.in, out[from*d.Width():], n, d.Width(), blockPixels)
		clear(s.x)
		_, inverse := s.softmax(s.in, s.terms, d.Components, n)
		for m := range d.Components {
			weight := s.terms[m*blockPixels:][:n]
			planes().weigh(weight, inverse)
			d.addMean(s, weight, m, n)
		}
		for c := range d.Channels {
			for j, v := range s.value(c, n) {
				dst[(from+j)*d.Channels+c] = v
			}
		}
		planePool.Put(s)
	})
}

// addMean adds the means of a component to the values, times its weight.
func (d Mixture) addMean(s *planeSpace, weight []float32, m, n int) {
	k, g := planes(), Grid{Top: 1, Factor: 0.5, Shift: 0.5, Least: LeastScale, Most: MostScale}
	for c := range d.Channels {
		mean, at := s.derivative(c, n), d.At(c, 0, m)
		for _, by := range coefficients {
			if by.of == c && d.Channels == 3 {
				t := s.plane(d.At(by.kind, 2, m), n)
				biasActivation(t, s.zero[:n], 1, n, n, Tanh)
				k.addProduct(s.plane(at, n), t, s.signed(by.on, n))
			}
		}
		k.clippedMean(mean, s.plane(at, n), s.plane(d.At(c, 1, m), n), g)
		k.addProduct(s.value(c, n), mean, weight)
		for j, v := range mean {
			s.signed(c, n)[j] = 2*v - 1
		}
	}
}
