package causal

// priorWeight is that of neighbors' votes before anything is learned, and vote is what a vote of them counts as a logit.
const (
	priorWeight = 1 << weightBits / 3
	vote        = 120
)

// A refined counter has the pixels of the near context, and the mixed logit in refineSteps.
const (
	refinements = 1 << 11
	refineSteps = 24
	refineAfter = 20 // a younger one tells nothing
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
	n := near{&b.windows[b.channel]}
	where, px, py := b.where(), b.columns[b.x], b.lines[b.y]
	near10 := n.left(3) | n.row(1, 2, 2)<<3 | n.row(2, 1, 1)<<8
	b.count(n, near10, px, py, where<<59)
	b.add(n, px, py, where)
	b.choose(n, uint32(where))
	logit := b.mix(n)
	return b.refine(uint32(near10), logit)
}

// count finds the counters.
func (b *binary) count(n near, near10, px, py, where uint64) {
	contexts := [counted]uint64{
		near10 | py/7<<11 | px/7<<13,
		n.left(4) | n.row(1, 3, 3)<<4 | n.row(2, 2, 2)<<11 | n.row(3, 0, 0)<<16,
		n.left(3) | n.row(1, 2, 2)<<3 | n.row(2, 0, 0)<<8 | py/2<<9 | px/2<<14,
	}
	for i, c := range contexts {
		b.current.places[i] = uint32(i)<<b.bits + hash(c|where, b.bits)
	}
}

// add finds the terms.
func (b *binary) add(n near, px, py, where uint64) {
	near4 := n.left(1) | n.row(1, 1, 1)<<1
	b.current.addeds = [summed]uint32{
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
	other := uint32((where-1)*0x35d7) & (1<<termBits - 1) // 0 unless there are channels
	for i := range b.current.addeds {
		b.current.addeds[i] = uint32(i)<<termBits + b.current.addeds[i] ^ other
	}
}

// choose finds the set of weights.
func (b *binary) choose(n near, where uint32) {
	around := uint32(n.left(1)|n.row(1, 1, 1)<<1|n.row(2, 0, 0)<<4) << 1
	if n.w[0]|n.w[1]|n.w[2] != 0 {
		around++
	}
	b.current.set = around | where<<6
}

// mix sums logits of counters, by their weights, of terms and of the prior.
func (b *binary) mix(n near) int64 {
	p := &b.current
	first, sum := p.set*(counted+1)*classes, b.terms.sum(p.addeds[:])
	for i, place := range p.places {
		c := b.tables[place]
		w := first + uint32(i*classes) + uint32(trusts[c&countEnd])
		p.chosen[i], p.logits[i] = w, int64(stretched[c>>(countBits+stretchShift)])
		sum += int64(b.weights[w]) * p.logits[i]
	}
	p.chosen[counted], p.logits[counted] = first+counted*classes, prior(n)
	sum += int64(b.weights[p.chosen[counted]]) * p.logits[counted]
	logit := max(-logitEnd, min(logitEnd-1, sum>>weightBits))
	p.one = Frequency(logit)
	return logit
}

// prior has the neighbors vote: a pixel is like those beside it.
func prior(n near) int64 {
	votes := 8*n.left(1) + 8*n.row(1, 0, 0) + 2*(n.row(1, 0, 1)&1) + 2*(n.row(1, 1, 0)>>1)
	return (int64(votes) - 10) * vote
}

// refine averages the logit with what it has meant under the near pixels.
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
	b.refined[p.refine] = adapt(b.refined[p.refine], bit, countEnd)
	err := int64(bit<<Precision) - int64(p.one)
	pace := b.pacer.next(p.set, 60)
	for i, w := range p.chosen {
		move(&b.weights[w], p.logits[i], err, pace)
	}
	b.terms.move(p.addeds[:], err)
	for _, i := range p.places {
		b.tables[i] = adapt(b.tables[i], bit, countEnd)
	}
}
