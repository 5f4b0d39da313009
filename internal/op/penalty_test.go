package op

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
)

func penaltyCases() []testCase {
	var all []testCase
	for _, size := range [][2]int{{4, 7}, {1, 3}, {3, 1}, {1, 1}} {
		rows, n := size[0], size[1]
		matrix := []int{rows, n}
		for _, free := range []float64{0, 0.4, 2} {
			all = append(all, testCase{
				name:   fmt.Sprintf("free bits/size=%v/free=%g", size, free),
				shapes: [][]int{matrix, matrix, {rows}, {1}}, fixed: []bool{false, false, true, true}, prepare: toShares(2),
				build: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return FreeBitsKL(in[0], in[1], in[2], in[3], free) },
				reference: func(v [][]float64) []float64 {
					return []float64{v[3][0] * freeBitsReference(v[0], v[1], v[2], free, n)}
				},
			})
		}
		all = append(all,
			testCase{
				name: fmt.Sprintf("rate kl/size=%v", size), shapes: [][]int{matrix, {rows}}, fixed: []bool{false, true},
				prepare: func(i int, in []float32) {
					toShares(1)(i, in)
					if i == 0 {
						toRates(in)
					}
				},
				build:     func(in gorgonia.Nodes) (*gorgonia.Node, error) { return RateKL(in[0], in[1], 0.05) },
				reference: func(v [][]float64) []float64 { return []float64{rateReference(v[0], v[1], 0.05, n)} },
			},
			testCase{
				name: fmt.Sprintf("l1/size=%v", size), shapes: [][]int{matrix},
				build: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return L1(in[0]) },
				reference: func(v [][]float64) []float64 {
					out := make([]float64, rows)
					for i, a := range v[0] {
						out[i/n] += math.Abs(a)
					}
					return out
				},
			})
	}
	return all
}

// toShares makes one input weights that add up to 1.
func toShares(input int) func(int, []float32) {
	return func(i int, in []float32) {
		if i != input {
			return
		}
		var sum float32
		for j := range in {
			in[j] = 0.1 + float32(math.Abs(float64(in[j])))
			sum += in[j]
		}
		for j := range in {
			in[j] /= sum
		}
	}
}

// toRates brings all elements between 0 and 1.
func toRates(in []float32) {
	for j, v := range in {
		in[j] = float32(1 / (1 + math.Exp(-float64(v))))
	}
}

func freeBitsReference(mu, logvar, weight []float64, free float64, latents int) float64 {
	var sum float64
	for j := range latents {
		var kl float64
		for i, w := range weight {
			m, lv := mu[i*latents+j], logvar[i*latents+j]
			kl += w * -0.5 * (1 + lv - m*m - math.Exp(lv))
		}
		sum += math.Max(free, kl)
	}
	return sum
}

func rateReference(code, weight []float64, rho float64, latents int) float64 {
	var sum float64
	for j := range latents {
		var rate float64
		for i, w := range weight {
			rate += w * code[i*latents+j]
		}
		sum += rho*math.Log(rho/rate) + (1-rho)*math.Log((1-rho)/(1-rate))
	}
	return sum
}

// A latent below the free nats costs exactly them and has no gradient; one above
// costs its divergence; and the batch decides, not the image.
func TestFreeBitsBelowAndAbove(t *testing.T) {
	g := gorgonia.NewGraph()
	// With logvar 0 the divergence is mu^2/2: 0.5 and 0 in the first latent, 8 and 0
	// in the second, 1 and 1 in the third, exactly the free nats.
	root := float32(math.Sqrt2)
	mu := variable(g, "mu", []float32{1, 4, root, 0, 0, -root}, []int{2, 3})
	logvar := variable(g, "logvar", make([]float32, 6), []int{2, 3})
	weight := variable(g, "weight", []float32{0.5, 0.5}, []int{2})
	scale := variable(g, "scale", []float32{3}, []int{1})
	free := float64(root) * float64(root) / 2
	got, grads := differentiate(t, must(t)(FreeBitsKL(mu, logvar, weight, scale, free)), []float32{2}, mu, logvar)
	compare(t, "divergence", got, []float64{3 * (1 + 4 + 1)}, 1e-6)
	compare(t, "gradient of mu", grads[0], []float64{0, 2 * 3 * 0.5 * 4, 0, 0, 0, 0}, 0)
	compare(t, "gradient of logvar", grads[1], make([]float64, 6), 0)
}

// Without free nats it is the weighted sum of StandardNormalKL.
func TestFreeBitsOfNothingIsTheKL(t *testing.T) {
	g := gorgonia.NewGraph()
	mu := variable(g, "mu", []float32{1, -2, 0.5, 0.25, 3, -1}, []int{3, 2})
	logvar := variable(g, "logvar", []float32{0.5, -3, 0, 1, -0.25, 2}, []int{3, 2})
	weight := variable(g, "weight", []float32{0.5, 0.25, 0.125}, []int{3})
	free := must(t)(FreeBitsKL(mu, logvar, weight, variable(g, "scale", []float32{1}, []int{1}), 0))
	got, grads := differentiate(t, free, []float32{1}, mu, logvar)
	kl := must(t)(Dot(weight, must(t)(StandardNormalKL(mu, logvar))))
	want, wantGrads := differentiate(t, kl, []float32{1}, mu, logvar)
	compare(t, "divergence", got, widen(want), 1e-6)
	for i := range grads {
		compare(t, "gradient", grads[i], widen(wantGrads[i]), 1e-6)
	}
}

func TestRateKLIsZeroAtTheWantedRate(t *testing.T) {
	g := gorgonia.NewGraph()
	code := variable(g, "code", []float32{0.5, 0.125, 0, 0.375}, []int{2, 2})
	weight := variable(g, "weight", []float32{0.5, 0.5}, []int{2})
	got, grads := differentiate(t, must(t)(RateKL(code, weight, 0.25)), []float32{1}, code)
	compare(t, "penalty", got, []float64{0}, 1e-7)
	compare(t, "gradient", grads[0], make([]float64, 4), 1e-6)
}

// Units that never or always fire have a finite penalty, and a gradient that leads
// back: that of the rate at which they count.
func TestRateKLAtItsLimits(t *testing.T) {
	g := gorgonia.NewGraph()
	code := variable(g, "code", []float32{0, 1, 0, 1}, []int{2, 2})
	weight := variable(g, "weight", []float32{0.5, 0.5}, []int{2})
	got, grads := differentiate(t, must(t)(RateKL(code, weight, 0.25)), []float32{1}, code)
	const near = 1e-6
	at := func(rate float64) float64 {
		return 0.25*math.Log(0.25/rate) + 0.75*math.Log(0.75/(1-rate))
	}
	compare(t, "penalty", got, []float64{at(near) + at(1-near)}, 1e-6)
	low, high := 0.5*(0.75/(1-near)-0.25/near), 0.5*(0.75/near-0.25/(1-near))
	compare(t, "gradient", grads[0], []float64{low, high, low, high}, 1e-6)
}

func TestL1HasNoDerivativeAtZero(t *testing.T) {
	g := gorgonia.NewGraph()
	code := variable(g, "code", []float32{0, -3, 2, float32(math.Copysign(0, -1))}, []int{2, 2})
	got, grads := differentiate(t, must(t)(L1(code)), []float32{2, 3}, code)
	if want := []float32{3, 2}; !slices.Equal(got, want) {
		t.Errorf("sums %v, want %v", got, want)
	}
	if want := []float32{0, -2, 3, 0}; !slices.Equal(grads[0], want) {
		t.Errorf("gradient %v, want %v", grads[0], want)
	}
}
