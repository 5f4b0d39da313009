package kernel

import (
	"math"
	"slices"
	"testing"
)

func TestAverageAgainstFloat64(t *testing.T) { eachPath(t, testAverageAgainstFloat64) }

func testAverageAgainstFloat64(t *testing.T) {
	for _, n := range widths() {
		params := []Parameter{{Param: randomSlice(t, n, 1), Gradient: randomSlice(t, n, 2)}, {Param: randomSlice(t, 2*n, 3), Gradient: randomSlice(t, 2*n, 4)}}
		for _, p := range params {
			mean, value := widen(p.Param), slices.Clone(p.Gradient)
			Average{Decay: 0.7}.Update([]Parameter{p})
			for i, v := range p.Param {
				if want := 0.7*mean[i] + 0.3*float64(value[i]); !(math.Abs(float64(v)-want) <= 8*ulp) {
					t.Fatalf("n=%d: mean %d is %g, want %g", n, i, v, want)
				}
			}
			if !slices.Equal(p.Gradient, value) {
				t.Fatalf("n=%d: the values were changed", n)
			}
		}
	}
}

func TestAverageSameBitsOnAllPathsAndThreads(t *testing.T) {
	const n = 2*fewestElements + 11
	run := func() []float32 {
		mean := randomSlice(t, n, 1)
		for seed := range uint64(3) {
			Average{Decay: 0.9}.Update([]Parameter{{Param: mean, Gradient: randomSlice(t, n, 2+seed)}})
		}
		return slices.Clone(mean)
	}
	var want []float32
	eachPath(t, func(t *testing.T) {
		sameForAnyThreadCount(t, "Average", func() [][]float32 {
			got := run()
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Fatalf("other bits on %s than on %s", Path(), Paths()[0])
			}
			return [][]float32{got}
		})
	})
}

func TestAverageOfWhatIsNoNumber(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		mean := []float32{1, 2}
		Average{Decay: 0.5}.Update([]Parameter{{Param: mean, Gradient: []float32{float32(math.NaN()), 4}}})
		if mean[0] == mean[0] || mean[1] != 3 {
			t.Errorf("means %v, want NaN and 3", mean)
		}
	})
}
