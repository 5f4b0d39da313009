package render

import (
	"cmp"
	"slices"
)

const (
	paletteColors = 256
	cellBits      = 5 // of each channel, in a histogram
	cellShift     = 8 - cellBits
	maxCached     = 1 << 16 // colors whose nearest of the palette is remembered
)

// color24 is a color as 0xRRGGBB.
type color24 uint32

func colorOf(p []uint8) color24 { return color24(p[0])<<16 | color24(p[1])<<8 | color24(p[2]) }

func (c color24) channels() [3]uint8 { return [3]uint8{uint8(c >> 16), uint8(c >> 8), uint8(c)} }

// histogram counts the colors of pictures: in cells of 5 bits a channel, and one by one as
// long as they fit into a palette.
type histogram struct {
	cells []cell               // by the bits of red, green, blue
	exact map[color24]struct{} // nil once there are more than a palette holds
}

// cell is a set of pixels: how many, and the sum of each channel.
type cell struct {
	n   int64
	sum [3]int64
}

func newHistogram() *histogram {
	return &histogram{cells: make([]cell, 1<<(3*cellBits)), exact: map[color24]struct{}{}}
}

// add counts the pixels [n*3] of a picture.
func (h *histogram) add(pixels []uint8) {
	for i := 0; i+2 < len(pixels); i += 3 {
		p := pixels[i : i+3]
		c := &h.cells[int(p[0]>>cellShift)<<(2*cellBits)|int(p[1]>>cellShift)<<cellBits|int(p[2]>>cellShift)]
		c.n++
		for j, v := range p {
			c.sum[j] += int64(v)
		}
		if h.exact != nil {
			h.exact[colorOf(p)] = struct{}{}
			if len(h.exact) > paletteColors {
				h.exact = nil
			}
		}
	}
}

// colors is the palette of what was counted: the colors themselves, or 256 that stand for
// them by the cuts of [cut].
func (h *histogram) colors() *palette24 {
	var colors []color24
	if h.exact != nil {
		for c := range h.exact {
			colors = append(colors, c)
		}
		slices.Sort(colors)
		return newPalette(colors)
	}
	var full []cell
	for _, c := range h.cells {
		if c.n > 0 {
			full = append(full, c)
		}
	}
	for _, b := range cut(full, paletteColors) {
		colors = append(colors, b.mean())
	}
	slices.Sort(colors)
	return newPalette(slices.Compact(colors))
}

// box is a set of cells that one color will stand for.
type box struct {
	cells []cell
	whole cell
	axis  int     // the channel that differs most
	error float64 // sum of squared distances to the mean
}

func newBox(cells []cell) box {
	b := box{cells: cells}
	var squares [3]float64
	for _, c := range cells {
		b.whole.n += c.n
		for j, s := range c.sum {
			b.whole.sum[j] += s
			squares[j] += float64(s) * float64(s) / float64(c.n)
		}
	}
	most := -1.0
	for j, s := range b.whole.sum {
		spread := squares[j] - float64(s)*float64(s)/float64(b.whole.n)
		if spread > most {
			most, b.axis = spread, j
		}
		b.error += max(spread, 0)
	}
	return b
}

// mean is the color of all pixels, rounded.
func (b box) mean() color24 {
	var c color24
	for _, s := range b.whole.sum {
		c = c<<8 | color24((2*s+b.whole.n)/(2*b.whole.n))
	}
	return c
}

// cut divides cells into at most n boxes. Again and again the box of the greatest squared error
// is cut across its widest channel, where the error of the two parts is least: as Wu 1991,
// "Efficient statistical computations for optimal color quantization", does, by lists of cells
// instead of moments.
func cut(cells []cell, n int) []box {
	boxes := []box{newBox(cells)}
	for len(boxes) < n {
		worst := -1
		for i, b := range boxes {
			if len(b.cells) > 1 && (worst < 0 || b.error > boxes[worst].error) {
				worst = i
			}
		}
		if worst < 0 {
			break
		}
		left, right := boxes[worst].split()
		boxes[worst] = left
		boxes = append(boxes, right)
	}
	return boxes
}

// split cuts a box of at least two cells.
func (b box) split() (left, right box) {
	slices.SortStableFunc(b.cells, func(x, y cell) int { // by the mean on the axis
		return cmp.Compare(float64(x.sum[b.axis])/float64(x.n), float64(y.sum[b.axis])/float64(y.n))
	})
	var below cell
	best, at := -1.0, 1
	for i, c := range b.cells[:len(b.cells)-1] {
		below.n += c.n
		gain := 0.0
		for j, s := range c.sum {
			below.sum[j] += s
			above := b.whole.sum[j] - below.sum[j]
			gain += float64(below.sum[j])*float64(below.sum[j])/float64(below.n) +
				float64(above)*float64(above)/float64(b.whole.n-below.n)
		}
		if gain > best {
			best, at = gain, i+1
		}
	}
	return newBox(b.cells[:at:at]), newBox(b.cells[at:])
}

// palette24 is up to 256 colors, rising.
type palette24 struct {
	all    []color24
	cached map[color24]uint8
}

func newPalette(colors []color24) *palette24 {
	return &palette24{colors, make(map[color24]uint8, len(colors))}
}

func (p *palette24) table() [][3]uint8 {
	table := make([][3]uint8, len(p.all))
	for i, c := range p.all {
		table[i] = c.channels()
	}
	return table
}

// indices finds the nearest color of each pixel.
func (p *palette24) indices(dst, pixels []uint8) {
	for i := range dst {
		c := colorOf(pixels[3*i:])
		index, known := p.cached[c]
		if !known {
			if len(p.cached) >= maxCached {
				clear(p.cached)
			}
			index = p.nearest(c)
			p.cached[c] = index
		}
		dst[i] = index
	}
}

// nearest is the first of the colors at the least squared distance.
func (p *palette24) nearest(c color24) uint8 {
	want := c.channels()
	best, least := 0, 3*256*256
	for i, other := range p.all {
		distance := 0
		for j, v := range other.channels() {
			d := int(v) - int(want[j])
			distance += d * d
		}
		if distance < least {
			best, least = i, distance
		}
	}
	return uint8(best)
}
