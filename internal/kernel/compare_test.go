package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func TestNotAbove(t *testing.T) { eachPath(t, testNotAbove) }

func testNotAbove(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	special := []float32{nan, inf, -inf, 0, float32(math.Copysign(0, -1)), math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32}
	for n := range 200 {
		for offset := range 3 {
			a, b := randomSlice(t, n+offset, 1)[offset:], randomSlice(t, n+offset, 2)[offset:]
			for j := range n {
				if j%5 == 3 {
					a[j] = special[j/5%len(special)]
				}
				if j%7 == 2 {
					b[j] = special[j/7%len(special)]
				}
			}
			for _, limit := range append(special, 0.3, -1) {
				mask := make([]uint64, ceilDiv(n, 64)+1)
				for i := range mask {
					mask[i] = 0xa5a5a5a5a5a5a5a5
				}
				NotAbove(mask[:len(mask)-1], a, b, limit)
				if mask[len(mask)-1] != 0xa5a5a5a5a5a5a5a5 {
					t.Fatalf("n=%d: wrote beyond the mask", n)
				}
				for j := range 64 * (len(mask) - 1) {
					want := j < n && !(a[j]-b[j] > limit)
					if got := mask[j/64]>>(j%64)&1 == 1; got != want {
						t.Fatalf("n=%d offset=%d limit=%g: bit %d is %v, want %v", n, offset, limit, j, got, want)
					}
				}
			}
		}
	}
}

// Differences at the limit and next to it, where another rounding would show.
func TestNotAboveAtTheLimit(t *testing.T) { eachPath(t, testNotAboveAtTheLimit) }

func testNotAboveAtTheLimit(t *testing.T) {
	const n = 70
	a, b := randomSlice(t, n, 3), randomSlice(t, n, 4)
	for j := range n {
		difference := a[j] - b[j]
		for limit, want := range map[float32]bool{
			difference: true,
			math.Nextafter32(difference, float32(math.Inf(1))):  true,
			math.Nextafter32(difference, float32(math.Inf(-1))): false,
		} {
			mask := make([]uint64, 2)
			NotAbove(mask, a, b, limit)
			if got := mask[j/64]>>(j%64)&1 == 1; got != want {
				t.Errorf("difference %g at %d is not above %g: %v, want %v", difference, j, limit, got, want)
			}
		}
	}
}

func TestNotAboveRejectsWrongLengths(t *testing.T) {
	s, m := func(n int) []float32 { return make([]float32, n) }, func(n int) []uint64 { return make([]uint64, n) }
	for name, call := range map[string]func(){
		"b":          func() { NotAbove(m(1), s(3), s(4), 0) },
		"mask short": func() { NotAbove(m(1), s(65), s(65), 0) },
		"mask long":  func() { NotAbove(m(2), s(64), s(64), 0) },
	} {
		if panicOf(call) == "" {
			t.Errorf("%s: no panic", name)
		}
	}
	if mask := m(0); len(mask) != 0 || panicOf(func() { NotAbove(mask, nil, nil, 0) }) != "" {
		t.Error("nothing to compare is refused")
	}
}

func BenchmarkNotAbove(b *testing.B) {
	x, y := make([]float32, 512), slices.Repeat([]float32{1}, 512)
	mask := make([]uint64, 8)
	for _, impl := range Paths() {
		b.Run(fmt.Sprintf("impl=%s/n=512", impl), func(b *testing.B) {
			defer SelectPath(Path())
			if err := SelectPath(impl); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				NotAbove(mask, x, y, -2)
			}
			b.ReportMetric(512*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gelem/s")
		})
	}
}
