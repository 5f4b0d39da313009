package norm

import (
	"math"

	"vae/internal/kernel"
)

// Group normalizes, within each row, groups of channels by the moments over their pixels (Wu
// and He 2018, equations 1 and 7), and scales and shifts each channel:
//
//	y = act(weight (x - mean) / sqrt(variance + Epsilon) + bias)
//
// Channels is a multiple of Groups. What the backward pass is to find is kept, [Kept]: the mean
// and 1/sqrt(variance + Epsilon) of each row's groups.
type Group struct {
	Maps
	Groups  int
	Act     kernel.Activation
	Epsilon float64
}

// Kept is the length of what is kept.
func (g *Group) Kept() int { return 2 * g.Rows * g.Groups }

// size is how many channels are a group.
func (g *Group) size() int { return g.Channels / g.Groups }

// ofRow are the pixels of a row.
func (g *Group) ofRow(i int) span { return span{i * g.Pixels, (i + 1) * g.Pixels} }

// keptOf are mean and 1/sqrt(variance + Epsilon) of the groups of a row.
func (g *Group) keptOf(kept []float32, i int) (mean, rstd []float32) {
	mine := kept[2*i*g.Groups:][:2*g.Groups]
	return mine[:g.Groups], mine[g.Groups:]
}

// Forward normalizes x [Rows,Pixels,Channels]. A row's result does not depend on the others.
func (g *Group) Forward(y, x, weight, bias, kept []float32) {
	kernel.Parallel(g.Rows, func(i int) {
		s := g.scratch()
		mean, rstd := g.keptOf(kept, i)
		g.momentsOf(i, mean, rstd, x, s)
		g.tables(s, mean, rstd, weight, bias)
		g.rows(g.ofRow(i), func(first, rows, n int) { kernel.Normalize(y[first:], x[first:], s.a[:n], s.b[:n], rows, g.Act) })
		scratches.Put(s)
	})
}

// momentsOf writes the moments of the groups of a row.
func (g *Group) momentsOf(i int, mean, rstd, x []float32, s *scratch) {
	sums := s.float64s(2 * g.Channels)
	sum, square := sums[:g.Channels], sums[g.Channels:]
	g.moments(sum, square, x, s, g.ofRow(i))
	size := g.size()
	n := float64(size * g.Pixels)
	for k := range mean {
		var m, v float64
		for j := k * size; j < (k+1)*size; j++ {
			m, v = m+sum[j], v+square[j]
		}
		m /= n
		if v = v/n - float64(m*m); v < 0 { // by rounding; NaN stays
			v = 0
		}
		mean[k], rstd[k] = float32(m), float32(1/math.Sqrt(v+g.Epsilon))
	}
}

// tables writes scale, shift and mean of a row, as the kernels take them, to a, b and c.
func (g *Group) tables(s *scratch, mean, rstd, weight, bias []float32) {
	size := g.size()
	for k, m := range mean {
		first := k * size
		fill(s.c[first:][:size], m)
		m, r := float64(m), float64(rstd[k])
		scale, shift, bias := s.a[first:][:size], s.b[first:][:size], bias[first:][:size]
		for j, w := range weight[first:][:size] {
			factor := float64(w) * r
			scale[j], shift[j] = float32(factor), float32(float64(bias[j])-float64(m*factor))
		}
	}
	g.repeat(s.a)
	g.repeat(s.b)
	g.repeat(s.c)
}

func fill(s []float32, v float32) {
	for i := range s {
		s[i] = v
	}
}

// Gradients writes the gradients with respect to x, weight and bias, given dy with respect to
// y; dx may be dy, and nil unless Act is OfInput. Rows whose weight is 0, of which each is that
// of as many rows as there are to it, have a gradient of 0 and no say; nil is a weight for all.
func (g *Group) Gradients(dx, dweight, dbias, dy, x, y, weight, bias, kept, rowWeights []float32) {
	c := g.Channels
	s := g.scratch()
	defer scratches.Put(s)
	rows := (g.Rows + mostShares - 1) / mostShares
	parts := (g.Rows + rows - 1) / rows
	found := s.float64s(2 * c * parts)
	kernel.Parallel(parts, func(part int) {
		for i := part * rows; i < min((part+1)*rows, g.Rows); i++ {
			if rowWeights == nil || rowWeights[i/(g.Rows/len(rowWeights))] != 0 {
				g.gradientsOf(i, found[2*c*part:][:2*c], dx, dy, x, y, weight, bias, kept)
			} else if dx != nil {
				clear(dx[i*g.Pixels*c:][:g.Pixels*c])
			}
		}
	})
	both := inOrder(found, 2*c)
	for j := range dweight {
		dbias[j], dweight[j] = float32(both[j]), float32(both[c+j])
	}
}

// gradientsOf is that of a row: dx, and its part in those of bias and weight, which is added.
func (g *Group) gradientsOf(i int, found []float64, dx, dy, x, y, weight, bias, kept []float32) {
	tables, s := g.scratch(), g.scratch()
	defer func() { scratches.Put(tables); scratches.Put(s) }()
	mean, rstd := g.keptOf(kept, i)
	g.tables(tables, mean, rstd, weight, bias)
	mine := tables.float64s(2 * g.Channels)
	sum, product := mine[:g.Channels], mine[g.Channels:]
	g.gradientSums(sum, product, dx, dy, x, y, g.Act, tables, s, g.ofRow(i))
	size := g.size()
	n := float64(size * g.Pixels)
	for k, r := range rstd {
		r, ofSum, ofProduct := float64(r), 0., 0.
		for j := k * size; j < (k+1)*size; j++ {
			product[j] *= r // dz times what is normalized, x'
			ofSum, ofProduct = ofSum+float64(weight[j])*sum[j], ofProduct+float64(weight[j])*product[j]
		}
		// dx = r (weight dz - mean of weight dz - x' mean of weight dz x')
		slope := -r * r * ofProduct / n
		fill(tables.d[k*size:][:size], float32(slope))
		fill(tables.e[k*size:][:size], float32(-r*ofSum/n-slope*float64(mean[k])))
	}
	for j, v := range mine {
		found[j] += v
	}
	if dx != nil {
		g.repeat(tables.d)
		g.repeat(tables.e)
		g.rows(g.ofRow(i), g.inputGradientRows(dx, dy, x, y, g.Act, tables))
	}
}
