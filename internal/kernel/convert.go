package kernel

// BytesToFloats writes src / 255 to dst, of the same length: pixels as the models
// see them, rounded as a division in float32.
func BytesToFloats(dst []float32, src []uint8) {
	check("BytesToFloats", len(dst) == len(src), len(src), 1)
	bytesToFloats(dst, src)
}

func bytesToFloatsPortable(dst []float32, src []uint8) {
	for i, p := range src {
		dst[i] = float32(p) / 255
	}
}

// Prefetch hints that src will be read soon, so that it is on its way from memory
// while something else is computed.
func Prefetch(src []uint8) {
	if len(src) > 0 {
		prefetchLines(&src[0], ceilDiv(len(src), 64))
	}
}

// Binarize writes to dst a draw of each pixel of src, 1 with probability src/255
// and else 0, from as many random numbers: 1 where 255 random < 65536 src. Black
// and white pixels stay what they are; the probability of a grey one is exact to
// 2^-16.
func Binarize(dst []float32, src []uint8, random []uint16) {
	check("Binarize", len(dst) == len(src) && len(random) == len(src), len(src), 1)
	binarize(dst, src, random)
}

func binarizePortable(dst []float32, src []uint8, random []uint16) {
	for i, p := range src {
		dst[i] = 0
		if 255*uint32(random[i]) < 65536*uint32(p) {
			dst[i] = 1
		}
	}
}

// NotAbove sets bit j of mask [(n+63)/64] where a[j] - b[j] > limit does not hold, for
// a and b [n]: also where the difference is NaN. The other bits are cleared.
func NotAbove(mask []uint64, a, b []float32, limit float32) {
	n := len(a)
	check("NotAbove", len(b) == n && len(mask) == ceilDiv(n, 64), 1, n)
	if n == 0 {
		return
	}
	mask[len(mask)-1] = 0
	notAbove(mask, a, b, limit)
}

func notAbovePortable(mask []uint64, a, b []float32, limit float32) {
	for w := range mask {
		from := 64 * w
		to := min(from+64, len(a))
		word := uint64(0)
		for j, v := range a[from:to] {
			word >>= 1
			if !(v-b[from+j] > limit) {
				word |= 1 << 63
			}
		}
		mask[w] = word >> (64 - (to - from))
	}
}
