//go:build !amd64

package kernel

func peakOperations(int) int { return 0 }
