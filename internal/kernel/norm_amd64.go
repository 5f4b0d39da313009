package kernel

// The kernels of normalizations by path; see vector_amd64.go.

// normalization is that with an activation, in assembly.
type normalization struct {
	forward  func(y, x, scale, shift *float32, rows, n, yStep, xStep int)
	sums     func(sum, product, dz, dy, x, y, scale, shift, center *float32, rows, n, dzStep, dyStep, xStep, yStep int)
	gradient func(dx, dy, x, y, scale, shift, slope, offset *float32, rows, n, dxStep, dyStep, xStep, yStep int)
}

var normalizationsAVX512 = [len(functions)]normalization{
	Linear:    {normalizeLinearAVX512, normalizeSumsLinearAVX512, normalizeGradientLinearAVX512},
	ReLU:      {normalizeReLUAVX512, normalizeSumsReLUAVX512, normalizeGradientReLUAVX512},
	LeakyReLU: {normalizeLeakyReLUAVX512, normalizeSumsLeakyReLUAVX512, normalizeGradientLeakyReLUAVX512},
	Tanh:      {normalizeTanhAVX512, normalizeSumsTanhAVX512, normalizeGradientTanhAVX512},
	Sigmoid:   {normalizeSigmoidAVX512, normalizeSumsSigmoidAVX512, normalizeGradientSigmoidAVX512},
	Softplus:  {normalizeSoftplusAVX512, normalizeSumsSoftplusAVX512, normalizeGradientSoftplusAVX512},
	ELU:       {normalizeELUAVX512, normalizeSumsELUAVX512, normalizeGradientELUAVX512},
	SiLU:      {forward: normalizeSiLUAVX512, sums: normalizeSumsSiLUAVX512},
	GELU:      {forward: normalizeGELUAVX512, sums: normalizeSumsGELUAVX512},
}

var normalizationsAVX2 = [len(functions)]normalization{
	Linear:    {normalizeLinearAVX2, normalizeSumsLinearAVX2, normalizeGradientLinearAVX2},
	ReLU:      {normalizeReLUAVX2, normalizeSumsReLUAVX2, normalizeGradientReLUAVX2},
	LeakyReLU: {normalizeLeakyReLUAVX2, normalizeSumsLeakyReLUAVX2, normalizeGradientLeakyReLUAVX2},
	Tanh:      {normalizeTanhAVX2, normalizeSumsTanhAVX2, normalizeGradientTanhAVX2},
	Sigmoid:   {normalizeSigmoidAVX2, normalizeSumsSigmoidAVX2, normalizeGradientSigmoidAVX2},
	Softplus:  {normalizeSoftplusAVX2, normalizeSumsSoftplusAVX2, normalizeGradientSoftplusAVX2},
	ELU:       {normalizeELUAVX2, normalizeSumsELUAVX2, normalizeGradientELUAVX2},
	SiLU:      {forward: normalizeSiLUAVX2, sums: normalizeSumsSiLUAVX2},
	GELU:      {forward: normalizeGELUAVX2, sums: normalizeSumsGELUAVX2},
}

// normalization is that with the activation in assembly on the path in use; nil where there is
// none.
func (a Activation) normalization() *normalization {
	a.function() // which panics where there is no such activation
	switch current {
	case avx512:
		return &normalizationsAVX512[a]
	case avx2:
		return &normalizationsAVX2[a]
	}
	return nil
}

func addPixels(sum, src []float32, pixels, n, step int) {
	const narrow = 8 // fewer numbers take a mask longer than one by one
	switch path := current; {
	case n < narrow:
		addPixelsPortable(sum, src, pixels, n, step)
	case path == avx512:
		addPixelsAVX512(&sum[0], &src[0], pixels, n, 4*n, 4*n*step)
	case path == avx2:
		addPixelsAVX2(&sum[0], &src[0], pixels, n, 4*n, 4*n*step)
	default:
		addPixelsPortable(sum, src, pixels, n, step)
	}
}

func deviations(sum, square, x, center []float32, rows int) {
	switch n := len(sum); current {
	case avx512:
		deviationsAVX512(&sum[0], &square[0], &x[0], &center[0], rows, n, 4*n)
	case avx2:
		deviationsAVX2(&sum[0], &square[0], &x[0], &center[0], rows, n, 4*n)
	default:
		deviationsPortable(sum, square, x, center, rows)
	}
}

func normalize(y, x, scale, shift []float32, rows int, act Activation) {
	n, k := len(scale), act.normalization()
	if k == nil || k.forward == nil {
		normalizePortable(y, x, scale, shift, rows, act)
		return
	}
	k.forward(&y[0], &x[0], &scale[0], &shift[0], rows, n, 4*n, 4*n)
}

func (v *Normalized) sums(sum, product, center []float32, rows int) {
	n, k := len(v.Scale), v.Act.normalization()
	if k == nil || k.sums == nil {
		v.sumsPortable(sum, product, center, rows)
		return
	}
	dz := &v.DY[0] // not written to
	if v.Act.OfInput() {
		dz = &v.DZ[0]
	}
	k.sums(&sum[0], &product[0], dz, &v.DY[0], &v.X[0], v.output(), &v.Scale[0], &v.Shift[0], &center[0], rows, n, 4*n, 4*n, 4*n, 4*n)
}

func (v *Normalized) inputGradient(dx, slope, offset []float32, rows int) {
	n, k := len(v.Scale), v.Act.normalization()
	if k == nil || k.gradient == nil {
		v.inputGradientPortable(dx, slope, offset, rows)
		return
	}
	k.gradient(&dx[0], &v.DY[0], &v.X[0], v.output(), &v.Scale[0], &v.Shift[0], &slope[0], &offset[0], rows, n, 4*n, 4*n, 4*n, 4*n)
}

// output is y where it is read, else what may be there.
func (v *Normalized) output() *float32 {
	if v.Act.OfOutput() {
		return &v.Y[0]
	}
	return &v.X[0]
}
