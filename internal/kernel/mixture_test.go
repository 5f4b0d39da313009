package kernel

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"vae/internal/rng"
)

// logisticMass is the logarithm of the mass in bin k of 0..top of a logistic distribution, in many digits, as a difference of
// distribution functions.
func logisticMass(k, top, mean, scale float64) float64 {
	const bits = 7000                   // 1 - exp(-2200) is not 1
	exp := func(x float64) *big.Float { // by squarings of a Taylor sum
		const halvings = 60
		t, sum, term := new(big.Float).SetPrec(bits).SetFloat64(math.Ldexp(x, -halvings)), new(big.Float).SetPrec(bits).SetFloat64(1), new(big.Float).SetPrec(bits).SetFloat64(1)
		for i := 1; i < 60; i++ {
			term.Mul(term, t).Quo(term, new(big.Float).SetFloat64(float64(i)))
			sum.Add(sum, term)
		}
		for range halvings {
			sum.Mul(sum, sum)
		}
		return sum
	}
	cdf := func(x float64) *big.Float {
		one := new(big.Float).SetPrec(bits).SetFloat64(1)
		return new(big.Float).SetPrec(bits).Quo(one, new(big.Float).SetPrec(bits).Add(one, exp(-(x-mean)/scale)))
	}
	mass := new(big.Float).SetPrec(bits).SetFloat64(1)
	if k < top {
		mass = cdf(k + 0.5)
	}
	if k > 0 {
		mass = new(big.Float).SetPrec(bits).Sub(mass, cdf(k-0.5))
	}
	mantissa := new(big.Float)
	exponent := mass.MantExp(mantissa)
	m, _ := mantissa.Float64()
	return math.Log(m) + float64(exponent)*math.Ln2
}

// bin is one of 256 on the interval from -1 to 1, under a logistic distribution.
type bin struct {
	k           int
	mean, scale float64 // the scale as its logarithm
}

// massOfBin is the logarithm of a bin's mass. It is kept, as each path asks for the same.
func massOfBin(b bin) float64 {
	if _, known := massesOfBins[b]; !known {
		massesOfBins[b] = logisticMass(float64(b.k), 255, 127.5*b.mean+127.5, 127.5*math.Exp(b.scale))
	}
	return massesOfBins[b]
}

var massesOfBins = map[bin]float64{}

// The mass of each bin against the difference of two distribution functions, near the mean and far in the tails, and the derivatives
// against differences of it.
func TestLogisticOfOnePixel(t *testing.T) { eachPath(t, testLogisticOfOnePixel) }

func testLogisticOfOnePixel(t *testing.T) {
	g := Mixture{Components: 1, Channels: 1, Levels: 256}.Grid()
	mass := func(k int, mean, scale float64) float64 { return -massOfBin(bin{k, mean, scale}) }
	for _, scale := range []float32{-7, -6.5, -4, -2, 0, 3} {
		for _, mean := range []float32{-1.5, -1, -0.25, 0, 0.3, 0.99, 2} {
			for _, k := range []int{0, 1, 40, 127, 128, 200, 254, 255} {
				nll, dmean, dscale := float32(0), float32(0), float32(0)
				one := func(v *float32) []float32 { return []float32{*v} }
				term, dm, ds := one(&nll), one(&dmean), one(&dscale)
				planes().logistic(term, dm, ds, []float32{mean}, []float32{scale}, []float32{float32(k) / 255}, g)
				want := mass(k, float64(mean), float64(scale))
				if !(math.Abs(-float64(term[0])-want) <= 2e-6*want+1e-6) {
					t.Errorf("level %d, mean %g, scale %g: %g, want %g", k, mean, scale, -term[0], want)
				}
				const h = 1e-5
				slope := (mass(k, float64(mean)+h, float64(scale)) - mass(k, float64(mean)-h, float64(scale))) / (2 * h)
				if !(math.Abs(float64(dm[0])-slope) <= 3e-5*(1+math.Abs(slope))) {
					t.Errorf("level %d, mean %g, scale %g: derivative %g by the mean, want %g", k, mean, scale, dm[0], slope)
				}
				slope = (mass(k, float64(mean), float64(scale)+h) - mass(k, float64(mean), float64(scale)-h)) / (2 * h)
				if !(math.Abs(float64(ds[0])-slope) <= 3e-5*(1+math.Abs(slope))) {
					t.Errorf("level %d, mean %g, scale %g: derivative %g by the scale, want %g", k, mean, scale, ds[0], slope)
				}
			}
		}
	}
}

// Below the least scale it is the least, above the greatest the greatest, without a derivative.
func TestLogisticBoundsItsScale(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		g := Mixture{Components: 1, Channels: 1, Levels: 256}.Grid()
		for _, scales := range [][]float32{{LeastScale, -30}, {MostScale, 10.5}, {MostScale, 86}, {MostScale, 1e30}} {
			term, dm, ds := make([]float32, 2), make([]float32, 2), []float32{1, 1}
			planes().logistic(term, dm, ds, []float32{0.1, 0.1}, scales, []float32{0.5, 0.5}, g)
			if term[0] != term[1] || term[0] > 0 || ds[0] == 0 || ds[1] != 0 {
				t.Errorf("scales %v: terms %v, derivatives %v", scales, term, ds)
			}
			mean := make([]float32, 2)
			planes().clippedMean(mean, []float32{0, 0}, scales, g)
			if mean[0] != mean[1] || !(math.Abs(float64(mean[0])-0.5) < 0.01) {
				t.Errorf("scales %v: means %v", scales, mean)
			}
		}
	})
}

// Against log Gamma, from small numbers to large ones; what is left out, and the derivative.
func TestRising(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		gamma := func(x float64) float64 { l, _ := math.Lgamma(x); return l }
		for _, x := range []float32{6e-6, 1e-3, 0.1, 0.9, 1, 3.7, 4, 20, 300, 5000, 1.6e5} {
			for _, k := range []float32{0, 1, 2, 5, 100, 254, 255} {
				value, slope := []float32{1}, []float32{1}
				Rising(value, slope, []float32{x}, []float32{k}, 255)
				v, n := float64(x), float64(k)
				want := gamma(v+n) - gamma(v) - n*(math.Log(255)-1)
				if !(math.Abs(float64(value[0])-want) <= 3e-7*(n+math.Abs(want)*2)+1e-9*v) {
					t.Errorf("x=%g k=%g: %g, want %g", x, k, value[0], want)
				}
				var wantSlope float64
				for i := range int(k) {
					wantSlope += v / (v + float64(i))
				}
				if !(math.Abs(float64(slope[0])-wantSlope) <= 2e-6*(1+wantSlope)) {
					t.Errorf("x=%g k=%g: slope %g, want %g", x, k, slope[0], wantSlope)
				}
			}
		}
	})
}

// A number that is none must not get lost, whatever the pixel.
func TestPlanesCarryNaN(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		nan := float32(math.NaN())
		for _, channels := range []int{1, 3} {
			d := Mixture{Components: 3, Channels: channels, Levels: 256}
			for place := range d.Width() {
				for _, v := range []float32{0, 0.4, 1} {
					out, x := make([]float32, 2*d.Width()), make([]float32, 2*channels)
					out[place] = nan
					for i := range x {
						x[i] = v
					}
					nll, dout := make([]float32, 2), make([]float32, 2*d.Width())
					d.NLL(nll, dout, out, x, 2, channels)
					if nll[0] == nll[0] || nll[1] != nll[1] {
						t.Errorf("%d channels, number %d is NaN, pixel %g: %v", channels, place, v, nll)
					}
				}
			}
		}
		nll, dout := make([]float32, 2), make([]float32, 8)
		CategoricalNLL(nll, dout, []float32{0, 0, nan, 0, 0, 0, 0, 0}, []float32{0, 1}, 2, 1, 4)
		if nll[0] == nll[0] || nll[1] != nll[1] {
			t.Errorf("a logit of NaN: %v", nll)
		}
	})
}

// Planes come back as the rows that they were made of, and nothing beside them is written.
func TestPlanesThereAndBack(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, width := range []int{1, 2, 3, 7, 8, 9, 15, 16, 17, 30, 50, 70} {
			for pixels := 1; pixels <= 48; pixels++ {
				src, dst := randomSlice(t, pixels*width, 1), guarded(t, pixels*width)
				s := takePlanes(width, 1)
				toPlanes(s.in, src, pixels, width, blockPixels)
				for q := range width {
					for p := range pixels {
						if s.in[q*blockPixels+p] != src[p*width+q] {
							t.Fatalf("%d pixels of %d numbers: plane %d has %g for pixel %d", pixels, width, q, s.in[q*blockPixels+p], p)
						}
					}
				}
				fromPlanes(dst, s.in, pixels, width, blockPixels)
				for i := range dst {
					if dst[i] != src[i] {
						t.Fatalf("%d pixels of %d numbers: %d came back as %g", pixels, width, i, dst[i])
					}
				}
			}
		}
	})
}

func BenchmarkLevels(b *testing.B) {
	const rows, pixels, colors = 8, 64 * 64, 3
	x := make([]float32, rows*pixels*colors)
	rng.Uniform(x, 1, rng.Stream(1, "pixels"))
	for _, path := range Paths() {
		for _, components := range []int{0, 5} {
			d := Mixture{Components: components, Channels: colors, Levels: 256}
			width := max(d.Width(), colors)
			if components == 0 {
				width = colors
			}
			out, dout, nll, ds := make([]float32, rows*pixels*width), make([]float32, rows*pixels*width), make([]float32, rows), make([]float32, rows*colors)
			rng.Normal(out, rng.Stream(2, "outputs"))
			b.Run(fmt.Sprintf("%s/%d", path, components), func(b *testing.B) {
				defer SelectPath(Path())
				if err := SelectPath(path); err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if components == 0 {
						LogisticNLL(nll, dout, ds, out, make([]float32, colors), x, rows, pixels*colors, 256)
					} else {
						d.NLL(nll, dout, out, x, rows, pixels*colors)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(rows*pixels), "ns/pixel")
			})
		}
	}
}
