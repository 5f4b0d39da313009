package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"vae/internal/rng"
)

// bernoulliReference is the cross-entropy of one pixel, arranged so that
// nothing cancels: x softplus(-l) + (1-x) softplus(l).
func bernoulliReference(logit, x float64) float64 {
	var nll float64
	if x > 0 {
		nll += x * plainSoftplus(-logit)
	}
	if x < 1 {
		nll += (1 - x) * plainSoftplus(logit)
	}
	return nll
}

func TestBernoulliNLLOfOnePixel(t *testing.T) { eachPath(t, testBernoulliNLLOfOnePixel) }

func testBernoulliNLLOfOnePixel(t *testing.T) {
	for _, l := range extremes() {
		if math.IsInf(float64(l), 0) || math.Abs(float64(l)) > 1e4 {
			continue
		}
		for _, x := range []float32{0, 1, 0.5, 1.0 / 255, 254.0 / 255, 1e-20} {
			nll, residual := []float32{0}, []float32{0}
			BernoulliNLL(nll, residual, []float32{l}, []float32{x}, 1, 1)
			// A black pixel keeps every digit; of another, max(l,0) - x l may
			// cancel up to the float64 rounding of l.
			want := bernoulliReference(float64(l), float64(x))
			canceled := x > 0 && math.Abs(float64(nll[0])-want) <= 1e-15*math.Abs(float64(l))
			if !canceled && !withinRounding(nll[0], want) {
				t.Errorf("logit %g, pixel %g: nll %g, want %g", l, x, nll[0], want)
			}
			slope := 1/(1+math.Exp(-float64(l))) - float64(x)
			if !(math.Abs(float64(residual[0])-slope) <= ulp) {
				t.Errorf("logit %g, pixel %g: residual %g, want %g", l, x, residual[0], slope)
			}
			if x == 0 && !withinRounding(residual[0], slope) {
				t.Errorf("logit %g of a black pixel: residual %g has lost its tail, want %g", l, residual[0], slope)
			}
		}
	}
}

// An infinite logit means that training has diverged: the loss must say so,
// whatever the pixel.
func TestBernoulliNLLOfInfiniteLogitsIsNotFinite(t *testing.T) {
	eachPath(t, testBernoulliNLLOfInfiniteLogitsIsNotFinite)
}

func testBernoulliNLLOfInfiniteLogitsIsNotFinite(t *testing.T) {
	for _, l := range []float64{math.Inf(1), math.Inf(-1)} {
		for _, x := range []float32{0, 0.5, 1} {
			nll, residual := []float32{0}, []float32{0}
			BernoulliNLL(nll, residual, []float32{float32(l)}, []float32{x}, 1, 1)
			if Finite(nll) {
				t.Errorf("logit %g, pixel %g: nll %g", l, x, nll[0])
			}
		}
	}
}

func TestBernoulliNLLOfRows(t *testing.T) { eachPath(t, testBernoulliNLLOfRows) }

func testBernoulliNLLOfRows(t *testing.T) {
	for _, size := range matrixSizes() {
		m, n := size[0], size[1]
		logits, x := randomSlice(t, m*n, 1), targets(t, m*n)
		for i := range logits {
			logits[i] *= 8
		}
		nll, residual := guarded(t, m), guarded(t, m*n)
		logitsBefore, xBefore := slices.Clone(logits), slices.Clone(x)
		BernoulliNLL(nll, residual, logits, x, m, n)
		for i := range m {
			var want float64
			for j := i * n; j < (i+1)*n; j++ {
				want += bernoulliReference(float64(logits[j]), float64(x[j]))
				slope := 1/(1+math.Exp(-float64(logits[j]))) - float64(x[j])
				if !(math.Abs(float64(residual[j])-slope) <= ulp) {
					t.Fatalf("m=%d n=%d: residual %d is %g, want %g", m, n, j, residual[j], slope)
				}
			}
			if !withinRounding(nll[i], want) {
				t.Fatalf("m=%d n=%d: nll of row %d is %g, want %g", m, n, i, nll[i], want)
			}
		}
		if !slices.Equal(logits, logitsBefore) || !slices.Equal(x, xBefore) {
			t.Fatalf("m=%d n=%d: an input was changed", m, n)
		}
	}
}

// targets are black, white and grey pixels.
func targets(t *testing.T, n int) []float32 {
	x, r := guarded(t, n), rng.Stream(4, "targets", uint64(n))
	for i := range x {
		x[i] = []float32{0, 1, r.Float32()}[i%3]
	}
	return x
}

func TestBernoulliResidualIsTheDerivative(t *testing.T) {
	eachPath(t, testBernoulliResidualIsTheDerivative)
}

func testBernoulliResidualIsTheDerivative(t *testing.T) {
	const h = 1e-5
	for l := -12.0; l <= 12; l += 0.37 {
		for _, x := range []float64{0, 0.25, 1} {
			nll, residual := []float32{0}, []float32{0}
			BernoulliNLL(nll, residual, []float32{float32(l)}, []float32{float32(x)}, 1, 1)
			l := float64(float32(l))
			want := (bernoulliReference(l+h, x) - bernoulliReference(l-h, x)) / (2 * h)
			if !(math.Abs(float64(residual[0])-want) <= ulp+1e-9) {
				t.Errorf("logit %g, pixel %g: residual %g, central difference %g", l, x, residual[0], want)
			}
		}
	}
}

func TestLikelihoodsCarryNaN(t *testing.T) { eachPath(t, testLikelihoodsCarryNaN) }

func testLikelihoodsCarryNaN(t *testing.T) {
	nan := float32(math.NaN())
	for name, compute := range map[string]func(nll, residual, output, x []float32, m, n int){
		"bernoulli": BernoulliNLL,
		"gaussian":  func(nll, residual, mean, x []float32, m, n int) { GaussianNLL(nll, residual, mean, x, m, n, 0.5) },
	} {
		for place := range 6 {
			for _, inPixels := range []bool{false, true} {
				nll, residual, output, x := make([]float32, 2), make([]float32, 6), make([]float32, 6), make([]float32, 6)
				if inPixels {
					x[place] = nan
				} else {
					output[place] = nan
				}
				compute(nll, residual, output, x, 2, 3)
				bad, good := place/3, 1-place/3
				if nll[bad] == nll[bad] || residual[place] == residual[place] || nll[good] != nll[good] {
					t.Errorf("%s: NaN at %d (in the pixels: %v) gives nll %v, residual %v", name, place, inPixels, nll, residual)
				}
			}
		}
	}
}

func TestGaussianNLLAgainstGonum(t *testing.T) { eachPath(t, testGaussianNLLAgainstGonum) }

func testGaussianNLLAgainstGonum(t *testing.T) {
	for _, sigma := range []float64{1e-3, 0.1, 1, 30} {
		t.Run(fmt.Sprintf("sigma=%g", sigma), func(t *testing.T) {
			for _, size := range matrixSizes() {
				checkGaussian(t, size[0], size[1], sigma)
			}
		})
	}
}

func checkGaussian(t *testing.T, m, n int, sigma float64) {
	t.Helper()
	mean, x := randomSlice(t, m*n, 1), targets(t, m*n)
	nll, residual := guarded(t, m), guarded(t, m*n)
	meanBefore, xBefore := slices.Clone(mean), slices.Clone(x)
	GaussianNLL(nll, residual, mean, x, m, n, sigma)
	for i := range m {
		var want, size float64
		for j := i * n; j < (i+1)*n; j++ {
			mu := float64(mean[j])
			term := -distuv.Normal{Mu: mu, Sigma: sigma}.LogProb(float64(x[j]))
			want, size = want+term, size+math.Abs(term)+math.Abs(math.Log(sigma))+1
			if slope := (mu - float64(x[j])) / (sigma * sigma); !withinRounding(residual[j], slope) {
				t.Fatalf("m=%d n=%d: residual %d is %g, want %g", m, n, j, residual[j], slope)
			}
		}
		// One rounding to float32; the float64 sums may cancel, by far less.
		if tol := ulp*math.Abs(want) + 1e-13*size; !(math.Abs(float64(nll[i])-want) <= tol) {
			t.Fatalf("m=%d n=%d: nll of row %d is %g, want %g", m, n, i, nll[i], want)
		}
	}
	if !slices.Equal(mean, meanBefore) || !slices.Equal(x, xBefore) {
		t.Fatalf("m=%d n=%d: an input was changed", m, n)
	}
}

func TestLikelihoodsSameBitsForAnyThreadCount(t *testing.T) {
	eachPath(t, testLikelihoodsSameBitsForAnyThreadCount)
}

func testLikelihoodsSameBitsForAnyThreadCount(t *testing.T) {
	const m, n = 67, 101
	output, x := randomSlice(t, m*n, 1), targets(t, m*n)
	sameForAnyThreadCount(t, "likelihoods", func() [][]float32 {
		bernoulli, gaussian := make([]float32, m), make([]float32, m)
		toLogits, toMeans := make([]float32, m*n), make([]float32, m*n)
		BernoulliNLL(bernoulli, toLogits, output, x, m, n)
		GaussianNLL(gaussian, toMeans, output, x, m, n, 0.3)
		return [][]float32{bernoulli, toLogits, gaussian, toMeans}
	})
}
