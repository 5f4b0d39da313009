package kernel

import (
	"fmt"
	"math"
	"testing"
)

// attractionInput are places and n neighbors among them.
func attractionInput(t testing.TB, n int) (places []float32, other []int32, weight []float32) {
	const rows = 90
	places, other, weight = make([]float32, 2*rows), make([]int32, n), make([]float32, n)
	for i := range places {
		places[i] = float32(math.Sin(float64(i*i))) * float32(1+i%9)
	}
	for i := range other {
		other[i], weight[i] = int32(i*37%rows), float32(i%5)/8
	}
	return places, other, weight
}

func TestAttractionAgainstItsFormula(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for n := 0; n <= 160; n += AttractionPad {
			places, other, weight := attractionInput(t, n)
			point := [2]float32{places[14], places[15]}
			got := Attraction(point, places, other, weight)
			var want, size [2]float64
			for i, j := range other {
				var d [2]float64
				for c := range d {
					d[c] = float64(point[c]) - float64(places[2*int(j)+c])
				}
				for c := range d {
					v := float64(weight[i]) * d[c] / (1 + d[0]*d[0] + d[1]*d[1])
					want[c] += v
					size[c] += math.Abs(v)
				}
			}
			for c := range want {
				if !(math.Abs(float64(got[c])-want[c]) <= 1e-6*size[c]) {
					t.Fatalf("sum %d of %d neighbors is %g, want %g", c, n, got[c], want[c])
				}
			}
		}
	})
}

func TestAttractionSameBitsOnVectorPaths(t *testing.T) {
	for n := AttractionPad; n <= 320; n += AttractionPad {
		places, other, weight := attractionInput(t, n)
		var first *[2]float32
		eachPath(t, func(t *testing.T) {
			if Path() == "portable" {
				return
			}
			got := Attraction([2]float32{0.3, -2}, places, other, weight)
			if first == nil {
				first = &got
			}
			if got != *first {
				t.Errorf("%d neighbors: %v on %s and %v on %s", n, got, Path(), *first, Paths()[0])
			}
		})
	}
}

func TestAttractionOfNaN(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		places, other, weight := attractionInput(t, 32)
		places[2*other[20]] = float32(math.NaN())
		if got := Attraction([2]float32{0, 1}, places, other, weight); got[0] == got[0] || got[1] == got[1] {
			t.Errorf("a neighbor at no place draws to %v", got)
		}
	})
}

func TestAttractionRefusesOtherSizes(t *testing.T) {
	for _, size := range [][2]int{{15, 15}, {16, 32}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("sizes %v were taken", size)
				}
			}()
			Attraction([2]float32{}, make([]float32, 2), make([]int32, size[0]), make([]float32, size[1]))
		}()
	}
}

func BenchmarkAttraction(b *testing.B) {
	for _, name := range Paths() {
		b.Run(fmt.Sprintf("path=%s", name), func(b *testing.B) {
			defer func(before string) { _ = SelectPath(before) }(Path())
			if err := SelectPath(name); err != nil {
				b.Fatal(err)
			}
			places, other, weight := attractionInput(b, 128)
			for b.Loop() {
				Attraction([2]float32{}, places, other, weight)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/128, "ns/neighbor")
		})
	}
}
