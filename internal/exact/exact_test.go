package exact

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// far is how far two numbers lie apart, in proportion.
func far(a, b float64) float64 {
	if a == b || math.IsNaN(a) && math.IsNaN(b) {
		return 0
	}
	return math.Abs(a-b) / math.Max(math.Abs(b), 0x1p-1000)
}

// arguments are many, close and far, of both signs.
func arguments(most float64) []float64 {
	r := rand.New(rand.NewPCG(1, 2))
	all := []float64{0, math.Copysign(0, -1), math.SmallestNonzeroFloat64, -1, 1, 3, -3, math.Nextafter(3, 0), most, -most}
	for range 20000 {
		all = append(all, (2*r.Float64()-1)*most, (2*r.Float64()-1)*4, math.Ldexp(2*r.Float64()-1, -r.IntN(60)))
	}
	return all
}

func TestExp(t *testing.T) {
	for _, x := range arguments(700) {
		if got, want := Exp(x), math.Exp(x); !(far(got, want) <= 1e-15) {
			t.Fatalf("exp %v is %v, not %v", x, got, want)
		}
	}
	for x, want := range map[float64]float64{
		math.Inf(1): math.Inf(1), math.Inf(-1): 0, 710: math.Inf(1), -746: 0, 709.5: 1.354986319314632830876632e308, -745: math.SmallestNonzeroFloat64,
	} {
		if got := Exp(x); !(far(got, want) <= 1e-15) {
			t.Errorf("exp %v is %v, not %v", x, got, want)
		}
	}
	if got := Exp(math.NaN()); got == got {
		t.Errorf("exp of NaN is %v", got)
	}
}

func TestSigmoid(t *testing.T) {
	for _, x := range arguments(700) {
		if got, want := Sigmoid(x), math.Exp(-math.Max(-x, 0))/(1+math.Exp(-math.Abs(x))); !(far(got, want) <= 1e-15) {
			t.Fatalf("sigmoid %v is %v, not %v", x, got, want)
		}
	}
	if Sigmoid(math.Inf(1)) != 1 || Sigmoid(math.Inf(-1)) != 0 || !math.IsNaN(Sigmoid(math.NaN())) {
		t.Error("wrong at the ends")
	}
}

func TestNormalCDF(t *testing.T) {
	for _, x := range arguments(37) {
		if got, want := NormalCDF(x), 0.5*math.Erfc(-x/math.Sqrt2); !(far(got, want) <= 1e-14*(1+x*x)) || !(math.Abs(got-want) <= 1e-15) {
			t.Fatalf("at %v it is %v, not %v", x, got, want)
		}
	}
	// Of 40 digits and more (Abramowitz and Stegun 26.1 has fewer).
	for x, want := range map[float64]float64{
		0: 0.5, -1: 0.158655253931457051414767454367962, -3: 0.00134989803163009452665181476759381, -8: 6.22096057427178412351599517259e-16, -10: 7.61985302416052606597e-24,
	} {
		if got := NormalCDF(x); !(far(got, want) <= 1e-14) {
			t.Errorf("at %v it is %v, not %v", x, got, want)
		}
	}
	if NormalCDF(math.Inf(1)) != 1 || NormalCDF(math.Inf(-1)) != 0 || !math.IsNaN(NormalCDF(math.NaN())) {
		t.Error("wrong at the ends")
	}
}

// exp against 200 bits, where a table of it is made: the series of e^(x/2^20), squared 20 times.
func TestExpAgainstBig(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		x := (2*r.Float64() - 1) * 700
		sum, term := big.NewFloat(1).SetPrec(200), big.NewFloat(1).SetPrec(200)
		small := new(big.Float).SetPrec(200).SetMantExp(big.NewFloat(x), -20)
		for i := 1; i < 30; i++ {
			term.Mul(term, small).Quo(term, big.NewFloat(float64(i)))
			sum.Add(sum, term)
		}
		for range 20 {
			sum.Mul(sum, sum)
		}
		if want, _ := sum.Float64(); !(far(Exp(x), want) <= 2.3e-16) {
			t.Fatalf("exp %v is %v, not %v", x, Exp(x), want)
		}
	}
}

func TestBits(t *testing.T) {
	check := func(frequency uint32, precision uint) {
		want := Unit * (float64(precision) - math.Log2(float64(frequency)))
		if got := Bits(frequency, precision); !(math.Abs(float64(got)-want) <= 0.55) {
			t.Fatalf("%d of 2^%d takes %d, not %v", frequency, precision, got, want)
		}
	}
	for f := uint32(1); f <= 1<<17; f++ {
		check(f, 17)
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 100000 {
		check(1+r.Uint32N(1<<28), 28)
	}
	for p := uint(0); p <= 31; p++ {
		if Bits(1<<p, p) != 0 || Bits(1, p) != int64(p)*Unit {
			t.Errorf("wrong at the ends of 2^%d", p)
		}
	}
}

func BenchmarkExp(b *testing.B) {
	var sum float64
	for i := range b.N {
		sum += Exp(float64(i&0xff) - 128)
	}
	_ = sum
}

func BenchmarkBits(b *testing.B) {
	var sum int64
	for i := range b.N {
		sum += Bits(uint32(i)&0xffff|1, 16)
	}
	_ = sum
}

// The bits, which files depend on.
func TestBitsStayAsTheyAre(t *testing.T) {
	h := fnv.New64a()
	for _, x := range arguments(700) {
		fmt.Fprintf(h, "%x %x %x %x\n", Exp(x), Sigmoid(x), Tanh(x), NormalCDF(x/20))
	}
	for f := uint32(1); f < 1<<16; f += 7 {
		fmt.Fprintln(h, Bits(f, 16))
	}
	if got, want := fmt.Sprintf("%x", h.Sum64()), "6b6f53382c4f0afd"; got != want {
		t.Errorf("the hash is %s, not %s", got, want)
	}
}

func TestTanh(t *testing.T) {
	for _, x := range arguments(700) {
		if got, want := Tanh(x), math.Tanh(x); !(math.Abs(got-want) <= 5e-16) {
			t.Fatalf("tanh %v is %v, not %v", x, got, want)
		}
	}
	if Tanh(math.Inf(1)) != 1 || Tanh(math.Inf(-1)) != -1 || !math.IsNaN(Tanh(math.NaN())) {
		t.Error("wrong at the ends")
	}
}
