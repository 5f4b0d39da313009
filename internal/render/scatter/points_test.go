package scatter

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
		m := picture(t, Plot{Classes: names(2)}, points)
		var n [2]float64
		a := findFrame(t, m)
		for y := a.y0; y < a.y1; y++ {
			for x := a.x0; x < a.x1; x++ {
				switch c := pixel(m, x, y); {
				case int(c.r) > int(c.g)+15 && int(c.r) > int(c.b)+60: // gold
					n[1]++
				case int(c.g) > int(c.r)+30: // green
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

// TestMarkers: looks are different for 80 classes, markers have their shape and one area.
func TestMarkers(t *testing.T) {
	seen := map[look]bool{}
	for _, l := range looks(names(80)) {
		seen[l] = true
	}
	if len(seen) != 80 {
		t.Errorf("%d looks for 80 classes", len(seen))
	}
	for m := range markers {
		sum := 0.0
		st := newStamps(m, 10, 1)
		for _, v := range st.masks[27] {
			sum += float64(v) / 255
		}
		if !(math.Abs(sum-100*math.Pi) <= 0.06*100*math.Pi) {
			t.Errorf("marker %d of radius 10 has area %.1f, want about %.1f", m, sum, 100*math.Pi)
		}
		if m.covers(0.9, 0) != (m == disc || m == diamond) || m.covers(0.75, 0.75) != (m == square || m == triangle) || m.covers(0.7, -0.7) != (m == disc || m == square) {
			t.Errorf("marker %d has another shape", m)
		}
	}
}

// TestStampPlace: the center of mass of a stamp is where it was asked for, to half a step.
func TestStampPlace(t *testing.T) {
	st := newStamps(disc, 2.3, 0.7)
	for _, at := range [][2]float64{{30, 30}, {30.99, 31.5}, {33.3, 29.7}, {12.49, 40.01}} {
		s := newSheet(60)
		s.stamp(st, at[0], at[1], rgb{0, 0, 0})
		var sum, x, y float64
		for i := range 60 * 60 {
			d := float64(255 - s.pixels[3*i])
			sum, x, y = sum+d, x+d*(float64(i%60)+0.5), y+d*(float64(i/60)+0.5)
		}
		if !(math.Abs(x/sum-at[0]) <= 0.08 && math.Abs(y/sum-at[1]) <= 0.08) {
			t.Errorf("stamp at %v has its center at (%.3f, %.3f)", at, x/sum, y/sum)
		}
		if want := math.Pi * 2.3 * 2.3 * 0.7 * 255; !(math.Abs(sum-want) <= 0.03*want) {
			t.Errorf("stamp at %v: %.0f in all, want %.0f", at, sum, want)
		}
	}
}

func TestMix(t *testing.T) {
	for under := range 256 {
		for over := range 256 {
			for _, a := range []int{0, 1, 100, 128, 254, 255} {
				want := math.Round(float64(under*(255-a)+over*a) / 255)
				if got := mix(uint8(under), uint8(over), uint8(a)); float64(got) != want {
					t.Fatalf("mix(%d, %d, %d) = %d, want %g", under, over, a, got, want)
				}
			}
		}
	}
}
