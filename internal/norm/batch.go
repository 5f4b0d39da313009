package norm

import (
	"math"

	"vae/internal/kernel"
	"vae/internal/world"
)

// Batch normalizes each channel by its moments over a batch, and scales and shifts it (Ioffe
// and Szegedy 2015, algorithm 1):
//
//	y = act(weight (x - mean) / sqrt(variance + Epsilon) + bias)
//
// What the backward pass is to find is kept, [Kept]: scale, shift, mean and 1/sqrt(variance +
// Epsilon) of each channel. The rows are those of this process; the moments of training, and the
// gradient with respect to x, are those of the rows of all.
type Batch struct {
	Maps
	Act     kernel.Activation
	Epsilon float64
	Slices  world.Slices // of the rows, in which these are summed
}

// Running are the moments of each channel as they were in training, which stand for those of
// a batch afterwards. Momentum is how far a batch moves them.
type Running struct {
	Mean, Variance []float32
	Momentum       float64
}

// Kept is the length of what is kept.
func (b *Batch) Kept() int { return 4 * b.Channels }

func (b *Batch) parts(kept []float32) (scale, shift, mean, rstd []float32) {
	c := b.Channels
	return kept[:c], kept[c:][:c], kept[2*c:][:c], kept[3*c:][:c]
}

// Train normalizes by the moments of x [Rows,Pixels,Channels], which move the running ones.
// Rows whose weight is 0, of which each is that of as many rows as there are to it, have no say
// in them. The variance is that of the pixels, and the running one that of what they are drawn
// from, with N-1 for N: a single pixel moves nothing.
func (b *Batch) Train(y, x, weight, bias, kept, rowWeights []float32, running Running) {
	scale, shift, mean, rstd := b.parts(kept)
	s := b.scratch()
	defer scratches.Put(s)
	found := b.bySlices(s, rowWeights, func(m Maps, i int) func(sum, square []float64, mine *scratch, part span) {
		x := b.rowsOf(x, i)
		return func(sum, square []float64, mine *scratch, part span) { m.moments(sum, square, x, mine, part) }
	})
	sum, square, pixels := b.found(b.Slices.Tree(found, 2*b.Channels+1))
	n := max(pixels, 1)
	for j := range mean {
		m := sum[j] / n
		v := square[j]/n - float64(m*m)
		if v < 0 { // by rounding; NaN stays
			v = 0
		}
		b.channel(j, scale, shift, mean, rstd, m, v, weight[j], bias[j])
		if pixels > 1 {
			running.move(j, m, v*n/(n-1))
		}
	}
	b.normalize(y, x, scale, shift, s)
}

// slice are the maps of one.
func (b *Batch) slice() Maps {
	m := b.Maps
	m.Rows /= b.Slices.Count()
	return m
}

// rowsOf is the part of rows of numbers that belongs to a slice.
func (b *Batch) rowsOf(rows []float32, slice int) []float32 {
	if rows == nil {
		return nil
	}
	size := len(rows) / b.Slices.Count()
	return rows[slice*size:][:size]
}

// bySlices returns for each slice two sums [Channels] over its pixels of weight, see total, and how many these are.
func (b *Batch) bySlices(s *scratch, rowWeights []float32, of func(m Maps, slice int) func(x, y []float64, s *scratch, part span)) (found []float64) {
	m := b.slice()
	for i := range b.Slices.Count() {
		runs, pixels := m.living(b.rowsOf(rowWeights, i))
		x, y := m.total(s, m.shares(runs), of(m, i))
		found = append(append(append(found, x...), y...), float64(pixels))
	}
	return found
}

// found are the parts of a row of what bySlices returns.
func (b *Batch) found(row []float64) (x, y []float64, pixels float64) {
	c := b.Channels
	return row[:c], row[c:][:c], row[2*c]
}

// channel sets what is kept of one.
func (b *Batch) channel(j int, scale, shift, mean, rstd []float32, m, variance float64, weight, bias float32) {
	r := 1 / math.Sqrt(variance+b.Epsilon)
	factor := float64(weight) * r
	mean[j], rstd[j] = float32(m), float32(r)
	scale[j], shift[j] = float32(factor), float32(float64(bias)-float64(m*factor))
}

func (r Running) move(j int, mean, variance float64) {
	r.Mean[j] = float32(float64((1-r.Momentum)*float64(r.Mean[j])) + float64(r.Momentum*mean))
	r.Variance[j] = float32(float64((1-r.Momentum)*float64(r.Variance[j])) + float64(r.Momentum*variance))
}

// Evaluate normalizes by the running moments.
func (b *Batch) Evaluate(y, x, weight, bias, kept []float32, running Running) {
	b.factors(weight, bias, kept, running)
	scale, shift, _, _ := b.parts(kept)
	s := b.scratch()
	b.normalize(y, x, scale, shift, s)
	scratches.Put(s)
}

// factors are what is kept where the moments are the running ones.
func (b *Batch) factors(weight, bias, kept []float32, running Running) {
	scale, shift, mean, rstd := b.parts(kept)
	for j := range mean {
		b.channel(j, scale, shift, mean, rstd, float64(running.Mean[j]), float64(running.Variance[j]), weight[j], bias[j])
	}
}

// normalize is the pass that both end with.
func (b *Batch) normalize(y, x, scale, shift []float32, s *scratch) {
	b.spread(s.a, scale)
	b.spread(s.b, shift)
	b.each(func(part span) {
		b.rows(part, func(first, rows, n int) { kernel.Normalize(y[first:], x[first:], s.a[:n], s.b[:n], rows, b.Act) })
	})
}

// spread writes numbers of channels to each pixel of a row.
func (m Maps) spread(row, channel []float32) {
	copy(row, channel)
	m.repeat(row)
}

// Gradients writes the gradients with respect to x, weight and bias, given dy with respect to
// y; dx may be dy, and nil unless Act is OfInput. Where the moments were those of the batch
// (training) they are functions of x, and rows without weight have a gradient of 0 and no say.
func (b *Batch) Gradients(dx, dweight, dbias, dy, x, y, kept, rowWeights []float32, training bool) {
	scale, shift, mean, rstd := b.parts(kept)
	s := b.scratch()
	defer scratches.Put(s)
	b.spread(s.a, scale)
	b.spread(s.b, shift)
	b.spread(s.c, mean)
	found := b.bySlices(s, rowWeights, func(m Maps, i int) func(sum, product []float64, mine *scratch, part span) {
		dx, dy, x, y := b.rowsOf(dx, i), b.rowsOf(dy, i), b.rowsOf(x, i), b.rowsOf(y, i)
		return func(sum, product []float64, mine *scratch, part span) {
			m.gradientSums(sum, product, dx, dy, x, y, b.Act, s, mine, part)
		}
	})
	b.parameterGradients(dweight, dbias, rstd, found)
	clear(s.d)
	clear(s.e)
	if training { // dx = scale (dz - mean of dz - x' mean of dz x'), x' what is normalized
		sum, product, pixels := b.found(b.Slices.Tree(found, 2*b.Channels+1))
		n := max(pixels, 1)
		for j, r := range rstd {
			r, scale := float64(r), float64(scale[j])
			slope := -scale * r * r * product[j] / n
			s.d[j], s.e[j] = float32(slope), float32(-scale*sum[j]/n-slope*float64(mean[j]))
		}
	}
	b.repeat(s.d)
	b.repeat(s.e)
	if dx != nil {
		runs, _ := b.living(rowWeights)
		b.inputGradient(dx, dy, x, y, b.Act, s, runs)
	}
}

// parameterGradients are those of the own rows, which are a tree of float32 as those of other layers, of what
// the slices have found.
func (b *Batch) parameterGradients(dweight, dbias, rstd []float32, found []float64) {
	rows := make([][]float32, b.Slices.Count())
	for i := range rows {
		sum, product, _ := b.found(found[i*(2*b.Channels+1):])
		rows[i] = make([]float32, 2*b.Channels)
		for j, r := range rstd {
			rows[i][j], rows[i][b.Channels+j] = float32(product[j]*float64(r)), float32(sum[j])
		}
	}
	kernel.AddTree(rows...)
	copy(dweight, rows[0])
	copy(dbias, rows[0][b.Channels:])
}

// gradientSums adds, for the pixels of a part, dz to sum and dz (x - mean) to product
// [Channels]: see [kernel.Normalized]. The tables are scale, shift and mean, in a, b and c.
func (m Maps) gradientSums(sum, product []float64, dz, dy, x, y []float32, act kernel.Activation, tables, s *scratch, part span) {
	for from := part.from; from < part.to; from += m.blockPixels() {
		clear(s.a)
		clear(s.b)
		m.rows(span{from, min(from+m.blockPixels(), part.to)}, func(first, rows, n int) {
			v := kernel.Normalized{DY: dy[first:], X: x[first:], Y: y[first:], Scale: tables.a[:n], Shift: tables.b[:n], Act: act}
			if act.OfInput() {
				v.DZ = dz[first:]
			}
			v.Sums(s.a[:n], s.b[:n], tables.c[:n], rows)
		})
		for j, v := range m.fold(s.a) {
			sum[j] += float64(v)
		}
		for j, v := range m.fold(s.b) {
			product[j] += float64(v)
		}
	}
}

// inputGradient writes dx for runs of pixels, and 0 for the others. The tables are scale and
// shift, in a and b, and slope and offset, in d and e.
func (m Maps) inputGradient(dx, dy, x, y []float32, act kernel.Activation, tables *scratch, runs []span) {
	end := 0
	for _, r := range append(runs, span{m.Rows * m.Pixels, 0}) {
		clear(dx[end*m.Channels : r.from*m.Channels])
		end = r.to
	}
	gradient := m.inputGradientRows(dx, dy, x, y, act, tables)
	m.each(func(part span) {
		for _, r := range runs {
			m.rows(span{max(part.from, r.from), min(part.to, r.to)}, gradient)
		}
	})
}

func (m Maps) inputGradientRows(dx, dy, x, y []float32, act kernel.Activation, tables *scratch) func(first, rows, n int) {
	return func(first, rows, n int) {
		v := kernel.Normalized{DY: dy[first:], X: x[first:], Y: y[first:], DZ: dx[first:], Scale: tables.a[:n], Shift: tables.b[:n], Act: act}
		v.InputGradient(dx[first:], tables.d[:n], tables.e[:n], rows)
	}
}

// Fold makes of the weights of a product, w [outer,Channels,...], and of its bias [Channels]
// those of a product that gives what Evaluate makes of its result, before the activation.
func (b *Batch) Fold(folded, foldedBias, w, wBias, weight, bias, kept []float32, running Running, outer int) {
	b.factors(weight, bias, kept, running)
	scale, shift, _, _ := b.parts(kept)
	for j, v := range wBias {
		foldedBias[j] = float32(v*scale[j]) + shift[j]
	}
	size := len(w) / outer
	for first := 0; first < len(w); first += size {
		kernel.ScaleRows(folded[first:][:size], w[first:][:size], scale, b.Channels, size/b.Channels)
	}
}
