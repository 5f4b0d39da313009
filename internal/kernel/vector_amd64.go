package kernel

// The elementwise kernels by path. Slices are checked by the exported functions;
// here n is at least 1 and every slice is long enough. Functions without an
// assembly version for the path in use are the portable ones.

// vectorFunction is an activation in assembly; nil is a part that there is not, for
// which portable Go serves.
type vectorFunction struct {
	bias     func(y, bias *float32, rows, n, yStep int)
	apply    func(y, x *float32, n int)
	gradient func(dz, dy, v *float32, n int)
}

var functionsAVX512 = [len(functions)]vectorFunction{
	Linear:    {bias: biasLinearAVX512},
	ReLU:      {bias: biasReLUAVX512, gradient: gradientReLUAVX512},
	LeakyReLU: {bias: biasLeakyReLUAVX512, gradient: gradientLeakyReLUAVX512},
	Tanh:      {bias: biasTanhAVX512, gradient: gradientTanhAVX512},
	Sigmoid:   {bias: biasSigmoidAVX512, gradient: gradientSigmoidAVX512},
	Softplus:  {bias: biasSoftplusAVX512, gradient: gradientSoftplusAVX512},
	ELU:       {bias: biasELUAVX512, gradient: gradientELUAVX512},
	SiLU:      {bias: biasSiLUAVX512, apply: applySiLUAVX512, gradient: gradientSiLUAVX512},
	GELU:      {bias: biasGELUAVX512, apply: applyGELUAVX512, gradient: gradientGELUAVX512},
}

var functionsAVX2 = [len(functions)]vectorFunction{
	Linear:    {bias: biasLinearAVX2},
	ReLU:      {bias: biasReLUAVX2, gradient: gradientReLUAVX2},
	LeakyReLU: {bias: biasLeakyReLUAVX2, gradient: gradientLeakyReLUAVX2},
	Tanh:      {bias: biasTanhAVX2, gradient: gradientTanhAVX2},
	Sigmoid:   {bias: biasSigmoidAVX2, gradient: gradientSigmoidAVX2},
	Softplus:  {bias: biasSoftplusAVX2, gradient: gradientSoftplusAVX2},
	ELU:       {bias: biasELUAVX2, gradient: gradientELUAVX2},
	SiLU:      {bias: biasSiLUAVX2, apply: applySiLUAVX2, gradient: gradientSiLUAVX2},
	GELU:      {bias: biasGELUAVX2, apply: applyGELUAVX2, gradient: gradientGELUAVX2},
}

// noVector is that of portable Go.
var noVector vectorFunction

// vector is the activation in assembly on the path in use.
func (a Activation) vector() *vectorFunction {
	switch current {
	case avx512:
		return &functionsAVX512[a]
	case avx2:
		return &functionsAVX2[a]
	}
	return &noVector
}

// biasActivation applies act(y + bias) to rows of n elements, step elements
// apart.
func biasActivation(y, bias []float32, rows, n, step int, act Activation) {
	if f := act.vector(); f.bias != nil {
		f.bias(&y[0], &bias[0], rows, n, 4*step)
		return
	}
	biasActivationPortable(y, bias, rows, n, step, act)
}

func activate(y, x []float32, act Activation) {
	if f := act.vector(); f.apply != nil {
		f.apply(&y[0], &x[0], len(x))
		return
	}
	activatePortable(y, x, act)
}

func activationGradient(dz, dy, v []float32, act Activation) {
	if f := act.vector(); f.gradient != nil {
		f.gradient(&dz[0], &dy[0], &v[0], len(v))
		return
	}
	activationGradientPortable(dz, dy, v, act)
}

func sigmoids(y, x []float32) {
	switch current {
	case avx512:
		sigmoidAVX512(&y[0], &x[0], len(x))
	case avx2:
		sigmoidAVX2(&y[0], &x[0], len(x))
	default:
		sigmoidsPortable(y, x)
	}
}

func bernoulliRow(residual, logits, x []float32) float64 {
	var sums eightSums
	switch current {
	case avx512:
		bernoulliAVX512(&residual[0], &logits[0], &x[0], len(x), &sums[0])
	case avx2:
		bernoulliAVX2(&residual[0], &logits[0], &x[0], len(x), &sums[0])
	default:
		return bernoulliRowPortable(residual, logits, x)
	}
	return sums.total()
}

func gaussianRow(residual, mean, x []float32, precision float32) float64 {
	var sums eightSums
	switch current {
	case avx512:
		gaussianAVX512(&residual[0], &mean[0], &x[0], len(x), precision, &sums[0])
	case avx2:
		gaussianAVX2(&residual[0], &mean[0], &x[0], len(x), precision, &sums[0])
	default:
		return gaussianRowPortable(residual, mean, x, precision)
	}
	return sums.total()
}

func standardNormalKLRow(dmu, dlogvar, mu, logvar []float32) float64 {
	var sums eightSums
	switch current {
	case avx512:
		standardNormalKLAVX512(&dmu[0], &dlogvar[0], &mu[0], &logvar[0], len(mu), &sums[0])
	case avx2:
		standardNormalKLAVX2(&dmu[0], &dlogvar[0], &mu[0], &logvar[0], len(mu), &sums[0])
	default:
		return standardNormalKLRowPortable(dmu, dlogvar, mu, logvar)
	}
	return sums.total()
}

func scaleRow(dst, src []float32, factor float32) {
	switch current {
	case avx512:
		scaleAVX512(&dst[0], &src[0], len(src), factor)
	case avx2:
		scaleAVX2(&dst[0], &src[0], len(src), factor)
	default:
		scaleRowPortable(dst, src, factor)
	}
}

// addRows adds rows of src, step elements apart, to sum.
func addRows(sum, src []float32, rows, step int) {
	switch current {
	case avx512:
		addRowsAVX512(&sum[0], &src[0], rows, len(sum), 4*step)
	case avx2:
		addRowsAVX2(&sum[0], &src[0], rows, len(sum), 4*step)
	default:
		addRowsPortable(sum, src, rows, step)
	}
}

func bytesToFloats(dst []float32, src []uint8) {
	whole := len(src) &^ 15
	if whole > 0 {
		switch current {
		case avx512:
			bytesToFloatsAVX512(&dst[0], &src[0], whole, 255)
		case avx2:
			bytesToFloatsAVX2(&dst[0], &src[0], whole, 255)
		default:
			whole = 0
		}
	}
	bytesToFloatsPortable(dst[whole:], src[whole:])
}

func binarize(dst []float32, src []uint8, random []uint16) {
	whole := len(src) &^ 15
	if whole > 0 {
		switch current {
		case avx512:
			binarizeAVX512(&dst[0], &src[0], &random[0], whole)
		case avx2:
			binarizeAVX2(&dst[0], &src[0], &random[0], whole)
		default:
			whole = 0
		}
	}
	binarizePortable(dst[whole:], src[whole:], random[whole:])
}

func notAbove(mask []uint64, a, b []float32, limit float32) {
	switch current {
	case avx512:
		notAboveAVX512(&mask[0], &a[0], &b[0], len(a), limit)
	case avx2:
		notAboveAVX2(&mask[0], &a[0], &b[0], len(a), limit)
	default:
		notAbovePortable(mask, a, b, limit)
	}
}

func repulsion(sums, points, bodies []float32) {
	switch current {
	case avx512:
		repulsionAVX512(&sums[0], &points[0], &bodies[0], len(bodies)/6)
	case avx2:
		repulsionAVX2(&sums[0], &points[0], &bodies[0], len(bodies)/6)
	default:
		repulsionPortable(sums, points, bodies)
	}
}

func attraction(point [2]float32, places []float32, other []int32, weight []float32) (sum [2]float32) {
	switch current {
	case avx512:
		attractionAVX512(&sum[0], &point[0], &places[0], &other[0], &weight[0], len(other))
	case avx2:
		attractionAVX2(&sum[0], &point[0], &places[0], &other[0], &weight[0], len(other))
	default:
		return attractionPortable(point, places, other, weight)
	}
	return sum
}

func powerForce(f *PowerForce, point [2]float32, places []float32, other []int32) (sum [2]float32) {
	switch current {
	case avx512:
		powerForceAVX512(&sum[0], &point[0], &places[0], &other[0], len(other), &f.A)
	case avx2:
		powerForceAVX2(&sum[0], &point[0], &places[0], &other[0], len(other), &f.A)
	default:
		return powerForcePortable(f, point, places, other)
	}
	return sum
}

// transpose writes the columns first to last-1 of a matrix side by side: vectors of its rows
// by assembly, those left over in Go.
func transpose(dst, src []float32, rows, columns, first, last int) {
	top, lanes := 0, current.lanes()
	for ; !current.inGo() && top+lanes <= rows; top += lanes {
		current.transpose(&dst[top], &src[top*columns+first], 4*rows, 4*columns, last-first, lanes)
	}
	transposePortable(dst, src, top, rows, columns, first, last)
}
