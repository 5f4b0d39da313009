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

// All paths draw the same pixels, black and white ones never change, and a grey
// one is white as often as it should be.
func TestBinarize(t *testing.T) {
	random := make([]uint16, 1<<16)
	for i := range random {
		random[i] = uint16(i * 40503) // odd: every number once
	}
	eachPath(t, func(t *testing.T) {
		for p := 0; p <= 255; p += 5 {
			src, dst := make([]uint8, len(random)), guarded(t, len(random))
			for i := range src {
				src[i] = uint8(p)
			}
			Binarize(dst, src, random)
			var white int
			for i, v := range dst {
				if v != 0 && v != 1 {
					t.Fatalf("pixel %d became %v", i, v)
				}
				white += int(v)
			}
			if want := (p*65536 + 254) / 255; white != want {
				t.Errorf("pixel %d was white %d times of 65536, want %d", p, white, want)
			}
		}
		for n := range 70 {
			src, got, want := make([]uint8, n), guarded(t, n), make([]float32, n)
			for i := range src {
				src[i] = uint8(i*37 + n)
			}
			Binarize(got, src, random[n:2*n])
			binarizePortable(want, src, random[n:2*n])
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("n=%d: pixel %d is %v, want %v", n, i, got[i], want[i])
				}
			}
		}
	})
}
