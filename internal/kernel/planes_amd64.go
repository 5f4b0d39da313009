package kernel

// planesAVX512 and planesAVX2 are the kernels of planes in assembly.
var planesAVX512 = planeKernels{
	logistic: func(term, dmean, dscale, mean, scale, x []float32, g Grid) {
		logisticAVX512(&term[0], &dmean[0], &dscale[0], &mean[0], &scale[0], &x[0], len(x), g.Top, g.Factor, g.Shift, g.offset(), g.Least, g.Most)
	},
	rising: func(value, derivative, x, k []float32, inverse float32) {
		risingAVX512(&value[0], &derivative[0], &x[0], &k[0], len(x), inverse)
	},
	clippedMean: func(y, mean, scale []float32, g Grid) {
		clippedMeanAVX512(&y[0], &mean[0], &scale[0], len(y), g.Top, g.Factor, g.Shift, g.offset(), g.Least, g.Most)
	},
	maximum:     func(most, x []float32) { maximumAVX512(&most[0], &x[0], len(x)) },
	expSum:      func(y, sum, x, most []float32) { expSumAVX512(&y[0], &sum[0], &x[0], &most[0], len(x)) },
	logSum:      func(most, sum []float32) { logSumAVX512(&most[0], &sum[0], len(sum)) },
	weigh:       func(y, w []float32) { weighAVX512(&y[0], &w[0], len(w)) },
	addProduct:  func(y, a, b []float32) { addProductAVX512(&y[0], &a[0], &b[0], len(b)) },
	tanhProduct: func(dt, t, dy, x []float32) { tanhProductAVX512(&dt[0], &t[0], &dy[0], &x[0], len(x)) },
	transpose: func(dst, src []float32, to, from, depth, lanes int) {
		transposeAVX512(&dst[0], &src[0], 4*to, 4*from, depth, lanes)
	},
	lanes: 16,
}

var planesAVX2 = planeKernels{
	logistic: func(term, dmean, dscale, mean, scale, x []float32, g Grid) {
		logisticAVX2(&term[0], &dmean[0], &dscale[0], &mean[0], &scale[0], &x[0], len(x), g.Top, g.Factor, g.Shift, g.offset(), g.Least, g.Most)
	},
	rising: func(value, derivative, x, k []float32, inverse float32) {
		risingAVX2(&value[0], &derivative[0], &x[0], &k[0], len(x), inverse)
	},
	clippedMean: func(y, mean, scale []float32, g Grid) {
		clippedMeanAVX2(&y[0], &mean[0], &scale[0], len(y), g.Top, g.Factor, g.Shift, g.offset(), g.Least, g.Most)
	},
	maximum:     func(most, x []float32) { maximumAVX2(&most[0], &x[0], len(x)) },
	expSum:      func(y, sum, x, most []float32) { expSumAVX2(&y[0], &sum[0], &x[0], &most[0], len(x)) },
	logSum:      func(most, sum []float32) { logSumAVX2(&most[0], &sum[0], len(sum)) },
	weigh:       func(y, w []float32) { weighAVX2(&y[0], &w[0], len(w)) },
	addProduct:  func(y, a, b []float32) { addProductAVX2(&y[0], &a[0], &b[0], len(b)) },
	tanhProduct: func(dt, t, dy, x []float32) { tanhProductAVX2(&dt[0], &t[0], &dy[0], &x[0], len(x)) },
	transpose: func(dst, src []float32, to, from, depth, lanes int) {
		transposeAVX2(&dst[0], &src[0], 4*to, 4*from, depth, lanes)
	},
	lanes: 8,
}

// planes are the kernels of the path in use.
func planes() *planeKernels {
	switch current {
	case avx512:
		return &planesAVX512
	case avx2:
		return &planesAVX2
	}
	return planesInGo()
}
