package conv

import (
	"sync"

	"vae/internal/kernel"
)

// direct computes maps of which each pixel is a sum over what a kernel sees of other maps,
// without a copy of these: the rows of a tile of kernel.Tiles are pixels beside each
// other, below each other, or the same of several images, and a segment of its depth is
// what the kernel sees of one row. It is the forward pass and, stride by stride, the input
// gradient.
type direct struct {
	*plan
	dst, src                     []float32
	packed, bias                 []float32
	v                            []float32 // output of the activation whose derivative is the end; nil for bias and activation
	act                          kernel.Activation
	images                       int
	dstWidth, dstChannels, dstIn int // dstIn and srcIn are the elements of an image
	srcWidth, srcChannels, srcIn int
	chunks, blocks               int // of images, and of the rows of each: the units
	body                         func(unit int)
}

var directs = sync.Pool{New: func() any {
	d := new(direct)
	d.body = d.unit
	return d
}}

// run computes everything, each of the work multiply-adds once.
func (d *direct) run(work int) {
	unit := max((d.images+mostUnits-1)/mostUnits, min(d.near(), (d.images+fewestUnits-1)/fewestUnits))
	d.chunks = (d.images + unit - 1) / unit
	d.blocks = blocksOf(d.chunks, work)
	wide := scratches.Get().(*scratch)
	if d.dstChannels%panel != 0 {
		d.bias = wide.repeat(d.bias, d.dstWidth)
	}
	share(d.chunks*d.blocks, work, d.body)
	if d.blocks > 1 {
		d.finish(0, d.images)
	}
	scratches.Put(wide)
	*d = direct{body: d.body}
	directs.Put(d)
}

// finish adds the bias to images and applies the activation, or its derivative.
func (d *direct) finish(from, to int) {
	dst := d.dst[from*d.dstIn : to*d.dstIn]
	switch {
	case d.v != nil:
		kernel.ActivationGradient(dst, dst, d.v[from*d.dstIn:to*d.dstIn], to-from, d.dstIn, d.act)
	case d.bias != nil:
		kernel.BiasActivation(dst, d.bias, len(dst)/len(d.bias), len(d.bias), d.act)
	}
}

// unit computes some rows of some images, a few images at a time.
func (d *direct) unit(i int) {
	chunk, block := i/d.blocks, i%d.blocks
	from, to := chunk*d.images/d.chunks, (chunk+1)*d.images/d.chunks
	parts := (to - from + d.near() - 1) / d.near()
	for part := range parts {
		d.chunk(from+part*(to-from)/parts, from+(part+1)*(to-from)/parts, block)
	}
}

// near is how many images are worked on at once. Of small maps it is more, so that tiles
// over the images are tall where those over pixels are low.
func (d *direct) near() int {
	size, low := d.srcIn+d.dstIn, 8
	for _, p := range d.horizontal {
		for _, s := range p.spans {
			if s.count >= low {
				return max(1, nearFloats/size)
			}
		}
	}
	return max(1, nearFloats/size, min(low, 5*nearFloats/2/size))
}

// chunk computes some rows of images from to to-1.
func (d *direct) chunk(from, to, block int) {
	packed := d.packed
	for column := 0; column < d.dstChannels; column += panel {
		for y := range d.vertical {
			for x := range d.horizontal {
				used := d.pair(&d.vertical[y], &d.horizontal[x], from, to, block, column, packed)
				packed = packed[used:]
			}
		}
	}
	if d.blocks == 1 {
		d.finish(from, to)
	}
}

// pair computes one phase of each side, with weights [taps,taps,channels,panel], and says
// how many these were.
func (d *direct) pair(y, x *phase, from, to, block, column int, packed []float32) int {
	for _, ys := range y.spans {
		first, end := block*ys.count/d.blocks, (block+1)*ys.count/d.blocks
		for _, xs := range x.spans {
			r := region{
				rows:   side{end - first, y.stride * d.srcWidth * d.srcChannels, y.step * d.dstWidth * d.dstChannels},
				pixels: side{xs.count, x.stride * d.srcChannels, x.step * d.dstChannels},
				images: side{to - from, d.srcIn, d.dstIn},
			}
			c := ((y.first+(ys.at+first)*y.step)*d.dstWidth+x.first+xs.at*x.step)*d.dstChannels + column
			r.Columns = min(panel, d.dstChannels-column)
			if ys.taps == 0 || xs.taps == 0 {
				r.clear(d.dst[from*d.dstIn+c:])
				continue
			}
			a := ((ys.from+first*y.stride)*d.srcWidth + xs.from) * d.srcChannels
			b := (ys.tap*len(x.taps) + xs.tap) * d.srcChannels * panel
			r.Segments, r.Depth = ys.taps, xs.taps*d.srcChannels
			r.ASegment, r.ADepth = d.srcWidth*d.srcChannels, 1
			r.BSegment, r.BDepth = len(x.taps)*d.srcChannels*panel, panel
			if column == 0 && y == &d.vertical[0] && x == &d.horizontal[0] {
				r.ahead, r.next = ys.taps*r.ASegment-xs.from*d.srcChannels, y.stride*r.ASegment
			}
			r.multiply(d.dst[from*d.dstIn+c:], d.src[from*d.srcIn+a:], packed[b:])
		}
	}
	return len(y.taps) * len(x.taps) * d.srcChannels * panel
}

// tallest is the most rows of a tile on any path.
const tallest = 14

// side is one of the three ways in which pixels of a region follow each other: how many,
// and the steps in A and C from one to the next.
type side struct{ count, a, c int }

// region is pixels of some images that see the same taps.
type region struct {
	kernel.Tiles
	rows, pixels, images side
	ahead, next          int // what the next row sees and this one does not: where it begins in A, and how much it is
}

// height is how many rows the tiles along a side have. Rows that are a multiple of 4 KiB
// apart share a set of the nearest cache, which has room for no more than eight.
func (s side) height() int {
	limit := tallest
	if s.a%1024 == 0 {
		limit = 8
	}
	if s.count == 0 {
		return 0
	}
	tiles := (s.count + limit - 1) / limit
	return (s.count + tiles - 1) / tiles
}

// multiply computes the region with the tallest tiles that there are.
func (r *region) multiply(c, a, b []float32) {
	down, count, outer := r.pixels, r.rows, r.images
	if h := down.height(); r.rows.height() > h && r.rows.height() >= r.images.height() {
		down, count = r.rows, r.pixels
	} else if r.images.height() > h {
		down, count, outer = r.images, r.pixels, r.rows
	}
	if down.count*count.count*outer.count == 0 {
		return
	}
	height := down.height()
	if height > 8 || down.a%1024 != 0 {
		height = down.count // Multiply cuts them
	}
	r.Count, r.ABlock, r.CBlock, r.ARow, r.CRow = count.count, count.a, count.c, down.a, down.c
	if r.next > 0 && down == r.pixels && count.count > 1 {
		r.eachRow(c, a, b)
		return
	}
	for i := range outer.count {
		for row := 0; row < down.count; row += height {
			r.Rows = min(height, down.count-row)
			r.Multiply(c[i*outer.c+row*down.c:], a[i*outer.a+row*down.a:], b)
		}
	}
}

// eachRow computes the region row by row, and meanwhile has what the next one sees brought
// nearer, of the last row what the next image begins with.
func (r *region) eachRow(c, a, b []float32) {
	r.Count, r.Rows = 1, r.pixels.count
	for n := range r.images.count {
		for y := range r.rows.count {
			at := n*r.images.a + y*r.rows.a
			ahead := max(0, at+r.ahead)
			r.Ahead = a[min(ahead, len(a)):min(ahead+r.next, len(a))]
			r.Multiply(c[n*r.images.c+y*r.rows.c:], a[at:], b)
		}
	}
	r.Ahead = nil
}

// clear sets the region to zero: pixels that see nothing.
func (r *region) clear(c []float32) {
	for n := range r.images.count {
		for y := range r.rows.count {
			for x := range r.pixels.count {
				clear(c[n*r.images.c+y*r.rows.c+x*r.pixels.c:][:r.Columns])
			}
		}
	}
}
