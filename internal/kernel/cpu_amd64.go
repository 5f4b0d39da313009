package kernel

import (
	"golang.org/x/sys/cpu"
)

// supported says whether the processor and the operating system have what a
// path needs.
func supported(p path) bool {
	x := &cpu.X86
	switch p {
	case avx512:
		return supported(avx2) && x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL && x.HasBMI2
	case avx2:
		return x.HasAVX2 && x.HasFMA
	default:
		return true
	}
}

// peakOperations runs the loop of independent multiply-adds of the path in use
// and returns the number of operations done, 0 for the paths in Go.
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
