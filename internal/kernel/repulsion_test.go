package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// repulsionInput are points and n bodies around them, one of which lies on a point.
func repulsionInput(t *testing.T, n int) (points, bodies []float32) {
	points, bodies = randomSlice(t, 2*RepulsionPoints, 5), randomSlice(t, 3*n, uint64(6+n))
	for i := range n {
		bodies[3*i] *= 30
		bodies[3*i+2] = float32(1 + i%7)
	}
	if n > 2 {
		bodies[3], bodies[4] = points[9], points[RepulsionPoints+9]
	}
	return points, bodies
}

func TestRepulsionAgainstItsFormula(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for n := range 71 {
			points, bodies := repulsionInput(t, n)
			sums := guarded(t, 3*RepulsionPoints)
			Repulsion(sums, points, bodies)
			for i := range RepulsionPoints {
				var want, size [3]float64
				for b := range n {
					dx := float64(points[i]) - float64(bodies[3*b])
					dy := float64(points[RepulsionPoints+i]) - float64(bodies[3*b+1])
					q := 1 / (1 + dx*dx + dy*dy)
					for c, v := range []float64{q * q * dx, q * q * dy, q} {
						want[c] += float64(bodies[3*b+2]) * v
						size[c] += float64(bodies[3*b+2]) * math.Abs(v)
					}
				}
				for c := range want {
					got := float64(sums[c*RepulsionPoints+i])
					if !(math.Abs(got-want[c]) <= 1e-5*size[c]) {
						t.Fatalf("sum %d of point %d of %d bodies is %g, want %g", c, i, n, got, want[c])
					}
				}
			}
		}
	})
}

func TestRepulsionSameBitsOnVectorPaths(t *testing.T) {
	for n := range 71 {
		var first []float32
		eachPath(t, func(t *testing.T) {
			if Path() == "portable" {
				return
			}
			points, bodies := repulsionInput(t, n)
			sums := make([]float32, 3*RepulsionPoints)
			Repulsion(sums, points, bodies)
			if first == nil {
				first = sums
			}
			if !slices.Equal(sums, first) {
				t.Errorf("%d bodies: other sums on %s than on %s", n, Path(), Paths()[0])
			}
		})
	}
}

// A point that is no number makes its own sums none, and no other's.
func TestRepulsionOfNaN(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		points, bodies := repulsionInput(t, 7)
		points[3] = float32(math.NaN())
		sums := make([]float32, 3*RepulsionPoints)
		Repulsion(sums, points, bodies)
		for i, v := range sums {
			if (v != v) != (i%RepulsionPoints == 3) {
				t.Errorf("sum %d is %v", i, v)
			}
		}
	})
}

func TestRepulsionRefusesOtherSizes(t *testing.T) {
	for _, size := range [][3]int{{47, 32, 3}, {48, 31, 3}, {48, 32, 4}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("sizes %v were taken", size)
				}
			}()
			Repulsion(make([]float32, size[0]), make([]float32, size[1]), make([]float32, size[2]))
		}()
	}
}

func BenchmarkRepulsion(b *testing.B) {
	for _, name := range Paths() {
		b.Run(fmt.Sprintf("path=%s", name), func(b *testing.B) {
			defer func(before string) { _ = SelectPath(before) }(Path())
			if err := SelectPath(name); err != nil {
				b.Fatal(err)
			}
			sums, points, bodies := make([]float32, 48), make([]float32, 32), make([]float32, 3*1000)
			for b.Loop() {
				Repulsion(sums, points, bodies)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/16000, "ns/pair")
		})
	}
}
