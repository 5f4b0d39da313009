package plot

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestMixesClasses: two classes of the same distribution, sorted by class. Whichever comes
// last in the input, both must show as much.
func TestMixesClasses(t *testing.T) {
	share := func(last bool) float64 {
		r := rand.New(rand.NewPCG(3, 3))
		points := make([]Point, 40000)
		for i := range points {
			points[i] = Point{float32(r.NormFloat64()) * 0.4, float32(r.NormFloat64()) * 0.4, i / 20000}
			if last {
				points[i].Class = 1 - points[i].Class
			}
		}
		m := picture(t, Scatter{Classes: names(2)}, points)
		var n [2]float64
		a := findFrame(t, m)
		for y := a.Y0; y < a.Y1; y++ {
			for x := a.X0; x < a.X1; x++ {
				switch c := pixel(m, x, y); {
				case int(c.R) > int(c.G)+15 && int(c.R) > int(c.B)+60: // gold
					n[1]++
				case int(c.G) > int(c.R)+30: // green
					n[0]++
				}
			}
		}
		return n[0] / (n[0] + n[1])
	}
	a, b := share(false), share(true)
	if !(math.Abs(a-b) < 0.03 && a > 0.3 && a < 0.7) {
		t.Errorf("share of class 0: %.3f, and %.3f with the classes the other way round", a, b)
	}
}

func TestOrder(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 5, 6, 7, 10, 12, 30, 210, 1000, 9973, 10000, 55440} {
		seen := make([]bool, n)
		visits := 0
		var quarters [4]int // of the input, within the last tenth of the way
		order(n, func(i int) {
			if seen[i] {
				t.Fatalf("n = %d: %d twice", n, i)
			}
			seen[i] = true
			if visits++; visits > n-n/10 {
				quarters[i*4/n]++
			}
		})
		if visits != n {
			t.Errorf("n = %d: %d visits", n, visits)
		}
		for q, c := range quarters {
			if n >= 1000 && !(math.Abs(float64(c)-float64(n)/40) <= 0.05*float64(n)/40+3) {
				t.Errorf("n = %d: %d of the last %d visits in quarter %d", n, c, n/10, q)
			}
		}
	}
}

// TestLooks: looks are different for 80 classes.
func TestLooks(t *testing.T) {
	seen := map[look]bool{}
	for _, l := range looks(names(80)) {
		seen[l] = true
	}
	if len(seen) != 80 {
		t.Errorf("%d looks for 80 classes", len(seen))
	}
}
