package lane

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// exactly is a*b + c by math/big, rounded once to so many bits as float32 has; of finite numbers
// whose sum is not 0.
func exactly(a, b, c float32) (sum *big.Float, rounded float32) {
	wide := func(x float32) *big.Float { return new(big.Float).SetPrec(1000).SetFloat64(float64(x)) }
	sum = wide(0).Mul(wide(a), wide(b))
	sum.Add(sum, wide(c))
	rounded, _ = sum.Float32()
	return sum, rounded
}

// hard gives numbers among which ties, cancellation, denormals and overflow are frequent.
func hard(r *rand.Rand) float32 {
	switch r.IntN(6) {
	case 0:
		return math.Float32frombits(r.Uint32())
	case 1: // few bits
		return float32(math.Ldexp(float64(r.IntN(65)-32), r.IntN(60)-30))
	case 2: // below and about 2^-126
		return math.Float32frombits(r.Uint32N(3<<23) | r.Uint32()&signBit)
	case 3: // whose products are
		return float32(math.Ldexp(1+float64(r.IntN(1<<12))/(1<<12), -60-r.IntN(20)))
	case 4: // around one, of 24 and 12 bits
		return 1 + float32(r.IntN(1<<12)-1<<11)/(1<<23)
	default:
		return float32(r.NormFloat64())
	}
}

// third is c for a and b: often such that the sum is a tie or almost one, or cancels.
func third(r *rand.Rand, a, b float32) float32 {
	p := float64(a) * float64(b)
	switch r.IntN(4) {
	case 0: // nearly all cancels
		return -float32(p * (1 + float64(r.IntN(9)-4)/(1<<23)))
	case 1: // p is about half of c's last place, or of twice or four times of it
		_, e := math.Frexp(p)
		return float32(math.Ldexp(1+float64(r.IntN(1<<10))/(1<<10), e+22+r.IntN(6)))
	default:
		return hard(r)
	}
}

func same(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

func TestFMAIsRoundedOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	ties, denormals := 0, 0
	for range 1_000_000 {
		a, b := hard(r), hard(r)
		c := third(r, a, b)
		var want float32
		s := float64(a)*float64(b) + float64(c)
		switch {
		case math.IsInf(s, 0) || s != s:
			want = float32(s)
		default:
			sum, rounded := exactly(a, b, c)
			if want = rounded; sum.Sign() == 0 {
				want = float32(s) // which is a zero, and has the right sign
			}
			if plain := float32(s); !same(plain, want) {
				ties++
			}
			if want != 0 && math.Abs(float64(want)) < least {
				denormals++
			}
		}
		if got := FMA(a, b, c); !same(got, want) {
			t.Fatalf("fma(%x, %x, %x) is %x, want %x", a, b, c, got, want)
		}
	}
	if ties < 100 || denormals < 100 {
		t.Errorf("%d sums that are rounded twice, %d denormal results: too few to tell", ties, denormals)
	}
}

// A processor takes a result for tiny that is below 2^-126 when rounded to 24 bits, and knows no
// denormal operand.
func TestLinksHaveNoDenormals(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 1_000_000 {
		a, b := hard(r), hard(r)
		c := third(r, a, b)
		want := FMA(Flush(a), Flush(b), Flush(c))
		if sum, _ := exactly0(Flush(a), Flush(b), Flush(c)); sum != nil && sum.Sign() != 0 {
			rounded := new(big.Float).SetPrec(24).Set(sum)
			if rounded.Abs(rounded).Cmp(big.NewFloat(least)) < 0 {
				want = 0
				if sum.Sign() < 0 {
					want = float32(math.Copysign(0, -1))
				}
			}
		}
		if got := link(a, b, c); !same(got, want) {
			t.Fatalf("fma(%x, %x, %x) is %x where denormals are flushed, want %x", a, b, c, got, want)
		}
	}
}

// exactly0 is exactly, or nil where a number is not finite.
func exactly0(a, b, c float32) (sum *big.Float, rounded float32) {
	if s := a - a + (b - b) + (c - c); s != 0 {
		return nil, 0
	}
	return exactly(a, b, c)
}

func link(a, b, c float32) float32 {
	return float32(Link(float64(Flush(a)), float64(Flush(b)), float64(Flush(c))))
}

func TestFlush(t *testing.T) {
	for _, c := range [][2]float32{{0x1p-127, 0}, {0x1p-126, 0x1p-126}, {-0x1p-149, float32(math.Copysign(0, -1))}, {-3, -3}} {
		if got := Flush(c[0]); !same(got, c[1]) {
			t.Errorf("flush(%x) = %x, want %x", c[0], got, c[1])
		}
	}
	below := math.Nextafter32(1, 0) // 1 - 2^-24
	if got := FlushedProduct(below, least); got != 0 {
		t.Errorf("2^-126 - 2^-150 is %x, want 0", got)
	}
	if got := FlushedSum(3*least, -2.5*least); got != 0 {
		t.Errorf("half of 2^-126 is %x, want 0", got)
	}
}
