// Package norm normalizes maps, forwards and backwards: by the moments of a batch and of
// groups of channels, with an activation behind.
//
// Sums are in float32 over few pixels, around their mean, and in float64 over these; work is
// cut by shape alone, and what the parts have found is added in their order. In a forward pass no
// product is fused with a sum, which a conversion forbids: it has the same bits on every processor.
package norm

import (
	"sync"

	"vae/internal/kernel"
)

// Maps are rows of maps with their channels side by side, x [Rows,Pixels,Channels].
type Maps struct{ Rows, Pixels, Channels int }

const (
	// wide is how many numbers the kernels are given as one row, where pixels are narrower.
	wide = 256
	// block is how many numbers are summed in float32 before float64 takes over, about.
	block = 1 << 14
	// share is how many numbers are worth a goroutine of their own, in sums.
	share = 1 << 16
	// mostShares bounds what the parts of a sum leave behind, and fewestPixels are a part at least, so that it is little
	// beside the map.
	mostShares, fewestPixels = 64, 32
)

// across is how many pixels are one row for the kernels: with whole vectors, where these go
// into it.
func (m Maps) across() int {
	const vector = 16
	n, whole := max(1, wide/m.Channels), 1
	for whole*m.Channels%vector != 0 {
		whole++
	}
	if n >= whole {
		n -= n % whole
	}
	return n
}

// blockPixels is how many pixels are a block: rows as across has them.
func (m Maps) blockPixels() int {
	n := m.across()
	return max(n, block/m.Channels/n*n)
}

// span is a run of pixels, counted through all rows.
type span struct{ from, to int }

// living are the runs of pixels in rows whose weight is not 0, and how many they are. A weight
// is that of as many rows as there are to each; nil is a weight for all.
func (m Maps) living(weight []float32) (runs []span, pixels int) {
	if weight == nil {
		return []span{{0, m.Rows * m.Pixels}}, m.Rows * m.Pixels
	}
	size := m.Rows / len(weight) * m.Pixels
	for i, w := range weight {
		if w == 0 {
			continue
		}
		pixels += size
		if n := len(runs); n > 0 && runs[n-1].to == i*size {
			runs[n-1].to += size
			continue
		}
		runs = append(runs, span{i * size, (i + 1) * size})
	}
	return runs, pixels
}

// shares cuts runs of pixels into parts to be summed, by their shape alone.
func (m Maps) shares(runs []span) (parts []span) {
	unit := m.blockPixels()
	pixels := max(share/m.Channels, (m.Rows*m.Pixels+mostShares-1)/mostShares, fewestPixels)
	pixels = (pixels + unit - 1) / unit * unit
	for _, r := range runs {
		for from := r.from; from < r.to; from += pixels {
			parts = append(parts, span{from, min(from+pixels, r.to)})
		}
	}
	return parts
}

// total adds up, in the order of the parts, what sum leaves for each in two arrays
// [Channels], which are zero before. The result is valid until the scratch is used again.
func (m Maps) total(s *scratch, parts []span, sum func(a, b []float64, s *scratch, part span)) (a, b []float64) {
	c := m.Channels
	found := s.float64s(2 * c * max(len(parts), 1))
	kernel.Parallel(len(parts), func(i int) {
		i = len(parts) - 1 - i // the last first: whoever made them wrote it last, and it may be in a cache
		s := m.scratch()
		here := found[2*c*i:][:2*c]
		sum(here[:c], here[c:], s, parts[i])
		scratches.Put(s)
	})
	both := inOrder(found, 2*c)
	return both[:c], both[c:]
}

// inOrder adds rows of n numbers up, from the first to the last, in the first.
func inOrder(rows []float64, n int) []float64 {
	sum, rows := rows[:n], rows[n:]
	for len(rows) > 0 {
		for j, v := range rows[:n] {
			sum[j] += v
		}
		rows = rows[n:]
	}
	return sum
}

// each runs a function over all pixels, in parts.
func (m Maps) each(run func(part span)) {
	unit, all := m.blockPixels(), m.Rows*m.Pixels
	kernel.Parallel((all+unit-1)/unit, func(i int) { run(span{i * unit, min((i+1)*unit, all)}) })
}

// rows calls a kernel for the pixels of a part: for rows of so many numbers, n, and then for
// what is left, as a shorter one.
func (m Maps) rows(part span, run func(first, rows, n int)) {
	across := m.across()
	first, n := part.from*m.Channels, across*m.Channels
	rows, left := (part.to-part.from)/across, (part.to-part.from)%across
	if rows > 0 {
		run(first, rows, n)
	}
	if left > 0 {
		run(first+rows*n, 1, left*m.Channels)
	}
}

// scratch is memory for rows as the kernels take them.
type scratch struct {
	a, b, c, d, e []float32
	sums          []float64
}

// float64s are so many zeros.
func (s *scratch) float64s(n int) []float64 {
	if cap(s.sums) < n {
		s.sums = make([]float64, n)
	}
	s.sums = s.sums[:n]
	clear(s.sums)
	return s.sums
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func (m Maps) scratch() *scratch {
	s, n := scratches.Get().(*scratch), m.across()*m.Channels
	for _, p := range []*[]float32{&s.a, &s.b, &s.c, &s.d, &s.e} {
		if cap(*p) < n {
			*p = make([]float32, n)
		}
		*p = (*p)[:n]
	}
	return s
}

// repeat fills a row with its first pixel.
func (m Maps) repeat(row []float32) {
	for done := m.Channels; done < len(row); done *= 2 {
		copy(row[done:], row[:done])
	}
}

// fold adds the pixels of a row up, in the first.
func (m Maps) fold(row []float32) []float32 {
	kernel.AddRows(row[:m.Channels], row[m.Channels:], len(row)/m.Channels-1)
	return row[:m.Channels]
}

// moments adds to sum and square [Channels] those of the pixels of a part.
func (m Maps) moments(sum, square []float64, x []float32, s *scratch, part span) {
	for from := part.from; from < part.to; from += m.blockPixels() {
		m.blockMoments(sum, square, x, s, span{from, min(from+m.blockPixels(), part.to)})
	}
}

// blockMoments sums around k, the mean of a block as far as float32 has it: with d = x - k,
// sum x = n k + sum d and sum x^2 = sum d^2 + 2 k sum d + n k^2, in float64.
func (m Maps) blockMoments(sum, square []float64, x []float32, s *scratch, part span) {
	clear(s.a)
	m.rows(part, func(first, rows, n int) { kernel.AddRows(s.a[:n], x[first:], rows) })
	n := float64(part.to - part.from)
	for j, v := range m.fold(s.a) {
		s.c[j] = float32(float64(v) / n)
	}
	m.repeat(s.c)
	clear(s.a)
	clear(s.b)
	m.rows(part, func(first, rows, n int) { kernel.Deviations(s.a[:n], s.b[:n], x[first:], s.c[:n], rows) })
	d, d2 := m.fold(s.a), m.fold(s.b)
	for j, k := range s.c[:m.Channels] {
		k, d := float64(k), float64(d[j])
		sum[j] += float64(n*k) + d
		square[j] += float64(d2[j]) + float64(2*k*d) + float64(n*k*k)
	}
}
