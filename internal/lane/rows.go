package lane

// FlushAll flushes all numbers.
func FlushAll(x []float32) {
	for i, v := range x {
		x[i] = Flush(v)
	}
}

// MultiplyPanels adds to sums [rows, columns] the product of panels a [depth, rows] and b
// [depth, columns], one depth after the other, as the tile kernels do: each sum is a chain of
// FlushedFMA. The panels are flushed already.
func MultiplyPanels(sums, a, b []float32, rows, columns int) {
	for i := range sums {
		at, of := i/columns, i%columns
		sum := Flush(sums[i])
		for at < len(a) && of < len(b) {
			sum = FlushedFMAOf(a[at], b[of], sum)
			at += rows
			of += columns
		}
		sums[i] = sum
	}
}

// The kernels of planes (internal/kernel/_gen/mixture.go), on arrays of one length.

// Maximum sets most[j] to the greater of most[j] and x[j].
func Maximum(most, x []float32) {
	for j, v := range x {
		most[j] = greater(most[j], v)
	}
}

// ExpSum sets y[j] = exp(x[j] - most[j]), and adds it to sum[j].
func ExpSum(y, sum, x, most []float32) {
	for j, v := range x {
		y[j] = Exp(v - most[j])
		sum[j] += y[j]
	}
}

// LogSum adds log sum[j] to most[j], and makes sum[j] its inverse.
func LogSum(most, sum []float32) {
	for j, v := range sum {
		most[j] += product(log2(v), ln2) + (v - v)
		sum[j] = 1 / v
	}
}

// AddProduct adds a[j] b[j] to y[j].
func AddProduct(y, a, b []float32) {
	for j, v := range b {
		y[j] = FMA(a[j], v, y[j])
	}
}

// ClippedMean sets y[j] to the mean of a logistic distribution clipped to 0 and top, as a part of
// top. Its mean is mean[j] factor + shift, the logarithm of its scale
// min(max(scale[j], least), most) + offset.
func ClippedMean(y, mean, scale []float32, top, factor, shift, offset, least, most float32) {
	for j, m := range mean {
		rate := Exp(-(smaller(most, greater(least, scale[j])) + offset))
		at := FMA(m, factor, shift)
		high, low := Softplus(product(at, rate)), Softplus(product(at-top, rate))
		y[j] = (high - low) / product(rate, top)
	}
}
