package evaluate

import (
	"encoding/json"
	"math"
	"testing"
)

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
