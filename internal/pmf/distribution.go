// Package pmf gives symbols integer frequencies, of which an entropy coder has need: the same on every machine, none of them 0, and the
// symbol of a number found by the same frequencies.
//
// A distribution of n symbols of a precision is the sequence F(0) = 0 < F(1) < ... < F(n) = 2^precision: symbol i has the
// numbers from F(i) on, F(i+1) - F(i) of them. It is F(i) = i + floor(P(i) (2^precision - n)), where P(i) is the probability of the symbols
// below i and need only rise, so that each symbol keeps 1 and all others share what is left. Whatever P is made from, numbers that are none
// included, F is a distribution.
package pmf

import (
	"sync"

	"vae/internal/exact"
)

// Probabilities are whole numbers of 2^-48.
const (
	certainBits = 48
	certain     = 1 << certainBits
)

// Arguments of a distribution function are rounded down to 2^-24.
const (
	argumentBits = 24
	argumentOne  = 1 << argumentBits
)

// Distribution is a distribution function of mean 0 that is known at evenly spaced arguments, and rises in straight lines between them. As
// the function rises at the knots, and the lines are rounded down, it falls nowhere.
type Distribution struct {
	knots []uint64 // from -limit to limit, from 0 to certain
	limit float64  // in units of an argument
	shift uint     // knots are 2^shift units apart
	// quantiles are where the function is j/2^quantileBits, in whole numbers of its argument, but for the ends.
	quantiles [1<<quantileBits + 1]float32
}

const quantileBits = 10

// newDistribution is that of a function that is symmetrical, from -limit to limit, with 2^knotBits knots in each whole number.
func newDistribution(cdf func(float64) float64, limit int, knotBits uint) *Distribution {
	half := limit << knotBits
	d := &Distribution{knots: make([]uint64, 2*half+1), limit: float64(limit << argumentBits), shift: argumentBits - knotBits}
	d.knots[half] = certain / 2
	for i := 1; i < half; i++ {
		below := uint64(cdf(-float64(i)/float64(uint64(1)<<knotBits))*certain + 0.5)
		d.knots[half-i], d.knots[half+i] = below, certain-below
	}
	d.knots[2*half] = certain
	d.invert()
	return d
}

// Normal is the standard normal distribution. What its lines lose, 3.7e-6 bits a symbol at the most, is the variance of the slope within one,
// 2^-14/12, halved.
var Normal = sync.OnceValue(func() *Distribution { return newDistribution(exact.NormalCDF, 8, 7) })

// Logistic is the logistic distribution of scale 1, whose lines lose 5e-6 bits a symbol at the most.
var Logistic = sync.OnceValue(func() *Distribution { return newDistribution(exact.Sigmoid, 32, 6) })

// Below is the probability to be below x, in units of 2^-24, in units of 2^-48: 0 of NaN.
func (d *Distribution) Below(x float64) uint64 {
	x += d.limit
	if !(x > 0) {
		return 0
	}
	if x >= 2*d.limit {
		return certain
	}
	at := uint64(int64(x))
	i, rest := at>>(d.shift&63), at&(1<<(d.shift&63)-1)
	low := d.knots[i]
	return low + (d.knots[i+1]-low)*rest>>(d.shift&63)
}

// invert finds the quantiles.
func (d *Distribution) invert() {
	one := float64(argumentOne)
	knot := 0
	for j := range d.quantiles {
		p := min(max(uint64(j)<<(certainBits-quantileBits), certain>>outermost), certain-certain>>outermost)
		for d.knots[knot+1] <= p {
			knot++
		}
		low, high := d.knots[knot], d.knots[knot+1]
		part := float64(p-low) / float64(high-low)
		d.quantiles[j] = float32((float64((float64(knot)+part)*float64(uint64(1)<<d.shift)) - d.limit) / one)
	}
}

// outermost is the probability of the outer quantiles, as 2^-outermost.
const outermost = 13

// quantile is near that of a probability. It tells where to begin a search, and need not be exact.
func (d *Distribution) quantile(p float64) float64 {
	p *= 1 << quantileBits
	if !(p > 0) {
		p = 0
	}
	i := int(min(p, 1<<quantileBits-1))
	low := d.quantiles[i]
	return float64(low + (d.quantiles[i+1]-low)*float32(p-float64(i)))
}
