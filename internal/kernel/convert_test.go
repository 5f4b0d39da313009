package kernel

import "testing"

func TestBytesToFloats(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for n := range 300 {
			src, dst := make([]uint8, n), guarded(t, n)
			for i := range src {
				src[i] = uint8(i*7 + n)
			}
			BytesToFloats(dst, src)
			for i, p := range src {
				if want := float32(float64(p) / 255); dst[i] != want {
					t.Fatalf("%d of %d: %d becomes %v, want %v", i, n, p, dst[i], want)
				}
			}
		}
	})
}
