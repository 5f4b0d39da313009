package evaluate

import (
	"encoding/json"
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
		var sum logSum
		for _, x := range c.terms {
			sum.add(x)
		}
		got := sum.value()
		if math.IsNaN(c.want) != math.IsNaN(got) || !math.IsNaN(got) && got != c.want && !(math.Abs(got-c.want) <= 1e-14*math.Abs(c.want)) {
			t.Errorf("%v: %v, want %v", c.terms, got, c.want)
		}
	}
	r := rng.Stream(1, "terms")
	var sum logSum
	direct := 0.
	for range 10_000 {
		x := 20 * r.NormFloat64()
		sum.add(x)
		direct += math.Exp(x)
	}
	within(t, "the logarithm of 10,000 terms", sum.value(), math.Log(direct), 1e-12)
}

func TestBitsPerDimension(t *testing.T) {
	within(t, "bits", BitsPerDimension(784*math.Ln2*0.25, 784), 0.25, 1e-15)
	within(t, "bits", BitsPerDimension(-3*math.Ln2, 1), -3, 1e-15)
}

func TestEstimate(t *testing.T) {
	e := estimate([]float64{1, 2, 6})
	within(t, "mean", e.Mean, 3, 1e-15)
	within(t, "standard error", float64(e.StandardError), math.Sqrt(7./3), 1e-15)
	one := estimate([]float64{4})
	if one.Mean != 4 || !math.IsNaN(float64(one.StandardError)) {
		t.Errorf("of one value: %+v", one)
	}
	for want, value := range map[string]any{
		`{"mean":4,"standard_error":null}`: one, `{"mean":3,"standard_error":0.5}`: Estimate{3, 0.5},
		`{"mean":1,"standard_error":null,"samples":2}`: NLLPart{Estimate: Estimate{1, Number(math.Inf(1))}, Samples: 2},
	} {
		if got, err := json.Marshal(value); err != nil || string(got) != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
}
