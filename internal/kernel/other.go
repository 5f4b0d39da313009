//go:build !amd64

package kernel

// Where there is no assembly, the portable functions are the kernels.

func supported(p path) bool { return p.inGo() }

func peakOperations(int) int { return 0 }

// pause tells the processor that this is a waiting loop, where it can be told.
func pause() {}

func prefetchLines(*uint8, int) {}

func gemm(c []float32, a, b operand, m, n, k int, accumulate bool, end epilogue) {
	gemmPortable(c, a, b, m, n, k, accumulate)
	end.whole(c, m, n)
}

func interleave(dst, src []float32, dstStep, srcStep, depth, rows int) {
	interleavePortable(dst, src, dstStep, srcStep, depth, rows)
}

func overlap(dst, src []float32, offsets []int, count, dstStep, srcStep int) {
	overlapPortable(dst, src, offsets, count, dstStep, srcStep)
}

func multiplyTiles(t *Tiles, c, a, b []float32) { multiplyTilesPortable(t, c, a, b) }

func biasActivation(y, bias []float32, rows, n, step int, act Activation) {
	biasActivationPortable(y, bias, rows, n, step, act)
}

func activate(y, x []float32, act Activation) { activatePortable(y, x, act) }

func activationGradient(dz, dy, y []float32, act Activation) {
	activationGradientPortable(dz, dy, y, act)
}

func transpose(dst, src []float32, rows, columns, first, last int) {
	transposePortable(dst, src, 0, rows, columns, first, last)
}

func sigmoids(y, x []float32) { sigmoidsPortable(y, x) }

func bernoulliRow(residual, logits, x []float32) float64 {
	return bernoulliRowPortable(residual, logits, x)
}

func gaussianRow(residual, mean, x []float32, precision float32) float64 {
	return gaussianRowPortable(residual, mean, x, precision)
}

func standardNormalKLRow(dmu, dlogvar, mu, logvar []float32) float64 {
	return standardNormalKLRowPortable(dmu, dlogvar, mu, logvar)
}

func scaleRow(dst, src []float32, factor float32) { scaleRowPortable(dst, src, factor) }

func addRows(sum, src []float32, rows, step int) { addRowsPortable(sum, src, rows, step) }

func addPixels(sum, src []float32, pixels, n, step int) { addPixelsPortable(sum, src, pixels, n, step) }

func deviations(sum, square, x, center []float32, rows int) {
	deviationsPortable(sum, square, x, center, rows)
}

func normalize(y, x, scale, shift []float32, rows int, act Activation) {
	normalizePortable(y, x, scale, shift, rows, act)
}

func (v *Normalized) sums(sum, product, center []float32, rows int) {
	v.sumsPortable(sum, product, center, rows)
}

func (v *Normalized) inputGradient(dx, slope, offset []float32, rows int) {
	v.inputGradientPortable(dx, slope, offset, rows)
}

func adamStep(p, g, m, v []float32, c *adamConstants) { adamStepPortable(p, g, m, v, c) }

func adamAdjustedStep(p, g, m, v []float32, c *adamConstants, a adjustment) {
	adamAdjustedStepPortable(p, g, m, v, c, a)
}

func adamaxStep(p, g, m, norm []float32, c *adamConstants, a adjustment) {
	adamaxStepPortable(p, g, m, norm, c, a)
}

func adagradStep(p, g, sum []float32, a adjustment, rate, epsilon float32) {
	adagradStepPortable(p, g, sum, a, rate, epsilon)
}

func momentumStep(p, g, velocity []float32, a adjustment, momentum, rate float32) {
	momentumStepPortable(p, g, velocity, a, momentum, rate)
}

func sgdStep(p, g []float32, a adjustment, rate float32) { sgdStepPortable(p, g, a, rate) }

func averageStep(mean, value []float32, keep, gain float32) {
	averageStepPortable(mean, value, keep, gain)
}

func squareSums(x []float32, n int) [4]eightSums { return squareSumsPortable(x, n) }

func bytesToFloats(dst []float32, src []uint8) { bytesToFloatsPortable(dst, src) }

func binarize(dst []float32, src []uint8, random []uint16) { binarizePortable(dst, src, random) }

func notAbove(mask []uint64, a, b []float32, limit float32) { notAbovePortable(mask, a, b, limit) }

func repulsion(sums, points, bodies []float32) { repulsionPortable(sums, points, bodies) }

func attraction(point [2]float32, places []float32, other []int32, weight []float32) [2]float32 {
	return attractionPortable(point, places, other, weight)
}

func powerForce(f *PowerForce, point [2]float32, places []float32, other []int32) [2]float32 {
	return powerForcePortable(f, point, places, other)
}

func planes() *planeKernels { return planesInGo() }
