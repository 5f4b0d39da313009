package lane

import "math"

// The functions of internal/kernel/_gen, operation by operation; their names and their comments,
// which say why, are there (vector.go, functions.go, powerforce.go). What stands for an
// instruction is a function here: FMA(a, b, c) is madd, FMA(-a, b, c) is nmadd.

// number is a constant as the generator makes it: of a float64.
func number(x float64) float32 { return float32(x) }

func numbers(x ...float64) []float32 {
	n := make([]float32, len(x))
	for i, v := range x {
		n[i] = number(v)
	}
	return n
}

// ln2 in so few bits that its product with a whole number up to 128 is exact.
const ln2OfFewBits = 0.693145751953125

var (
	leastExponent = number(-87.33654) // ln 2^-126
	inverseLn2    = number(1 / math.Ln2)
	ln2           = number(math.Ln2)
	ln2High       = number(ln2OfFewBits)
	ln2Low        = number(math.Ln2 - ln2OfFewBits)
	leakySlope    = number(0.01)
	normalRate    = number(0.3275911 / math.Sqrt2)

	expTerms    = numbers(1./2, 1./6, 1./24, 1./120, 1./720, 1./5040)
	log1pTerms  = numbers(2./3, 2./5, 2./7, 2./9, 2./11, 2./13, 2./15)
	normalTerms = numbers(0.254829592/2, -0.284496736/2, 1.421413741/2, -1.453152027/2, 1.061405429/2)
	log2Terms   = numbers(1.44269496, -0.721352759, 0.480924039, -0.360241986, 0.287075611, -0.248821806, 0.234209851, -0.146203534)
)

// greater and smaller are VMAXPS and VMINPS: b where either is NaN, or both are zero.
func greater(a, b float32) float32 {
	if a > b {
		return a
	}
	return b
}

func smaller(a, b float32) float32 {
	if a < b {
		return a
	}
	return b
}

// choose is a where the sign bit of s is clear, and b where it is set.
func choose(s, a, b float32) float32 {
	if math.Float32bits(s)&signBit == 0 {
		return a
	}
	return b
}

func abs(x float32) float32         { return math.Float32frombits(math.Float32bits(x) &^ signBit) }
func negativeAbs(x float32) float32 { return math.Float32frombits(math.Float32bits(x) | signBit) }

// product is a*b, rounded: the conversion keeps it from becoming a part of a sum.
func product(a, b float32) float32 { return float32(a * b) }

// polynomial is c[0] + c[1] x + ... by Horner's rule.
func polynomial(x float32, c []float32) float32 {
	r := c[len(c)-1]
	for i := len(c) - 2; i >= 0; i-- {
		r = FMA(r, x, c[i])
	}
	return r
}

// powerOfTwo is 2^n for whole n from -126 to 127, and what the bits of its conversion give
// beyond.
func powerOfTwo(n float32) float32 {
	whole := int32(math.MinInt32) // where there is no such number
	if n >= -1<<31 && n < 1<<31 {
		whole = int32(n)
	}
	return math.Float32frombits(uint32(whole+127) << 23)
}

func exponent(x float32) (scale, p float32) {
	bounded := greater(leastExponent, x)
	n := float32(math.RoundToEven(float64(product(bounded, inverseLn2))))
	r := FMA(-n, ln2High, bounded)
	r = FMA(-n, ln2Low, r)
	p = FMA(product(r, r), polynomial(r, expTerms), r)
	if x >= leastExponent {
		scale = powerOfTwo(n)
	}
	return scale, p
}

// Exp is exp x.
func Exp(x float32) float32 {
	scale, p := exponent(x)
	return FMA(scale, p, scale)
}

// ExpMinus1 is exp x - 1 for x <= 0.
func ExpMinus1(x float32) float32 {
	scale, p := exponent(x)
	return FMA(scale, p, scale-1)
}

// log1p is log(1 + y) for 0 <= y <= 1.
func log1p(y float32) float32 {
	s := y / (y + 2)
	z := product(s, s)
	return FMA(product(s, z), polynomial(z, log1pTerms), s+s)
}

// log2 is that of a positive normal x.
func log2(x float32) float32 {
	root := int32(math.Float32bits(math.Sqrt2 / 2))
	bits := int32(math.Float32bits(x))
	n := (bits - root) >> 23
	t := math.Float32frombits(uint32(bits-n<<23)) - 1
	return FMA(t, polynomial(t, log2Terms), float32(n))
}

func sigmoid(x float32) (p, small float32) {
	small = Exp(negativeAbs(x))
	return choose(x, 1, small) / (1 + small), small
}

// Sigmoid is 1 / (1 + exp(-x)).
func Sigmoid(x float32) float32 {
	p, _ := sigmoid(x)
	return p
}

// Softplus is log(1 + exp x).
func Softplus(x float32) float32 {
	return log1p(Exp(negativeAbs(x))) + greater(0, x)
}

// Tanh is tanh x.
func Tanh(x float32) float32 {
	minus := negativeAbs(x)
	t := ExpMinus1(minus + minus)
	return math.Float32frombits(math.Float32bits(x)&signBit | math.Float32bits(abs(t/(t+2))))
}

// normal is the standard normal distribution function, and exp(-x^2/2).
func normal(x float32) (cdf, bell float32) {
	bell = Exp(product(product(x, -0.5), x))
	t := 1 / (product(abs(x), normalRate) + 1)
	h := product(product(polynomial(t, normalTerms), t), bell)
	return choose(x, 1-h, h), bell
}

// ReLU is max(0, x).
func ReLU(x float32) float32 { return greater(0, x) }

// LeakyReLU is x or 0.01 x.
func LeakyReLU(x float32) float32 { return choose(x, x, product(x, leakySlope)) }

// ELU is x or exp x - 1.
func ELU(x float32) float32 { return choose(x, x, ExpMinus1(smaller(0, x))) }

// SiLU is x / (1 + exp(-x)).
func SiLU(x float32) float32 { return product(Sigmoid(x), x) }

// GELU is x Phi(x), Phi the standard normal distribution function.
func GELU(x float32) float32 {
	cdf, _ := normal(x)
	return product(cdf, x)
}
