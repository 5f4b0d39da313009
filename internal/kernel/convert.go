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
