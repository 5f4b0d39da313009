package lane

// FlushAll flushes all numbers.
func FlushAll(x []float32) {
	for i, v := range x {
		x[i] = Flush(v)
	}
}

// Four are sums of neighbors, flushed, as Link has them. Four of them keep a processor busy.
type Four [4]float64

// FourOf are those of four numbers.
func FourOf(x []float32) Four {
	_ = x[3]
	return Four{float64(Flush(x[0])), float64(Flush(x[1])), float64(Flush(x[2])), float64(Flush(x[3]))}
}

// Store writes them down.
func (s *Four) Store(x []float32) {
	for i := range s {
		x[i] = float32(s[i])
	}
}

// MultiplyPanels adds to sums [rows, 4] the product of panels a [depth, rows] and b [depth, 4],
// one depth after the other, as the tile kernels do: each sum is a chain of links. The panels
// are flushed already.
func MultiplyPanels(sums, a, b []float32, rows int) {
	for r := range rows {
		s := FourOf(sums[4*r:])
		s0, s1, s2, s3 := s[0], s[1], s[2], s[3]
		for b, at := b, r; at < len(a) && len(b) >= 4; b, at = b[4:], at+rows {
			v, b0, b1, b2, b3 := float64(a[at]), float64(b[0]), float64(b[1]), float64(b[2]), float64(b[3])
			t0, t1, t2, t3 := v*b0+s0, v*b1+s1, v*b2+s2, v*b3+s3
			if decided(t0) && decided(t1) && decided(t2) && decided(t3) {
				s0, s1, s2, s3 = float64(float32(t0)), float64(float32(t1)), float64(float32(t2)), float64(float32(t3))
			} else {
				s0, s1, s2, s3 = Link(v, b0, s0), Link(v, b1, s1), Link(v, b2, s2), Link(v, b3, s3)
			}
		}
		s = Four{s0, s1, s2, s3}
		s.Store(sums[4*r:][:4])
	}
}

// Add adds v times four numbers, which are not flushed.
func (s *Four) Add(v float32, w []float32) {
	_ = w[3]
	by := float64(Flush(v))
	s[0] = Link(by, float64(Flush(w[0])), s[0])
	s[1] = Link(by, float64(Flush(w[1])), s[1])
	s[2] = Link(by, float64(Flush(w[2])), s[2])
	s[3] = Link(by, float64(Flush(w[3])), s[3])
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
