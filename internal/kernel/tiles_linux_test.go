package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// tilesShapes have one tile and many, heights that need one, two and three tiles, columns
// that fill vectors and do not, segments that overlap, follow each other or leave gaps.
func tilesShapes() []Tiles {
	var all []Tiles
	for _, rows := range []int{1, 4, 5, 6, 7, 13, 14, 15, 28, 31} {
		for _, columns := range []int{1, 3, 8, 15, 16, 17, 24, 31, 32} {
			for _, accumulate := range []bool{false, true} {
				all = append(all,
					Tiles{Count: 1, Rows: rows, Columns: columns, Segments: 1, Depth: 9, ARow: 9, ADepth: 1, BDepth: 32, CRow: columns, Accumulate: accumulate},
					Tiles{Count: 3, Rows: rows, Columns: columns, Segments: 4, Depth: 5, ABlock: 7, ARow: 3, ASegment: 11, ADepth: 2,
						BSegment: 170, BDepth: 33, CBlock: rows * 64, CRow: 64, Accumulate: accumulate},
					Tiles{Count: 2, Rows: rows, Columns: columns, Segments: 3, Depth: 1, ABlock: rows * 40, ARow: 40, ASegment: 1, ADepth: 0,
						BSegment: 32, BDepth: 0, CBlock: 32, CRow: 70, Accumulate: accumulate})
			}
		}
	}
	return all
}

// sizes are the least lengths of the slices of a product in tiles.
func (t Tiles) sizes() (c, a, b int) {
	q, i, s, p := t.Count-1, t.Rows-1, t.Segments-1, t.Depth-1
	return q*t.CBlock + i*t.CRow + t.Columns, q*t.ABlock + i*t.ARow + s*t.ASegment + p*t.ADepth + 1,
		s*t.BSegment + p*t.BDepth + (t.Columns+15)/16*16
}

// chain is what Multiply is documented to do, with rounding left to add.
func (t Tiles) chain(c, a, b []float32, add func(sum, x, y float32) float32) {
	for q := range t.Count {
		for i := range t.Rows {
			for j := range t.Columns {
				at, sum := q*t.CBlock+i*t.CRow+j, float32(0)
				if t.Accumulate {
					sum = c[at]
				}
				for s := range t.Segments {
					for p := range t.Depth {
						sum = add(sum, a[q*t.ABlock+i*t.ARow+s*t.ASegment+p*t.ADepth], b[s*t.BSegment+p*t.BDepth+j])
					}
				}
				c[at] = sum
			}
		}
	}
}

// Whole numbers have no rounding, so that every path gives the same; what lies between
// the rows stays, and nothing outside is touched.
func TestTiles(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, s := range tilesShapes() {
			for _, atEnd := range []bool{false, true} {
				nc, na, nb := s.sizes()
				c, a, b := guardedPages(t, nc, atEnd), guardedPages(t, na, atEnd), guardedPages(t, nb, atEnd)
				for i := range a {
					a[i] = float32(i%7) - 3
				}
				for i := range b {
					b[i] = float32(i%11) - 4
				}
				for i := range c {
					c[i] = float32(i % 13)
				}
				want := append([]float32(nil), c...)
				s.chain(want, a, b, func(sum, x, y float32) float32 { return sum + x*y })
				s.Multiply(c, a, b)
				for i := range c {
					if c[i] != want[i] {
						t.Fatalf("%+v: element %d is %g, want %g", s, i, c[i], want[i])
					}
				}
			}
		}
	})
}

// The chain of an element is the documented one, and is that of a product.
func TestTilesAreOneChain(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		add := func(sum, x, y float32) float32 { return float32(math.FMA(float64(x), float64(y), float64(sum))) }
		if Path() == "portable" {
			add = func(sum, x, y float32) float32 { return sum + float32(x*y) }
		}
		for _, s := range tilesShapes() {
			nc, na, nb := s.sizes()
			c, a, b := randomSlice(t, nc, 1), randomSlice(t, na, 2), randomSlice(t, nb, 3)
			want := append([]float32(nil), c...)
			s.chain(want, a, b, add)
			s.Multiply(c, a, b)
			for i := range c {
				if !(math.Abs(float64(c[i]-want[i])) <= 2e-6) { // float64 rounds twice
					t.Fatalf("%+v: element %d is %g, want %g", s, i, c[i], want[i])
				}
			}
		}
		const m, n, k = 14, 32, 120
		a, b, c, d := randomSlice(t, m*k, 1), randomSlice(t, n*k, 2), make([]float32, m*n), make([]float32, m*n)
		MatMulNN(d, a, b, m, n, k, false)
		whole := Tiles{Count: 1, Rows: m, Columns: n, Segments: 8, Depth: k / 8, ARow: k, ASegment: k / 8, ADepth: 1,
			BSegment: n * k / 8, BDepth: n, CRow: n}
		whole.Multiply(c, a, b)
		if !sameBits(c, d) {
			t.Error("the segments of a product have other bits than the product")
		}
	})
}

func TestTilesSameBitsOnVectorPaths(t *testing.T) {
	products := map[string][]float32{}
	eachPath(t, func(t *testing.T) {
		if Path() == "portable" {
			return
		}
		for _, s := range tilesShapes() {
			nc, na, nb := s.sizes()
			c := randomSlice(t, nc, 1)
			s.Multiply(c, randomSlice(t, na, 2), randomSlice(t, nb, 3))
			name := fmt.Sprintf("%+v", s)
			if want, ok := products[name]; ok && !sameBits(c, want) {
				t.Fatalf("%s: other bits on %s", name, Path())
			}
			products[name] = append([]float32(nil), c...)
		}
	})
}

func TestTilesOutsideOfTheirSlices(t *testing.T) {
	fit := Tiles{Count: 2, Rows: 3, Columns: 20, Segments: 2, Depth: 4, ABlock: 12, ARow: 4, ASegment: 30, ADepth: 1,
		BSegment: 200, BDepth: 32, CBlock: 60, CRow: 20}
	tests := map[string]func(s *Tiles, c, a, b *int){
		"a short c":           func(s *Tiles, c, a, b *int) { *c-- },
		"a short a":           func(s *Tiles, c, a, b *int) { *a-- },
		"a short b":           func(s *Tiles, c, a, b *int) { *b-- },
		"a negative step":     func(s *Tiles, c, a, b *int) { s.ARow = -1 },
		"too many columns":    func(s *Tiles, c, a, b *int) { s.Columns, s.CRow, *c, *b = 33, 33, 1000, 1000 },
		"no depth":            func(s *Tiles, c, a, b *int) { s.Depth = 0 },
		"no segment":          func(s *Tiles, c, a, b *int) { s.Segments = 0 },
		"a negative count":    func(s *Tiles, c, a, b *int) { s.Count = -1 },
		"overlong":            func(s *Tiles, c, a, b *int) { s.CBlock = 1 << 30 },
		"nothing but a fit a": func(s *Tiles, c, a, b *int) { *c, *b = 0, 0 },
	}
	for name, spoil := range tests {
		func() {
			s := fit
			c, a, b := s.sizes()
			spoil(&s, &c, &a, &b)
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			s.Multiply(make([]float32, c), make([]float32, a), make([]float32, b))
		}()
	}
}

func TestInterleave(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for rows := 1; rows <= PanelColumns; rows++ {
			for depth := 1; depth <= 20; depth++ {
				dstStep, srcStep := (rows+15)/16*16+depth%3, depth+rows%2
				src := guardedPages(t, (rows-1)*srcStep+depth, rows%2 == 0)
				dst := guardedPages(t, (depth-1)*dstStep+(rows+15)/16*16, rows%2 == 0)
				for i := range src {
					src[i] = float32(i)
				}
				Interleave(dst, src, dstStep, srcStep, depth, rows)
				for p := range depth {
					for j := range rows {
						if got, want := dst[p*dstStep+j], src[j*srcStep+p]; got != want {
							t.Fatalf("%d rows of %d: element %d of row %d is %g, want %g", rows, depth, p, j, got, want)
						}
					}
				}
			}
		}
	})
}

func TestInterleaveOutsideOfItsSlices(t *testing.T) {
	for name, f := range map[string]func(){
		"a short source":      func() { Interleave(make([]float32, 100), make([]float32, 8), 16, 3, 3, 3) },
		"no room behind":      func() { Interleave(make([]float32, 47), make([]float32, 9), 16, 3, 3, 3) },
		"too many rows":       func() { Interleave(make([]float32, 500), make([]float32, 99), 48, 3, 3, 33) },
		"a step that is less": func() { Interleave(make([]float32, 500), make([]float32, 99), 15, 3, 3, 3) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestOverlapAdd(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for count := 1; count <= 13; count++ {
			for _, offsets := range [][]int{{0}, {3, 0}, {16, 5, 1, 40}, {0, 9, 7, 7, 2, 30, 31, 1, 4}} {
				for dstStep := range 11 {
					const srcStep = 12
					src := guardedPages(t, slices.Max(offsets)+(count-1)*srcStep+8, count%2 == 0)
					dst := guardedPages(t, (count-1)*dstStep+8, count%2 == 0)
					for i := range src {
						src[i] = float32(i * i % 97)
					}
					want := make([]float32, len(dst))
					for m := range count {
						for j := range 8 {
							want[m*dstStep+j] = 0
							for _, o := range offsets {
								want[m*dstStep+j] += src[m*srcStep+o+j]
							}
						}
					}
					OverlapAdd(dst, src, offsets, count, dstStep, srcStep)
					if !slices.Equal(dst, want) {
						t.Fatalf("%d blocks, offsets %v, step %d: %v, want %v", count, offsets, dstStep, dst, want)
					}
				}
			}
		}
		many := slices.Repeat([]int{0}, 100) // more terms than assembly takes
		dst := make([]float32, 8)
		OverlapAdd(dst, []float32{1, 2, 3, 4, 5, 6, 7, 8}, many, 1, 8, 8)
		if dst[7] != 800 {
			t.Errorf("a hundred terms give %v", dst)
		}
	})
}

func TestOverlapAddOutsideOfItsSlices(t *testing.T) {
	for name, f := range map[string]func(){
		"a short source":        func() { OverlapAdd(make([]float32, 100), make([]float32, 20), []int{0, 1}, 2, 12, 12) },
		"a short destination":   func() { OverlapAdd(make([]float32, 19), make([]float32, 100), []int{0}, 2, 12, 12) },
		"an offset before":      func() { OverlapAdd(make([]float32, 100), make([]float32, 100), []int{0, -1}, 2, 12, 12) },
		"no terms":              func() { OverlapAdd(make([]float32, 100), make([]float32, 100), nil, 2, 12, 12) },
		"a step that goes back": func() { OverlapAdd(make([]float32, 100), make([]float32, 100), []int{0}, 2, -1, 12) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
