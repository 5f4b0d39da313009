package kernel

import (
	"fmt"

	"vae/internal/lane"
)

// PanelColumns is the most columns that Tiles has.
const PanelColumns = 32

// Tiles are blocks of a product C = A·B of up to PanelColumns columns, whose depth is cut
// into segments that need not follow each other: the rows of an image that a convolution's
// kernel covers. With all steps in elements,
//
//	for q in [0, Count), i in [0, Rows), j in [0, Columns):
//		sum = c[q*CBlock + i*CRow + j] if Accumulate, else 0
//		for s in [0, Segments), p in [0, Depth):
//			sum = fma(a[q*ABlock + i*ARow + s*ASegment + p*ADepth], b[s*BSegment + p*BDepth + j], sum)
//		c[q*CBlock + i*CRow + j] = sum
//
// which is one chain for each element, as in MatMulNN. Columns beyond the last up to a
// whole vector of 16 exist in b, and do not matter.
type Tiles struct {
	Count, Rows, Columns, Segments, Depth int
	ABlock, ARow, ASegment, ADepth        int
	BSegment, BDepth                      int
	CBlock, CRow                          int
	Accumulate                            bool
	Ahead                                 []float32 // what is read next, brought nearer meanwhile where that can be
}

// Multiply computes the blocks. It uses the calling thread alone.
func (t *Tiles) Multiply(c, a, b []float32) {
	if t.Count == 0 || t.Rows == 0 || t.Columns == 0 {
		return
	}
	t.check(len(c), len(a), len(b))
	multiplyTiles(t, c, a, b)
}

// check panics where an element of the blocks would lie outside of the slices.
func (t *Tiles) check(c, a, b int) {
	q, i, s, p := t.Count-1, t.Rows-1, t.Segments-1, t.Depth-1
	steps := t.ABlock | t.ARow | t.ASegment | t.ADepth | t.BSegment | t.BDepth | t.CBlock | t.CRow
	switch {
	case q|i|s|p|t.Columns|steps < 0, t.Columns > PanelColumns:
	case q*t.CBlock+i*t.CRow+t.Columns > c:
	case q*t.ABlock+i*t.ARow+s*t.ASegment+p*t.ADepth >= a:
	case s*t.BSegment+p*t.BDepth+(t.Columns+15)/16*16 > b:
	default:
		return
	}
	t.Ahead = nil
	panic(fmt.Sprintf("kernel: tiles %+v of %d, %d and %d elements", *t, c, a, b))
}

// multiplyTilesPortable computes four columns of a row at a time.
func multiplyTilesPortable(t *Tiles, c, a, b []float32) {
	for q := range t.Count {
		for i := range t.Rows {
			row := c[q*t.CBlock+i*t.CRow:][:t.Columns]
			for j := 0; j < len(row); j += 4 {
				t.four(row[j:min(j+4, len(row))], a[q*t.ABlock+i*t.ARow:], b[j:])
			}
		}
	}
}

// four computes up to four neighboring elements of a row of C. The conversions forbid the
// compiler to fuse multiply and add.
func (t *Tiles) four(c, a, b []float32) {
	var sum [4]float32
	if t.Accumulate {
		copy(sum[:], c)
	}
	if current == exact {
		t.fourExactly(&sum, a, b)
		copy(c, sum[:])
		return
	}
	s0, s1, s2, s3 := sum[0], sum[1], sum[2], sum[3]
	for s := range t.Segments {
		ia, ib := s*t.ASegment, s*t.BSegment
		for range t.Depth {
			v, w := a[ia], b[ib:ib+4:ib+4]
			s0 += float32(v * w[0])
			s1 += float32(v * w[1])
			s2 += float32(v * w[2])
			s3 += float32(v * w[3])
			ia += t.ADepth
			ib += t.BDepth
		}
	}
	sum = [4]float32{s0, s1, s2, s3}
	copy(c, sum[:])
}

// fourExactly adds to four sums as the paths with assembly do.
func (t *Tiles) fourExactly(sum *[4]float32, a, b []float32) {
	four := lane.FourOf(sum[:])
	for s := range t.Segments {
		for p := range t.Depth {
			four.Add(a[s*t.ASegment+p*t.ADepth], b[s*t.BSegment+p*t.BDepth:][:4])
		}
	}
	four.Store(sum[:])
}

// Interleave writes rows of src side by side, for p in [0, depth) and j in [0, rows):
//
//	dst[p*dstStep + j] = src[j*srcStep + p]
//
// with up to PanelColumns rows. Behind them, up to a whole vector of 16, dst holds anything
// afterwards, and dstStep has room for that.
func Interleave(dst, src []float32, dstStep, srcStep, depth, rows int) {
	vectors := (rows + 15) / 16 * 16
	if depth < 1 || rows < 1 || rows > PanelColumns || dstStep < vectors || srcStep < 0 ||
		(depth-1)*dstStep+vectors > len(dst) || (rows-1)*srcStep+depth > len(src) {
		panic(fmt.Sprintf("kernel: Interleave of %d rows of %d, steps %d and %d, with %d and %d elements", rows, depth, srcStep, dstStep, len(src), len(dst)))
	}
	interleave(dst, src, dstStep, srcStep, depth, rows)
}

func interleavePortable(dst, src []float32, dstStep, srcStep, depth, rows int) {
	for j := range rows {
		for p, v := range src[j*srcStep:][:depth] {
			dst[p*dstStep+j] = v
		}
	}
}

// OverlapAdd adds blocks of up to eight elements, count times: for m in [0, count) and
// j in [0, 8)
//
//	dst[m*dstStep + j] = src[m*srcStep + offsets[0] + j] + src[m*srcStep + offsets[1] + j] + ...
//
// one m after the other, so that a later block may lie over the last elements of an earlier
// one. All eight of each exist.
func OverlapAdd(dst, src []float32, offsets []int, count, dstStep, srcStep int) {
	if count == 0 {
		return
	}
	last := (count-1)*srcStep + 8
	for _, o := range offsets {
		if o < 0 || o+last > len(src) {
			panic(fmt.Sprintf("kernel: OverlapAdd of %d blocks, offset %d of %d elements", count, o, len(src)))
		}
	}
	if len(offsets) == 0 || count < 0 || dstStep < 0 || srcStep < 0 || (count-1)*dstStep+8 > len(dst) {
		panic(fmt.Sprintf("kernel: OverlapAdd of %d blocks of %d terms to %d elements", count, len(offsets), len(dst)))
	}
	overlap(dst, src, offsets, count, dstStep, srcStep)
}

// mostTerms is the most terms of an OverlapAdd in assembly.
const mostTerms = 64

func overlapPortable(dst, src []float32, offsets []int, count, dstStep, srcStep int) {
	flush := current == exact && len(offsets) <= mostTerms
	for m := range count {
		var sum [8]float32
		copy(sum[:], src[m*srcStep+offsets[0]:])
		for _, o := range offsets[1:] {
			for j, v := range src[m*srcStep+o:][:8] {
				if flush {
					sum[j] = lane.FlushedSum(sum[j], v)
				} else {
					sum[j] += v
				}
			}
		}
		copy(dst[m*dstStep:], sum[:])
	}
}
