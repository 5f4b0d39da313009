package kernel

// peakOperations runs the loop of independent multiply-adds of the path in use
// and returns the number of operations done, 0 for the portable path.
func peakOperations(rounds int) int {
	const chains = 12
	switch current {
	case avx512:
		peakAVX512(rounds)
		return 2 * chains * 16 * rounds
	case avx2:
		peakAVX2(rounds)
		return 2 * chains * 8 * rounds
	default:
		return 0
	}
}
