package causal

import "math/bits"

// Sets of weights of direct values: one of whether it is 0, those of the first eight bits by the bits before, and of lower
// bits one each.
const (
	setZero  = 0
	setBit   = 0 // + bits before, with a 1 before them
	setLower = 256
	allSets  = setLower + 16
)

// The counters of so many bits of a value lie side by side, as one takes longer to fetch than to use.
const nibble = 4

// direct is what is learned of values that are coded as they are.
type direct struct {
	mixer *mixer
	nodes [inputs]uint32 // where the counters of the next bits begin
	high  [2]int32       // the last two values near the highest in this image: a file has its own white
}

func newDirect(count uint64) *direct {
	return &direct{mixer: newMixer(inputs, added, tableBits(count, 12, 20), allSets, countEnd, 8000, 800)}
}

// codeSparse codes a value: whether it is 0, and then which it is.
func (v *values) codeSparse(s *site, known uint32, p *port) uint32 {
	d, more := v.direct, v.sparseTerms(s)
	d.node(v.zeroContexts(s), 0)
	if d.bit(p, 0, 0, setZero, more, known != 0) == 0 {
		return 0
	}
	return v.codeAbove(s, more, known, p)
}

// codeAbove codes a value that is not 0, by its bits from the highest on.
func (v *values) codeAbove(s *site, more [added]uint32, known uint32, p *port) uint32 {
	d, all := v.direct, v.directContexts(s)
	length, top, x, at := bits.Len32(uint32(v.top)), uint32(v.top), uint32(0), uint32(0)
	for j := length - 1; j >= 0; j-- {
		prefix := uint32(1)<<(length-1-j) | x>>(j+1)
		set := setBit + prefix
		if prefix >= setLower {
			set = setLower + uint32(j)
		}
		if (length-1-j)%nibble == 0 {
			d.node(all, prefix)
			at = 1
		}
		bit := uint32(0)
		if x|1<<j <= top {
			bit = d.bit(p, at, prefix, set, more, known>>j&1 != 0)
		}
		x |= bit << j
		at = at<<1 | bit
	}
	if x >= top-top/50 {
		d.high = [2]int32{int32(x), d.high[0]}
	}
	return x
}

// node goes to the counters of the next bits of a value behind those of a prefix.
func (d *direct) node(all contexts, prefix uint32) {
	m := d.mixer
	for i, c := range all {
		d.nodes[i] = uint32(i)<<m.bits + hash(c*0x2545f4914f6cdd1d+uint64(prefix), m.bits-nibble)<<nibble
	}
}

// bit is a choice, by the counters at a place of their nodes.
func (d *direct) bit(p *port, at, prefix, set uint32, more [added]uint32, known bool) uint32 {
	m := d.mixer
	for i, node := range d.nodes {
		m.places[i] = node + at
	}
	for i, c := range more {
		m.addeds[i] = c<<8 + prefix&255
	}
	bit := p.bit(flag(known), m.predict(set))
	m.learn(bit)
	return bit
}

// zeroContexts are of whether a value is 0.
func (v *values) zeroContexts(s *site) contexts {
	a, mask := s.near, uint64(0)
	far := v.planes[s.channel].values[s.at-v.stride-2:]
	further := v.planes[s.channel].values[s.at-2*v.stride-1]
	for _, x := range [...]int32{a.w, a.n, a.nw, a.ne, a.ww, a.nn, a.nne, further, far[0], far[4]} {
		mask = mask<<1 | uint64(flag(x != 0))
	}
	place := v.place(s)
	w, n, nw, ne := v.byte(a.w), v.byte(a.n), v.byte(a.nw), v.byte(a.ne)
	return contexts{
		mask,
		mask<<10 | place,
		w<<8 | n,
		n>>3<<8 | ne>>3,
		w>>4<<24 | n>>4<<16 | ne>>4<<8 | nw>>4,
		place<<1 | uint64(flag(a.w != 0)),
	}.of(s.channel)
}

// directContexts are of the bits of a value that is not 0.
func (v *values) directContexts(s *site) contexts {
	a, white := s.near, uint64(v.direct.high[0])
	w, n, nw, ne, ww, nn := v.byte(a.w), v.byte(a.n), v.byte(a.nw), v.byte(a.ne), v.byte(a.ww), v.byte(a.nn)
	plane, slope := v.byte(clamp(a.w+a.n-a.nw, 0, v.top)), v.byte(clamp(a.w+a.ne-a.n, 0, v.top))
	return contexts{
		v.byte(s.prediction>>fractionBits)>>1 | white<<16,
		white | uint64(v.direct.high[1])<<16 | w>>4<<40 | n>>5<<32,
		uint64(a.w) | uint64(a.n)<<16 | white<<32,
		w>>6<<40 | n>>6<<32 | nw>>6<<24 | ne>>6<<16 | ww>>6<<8 | nn>>6,
		plane>>3<<8 | slope>>4,
		w>>5<<24 | n>>5<<16 | nw>>5<<8 | ne>>5,
	}.of(s.channel)
}

// place is that of a pixel, in at most 32x32 cells.
func (v *values) place(s *site) uint64 {
	return uint64(s.y*32/max(32, v.shape.Height))<<5 | uint64(s.x*32/max(32, v.shape.Width))
}

// sparseTerms are the contexts of terms, of 7 bits.
func (v *values) sparseTerms(s *site) (all [added]uint32) {
	a := &s.near
	for i, x := range [added]int32{a.w, a.n, a.nw, a.ne, a.ww, a.nn, a.nne, s.prediction >> fractionBits} {
		all[i] = uint32(v.byte(x)) >> 1
	}
	return all
}
