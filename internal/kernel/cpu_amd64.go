package kernel

import "golang.org/x/sys/cpu"

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
