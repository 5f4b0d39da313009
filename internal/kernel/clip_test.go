package kernel

import (
	"math"
	"math/big"
	"slices"
	"testing"
)

// clippedGradient is what is left of gradients: a step of rate 1 from zero.
func clippedGradient(clip float64, gradients ...[]float32) [][]float32 {
	var params []Parameter
	var moved [][]float32
	for _, g := range gradients {
		p := make([]float32, len(g))
		params, moved = append(params, Parameter{Param: p, Gradient: g}), append(moved, p)
	}
	SGD{LearningRate: 1, Clip: clip}.Update(params)
	for _, p := range moved {
		for i := range p {
			p[i] = -p[i]
		}
	}
	return moved
}

func TestClipBringsTheNormDown(t *testing.T) { eachPath(t, testClipBringsTheNormDown) }

func testClipBringsTheNormDown(t *testing.T) {
	// Squares of 1e30 and of 1e-30 do not fit in float32; 1e-6 counts beside the
	// small ones.
	for _, scale := range []float32{1, 1e30, 1e-3, 1e-6, 1e-30} {
		a, b := randomSlice(t, 300, 1), randomSlice(t, 2*fewestElements+5, 2)
		for _, s := range [][]float32{a, b} {
			for i := range s {
				s[i] *= scale
			}
		}
		norm := exactNorm(a, b)
		for _, clip := range []float64{norm / 1000, norm / 3, 0.999 * norm, 1.001*norm + 1e-6, 1e3 * norm} {
			factor := min(1, clip/(norm+1e-6))
			for k, got := range clippedGradient(clip, a, b) {
				for i, g := range [][]float32{a, b}[k] {
					want := factor * float64(g)
					if math.Abs(want) < smallestNormal {
						want = 0 // on the vector paths
					}
					if !(math.Abs(float64(got[i])-want) <= 2*ulp*math.Abs(want)+smallestNormal) || factor == 1 && got[i] != g {
						t.Fatalf("scale %g clip %g: element %d is %g, want %g", scale, clip, i, got[i], want)
					}
				}
			}
		}
	}
}

// exactNorm adds up the squares exactly.
func exactNorm(parts ...[]float32) float64 {
	sum := new(big.Float).SetPrec(400)
	for _, p := range parts {
		for _, v := range p {
			x := big.NewFloat(float64(v))
			sum.Add(sum, x.Mul(x, x))
		}
	}
	norm, _ := sum.Sqrt(sum).Float64()
	return norm
}

func TestNormForAllWidths(t *testing.T) { eachPath(t, testNormForAllWidths) }

func testNormForAllWidths(t *testing.T) {
	for _, n := range append(widths(), fewestElements-1, fewestElements, 3*fewestElements+5) {
		x := randomSlice(t, n, 1)
		u := newUpdate("norm", []Parameter{{Param: x, Gradient: x}}, 0, 0)
		if got, want := u.norm(), exactNorm(x); !(math.Abs(got-want) <= 1e-13*want) {
			t.Fatalf("n=%d: norm %g, want %g", n, got, want)
		}
	}
}

// A gradient that is no number is not hidden by clipping: NaN reaches all
// parameters, infinity its own, as with PyTorch.
func TestClipOfNonFiniteGradients(t *testing.T) { eachPath(t, testClipOfNonFiniteGradients) }

func testClipOfNonFiniteGradients(t *testing.T) {
	for _, n := range []int{1, 5, 16, 31, fewestElements + 3} {
		for _, at := range []int{0, n / 2, n - 1} {
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				g, other := slices.Repeat([]float32{1}, n), []float32{1, 0, 2}
				g[at] = float32(bad)
				got := clippedGradient(0.5, g, other)
				for k := range got {
					for i, v := range got[k] {
						if lost := v != v; lost != (math.IsNaN(bad) || k == 0 && i == at) {
							t.Fatalf("n=%d, %g at %d: element %d of gradient %d becomes %g", n, bad, at, i, k, v)
						}
					}
				}
			}
		}
	}
	for _, o := range optimizers {
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			p := []Parameter{{[]float32{1}, []float32{float32(bad)}, []float32{0}, []float32{0}, 0.1}}
			if o.update(1, 0.5, p); p[0].Param[0] == p[0].Param[0] {
				t.Errorf("%s: a gradient of %g gives %g", o.name, bad, p[0].Param[0])
			}
		}
	}
}
