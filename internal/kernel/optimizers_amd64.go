package kernel

// The steps of the optimizers by path.

func adamStep(p, g, m, v []float32, c *adamConstants) {
	switch current {
	case avx512:
		adamAVX512(&p[0], &g[0], &m[0], &v[0], len(p), c.beta1, c.gain1, c.beta2, c.gain2, c.rate, c.scale, c.epsilon)
	case avx2:
		adamAVX2(&p[0], &g[0], &m[0], &v[0], len(p), c.beta1, c.gain1, c.beta2, c.gain2, c.rate, c.scale, c.epsilon)
	default:
		adamStepPortable(p, g, m, v, c)
	}
}

func adamAdjustedStep(p, g, m, v []float32, c *adamConstants, a adjustment) {
	switch current {
	case avx512:
		adamAdjustedAVX512(&p[0], &g[0], &m[0], &v[0], len(p), a.factor, a.decay, a.keep, c.beta1, c.gain1, c.beta2, c.gain2, c.rate, c.scale, c.epsilon)
	case avx2:
		adamAdjustedAVX2(&p[0], &g[0], &m[0], &v[0], len(p), a.factor, a.decay, a.keep, c.beta1, c.gain1, c.beta2, c.gain2, c.rate, c.scale, c.epsilon)
	default:
		adamAdjustedStepPortable(p, g, m, v, c, a)
	}
}

func adamaxStep(p, g, m, norm []float32, c *adamConstants, a adjustment) {
	switch current {
	case avx512:
		adamaxAVX512(&p[0], &g[0], &m[0], &norm[0], len(p), a.factor, a.decay, c.beta1, c.gain1, c.beta2, c.rate, c.epsilon)
	case avx2:
		adamaxAVX2(&p[0], &g[0], &m[0], &norm[0], len(p), a.factor, a.decay, c.beta1, c.gain1, c.beta2, c.rate, c.epsilon)
	default:
		adamaxStepPortable(p, g, m, norm, c, a)
	}
}

func adagradStep(p, g, sum []float32, a adjustment, rate, epsilon float32) {
	switch current {
	case avx512:
		adagradAVX512(&p[0], &g[0], &sum[0], len(p), a.factor, a.decay, rate, epsilon)
	case avx2:
		adagradAVX2(&p[0], &g[0], &sum[0], len(p), a.factor, a.decay, rate, epsilon)
	default:
		adagradStepPortable(p, g, sum, a, rate, epsilon)
	}
}

func momentumStep(p, g, velocity []float32, a adjustment, momentum, rate float32) {
	switch current {
	case avx512:
		momentumAVX512(&p[0], &g[0], &velocity[0], len(p), a.factor, a.decay, momentum, rate)
	case avx2:
		momentumAVX2(&p[0], &g[0], &velocity[0], len(p), a.factor, a.decay, momentum, rate)
	default:
		momentumStepPortable(p, g, velocity, a, momentum, rate)
	}
}

func sgdStep(p, g []float32, a adjustment, rate float32) {
	switch current {
	case avx512:
		sgdAVX512(&p[0], &g[0], len(p), a.factor, a.decay, rate)
	case avx2:
		sgdAVX2(&p[0], &g[0], len(p), a.factor, a.decay, rate)
	default:
		sgdStepPortable(p, g, a, rate)
	}
}

func averageStep(mean, value []float32, keep, gain float32) {
	switch current {
	case avx512:
		averageAVX512(&mean[0], &value[0], len(mean), keep, gain)
	case avx2:
		averageAVX2(&mean[0], &value[0], len(mean), keep, gain)
	default:
		averageStepPortable(mean, value, keep, gain)
	}
}

// squareSums adds up the squares of four runs of x, each of n elements and n > 0.
func squareSums(x []float32, n int) (sums [4]eightSums) {
	switch current {
	case avx512:
		squaresAVX512(&x[0], &x[n], &x[2*n], &x[3*n], n, &sums[0][0])
	case avx2:
		squaresAVX2(&x[0], &x[n], &x[2*n], &x[3*n], n, &sums[0][0])
	default:
		return squareSumsPortable(x, n)
	}
	return sums
}
