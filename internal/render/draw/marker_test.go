package draw

import (
	"math"
	"testing"
)

// TestMarkers: markers have their shape and one area.
func TestMarkers(t *testing.T) {
	for m := range Markers {
		sum := 0.0
		st := newStamps(m, 10, 1)
		for _, v := range st.mask(27) {
			sum += float64(v) / 255
		}
		if !(math.Abs(sum-100*math.Pi) <= 0.06*100*math.Pi) {
			t.Errorf("marker %d of radius 10 has area %.1f, want about %.1f", m, sum, 100*math.Pi)
		}
		if m.covers(0.9, 0) != (m == Disc || m == Diamond) || m.covers(0.75, 0.75) != (m == Square || m == Triangle) || m.covers(0.7, -0.7) != (m == Disc || m == Square) {
			t.Errorf("marker %d has another shape", m)
		}
	}
}

// TestStampPlace: the center of mass of a stamp is where it was asked for, to half a step.
func TestStampPlace(t *testing.T) {
	st := newStamps(Disc, 2.3, 0.7)
	for _, at := range [][2]float64{{30, 30}, {30.99, 31.5}, {33.3, 29.7}, {12.49, 40.01}} {
		s := newSheet(Box{X1: 60, Y1: 60}, 1)
		s.stamp(st, at[0], at[1], RGB{})
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
