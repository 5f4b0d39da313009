// Package exact computes functions with the same bits on every machine, for those who decode on one what was encoded on another.
//
// What math has for them does not: Exp and others are assembly on some processors. Nor does a formula as it stands, for the compiler may fuse a
// product and a sum into one operation with one rounding (https://go.dev/ref/spec#Floating_point_operators), even across functions. An explicit
// conversion of the product forbids it, and so each product here that is added to stands in one. Sums, quotients and square
// roots are those of IEEE 754 everywhere.
package exact

import "math"

// Parts of log 2, of which the first has zeros at its end, so that its product with a small integer is exact.
const (
	ln2High = 6.93147180369123816490e-01
	ln2Low  = 1.90821492927058770002e-10
)

// Beyond these exp is no number above 0, or infinite.
const (
	leastExp = -7.45133219101941108420e+02
	mostExp  = 7.09782712893383973096e+02
)

// Exp is e^x, to less than a unit in the last place (Ng 2004, e_exp.c of FreeBSD's msun, whose method and coefficients these are).
func Exp(x float64) float64 {
	switch {
	case x != x:
		return x
	case x > mostExp:
		return math.Inf(1)
	case x < leastExp:
		return 0
	}
	k := math.Floor(float64(x*math.Log2E) + 0.5)
	high, low := x-float64(k*ln2High), float64(k*ln2Low)
	return scaled(expOfSmall(high, low), int(k))
}

// expOfSmall is e^(high-low), of at most half of log 2. It is 1 + r + r c/(2-c), where c is r less a polynomial in its square.
func expOfSmall(high, low float64) float64 {
	r := high - low
	t := float64(r * r)
	p := 4.13813679705723846039e-08
	p = float64(p*t) - 1.65339022054652515390e-06
	p = float64(p*t) + 6.61375632143793436117e-05
	p = float64(p*t) - 2.77777777770155933842e-03
	p = float64(p*t) + 1.66666666666666019037e-01
	c := r - float64(p*t)
	return 1 - ((low - float64(r*c)/(2-c)) - high)
}

// scaled is y times 2^k, rounded once, for y near 1 and a k of Exp.
func scaled(y float64, k int) float64 {
	const half = 512
	if k > -1000 && k < 1000 {
		return y * power(k)
	}
	if k > 0 {
		return y * power(half) * power(k-half)
	}
	return y * power(k+half) * power(-half)
}

// power is 2^k, which is a normal number.
func power(k int) float64 { return math.Float64frombits(uint64(k+1023) << 52) }

// Sigmoid is 1/(1+e^-x), the distribution function of the logistic distribution.
func Sigmoid(x float64) float64 {
	e := Exp(-math.Abs(x))
	if x > 0 {
		return 1 / (1 + e)
	}
	return e / (1 + e)
}

// NormalCDF is the probability that a standard normal variable is below x: around 0 by a series of positive terms
// (Marsaglia 2004, Evaluating the normal distribution, section 3), further out by Laplace's continued fraction, so that
// what is small is right in proportion.
func NormalCDF(x float64) float64 {
	const series, far = 2, 40
	switch a := math.Abs(x); {
	case x != x:
		return x
	case a < series:
		return 0.5 + float64(normalDensity(x)*normalSeries(x))
	case a > far && x < 0:
		return 0
	case a > far:
		return 1
	case x < 0:
		return normalDensity(x) / normalFraction(a)
	default:
		return 1 - normalDensity(x)/normalFraction(a)
	}
}

// normalDensity is that of the standard normal distribution.
func normalDensity(x float64) float64 {
	const density = 0.39894228040143267794 // 1/sqrt(2 pi)
	high := float64(float32(x))            // whose square is exact
	return density * Exp(float64(-0.5*float64(high*high))) * Exp(float64(-0.5*float64((x-high)*(x+high))))
}

// normalSeries is x + x^3/3 + x^5/(3 5) + ...
func normalSeries(x float64) float64 {
	sum, term, square := x, x, float64(x*x)
	for i := 3.; ; i += 2 {
		term = float64(term*square) / i
		if sum+term == sum {
			return sum
		}
		sum += term
	}
}

// normalFraction is x + 1/(x + 2/(x + 3/(x + ...))), for x from 2 on.
func normalFraction(x float64) float64 {
	const terms = 250
	f := x
	for i := terms; i > 0; i-- {
		f = x + float64(i)/f
	}
	return f
}

// Tanh is the hyperbolic tangent, to 5e-16 and not in proportion.
func Tanh(x float64) float64 { return float64(2*Sigmoid(2*x)) - 1 }
