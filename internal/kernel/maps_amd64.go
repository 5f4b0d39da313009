package kernel

// transpose writes the columns first to last-1 of a matrix side by side: vectors of its rows
// by assembly, those left over in Go.
func transpose(dst, src []float32, rows, columns, first, last int) {
	lanes, top := 0, 0
	switch current {
	case avx512:
		lanes = 16
	case avx2:
		lanes = 8
	}
	for ; lanes > 0 && top+lanes <= rows; top += lanes {
		if current == avx512 {
			transposeAVX512(&dst[top], &src[top*columns+first], 4*rows, 4*columns, last-first, lanes)
		} else {
			transposeAVX2(&dst[top], &src[top*columns+first], 4*rows, 4*columns, last-first, lanes)
		}
	}
	transposePortable(dst, src, top, rows, columns, first, last)
}
