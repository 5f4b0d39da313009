package causal

import "math/bits"

// A counter is a probability of 1, in probabilityBits bits, above how often it has been updated, in countBits.
const (
	countBits = 10
	countEnd  = 1<<countBits - 1
	fresh     = 1 << (probabilityBits - 1) << countBits
)

// paces[n] is the part of 2^16 by which a counter that has been updated n times goes towards what came: about 1/(n+1.5), the
// mean of what has been seen under a prior of half a sight of either.
var paces [countEnd + 1]uint32

// trusts[n] is the class of a counter that has been updated n times. Each class has weights of its own.
var trusts [countEnd + 1]uint8

const classes = 8

func init() {
	for n := range paces {
		paces[n] = uint32(2 << 16 / (2*n + 3))
		trusts[n] = trust(n)
	}
}

func trust(n int) uint8 {
	for i, end := range [...]int{1, 2, 4, 8, 20, 60, 250} {
		if n < end {
			return uint8(i)
		}
	}
	return classes - 1
}

// adapt brings a counter towards a bit. Once it has seen limit bits its pace stays.
func adapt(c, bit, limit uint32) uint32 {
	n, p := c&countEnd, int64(c>>countBits)
	target := int64(bit) * (1<<probabilityBits - 1)
	p += (target - p) * int64(paces[n]) >> 16
	if n < limit {
		n++
	}
	return uint32(p)<<countBits | n
}

// counters are n that have seen nothing.
func counters(n int) []uint32 {
	all := make([]uint32, n)
	for i := range all {
		all[i] = fresh
	}
	return all
}

// A weight has weightBits bits of fraction and is at most weightEnd in size: the sum of a dozen logits by their weights then
// has less than 40 bits.
const (
	weightBits = 16
	weightEnd  = 16 << weightBits
)

// move changes a weight along its gradient: logit of the input, error of the output in Precision bits, pace in 2^-16.
func move(w *int32, logit, err, pace int64) {
	*w = int32(max(-weightEnd, min(weightEnd, int64(*w)+(logit*err*pace+1<<23)>>24)))
}

// pacer is how often each set of weights has been moved.
type pacer []uint16

// hurry is by how much, in 2^-16, a pace is above its last one, for each of the first moves of a set.
var hurry [2048]int64

func init() {
	for n := range hurry {
		hurry[n] = 3000 * 16 / int64(n+16)
	}
}

// next is the pace of a set's next move.
func (p pacer) next(set uint32, last int64) int64 {
	n := &p[set]
	pace := last + hurry[*n]
	*n = min(*n+1, uint16(len(hurry)-1))
	return pace
}

// A mixer has at most so many counters and so many terms in a choice.
const (
	inputs = 6
	added  = 8
)

// mixer makes one probability of those of counters under some contexts, each from a table of its own, and of terms.
type mixer struct {
	tables  []uint32 // [inputs][2^bits]
	bits    uint
	weights [][inputs][classes]int32 // of each set
	pacer   pacer
	terms   *terms
	limit   uint32

	counted, summed int // counters and terms of a choice

	// Of the choice under way:
	set    uint32
	places [inputs]uint32
	trusts [inputs]uint8
	logits [inputs]int64
	addeds [added]uint32 // terms
	one    uint32
}

func newMixer(counted, summed int, bits uint, sets int, limit uint32, first, last int64) *mixer {
	m := &mixer{tables: counters(counted << bits), bits: bits, pacer: make(pacer, sets), terms: newTerms(summed, first, last), limit: limit, counted: counted, summed: summed}
	m.weights = make([][inputs][classes]int32, sets)
	for i := range m.weights {
		for j := range m.weights[i] {
			m.weights[i][j] = [classes]int32{0, 5000, 8000, 10000, 12000, 13000, 14000, 14000} // the less a counter has seen, the less it counts
		}
	}
	return m
}

// predict is the frequency of 1 by the counters at places, terms and a set of weights.
func (m *mixer) predict(set uint32) uint32 {
	m.set = set
	weights, sum := &m.weights[set], m.terms.sum(m.addeds[:m.summed])
	for i, place := range m.places[:m.counted] {
		c := m.tables[place]
		trust, logit := trusts[c&countEnd], int64(stretched[c>>(countBits+stretchShift)])
		m.trusts[i], m.logits[i] = trust, logit
		sum += int64(weights[i][trust%classes]) * logit
	}
	m.one = Frequency(sum >> weightBits)
	return m.one
}

// learn adapts all that predict has used.
func (m *mixer) learn(bit uint32) {
	err, pace := int64(bit<<Precision)-int64(m.one), m.pacer.next(m.set, 300)
	weights := &m.weights[m.set]
	m.terms.move(m.addeds[:m.summed], err)
	for i, place := range m.places[:m.counted] {
		move(&weights[i][m.trusts[i]%classes], m.logits[i], err, pace)
		m.tables[place] = adapt(m.tables[place], bit, m.limit)
	}
}

// hash spreads a context over 2^bits places.
func hash(context uint64, bits uint) uint32 {
	return uint32(context * 0x9e3779b97f4a7c15 >> (64 - bits)) // 2^64 over the golden ratio (Knuth, TAOCP 3, 6.4)
}

// tableBits is for count values to have a place each, within limits.
func tableBits(count uint64, least, most uint) uint {
	return max(least, min(most, uint(bits.Len64(count))))
}
