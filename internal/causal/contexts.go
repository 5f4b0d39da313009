package causal

// priorWeight is that of neighbors' votes before anything is learned, calmWeight where all of them agree on 0, and vote is what a vote
// of them counts as a logit.
const (
	priorWeight = 1 << weightBits / 3
	calmWeight  = 1 << weightBits
	vote        = 120
)

// A refined counter has the pixels of the near context, and the mixed logit in refineSteps.
const (
	refinements = 1 << 11
	refineSteps = 24
	refineAfter = 20 // a younger one tells nothing
)

// Sets of weights, by the channel and what is known of the pixel.
const (
	calmSets = 0  // + where
	goneSets = 16 // + where: nothing is near at all
	busySets = 64 // * where + what is around
	sets     = 1024
)

// near takes windows apart.
type near struct{ w *[rowsAbove + 1]uint32 }

// left has n pixels before this one.
func (n near) left(pixels uint) uint64 { return uint64(n.w[0]) & (1<<pixels - 1) }

// row has those of a row above, from some left of this pixel to some right.
func (n near) row(up int, left, right uint) uint64 {
	return uint64(n.w[up]>>(ahead-right)) & (1<<(left+right+1) - 1)
}

// logit is what is foretold of the next pixel, in units of 2^-LogitBits.
func (b *binary) logit() int64 {
	n, where := near{&b.windows[b.channel]}, b.where()
	if n.left(3)|n.row(1, 2, 3)|n.row(2, 1, 1) == 0 {
		b.calm(n, where)
		return b.mix(n, calmCounted, calmSummed)
	}
	near10 := n.left(3) | n.row(1, 2, 2)<<3 | n.row(2, 1, 1)<<8
	b.busy(n, near10, where)
	return b.refine(uint32(near10), b.mix(n, counted, summed))
}

// calm finds the contexts of a pixel around which all are 0, as most are. Few tell as much as all would.
func (b *binary) calm(n near, where uint64) {
	p, px, py := &b.current, b.columns[b.x], b.lines[b.y]
	begun := min(b.begun, 1)
	p.places[0] = hash(px|py<<5|begun<<10|1<<40|where<<59, b.bits)
	p.places[1] = 1<<b.bits + hash(py/2<<9|px/2<<14|1<<40|where<<59, b.bits)
	p.added = [summed]uint32{
		uint32(py | b.begun<<5),
		uint32(px | b.reach<<5),
		uint32(n.left(8) | py<<8),
		uint32(n.row(1, 3, 6) | px/2<<10),
		uint32(n.row(2, 3, 6) | py/2<<10),
	}
	p.tellApart(where)
	p.set = calmSets | uint32(where)
	if n.left(8)|n.row(1, 4, 7)|n.row(2, 3, 7)|n.row(3, 2, 4)|n.row(4, 3, 6) == 0 {
		p.set |= goneSets
	}
}

// busy finds those of any other pixel.
func (b *binary) busy(n near, near10, where uint64) {
	p, px, py := &b.current, b.columns[b.x], b.lines[b.y]
	for i, c := range [counted]uint64{
		near10 | py/7<<11 | px/7<<13,
		n.left(4) | n.row(1, 3, 3)<<4 | n.row(2, 2, 2)<<11 | n.row(3, 0, 0)<<16,
		n.left(3) | n.row(1, 2, 2)<<3 | n.row(2, 0, 0)<<8 | py/2<<9 | px/2<<14,
	} {
		p.places[i] = uint32(i)<<b.bits + hash(c|where<<59, b.bits)
	}
	near4 := n.left(1) | n.row(1, 1, 1)<<1
	p.added = [summed]uint32{
		uint32(py | b.begun<<5 | near4<<10),
		uint32(px | b.reach<<5 | near4<<10),
		uint32(n.left(8) | py<<8),
		uint32(n.row(1, 3, 6) | px/2<<10),
		uint32(n.row(2, 3, 6) | py/2<<10),
		uint32(n.row(2, 0, 6) | n.row(4, 0, 6)<<7),
		uint32(n.row(1, 0, 6) | n.row(3, 0, 6)<<7),
		uint32(n.left(6) | n.row(1, 4, 4)<<6),
		uint32(n.row(2, 2, 4) | n.row(3, 2, 4)<<7),
		uint32(n.row(1, 3, 3) | n.row(4, 3, 3)<<7),
		uint32(n.row(1, 1, 1) | n.row(2, 1, 1)<<3 | n.row(3, 1, 1)<<6 | n.row(4, 1, 1)<<9 | n.left(3)<<12),
		uint32(n.left(5) | n.row(2, 2, 7)<<5),
		uint32(n.left(2) | n.row(1, 0, 5)<<2 | n.row(2, 0, 5)<<8),
	}
	p.tellApart(where)
	around := uint32(n.left(1)|n.row(1, 1, 1)<<1|n.row(2, 0, 0)<<4) << 1
	if n.w[0]|n.w[1]|n.w[2] != 0 {
		around++
	}
	p.set = around + busySets*uint32(where)
}

// tellApart has other terms for each channel, and for what the earlier ones are here.
func (p *pending) tellApart(where uint64) {
	if where == 1 {
		return // of the first channel, which most images have alone
	}
	other := uint32((where-1)*0x35d7) % (1 << termBits)
	for i := range p.added {
		p.added[i] ^= other
	}
}

// mix sums logits of so many counters, by their weights, of terms and of the prior.
func (b *binary) mix(n near, counted, added int) int64 {
	p := &b.current
	p.counted, p.summed = counted, added
	weights, sum := &b.weights[p.set%sets], b.terms.sum(p.added[:added])
	for i, place := range p.places[:counted] {
		c := b.tables[place]
		trust, logit := trusts[c&countEnd], int64(stretched[c>>(countBits+stretchShift)])
		p.trusts[i], p.logits[i] = trust, logit
		sum += int64(weights[i][trust%classes]) * logit
	}
	p.prior = prior(n)
	sum += int64(weights[priorInput][0]) * p.prior
	logit := max(-logitEnd, min(logitEnd-1, sum>>weightBits))
	p.one = Frequency(logit)
	return logit
}

// prior has the neighbors vote: a pixel is like those beside it.
func prior(n near) int64 {
	votes := 8*n.left(1) + 8*n.row(1, 0, 0) + 2*(n.row(1, 0, 1)&1) + 2*(n.row(1, 1, 0)>>1)
	return (int64(votes) - 10) * vote
}

// refine averages the logit of a busy pixel with what it has meant under the near pixels.
func (b *binary) refine(near10 uint32, logit int64) int64 {
	step := uint32(logit+logitEnd) * refineSteps / (2 * logitEnd)
	b.current.refine = near10*refineSteps + step
	c := b.refined[b.current.refine]
	if c&countEnd < refineAfter {
		return logit
	}
	return (3*logit + int64(stretched[c>>(countBits+stretchShift)])) >> 2
}

// learn adapts all that logit has used.
func (b *binary) learn(bit uint32) {
	p := &b.current
	err, pace := int64(bit<<Precision)-int64(p.one), b.pacer.next(p.set, 60)
	weights := &b.weights[p.set%sets]
	for i, place := range p.places[:p.counted] {
		move(&weights[i][p.trusts[i]%classes], p.logits[i], err, pace)
		b.tables[place] = adapt(b.tables[place], bit, countEnd)
	}
	move(&weights[priorInput][0], p.prior, err, pace)
	b.terms.move(p.added[:p.summed], err)
	if p.counted == counted {
		b.refined[p.refine] = adapt(b.refined[p.refine], bit, countEnd)
	}
}
