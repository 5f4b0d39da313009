package conv

import (
	"sync"

	"vae/internal/kernel"
)

// gradient is the pass that computes the gradient of the weights. The rows of a tile are
// what the kernel sees of a row at one position, and its depth runs over the positions:
// those along a row, those of several rows, those of several images, of which two become
// depth and segments. Runs of images have sums of their own, in
// panels, which are added in order; how many runs there are depends on the shape alone.
type gradient struct {
	Geometry
	*plan
	x, dy       []float32
	parted      []float32 // the sums of each run
	rows, parts int
	lines       int // units of a run and panel: one, or one for each row of the kernel
	body        func(unit int)
}

var gradientTasks = sync.Pool{New: func() any {
	w := new(gradient)
	w.body = w.unit
	return w
}}

const (
	// partPixels is how many positions a run of images has at least.
	partPixels = 1024
	// mostParts bounds the runs, and what their sums need.
	mostParts = 16
	// blockPixels is about how many positions are worked on at once, so that what dy has
	// there stays in the nearest caches; lowPixels the same where tiles are low, as with
	// one channel, and what begins and ends them counts.
	blockPixels = 512
	lowPixels   = 1024
)

// runs is in how many runs of images the gradient is summed.
func (g Geometry) runs(rows int) int {
	return min(rows, max(1, mostParts/panels(g.Filters)), (rows*g.OutHeight()*g.OutWidth()+partPixels-1)/partPixels)
}

// WeightScratch is the number of floats that WeightGradient needs beside its operands.
func (g Geometry) WeightScratch(rows int) int {
	if g.product() {
		return 0
	}
	if g.turns() {
		return g.turned().WeightScratch(rows)
	}
	runs := max(1, g.runs(rows))
	if runs > 1 {
		runs++ // their sum
	}
	return runs * g.sums()
}

// WeightGradient computes dw [Filters,Channels,KernelHeight,KernelWidth], the gradient of
// the weights, of x and the gradient dy of y, rows maps each. What scratch held does not
// matter.
func (g Geometry) WeightGradient(dw, x, dy, scratch []float32, rows int) {
	g.check("WeightGradient", len(dw) == g.Weights() && len(x) == rows*g.in() && len(dy) == rows*g.out() &&
		len(scratch) == g.WeightScratch(rows), rows)
	switch {
	case g.product():
		kernel.MatMulTN(dw, dy, x, g.Filters, g.Channels, rows*g.Height*g.Width, false)
	case g.turns():
		g.unpackTurned(dw, g.turned().weightSums(dy, x, scratch, rows))
	default:
		g.unpack(dw, g.weightSums(x, dy, scratch, rows))
	}
}

// turns says whether x and dy change their roles: a convolution with a stride of one whose
// few filters would leave most of a vector empty sees dy as dy sees it, through the
// kernel turned around.
func (g Geometry) turns() bool {
	return g.Filters <= 8 && g.Channels >= 12 && g.Stride == 1 && !g.product() &&
		max(g.Top, g.Bottom) < g.KernelHeight && max(g.Left, g.Right) < g.KernelWidth
}

// turned is the geometry of that.
func (g Geometry) turned() Geometry {
	t := g
	t.Height, t.Width, t.Channels, t.Filters = g.OutHeight(), g.OutWidth(), g.Filters, g.Channels
	t.Top, t.Bottom = g.KernelHeight-1-g.Top, g.KernelHeight-1-g.Bottom
	t.Left, t.Right = g.KernelWidth-1-g.Left, g.KernelWidth-1-g.Right
	return t
}

// unpackTurned writes the weights of the turned convolution, in panels, to w.
func (g Geometry) unpackTurned(w, packed []float32) {
	taps := g.taps()
	for i := range w {
		f, c, tap := i/taps/g.Channels, i/taps%g.Channels, i%taps
		w[i] = packed[((c/panel*taps+taps-1-tap)*g.Filters+f)*panel+c%panel]
	}
}

// weightSums returns the gradient of the weights in panels, which lies in scratch.
func (g Geometry) weightSums(x, dy, scratch []float32, rows int) []float32 {
	w := gradientTasks.Get().(*gradient)
	w.Geometry, w.plan, w.x, w.dy, w.rows, w.parts, w.lines = g, g.forward(), x, dy, rows, max(1, g.runs(rows)), 1
	w.parted = scratch[:w.parts*g.sums()]
	if w.parts*panels(g.Filters) < fewestUnits {
		w.lines = g.KernelHeight
	}
	share(w.parts*panels(w.Filters)*w.lines, rows*g.OutHeight()*g.OutWidth()*g.Weights(), w.body)
	total := scratch
	if w.parts > 1 {
		total = scratch[len(w.parted):]
		kernel.SumRows(total, w.parted, w.parts, g.sums())
	}
	*w = gradient{body: w.body}
	gradientTasks.Put(w)
	return total
}

// unit sums a panel over a run of images, or some rows of the kernel of it.
func (w *gradient) unit(i int) {
	size := w.sums() / panels(w.Filters)
	line, column, part := i%w.lines, i/w.lines%panels(w.Filters), i/w.lines/panels(w.Filters)
	first, end := line*w.KernelHeight/w.lines, (line+1)*w.KernelHeight/w.lines
	sums := w.parted[part*w.sums()+column*size:][:size]
	clear(sums[first*size/w.KernelHeight : end*size/w.KernelHeight])
	near := scratches.Get().(*scratch)
	b := block{gradient: w, column: column * panel, columns: min(panel, w.Filters-column*panel), near: near}
	images, height := w.block()
	to := (part + 1) * w.rows / w.parts
	for n := part * w.rows / w.parts; n < to; n += images {
		b.image, b.images = n, min(images, to-n)
		for top := 0; top < w.OutHeight(); top += height {
			b.top, b.bottom = top, min(top+height, w.OutHeight())
			b.load()
			b.lookAhead(images, height)
			for ky := first; ky < end; ky++ {
				b.ahead = b.next(ky, first, end)
				b.add(sums, ky)
			}
		}
	}
	scratches.Put(near)
}

// block is how many images, or rows of one, are worked on at once.
func (w *gradient) block() (images, height int) {
	pixels, most := w.OutHeight()*w.OutWidth(), blockPixels
	if w.KernelWidth*w.Channels <= 8 {
		most = lowPixels
	}
	if pixels > most {
		return 1, max(1, most/w.OutWidth())
	}
	return max(1, min(most/pixels, nearFloats/w.in())), w.OutHeight()
}

// block is a panel of dy at rows [top, bottom) of some images.
type block struct {
	*gradient
	column, columns int
	image, images   int
	top, bottom     int
	near            *scratch
	dy              []float32 // from one pixel of it to the next are panel floats
	nextX, nextDY   []float32 // what the next block reads
	ahead           []float32 // the part of it that is brought nearer now
}

// lookAhead finds what the next block of so many images, or rows of one, reads.
func (b *block) lookAhead(images, height int) {
	x, dx := (b.image+images)*b.in(), images*b.in()
	dy, ddy := (b.image+images)*b.out(), images*b.out()
	if b.bottom < b.OutHeight() {
		line, dline := b.Width*b.Channels, b.OutWidth()*b.Filters
		x, dx = b.image*b.in()+max(0, b.bottom*b.Stride+b.KernelHeight-b.Stride-b.Top)*line, height*b.Stride*line
		dy, ddy = b.image*b.out()+b.bottom*dline, height*dline
	}
	b.nextX = b.x[min(x, len(b.x)):min(x+dx, len(b.x))]
	b.nextDY = b.gradient.dy[min(dy, len(b.gradient.dy)):min(dy+ddy, len(b.gradient.dy))]
}

// next is the part of that for one of the rows of the kernel: x for the first of them, dy for
// the others, each for as many as it is large.
func (b *block) next(ky, first, end int) []float32 {
	rows, x, dy := end-first, len(b.nextX), len(b.nextDY)
	forX := max((rows*x+(x+dy)/2)/max(x+dy, 1), min(1, rows-1))
	if i := ky - first; i < forX {
		return b.nextX[i*x/forX : (i+1)*x/forX]
	}
	i, forDY := ky-first-forX, rows-forX
	return b.nextDY[i*dy/forDY : (i+1)*dy/forDY]
}

// load brings the panel together, where it is not the whole of dy: vectors lie on cache
// lines then, and a short one at the end has something behind it.
func (b *block) load() {
	width, pixels := b.OutWidth(), b.OutHeight()*b.OutWidth()
	first := (b.image*pixels + b.top*width) * b.Filters
	if b.Filters == panel {
		b.dy = b.gradient.dy[first:]
		return
	}
	count := (b.bottom - b.top) * width * b.images // all rows of several images, or some of one
	b.dy = b.near.size(count * panel)
	for i := range count {
		copy(b.dy[i*panel:][:panel], b.gradient.dy[first+i*b.Filters+b.column:][:b.columns])
	}
}

// add adds what a row of the kernel sees.
func (b *block) add(sums []float32, ky int) {
	top := max(b.top, (b.Top-ky+b.Stride-1)/b.Stride) // Top-ky > -Stride*bottom, so that rounding is down to 0
	bottom := min(b.bottom, (b.Height-1+b.Top-ky)/b.Stride+1)
	if b.Height-1+b.Top-ky < 0 || top >= bottom {
		return
	}
	x := b.x[b.image*b.in()+(top*b.Stride+ky-b.Top)*b.Width*b.Channels:]
	dy := b.dy[(top-b.top)*b.OutWidth()*panel:]
	for _, xs := range b.horizontal[0].spans {
		if xs.taps == 0 {
			continue
		}
		t := kernel.Tiles{Count: 1, Rows: xs.taps * b.Channels, ARow: 1, Columns: b.columns, CRow: panel, Accumulate: true}
		sides := [3]side{
			{xs.count, b.Stride * b.Channels, panel},
			{bottom - top, b.Stride * b.Width * b.Channels, b.OutWidth() * panel},
			{b.images, b.in(), b.OutHeight() * b.OutWidth() * panel},
		}
		arrange(&sides)
		t.Depth, t.ADepth, t.BDepth = sides[0].count, sides[0].a, sides[0].c
		t.Segments, t.ASegment, t.BSegment = sides[1].count, sides[1].a, sides[1].c
		if 2*xs.count >= b.OutWidth() { // not the border, which is soon done
			t.Ahead = b.ahead
		}
		for i := range sides[2].count {
			t.Multiply(sums[(ky*b.KernelWidth+xs.tap)*b.Channels*panel:], x[xs.from*b.Channels+i*sides[2].a:], dy[xs.at*panel+i*sides[2].c:])
		}
	}
}

// arrange brings first the side along which the depth of a tile is to run, then that of
// its segments: pixels beside each other lie together, those of other rows and images far
// apart, so that they come first only where they are many more.
func arrange(sides *[3]side) {
	if 4*sides[0].count < max(2*sides[1].count, sides[2].count) {
		longest := 1
		if sides[2].count > 2*sides[1].count {
			longest = 2
		}
		sides[0], sides[longest] = sides[longest], sides[0]
	}
	if sides[2].count > sides[1].count {
		sides[1], sides[2] = sides[2], sides[1]
	}
}
