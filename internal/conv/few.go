package conv

import (
	"sync"

	"vae/internal/kernel"
)

// few computes the input gradient where the maps have so few channels that these would
// leave most of a vector empty: the last layer of a decoder. One product gives what each pixel of dy adds
// to those that it sees, [pixels][rows of the kernel][columns of the kernel and channels];
// these are added where they overlap. Some rows of dy are worked on at once, so that what they give
// stays in the nearest caches.
type few struct {
	Geometry
	dx, dy       []float32
	packed, bias []float32 // the bias of a row of pixels
	act          kernel.Activation
	blocks       int
	body         func(unit int)
}

var fews = sync.Pool{New: func() any {
	f := new(few)
	f.body = f.unit
	return f
}}

// few says whether that is the way, which depends on the shape alone: a pixel of dy gives
// a block of Stride pixels, which fits eight lanes.
func (g Geometry) few() bool {
	return g.Stride*g.Channels <= 8 && g.Filters >= 12 && !g.product() && g.KernelWidth >= g.Stride && g.leastStrip() <= mostStrip
}

// mostStrip bounds what a thread keeps of rows of dy, which grows with the cube of the kernel, 8 MiB.
const mostStrip = 1 << 21

// leastStrip is how many floats that is at least.
func (g Geometry) leastStrip() int { return 2 * g.seen() * (g.OutWidth() + g.beside()) * g.columns() }

// seen is how many rows of dy a row of dx sees.
func (g Geometry) seen() int { return (g.KernelHeight + g.Stride - 1) / g.Stride }

// run is what a pixel of dy gives to a row of dx, in whole blocks; columns is what it gives
// at all, in whole vectors.
func (g Geometry) run() int { return (g.beside() + 1) * g.Stride * g.Channels }

// beside is how many pixels of dy beside one add to the same block of dx.
func (g Geometry) beside() int { return (g.KernelWidth+g.Stride-1)/g.Stride - 1 }

func (g Geometry) columns() int { return (g.KernelHeight*g.run() + 15) / 16 * 16 }

// packFew lays the weights out as a matrix [Filters, columns] in panels.
func (g Geometry) packFew(packed, w []float32) {
	clear(packed)
	taps := g.taps()
	for f := range g.Filters {
		for c := range g.Channels {
			for tap, v := range w[(f*g.Channels+c)*taps:][:taps] {
				column := tap/g.KernelWidth*g.run() + tap%g.KernelWidth*g.Channels + c
				packed[(column/panel*g.Filters+f)*panel+column%panel] = v
			}
		}
	}
}

// inputGradientFew is InputGradient.
func (g Geometry) inputGradientFew(dx, dy, packed, bias []float32, rows int, act kernel.Activation) {
	f := fews.Get().(*few)
	wide := scratches.Get().(*scratch)
	f.Geometry, f.dx, f.dy, f.packed, f.act = g, dx, dy, packed, act
	f.bias = wide.repeat(bias, g.Width)
	work := rows * g.OutHeight() * g.OutWidth() * g.Weights()
	f.blocks = blocksOf(rows, work)
	share(rows*f.blocks, work, f.body)
	scratches.Put(wide)
	*f = few{body: f.body}
	fews.Put(f)
}

// strip is memory of a unit: what rows of dy give, and a row of dx.
type strip struct {
	*few
	sums, row   []float32
	pixel, line int // elements that a pixel of dy gives, and a row of them with zeros beside it
	height      int // rows of dy at once, those that are kept from the last time included
	from, to    int // rows of dy that are there
	offsets     []int
}

var strips = sync.Pool{New: func() any { return new(strip) }}

// nearRows is about how many floats of what rows of dy give are kept at once.
const nearRows = 1 << 13

// unit computes some rows of an image.
func (f *few) unit(i int) {
	n, block := i/f.blocks, i%f.blocks
	first, end := block*f.Height/f.blocks, (block+1)*f.Height/f.blocks
	s := strips.Get().(*strip)
	s.begin(f)
	dx := f.dx[n*f.in():][:f.in()]
	s.from = max(0, (first+f.Top-f.KernelHeight+f.Stride)/f.Stride)
	s.to = s.from
	for iy := first; iy < end; iy++ {
		if see := min((iy+f.Top)/f.Stride, f.OutHeight()-1); see >= s.to {
			s.advance(f.dy[n*f.out():], iy)
		}
		s.write(dx[iy*f.Width*f.Channels:][:f.Width*f.Channels], iy)
	}
	if f.bias != nil {
		width := f.Width * f.Channels
		kernel.BiasActivation(dx[first*width:end*width], f.bias, end-first, width, f.act)
	}
	s.few = nil
	strips.Put(s)
}

// begin makes room, with zeros beside and between the rows.
func (s *strip) begin(f *few) {
	s.few = f
	beside := f.beside()
	s.pixel = f.columns()
	s.line = (f.OutWidth() + beside) * s.pixel
	keep := f.seen()
	s.height = min(max(2*keep, nearRows/s.line), max(f.OutHeight(), keep))
	n := s.height*s.line + beside*s.pixel + 16
	if cap(s.sums) < n {
		s.sums = make([]float32, n)
	}
	s.sums = s.sums[:n]
	for line := range s.height + 1 {
		clear(s.sums[line*s.line:][:beside*s.pixel])
	}
	blocks := f.OutWidth() + beside
	if m := (blocks+f.Stride)*f.Stride*f.Channels + f.Left*f.Channels + f.Width*f.Channels + 16; len(s.row) < m {
		s.row = make([]float32, m)
	}
}

// at is where what row oy of dy gives begins.
func (s *strip) at(oy int) int {
	return (oy-s.from)*s.line + s.beside()*s.pixel
}

// advance drops the rows of dy, which begins with the image, that row iy of dx does not see,
// and computes those that follow.
func (s *strip) advance(dy []float32, iy int) {
	lowest := min(s.to, max(s.from, (iy+s.Top-s.KernelHeight+s.Stride)/s.Stride))
	copy(s.sums, s.sums[(lowest-s.from)*s.line:(s.to-s.from)*s.line])
	s.from = lowest
	count := min(s.height-(s.to-s.from), s.OutHeight()-s.to)
	t := kernel.Tiles{
		Count: count, Rows: s.OutWidth(), ABlock: s.OutWidth() * s.Filters, ARow: s.Filters, CBlock: s.line, CRow: s.pixel,
		Segments: 1, Depth: s.Filters, ADepth: 1, BDepth: panel,
	}
	dy = dy[s.to*s.OutWidth()*s.Filters:]
	size := count * t.ABlock
	t.Ahead = dy[min(size, len(dy)):min(2*size, len(dy))]
	for column := 0; column < s.pixel; column += panel {
		t.Columns = min(panel, s.pixel-column)
		t.Multiply(s.sums[s.at(s.to)+column:], dy, s.packed[column*s.Filters:])
		t.Ahead = nil
	}
	s.to += count
}

// write adds up row iy of dx.
func (s *strip) write(dst []float32, iy int) {
	size, beside := s.Stride*s.Channels, s.beside()
	s.offsets = s.offsets[:0]
	for ky := s.KernelHeight - 1; ky >= 0; ky-- {
		top := iy + s.Top - ky
		if top < 0 || top%s.Stride != 0 || top/s.Stride >= s.OutHeight() {
			continue
		}
		for x := beside; x >= 0; x-- { // the pixel of dy that lies x before
			s.offsets = append(s.offsets, s.at(top/s.Stride)-x*s.pixel+ky*s.run()+x*size)
		}
	}
	if len(s.offsets) == 0 {
		clear(dst)
		return
	}
	blocks := s.OutWidth() + beside
	kernel.OverlapAdd(s.row, s.sums, s.offsets, blocks, size, s.pixel)
	clear(s.row[blocks*size : max(blocks*size, (s.Left+s.Width)*s.Channels)]) // what no pixel of dy sees
	copy(dst, s.row[s.Left*s.Channels:])
}
