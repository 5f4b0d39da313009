package conv

import (
	"sync"

	"vae/internal/kernel"
)

// flat is the forward pass of a stride of one with so few filters that these would leave
// most of a vector empty: a last layer that paints pixels. The roles of the operands are
// changed: the columns of a tile are pixels of a row, which is turned for that, and its rows
// the filters. The chain of an element is the same.
type flat struct {
	Geometry
	y, x         []float32
	packed, bias []float32 // the bias of a row of pixels
	act          kernel.Activation
	blocks       int
	body         func(unit int)
}

var flats = sync.Pool{New: func() any {
	f := new(flat)
	f.body = f.unit
	return f
}}

// fewFilters says whether that is the way, which depends on the shape alone.
func (g Geometry) fewFilters() bool {
	return g.Filters <= 8 && g.Channels >= 12 && g.Stride == 1 && g.OutWidth() >= 8 && !g.product()
}

// packFlat lays the weights out as [Filters][taps][Channels].
func (g Geometry) packFlat(packed, w []float32) {
	taps := g.taps()
	for i := range g.Filters * g.Channels {
		f, c := i/g.Channels, i%g.Channels
		for tap, v := range w[i*taps:][:taps] {
			packed[(f*taps+tap)*g.Channels+c] = v
		}
	}
}

// forwardFlat is Forward.
func (g Geometry) forwardFlat(y, x, packed, bias []float32, rows int, act kernel.Activation) {
	f := flats.Get().(*flat)
	wide := scratches.Get().(*scratch)
	f.Geometry, f.y, f.x, f.packed, f.act = g, y, x, packed, act
	f.bias = wide.repeat(bias, g.OutWidth())
	work := rows * g.OutHeight() * g.OutWidth() * g.Weights()
	f.blocks = blocksOf(rows, work)
	share(rows*f.blocks, work, f.body)
	scratches.Put(wide)
	*f = flat{body: f.body}
	flats.Put(f)
}

// lines are memory of a unit: rows of x as [Channels][line], zeros at both ends, as many
// as the kernel sees, and a row of y as [Filters][width].
type lines struct {
	*flat
	x, y        []float32
	line, width int
	ahead       []float32 // the next row of x
}

var linesPool = sync.Pool{New: func() any { return new(lines) }}

// unit computes some rows of an image.
func (f *flat) unit(i int) {
	n, block := i/f.blocks, i%f.blocks
	first, end := block*f.OutHeight()/f.blocks, (block+1)*f.OutHeight()/f.blocks
	t := linesPool.Get().(*lines)
	t.begin(f)
	x, width := f.x[n*f.in():], f.OutWidth()*f.Filters // x begins with the image
	y := f.y[n*f.out()+first*width : n*f.out()+end*width]
	turn := max(0, first-f.Top) // the next row of x
	for oy := first; oy < end; oy++ {
		for ; turn < min(f.Height, oy+f.KernelHeight-f.Top); turn++ {
			t.turn(x[turn*f.Width*f.Channels:][:f.Width*f.Channels], turn)
		}
		t.ahead = x[min(len(x), turn*f.Width*f.Channels):min(len(x), (turn+1)*f.Width*f.Channels)]
		t.row(y[(oy-first)*width:][:width], oy)
	}
	if f.bias != nil {
		kernel.BiasActivation(y, f.bias, end-first, width, f.act)
	}
	t.flat, t.ahead = nil, nil
	linesPool.Put(t)
}

// begin makes room.
func (t *lines) begin(f *flat) {
	t.flat = f
	t.line = (f.Left+f.Width+f.Right+16+15)/16*16 + 16
	t.width = (f.OutWidth() + panel - 1) / panel * panel
	count := f.KernelHeight * f.Channels
	if n := count*t.line + panel; len(t.x) < n {
		t.x = make([]float32, n)
	}
	if n := f.Filters * t.width; len(t.y) < n {
		t.y = make([]float32, n)
	}
	t.zeros(0, count)
}

// zeros clears both ends of some lines.
func (t *lines) zeros(first, count int) {
	for i := first; i < first+count; i++ {
		line := t.x[i*t.line:][:t.line]
		clear(line[:t.Left])
		clear(line[t.Left+t.Width:])
	}
}

// turn brings in row iy of x, in the place of one that is no longer seen.
func (t *lines) turn(row []float32, iy int) {
	first := iy % t.KernelHeight * t.Channels
	for ix := 0; ix < t.Width; ix += panel {
		kernel.Interleave(t.x[first*t.line+t.Left+ix:], row[ix*t.Channels:], t.line, t.Channels, t.Channels, min(panel, t.Width-ix))
	}
	if t.Width%16 != 0 { // whole vectors were written
		t.zeros(first, t.Channels)
	}
}

// row computes row oy of y.
func (t *lines) row(dst []float32, oy int) {
	top, bottom := max(0, t.Top-oy), min(t.KernelHeight, t.Height+t.Top-oy) // what the kernel sees
	if top >= bottom {
		clear(dst)
		return
	}
	for ox := 0; ox < t.OutWidth(); ox += panel {
		k := kernel.Tiles{
			Count: 1, Rows: t.Filters, Columns: min(panel, t.OutWidth()-ox), Segments: t.KernelWidth, Depth: t.Channels,
			ARow: t.taps() * t.Channels, ASegment: t.Channels, ADepth: 1, BSegment: 1, BDepth: t.line, CRow: t.width,
		}
		for ky := top; ky < bottom; ky++ {
			k.Ahead = t.nearer(ox, ky-top, bottom-top)
			line := (oy + ky - t.Top) % t.KernelHeight * t.Channels
			k.Multiply(t.y[ox:], t.packed[ky*t.KernelWidth*t.Channels:], t.x[line*t.line+ox:])
			k.Accumulate = true
		}
	}
	t.paint(dst)
}

// nearer is the part of the next row of x that is brought nearer with the pixels from ox on
// and one row of the rows of the kernel.
func (t *lines) nearer(ox, row, rows int) []float32 {
	part, parts := ox/panel*rows+row, t.width/panel*rows
	return t.ahead[part*len(t.ahead)/parts : (part+1)*len(t.ahead)/parts]
}

// paint writes the row pixel by pixel.
func (t *lines) paint(dst []float32) {
	for f := range t.Filters {
		for i, v := range t.y[f*t.width:][:t.OutWidth()] {
			dst[i*t.Filters+f] = v
		}
	}
}
