package stats

import (
	"fmt"
	"math"

	"vae/internal/kernel"
)

// The covariance is computed by the float32 products of package kernel, which
// are many times as fast as gonum's in float64, without their rounding. Each
// centered column is scaled by a power of two so that it lies in [-256, 256],
// and cut into digits: H, the next integer; M, a multiple of 2^-8 in [-1/2, 1/2];
// and the rest R in [-2^-9, 2^-9]. Over 256 rows the partial sums of HᵀH are
// integers of at most 2^24, and those of HᵀM multiples of 2^-8 of at most 2^15:
// both exact in float32. What remains is smaller by 2^-17, and so are its errors:
//
//	XᵀX = S + Sᵀ with S = HᵀH/2 + HᵀM + [HᵀR + (M+R)ᵀ(M+R)/2].
//
// Blocks of rows are added up in float64. An element is off by at most 1e-9 of
// the product of its two columns' greatest deviations from their means, and by
// far less as a rule.

const (
	blockRows = 256 // what keeps HᵀH exact
	fullScale = 8   // log2 of the largest |H|
)

// maxColumns bounds what a covariance is computed for. There it takes 1.25 GiB: [D,
// D] in float64 and three times in float32.
const maxColumns = 8192

// moments holds what one reading of the rows tells of each column.
type moments struct{ sum, low, high []float64 } // [D]

// covariance returns the mean [D] and the covariance [D, D] of n rows of d
// columns, with division by n. The rows are read twice, in order, one call at a
// time.
func covariance(what string, rows func(dst []float32, i int), n, d int) (mean, cov []float64, err error) {
	if n < 2 {
		return nil, nil, fmt.Errorf("%s: %d rows have no covariance: at least 2 are needed", what, n)
	}
	if d < 1 || d > maxColumns {
		return nil, nil, fmt.Errorf("%s: a covariance of %d columns: there may be 1 to %d", what, d, maxColumns)
	}
	block := make([]float32, min(n, blockRows)*d)
	m := moments{make([]float64, d), make([]float64, d), make([]float64, d)}
	for j := range d {
		m.low[j], m.high[j] = math.Inf(1), math.Inf(-1)
	}
	err = eachBlock(what, rows, block, n, d, m.add)
	if err != nil {
		return nil, nil, err
	}
	mean = make([]float64, d)
	scale := make([]float64, d)
	for j := range mean {
		mean[j] = m.sum[j] / float64(n)
		scale[j] = unit(max(m.high[j]-mean[j], mean[j]-m.low[j]))
	}
	p := newProduct(mean, scale, len(block))
	err = eachBlock(what, rows, block, n, d, p.add)
	if err != nil {
		return nil, nil, err
	}
	return mean, p.covariance(n), nil
}

// unit is the power of two that brings deviations of up to most into [-256,
// 256]; 0 for a constant column.
func unit(most float64) float64 {
	if most == 0 {
		return 0
	}
	_, exponent := math.Frexp(most)
	return math.Ldexp(1, exponent-fullScale)
}

// eachBlock reads the rows in order and gives them to add, a block at a time.
func eachBlock(what string, rows func([]float32, int), block []float32, n, d int, add func([]float32)) error {
	for first := 0; first < n; first += blockRows {
		b := block[:min(blockRows, n-first)*d]
		for i := range len(b) / d {
			rows(b[i*d:(i+1)*d:(i+1)*d], first+i)
		}
		if i := notFinite(b); i >= 0 {
			return fmt.Errorf("%s: row %d, column %d is %v: a finite number is needed", what, first+i/d, i%d, b[i])
		}
		add(b)
	}
	return nil
}

// strip is how many columns of a block are one task.
const strip = 64

func (m *moments) add(block []float32) {
	d := len(m.sum)
	kernel.Parallel((d+strip-1)/strip, func(s int) {
		from, to := s*strip, min((s+1)*strip, d)
		sum, low, high := m.sum[from:to], m.low[from:to], m.high[from:to]
		for at := 0; at < len(block); at += d {
			for j, v := range block[at+from : at+to] {
				x := float64(v)
				sum[j] += x
				low[j] = min(low[j], x)
				high[j] = max(high[j], x)
			}
		}
	})
}

// product adds up XᵀX for rows X of centered columns, in units of their scales.
type product struct {
	mean, scale, inverse []float64 // [D]
	high, middle, low    []float32 // H, M and R of a block
	tail, half           []float32 // M + R, and half of it
	square, cross, small []float32 // [D, D] of a block: HᵀH, HᵀM and what is in brackets
	sum                  []float64 // [D, D] S
}

func newProduct(mean, scale []float64, block int) *product {
	d := len(mean)
	p := &product{mean: mean, scale: scale, inverse: make([]float64, d), sum: make([]float64, d*d)}
	for _, part := range []*[]float32{&p.high, &p.middle, &p.low, &p.tail, &p.half} {
		*part = make([]float32, block)
	}
	for _, part := range []*[]float32{&p.square, &p.cross, &p.small} {
		*part = make([]float32, d*d)
	}
	for j, s := range scale {
		if s != 0 {
			p.inverse[j] = 1 / s
		}
	}
	return p
}

func (p *product) add(block []float32) {
	d, n := len(p.mean), len(block)/len(p.mean)
	kernel.Parallel(n, func(i int) { p.split(block[i*d:(i+1)*d], i*d) })
	high, size := p.high[:n*d], n*d
	kernel.MatMulTN(p.square, high, high, d, d, n, false)
	kernel.MatMulTN(p.cross, high, p.middle[:size], d, d, n, false)
	kernel.MatMulTN(p.small, high, p.low[:size], d, d, n, false)
	kernel.MatMulTN(p.small, p.half[:size], p.tail[:size], d, d, n, true)
	kernel.Parallel(d, func(i int) {
		from, to := i*d, (i+1)*d
		square, cross, small := p.square[from:to], p.cross[from:to], p.small[from:to]
		for j, s := range p.sum[from:to] {
			p.sum[from+j] = s + (float64(square[j])/2 + float64(cross[j]) + float64(small[j]))
		}
	})
}

// split writes the parts of one row, at the given place.
func (p *product) split(row []float32, at int) {
	// Added to and taken from a smaller float64, these leave it rounded to a
	// multiple of 1 and of 2^-8.
	const toOne, toDigit = 3 << 51, 3 << 43
	for j, v := range row {
		x := (float64(v) - p.mean[j]) * p.inverse[j]
		h := float64(x+toOne) - toOne
		tail := x - h
		m := float64(tail+toDigit) - toDigit
		p.high[at+j], p.middle[at+j], p.low[at+j] = float32(h), float32(m), float32(tail-m)
		p.tail[at+j], p.half[at+j] = float32(tail), float32(tail/2)
	}
}

// covariance returns the covariance of n rows, in the place of the sum.
func (p *product) covariance(n int) []float64 {
	d, cov := len(p.mean), p.sum
	for i := range d {
		for j := i; j < d; j++ {
			c := (cov[i*d+j] + cov[j*d+i]) * p.scale[i] * p.scale[j] / float64(n)
			cov[i*d+j], cov[j*d+i] = c, c
		}
	}
	return cov
}
