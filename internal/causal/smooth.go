package causal

import "math/bits"

const (
	energies    = 16
	smoothSets  = 16 // of weights, of each node
	nodeBits    = 6
	smoothNodes = 1 << nodeBits // choices that counters of one context tell apart
	interval    = inputs - 1    // the input whose context is which values a choice is about
)

// Nodes of the choices about a value: whether it is the prediction, on which side, how many bits the distance has, and these bits.
const (
	nodeOther  = 0
	nodeAbove  = 1
	nodeLonger = 2  // + length + 16 above
	nodeSecond = 34 // + length: the bit behind the highest
	nodeLower  = 50 // + place of the bit
)

// energy is the class of how much neighbors vary and have been missed by.
func (v *values) energy(s *site) uint32 {
	r, up, a := v.planes[s.channel].residual, s.at-v.stride, s.near
	missed := 2*abs(r[s.at-1]) + 2*abs(r[up]) + abs(r[up+1]) + abs(r[up-1])
	energy := missed + 8*(abs(a.w-a.nw)+abs(a.n-a.nw)+abs(a.n-a.ne))
	if s.channel > 0 {
		energy = energy/2 + 3*abs(v.planes[s.channel-1].residual[s.at])
	}
	return min(energies-1, halfOctave(uint32(energy>>v.coarse)/8))
}

// halfOctave is about twice the logarithm.
func halfOctave(x uint32) uint32 {
	if x < 2 {
		return x
	}
	b := uint32(bits.Len32(x)) - 1
	return 2*b + x>>(b-1)&1
}

// class is that of a residual, from 0 to 8, of which 4 is about none.
func (v *values) class(residual int32) uint64 {
	size, class := abs(residual)>>v.coarse, 0
	for class < 4 && size >= [...]int32{8, 24, 64, 160}[class] {
		class++
	}
	if residual < 0 {
		return uint64(4 - class)
	}
	return uint64(4 + class)
}

// smoothContexts are those of all choices of a value; the last is made anew for each.
func (v *values) smoothContexts(s *site) contexts {
	r, up, a, p := v.planes[s.channel].residual, s.at-v.stride, s.near, s.prediction
	q := uint64(s.energy)
	before, earlier := uint64(4), uint64(4)
	if s.channel > 0 {
		before = v.class(v.planes[s.channel-1].residual[s.at])
	}
	if s.channel > 1 {
		earlier = v.class(v.planes[s.channel-2].residual[s.at])
	}
	return contexts{
		q<<2 | uint64(p>>2)&3,
		v.class(r[s.at-1])<<12 | v.class(r[up])<<8 | v.class(r[up+1])<<4 | q>>2,
		before<<8 | earlier<<4 | q,
		v.byte(p>>fractionBits)>>3<<4 | q,
		v.byte(a.w)>>3<<8 | v.byte(a.n)>>3<<2 | v.byte(a.ne)>>6,
		0,
	}.of(s.channel)
}

// residual is a value that is being told by what it differs by.
type residual struct {
	v     *values
	s     *site
	port  *port
	bases [inputs]uint32
	terms [added]uint32
}

// bit is a choice, of a node, about values from one on, of a kind.
func (r *residual) bit(node uint32, from, kind uint32, known bool) uint32 {
	m := r.v.smooth
	for i, base := range r.bases {
		m.places[i] = base + node
	}
	for i, base := range r.terms {
		m.addeds[i] = base + node
	}
	m.places[interval] = interval<<m.bits + hash(uint64(from)<<32|uint64(kind), m.bits)
	bit := r.port.bit(flag(known), m.predict(node*smoothSets+r.s.weightSet()))
	m.learn(bit)
	return bit
}

// codeSmooth codes a value by its distance from a prediction.
func (v *values) codeSmooth(s *site, known uint32, p *port) uint32 {
	r := residual{v: v, s: s, port: p}
	for i, context := range v.smoothContexts(s) {
		r.bases[i] = uint32(i)<<v.smooth.bits + hash(context, v.smooth.bits-nodeBits)<<nodeBits
	}
	for i, context := range v.smoothTerms(s) {
		r.terms[i] = context << nodeBits
	}
	top := uint32(v.top)
	center := min(top, uint32(s.prediction+one/2)>>fractionBits)
	if top == 0 || r.bit(nodeOther, center, center, known != center) == 0 {
		return center
	}
	above := flag(center < top)
	if center > 0 && center < top {
		above = r.bit(nodeAbove, center, center, known > center)
	}
	if above != 0 {
		return center + r.distance(center, 1, top-center, known-center)
	}
	return center - r.distance(center, ^uint32(0), center, center-known)
}

// distance codes one from 1 to room, from a center into a direction of 1 or -1: its length in bits as in Elias's gamma code, then
// its bits below the highest. What would lead beyond the room is not asked.
func (r *residual) distance(center, direction, room, known uint32) uint32 {
	above, length := flag(direction == 1), uint32(0)
	for room>>1>>length != 0 && r.bit(nodeLonger+length+16*above, center+direction<<1<<length, above, known>>1>>length != 0) != 0 {
		length++
	}
	d := uint32(1) << length
	for j := int(length) - 1; j >= 0; j-- {
		step := uint32(1) << j
		if d+step > room {
			continue
		}
		node := nodeLower + uint32(j)
		if j == int(length)-1 {
			node = nodeSecond + length
		}
		d += step * r.bit(node, center+direction*d, 2+2*uint32(j)+above, known&step != 0)
	}
	return d
}

// contexts are those of each input of a mixer.
type contexts [inputs]uint64

// of tells those of channels apart. None stays 0, which hash would leave at 0.
func (c contexts) of(channel int) contexts {
	for i := range c {
		c[i] = (c[i]<<2|uint64(channel))*2 + 1
	}
	return c
}

// smoothTerms are the contexts of terms, of 9 bits.
func (v *values) smoothTerms(s *site) (all [added]uint32) {
	r, up, p := v.planes[s.channel].residual, s.at-v.stride, s.prediction
	before, earlier := r[up+1], r[up-1]
	if s.channel > 0 {
		before = v.planes[s.channel-1].residual[s.at]
	}
	if s.channel > 1 {
		earlier = v.planes[s.channel-2].residual[s.at]
	}
	g := &s.guesses
	for i, x := range [added]int32{g[0] - p, g[1] - p, g[2] - p, g[3] - p, r[s.at-1], r[up], before, earlier} {
		all[i] = uint32(clamp(x>>v.coarse>>2, -256, 255) + 256)
	}
	return all
}

// weightSet is which of a node's sets of weights is meant: by channel, and coarsely by energy.
func (s *site) weightSet() uint32 { return uint32(min(s.channel, 2))*5 + min(4, s.energy/3) }
