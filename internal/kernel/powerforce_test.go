package kernel

import (
	"fmt"
	"math"
	"testing"
)

var (
	testPush = PowerForce{A: 1.577, B: 0.895, Constant: 1.79, Least: 0.001, Most: 4}
	testPull = PowerForce{A: 1.577, B: 0.895, Factor: -2.82, Most: 4}
)

// placesApart are places at distances of 1e-18 to 1e18 from one of them, and that again.
func placesApart(n int) (point [2]float32, places []float32, other []int32) {
	point = [2]float32{0, 0}
	for i := range n {
		d := math.Pow(10, float64(i*13%37-18))
		if i%3 == 0 {
			d = 1 + float64(i)/8
		}
		places = append(places, float32(d*math.Cos(float64(i))), float32(d*math.Sin(float64(i))))
		other = append(other, int32(i))
	}
	if n > 5 {
		places[10], places[11] = 0, 0
	}
	return point, places, other
}

func TestPowerForceAgainstItsFormula(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, f := range []PowerForce{testPush, testPull} {
			for n := 0; n <= 160; n += AttractionPad {
				point, places, other := placesApart(n)
				got := f.Sum(point, places, other)
				var want, size [2]float64
				for _, j := range other {
					dx, dy := float64(-places[2*j]), float64(-places[2*j+1])
					square := dx*dx + dy*dy
					p := math.Pow(square, float64(f.B))
					c := (float64(f.Constant) + float64(f.Factor)*p) / ((float64(f.Least) + square) * (1 + float64(f.A)*p))
					for axis, d := range []float64{dx, dy} {
						v := 0.0
						if square > 0 {
							v = max(min(c*d, 4), -4)
						}
						want[axis] += v
						size[axis] += math.Abs(v)
					}
				}
				for c := range want {
					if !(math.Abs(float64(got[c])-want[c]) <= 2e-5*size[c]+1e-6) {
						t.Fatalf("force %d of %d others is %g, want %g", c, n, got[c], want[c])
					}
				}
			}
		}
	})
}

func TestPowerForceSameBitsOnVectorPaths(t *testing.T) {
	for n := AttractionPad; n <= 160; n += AttractionPad {
		for _, f := range []PowerForce{testPush, testPull} {
			var first *[2]float32
			eachPath(t, func(t *testing.T) {
				if Path() == "portable" {
					return
				}
				point, places, other := placesApart(n)
				got := f.Sum(point, places, other)
				if first == nil {
					first = &got
				}
				if got != *first {
					t.Errorf("%d others: %v on %s and %v on %s", n, got, Path(), *first, Paths()[0])
				}
			})
		}
	}
}

func TestPowerForceOfThePlaceItself(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, f := range []PowerForce{testPush, testPull} {
			if got := f.Sum([2]float32{3, -7}, []float32{3, -7}, make([]int32, 32)); got != [2]float32{} {
				t.Errorf("a place has a force of %v on itself", got)
			}
		}
	})
}

func TestPowerForceRefusesOtherSizes(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("15 others were taken")
		}
	}()
	testPush.Sum([2]float32{}, make([]float32, 2), make([]int32, 15))
}

func TestLogarithmAndPower(t *testing.T) {
	for x := float32(1.3e-38); x < 1e38; x *= 1.0137 {
		if got, want := float64(logarithm2(x)), math.Log2(float64(x)); !(math.Abs(got-want) <= 5e-7+1e-7*math.Abs(want)) {
			t.Fatalf("log2 %g is %.9g, want %.9g", x, got, want)
		}
	}
	for x := float32(-126); x <= 126; x += 0.0371 {
		if got, want := float64(powerOf2(x)), math.Exp2(float64(x)); !(math.Abs(got-want) <= 5e-7*want) {
			t.Fatalf("2^%g is %.9g, want %.9g", x, got, want)
		}
	}
}

func BenchmarkPowerForce(b *testing.B) {
	for _, name := range Paths() {
		b.Run(fmt.Sprintf("path=%s", name), func(b *testing.B) {
			defer func(before string) { _ = SelectPath(before) }(Path())
			if err := SelectPath(name); err != nil {
				b.Fatal(err)
			}
			point, places, other := placesApart(32)
			for b.Loop() {
				testPush.Sum(point, places, other)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/32, "ns/neighbor")
		})
	}
}
