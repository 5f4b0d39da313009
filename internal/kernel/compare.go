package kernel

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
