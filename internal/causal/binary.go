package causal

// Windows into the rows above reach from some pixels left to ahead pixels right.
const (
	rowsAbove = 4
	ahead     = 7
	margin    = 8
	mostCells = 28 // a position is one of so many cells, at most, along each side
)

const (
	counted    = 3       // contexts of counters
	summed     = 13      // contexts of terms
	priorInput = counted // behind the counters

	calmCounted, calmSummed = 2, 5 // of them, where nothing is near
)

// binary predicts images of two levels, by few counters and many terms.
type binary struct {
	shape   Shape
	stride  int
	pixels  [][]uint8 // of each channel, in margins of 0
	columns []uint64  // the cell of each
	lines   []uint64

	tables  []uint32 // [counted][2^bits]
	bits    uint
	terms   *terms
	weights *[sets][counted + 1][classes]int32
	pacer   pacer
	refined []uint32 // counters under near pixels and the mixed logit

	x, y, channel int
	begun         uint64 // 1 and the line of the first 1 in this image, or 0
	reach         uint64 // the highest column of a 1 in this image
	at            int    // of the pixel in pixels
	windows       [4][rowsAbove + 1]uint32
	current       pending
}

// pending is what has been predicted of a pixel that is not yet known.
type pending struct {
	counted, summed int // places and terms in use
	places          [counted]uint32
	trusts          [counted]uint8
	logits          [counted]int64
	prior           int64
	added           [summed]uint32
	set             uint32 // of weights
	refine          uint32
	one             uint32 // the frequency before it is refined
}

func newBinary(shape Shape, count uint64) *binary {
	b := &binary{shape: shape, stride: shape.Width + 2*margin, bits: tableBits(count, 10, 18)}
	for range shape.Channels {
		b.pixels = append(b.pixels, make([]uint8, (shape.Height+rowsAbove)*b.stride+margin))
	}
	b.columns, b.lines = cells(shape.Width), cells(shape.Height)
	b.tables = counters(counted << b.bits)
	b.terms = newTerms(summed, 8000, 800)
	b.refined = counters(refinements * refineSteps)
	b.weights = new([sets][counted + 1][classes]int32)
	for i := range b.weights {
		for j := range counted {
			b.weights[i][j] = [classes]int32{0, 2000, 4000, 6000, 8000, 10000, 12000, 14000}
		}
		b.weights[i][priorInput][0] = priorWeight
		if i < busySets {
			b.weights[i][priorInput][0] = calmWeight
		}
	}
	b.pacer = make(pacer, sets)
	b.begin()
	return b
}

// cells are those of the positions along a side.
func cells(side int) []uint64 {
	all := make([]uint64, side)
	for i := range all {
		all[i] = uint64(i * min(side, mostCells) / side)
	}
	return all
}

// begin goes to the first pixel of the next image.
func (b *binary) begin() {
	b.x, b.y, b.channel, b.begun, b.reach = 0, 0, 0, 0, 0
	b.startRow()
}

func (b *binary) startRow() {
	b.at = (b.y+rowsAbove)*b.stride + margin
	for c := range b.pixels {
		w := &b.windows[c]
		w[0] = 0
		for k := 1; k <= rowsAbove; k++ {
			w[k] = 0
			for _, pixel := range b.pixels[c][b.at-k*b.stride:][:ahead+1] {
				w[k] = w[k]<<1 | uint32(pixel)
			}
		}
	}
}

// where tells the channel and the earlier ones of the pixel.
func (b *binary) where() uint64 {
	where := uint64(1)
	for c := range b.channel {
		where = where<<1 | uint64(b.windows[c][0]&1) // already of this pixel
	}
	return where
}

// update tells the pixel that logit has predicted.
func (b *binary) update(bit uint32) {
	b.learn(bit)
	b.note(bit)
	pixels, w := b.pixels[b.channel], &b.windows[b.channel]
	pixels[b.at] = uint8(bit)
	w[0] = w[0]<<1 | bit
	for k := 1; k <= rowsAbove; k++ {
		w[k] = w[k]<<1 | uint32(pixels[b.at-k*b.stride+ahead+1])
	}
	b.step()
}

// note keeps where things are in an image, as they are often of one size.
func (b *binary) note(bit uint32) {
	if bit == 0 {
		return
	}
	if b.begun == 0 {
		b.begun = b.lines[b.y] + 1
	}
	b.reach = max(b.reach, b.columns[b.x])
}

func (b *binary) step() {
	if b.channel++; b.channel < b.shape.Channels {
		return
	}
	b.channel = 0
	b.at++
	if b.x++; b.x < b.shape.Width {
		return
	}
	b.x = 0
	if b.y++; b.y < b.shape.Height {
		b.startRow()
	}
}

func (b *binary) code(image []uint16, p *port) {
	b.begin()
	for i := range image {
		image[i] = uint16(p.bit(uint32(image[i]), Frequency(b.logit())))
		b.update(uint32(image[i]))
	}
}
