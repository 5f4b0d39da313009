package kernel

import (
	"math"
	"testing"

	"vae/internal/rng"
)

func TestLogSum(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		terms []float64
		want  float64
	}{
		{[]float64{3}, 3}, {[]float64{0, 0, 0, 0}, math.Log(4)}, {[]float64{1e5, 1e5}, 1e5 + math.Ln2}, {[]float64{-1e5, -1e5}, -1e5 + math.Ln2},
		{[]float64{1e308, -1e308}, 1e308}, {[]float64{-1e308, 1e308}, 1e308}, {[]float64{-800, 0, -800}, 0}, {[]float64{700, 710, 709}, 710 + math.Log1p(math.Exp(-1)+math.Exp(-10))},
		{[]float64{-inf}, -inf}, {[]float64{-inf, -inf, -inf}, -inf}, {[]float64{-inf, 2}, 2}, {[]float64{2, -inf}, 2}, {[]float64{-inf, -inf, 1, 1}, 1 + math.Ln2},
		{[]float64{inf, 1}, inf}, {[]float64{1, inf, inf}, inf}, {[]float64{inf, -inf}, inf}, {[]float64{-inf, inf}, inf},
		{[]float64{nan}, nan}, {[]float64{nan, 1, 2}, nan}, {[]float64{1, nan, 2}, nan}, {[]float64{1, 2, nan}, nan}, {[]float64{-inf, nan}, nan}, {[]float64{inf, nan}, nan}, {[]float64{nan, inf}, nan},
	} {
		var sum LogSum
		for _, x := range c.terms {
			sum.Add(x)
		}
		got := sum.Value()
		if math.IsNaN(c.want) != math.IsNaN(got) || !math.IsNaN(got) && got != c.want && !(math.Abs(got-c.want) <= 1e-14*math.Abs(c.want)) {
			t.Errorf("%v: %v, want %v", c.terms, got, c.want)
		}
	}
	r := rng.Stream(1, "terms")
	var sum LogSum
	direct := 0.
	for range 10_000 {
		x := 20 * r.NormFloat64()
		sum.Add(x)
		direct += math.Exp(x)
	}
	if got, want := sum.Value(), math.Log(direct); !(math.Abs(got-want) <= 1e-12*math.Abs(want)) {
		t.Errorf("the logarithm of 10,000 terms is %v, want %v", got, want)
	}
}

func TestLogMeanExpOfExtremes(t *testing.T) {
	weights := make([]float32, 3)
	for _, c := range []struct {
		x    []float32
		want float64
	}{
		{[]float32{-1000, -1000, -1000}, -1000},
		{[]float32{1e30, 0, 0}, 1e30},
		{[]float32{-3e4, -100, -3e4}, -100 - math.Log(3)},
	} {
		if got := LogMeanExp(c.x, weights); !(math.Abs(got-c.want) <= 1e-7*math.Abs(c.want)) {
			t.Errorf("%v: %g, want %g", c.x, got, c.want)
		}
		if sum := weights[0] + weights[1] + weights[2]; !(math.Abs(float64(sum)-1) <= 1e-6) {
			t.Errorf("%v: weights %v add up to %g", c.x, weights, sum)
		}
	}
	if got := LogMeanExp([]float32{0, float32(math.NaN()), 0}, weights); got == got {
		t.Errorf("NaN became %g", got)
	}
}

// The divergence is the integral of q log(q/p), here by the trapezoidal rule, which for
// a bell is exact to rounding.
func TestStandardNormalKLOf(t *testing.T) {
	for _, c := range [][2]float64{{0, 0}, {1.5, 0}, {-0.3, -2}, {0.2, 1}} {
		mu, logvar := c[0], c[1]
		sigma, sum := math.Exp(0.5*logvar), 0.
		const step = 0.01
		for e := -12.; e <= 12; e += step {
			z := mu + sigma*e
			sum += step * math.Exp(-0.5*e*e) / math.Sqrt(2*math.Pi) * 0.5 * (z*z - e*e - logvar)
		}
		if got := StandardNormalKLOf(mu, logvar); !(math.Abs(got-sum) <= 1e-12) {
			t.Errorf("KL of %v is %v, want %v", c, got, sum)
		}
	}
	if got := StandardNormalKLOf(1e-9, 1e-9); !(got > 0.7e-18 && got < 0.8e-18) {
		t.Errorf("near the prior it cancels: %v", got)
	}
}

func TestReparameterize(t *testing.T) {
	mu, logvar, z := []float32{1, -2, 0}, []float32{0, float32(math.Log(4)), -100}, []float32{0.5, -1, 3}
	Reparameterize(z, mu, logvar, z)
	for i, want := range []float64{1.5, -4, 0} {
		if !(math.Abs(float64(z[i])-want) <= 1e-6) {
			t.Errorf("draw %d is %v, want %v", i, z[i], want)
		}
	}
}
