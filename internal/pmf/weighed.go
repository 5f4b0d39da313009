package pmf

import (
	"math"
	"math/bits"
	"sync"

	"vae/internal/exact"
)

// Weighed are frequencies by masses.
type Weighed struct {
	sums   []float64 // of the masses before each symbol
	factor float64   // of a sum, to what the symbols share
	free   float64
	total  uint32
}

// NewWeighed has n symbols and the precision, of which 2^precision is above n, and at most 28. Set comes before all else.
func NewWeighed(n int, precision uint) *Weighed {
	return &Weighed{sums: make([]float64, n+1), free: float64(uint64(1)<<precision - uint64(n)), total: 1 << precision}
}

// Set takes the masses of the symbols [n], of which none is below 0. Where their sum is none from 2^-62 to 2^186 all count as the same.
func (w *Weighed) Set(masses []float64) {
	const most = 1 << 62
	sum := 0.
	for i, m := range masses {
		w.sums[i] = sum
		sum += m
	}
	if !(sum >= 1./most && sum <= most*most*most) {
		for i := range w.sums {
			w.sums[i] = float64(i)
		}
		sum = float64(len(masses))
	}
	w.factor = w.free / sum
}

// start is F(i).
func (w *Weighed) start(i int) uint32 {
	if i >= len(w.sums)-1 {
		return w.total
	}
	return uint32(i) + uint32(int64(min(w.sums[i]*w.factor, w.free)))
}

// Part is which numbers a symbol has.
func (w *Weighed) Part(i int) (start, frequency uint32) {
	start = w.start(i)
	return start, w.start(i+1) - start
}

// At is the symbol of a number below 2^precision, and which numbers it has.
func (w *Weighed) At(u uint32) (i int, start, frequency uint32) {
	i = halve(0, len(w.sums)-1, u, w.start)
	start, frequency = w.Part(i)
	return i, start, frequency
}

// halve finds the last of low to high-1 that starts at u or before; low does.
func halve(low, high int, u uint32, start func(int) uint32) int {
	for high-low > 1 {
		if middle := (low + high) / 2; start(middle) <= u {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// Mixed are frequencies by a mixture of the distributions of Rounded of the same symbols and precision.
type Mixed struct {
	Parts   []Rounded
	weights []uint64 // of each part, in units of 2^-31

	heaviest int
}

// SetWeights takes the weights of the parts, of which none is below 0. Weights without a sum are all the same.
func (m *Mixed) SetWeights(weights []float64) {
	const one, most = 1 << 31, 1 << 62
	m.weights = m.weights[:0]
	sum, greatest, left := 0., 0, uint64(one)
	for i, w := range weights {
		if sum += w; w > weights[greatest] {
			greatest = i
		}
	}
	valid := sum >= 1./most/most && sum <= most
	for _, w := range weights {
		part := one / uint64(len(weights))
		if valid {
			part = min(uint64(int64(w/sum*one)), left)
		}
		m.weights, left = append(m.weights, part), left-part
	}
	m.weights[greatest] += left
	m.heaviest = greatest
}

// start is F(i).
func (m *Mixed) start(i int) uint32 {
	first := &m.Parts[0]
	if i <= 0 || i >= first.n {
		return first.start(i)
	}
	var sum uint64 // in units of 2^-63
	for j, w := range m.weights {
		if w > 0 {
			sum += w * (m.Parts[j].below(i) >> (certainBits - 32))
		}
	}
	part, _ := bits.Mul64(sum, first.free>>(64-certainBits)<<1)
	return uint32(i) + uint32(part)
}

// Part is which numbers a symbol has.
func (m *Mixed) Part(i int) (start, frequency uint32) {
	start = m.start(i)
	return start, m.start(i+1) - start
}

// At is the symbol of a number below 2^precision, and which numbers it has.
func (m *Mixed) At(u uint32) (i int, start, frequency uint32) {
	i = find(m.Parts[0].n, u, m.Parts[m.heaviest].guess(u), m.start)
	start, frequency = m.Part(i)
	return i, start, frequency
}

// Posterior multiplies the weights of the parts by the probabilities of a symbol in each, and by what keeps all from becoming 0.
func (m *Mixed) Posterior(weights []float64, i int) {
	var sum float64
	for j := range weights {
		weights[j] *= m.Parts[j].mass(i)
		sum += weights[j]
	}
	for j := range weights {
		weights[j] /= sum
	}
}

// expSteps are those of a table of exp in a power of 2: what they lose, half of the variance of a logit within one, is 4.4e-7 bits at the most.
const expSteps = 256

// exps are the bits of 2^-x in the middles of the steps.
var exps = sync.OnceValue(func() *[expSteps]uint64 {
	table := new([expSteps]uint64)
	for i := range table {
		table[i] = math.Float64bits(exact.Exp(-math.Ln2 * (float64(i) + 0.5) / expSteps))
	}
	return table
})

// Softmax writes masses that are exp of the logits, times a number that they share. A logit that is none has a mass of 0, where all
// are not.
func Softmax(masses []float64, logits []float32) {
	const most, far = 1 << 20, 60 // powers of 2 down
	greatest := float32(-most)
	for _, l := range logits {
		if l > greatest {
			greatest = l
		}
	}
	top := float64(min(greatest, most))
	table := exps()
	for i, l := range logits[:len(masses)] {
		down := (top - float64(l)) * (expSteps * math.Log2E)
		switch {
		case down >= 0 && down < far*expSteps:
			at := uint64(int64(down))
			masses[i] = math.Float64frombits(table[at%expSteps] - at/expSteps<<52)
		case down < 0: // beyond most
			masses[i] = math.Float64frombits(table[0])
		default:
			masses[i] = 0
		}
	}
}
