package kernel

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// vectorPaths are those with assembly that this processor has.
func vectorPaths() []string {
	return slices.DeleteFunc(Paths(), func(p string) bool { return p == pathNames[portable] })
}

// onPath runs a function on a path.
func onPath(t testing.TB, name string, f func()) {
	t.Helper()
	before := Path()
	defer func() { _ = SelectPath(before) }()
	if err := SelectPath(name); err != nil {
		t.Fatal(err)
	}
	f()
}

// sameOnExact holds what compute returns, array by array, on exact to what it returns on the
// paths with assembly. A NaN is as good as another.
func sameOnExact(t *testing.T, what string, compute func() map[string][]float32) {
	t.Helper()
	var want map[string][]float32
	onPath(t, "exact", func() { want = compute() })
	for _, path := range vectorPaths() {
		onPath(t, path, func() {
			for name, got := range compute() {
				for i, v := range got {
					if w := want[name][i]; math.Float32bits(v) != math.Float32bits(w) && (v == v || w == w) {
						t.Fatalf("%s: %s[%d] is %x (%08x) on exact and %x (%08x) on %s", what, name, i, w, math.Float32bits(w), v, math.Float32bits(v), path)
					}
				}
			}
		})
	}
}

// kinds are sorts of numbers.
var kinds = map[string]func(r *rand.Rand) float32{
	"usual":    func(r *rand.Rand) float32 { return float32(r.NormFloat64()) },
	"spread":   func(r *rand.Rand) float32 { return float32(r.NormFloat64() * math.Exp2(float64(r.IntN(24)-12))) },
	"large":    func(r *rand.Rand) float32 { return float32(r.NormFloat64() * math.Exp2(float64(50+r.IntN(78)))) },
	"tiny":     func(r *rand.Rand) float32 { return float32(r.NormFloat64() * math.Exp2(float64(-50-r.IntN(30)))) },
	"denormal": func(r *rand.Rand) float32 { return math.Float32frombits(r.Uint32N(3<<23) | r.Uint32()&(1<<31)) },
	"any":      func(r *rand.Rand) float32 { return math.Float32frombits(r.Uint32()) },
	"near one": func(r *rand.Rand) float32 { // of no function of math
		return math.Float32frombits((127-6+r.Uint32N(9))<<23 | r.Uint32()&(1<<31|1<<23-1))
	},
	"few bits": func(r *rand.Rand) float32 { return float32(r.IntN(9)-4) * float32(math.Exp2(float64(r.IntN(40)-20))) },
	"special": func(r *rand.Rand) float32 {
		list := []float32{0, float32(math.Copysign(0, -1)), 1, -1, 0x1p-126, -0x1p-126, 0x1p-127, 0x1p-149, math.MaxFloat32, -math.MaxFloat32,
			float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), 0x1p-63, 0x1.fffffep-64, 88, -88, 104, -104, -87.33654, -87.3366}
		return list[r.IntN(len(list))]
	},
}

func some(kind string, n int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	x, draw := make([]float32, n), kinds[kind]
	for i := range x {
		x[i] = draw(r)
	}
	return x
}

func TestExactProducts(t *testing.T) {
	for kind := range kinds {
		for _, form := range gemmForms {
			for _, s := range testShapes() {
				m, n, k := s[0], s[1], s[2]
				if (kind == "usual" || kind == "spread") != (max(m, n, k) > 70) && (m+n+k)%5 != 0 { // a part of them
					continue
				}
				a, b, before := some(kind, m*k, 1), some(kind, n*k, 2), some(kind, m*n, 3)
				sameOnExact(t, fmt.Sprint(kind, form.name, s), func() map[string][]float32 {
					all := map[string][]float32{}
					for _, accumulate := range []bool{false, true} {
						c := slices.Clone(before)
						form.mul(c, a, b, m, n, k, accumulate)
						all[fmt.Sprint("accumulate ", accumulate)] = c
					}
					return all
				})
			}
		}
	}
}

func TestExactDense(t *testing.T) {
	for kind := range kinds {
		for n := range 71 {
			sameOnExact(t, fmt.Sprint(kind, n), func() map[string][]float32 {
				all := map[string][]float32{}
				for act := Linear; int(act) < len(functions); act++ {
					y := make([]float32, 3*n)
					Dense(y, some(kind, 3*11, 1), some(kind, n*11, 2), some(kind, n, 3), 3, n, 11, act)
					all[fmt.Sprint("activation ", act)] = y
				}
				return all
			})
		}
	}
}

// forward is what the elementwise kernels make of rows of n numbers of a kind.
func forward(kind string, n int) map[string][]float32 {
	const rows = 5
	all := map[string][]float32{}
	fresh := func(name string, n int, seed uint64) []float32 {
		all[name] = some(kind, n, seed)
		return all[name]
	}
	x, y, scale, shift := some(kind, rows*n, 1), some(kind, rows*n, 2), some(kind, n, 3), some(kind, n, 4)
	for act := Linear; int(act) < len(functions); act++ {
		BiasActivation(fresh(fmt.Sprint("bias ", act), rows*n, 1), shift, rows, n, act)
		Activate(fresh(fmt.Sprint("activate ", act), rows*n, 9), x, act)
		Normalize(fresh(fmt.Sprint("normalize ", act), rows*n, 9), x, scale, shift, rows, act)
	}
	Sigmoids(fresh("sigmoids", rows*n, 9), x)
	Add(fresh("add", rows*n, 9), x, y)
	Multiply(fresh("multiply", rows*n, 9), x, y)
	ScaleRows(fresh("scale rows", rows*n, 9), x, some(kind, rows, 5), rows, n)
	AddRows(fresh("add rows", n, 6), x, rows)
	SumRows(fresh("sum rows", n, 6), x, rows, n)
	AddPixels(fresh("add pixels", 2*n, 6), x, n, 3)
	Deviations(fresh("deviations", n, 6), fresh("squares", n, 7), x, shift, rows)
	Transpose(fresh("transposed", rows*n, 9), x, 1, rows, n)
	if n > 0 {
		LogisticMean(fresh("means of logistics", rows*n, 9), x, []float32{-1.7})
		LogisticMean(fresh("means of another logistic", rows*n, 9), x, scale[:1])
	}
	for _, d := range []Mixture{{3, 1, 256}, {2, 3, 65536}} {
		d.Mean(fresh(fmt.Sprint("mixture means ", d), n*d.Channels, 9), some(kind, n*d.Width(), 8))
	}
	r := rand.New(rand.NewPCG(1, uint64(n)))
	bytes, random := make([]uint8, rows*n), make([]uint16, rows*n)
	for i := range bytes {
		bytes[i], random[i] = uint8(r.Uint32()), uint16(r.Uint32())
	}
	BytesToFloats(fresh("bytes", rows*n, 9), bytes)
	Binarize(fresh("binary", rows*n, 9), bytes, random)
	return all
}

func TestExactElementwise(t *testing.T) {
	for kind := range kinds {
		for n := range 71 {
			sameOnExact(t, fmt.Sprint(kind, n), func() map[string][]float32 { return forward(kind, n) })
		}
		sameOnExact(t, kind, func() map[string][]float32 { return forward(kind, 3333) })
	}
}

// Every activation, of every 4099th float32.
func TestExactActivations(t *testing.T) {
	const step = 4099
	var x []float32
	for bits := uint64(0); bits < 1<<32; bits += step {
		x = append(x, math.Float32frombits(uint32(bits)))
	}
	for act := Linear; int(act) < len(functions); act++ {
		sameOnExact(t, fmt.Sprint("activation ", act), func() map[string][]float32 {
			y := make([]float32, len(x))
			Activate(y, x, act)
			return map[string][]float32{"y": y}
		})
	}
	sameOnExact(t, "planes", func() map[string][]float32 {
		n := len(x)
		sum, inverse, most, y := make([]float32, n), slices.Clone(x), slices.Repeat([]float32{-1}, n), make([]float32, n)
		for i, v := range x {
			if !(v >= 1 && v < 1e30) { // sums are of some exponentials, of which the greatest is 1
				inverse[i] = 1
			}
		}
		planes().maximum(most, x)
		planes().expSum(y, sum, x, most)
		logs := make([]float32, n)
		planes().logSum(logs, inverse)
		return map[string][]float32{"most": most, "sum": sum, "y": y, "log": logs, "inverse": inverse}
	})
}

func TestExactTiles(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for kind := range kinds {
		for i := range 200 {
			tiles := Tiles{Count: 1 + r.IntN(3), Rows: 1 + r.IntN(30), Columns: 1 + r.IntN(PanelColumns), Segments: 1 + r.IntN(4), Depth: 1 + r.IntN(20), Accumulate: i%2 == 1}
			tiles.ADepth, tiles.BDepth, tiles.CRow = 1+r.IntN(2), PanelColumns, PanelColumns+r.IntN(3)
			tiles.ASegment, tiles.BSegment = tiles.Depth*tiles.ADepth+r.IntN(3), tiles.Depth*PanelColumns
			tiles.ARow = 1 + r.IntN(40)
			tiles.ABlock, tiles.CBlock = tiles.Rows*tiles.ARow, tiles.Rows*tiles.CRow
			a := some(kind, tiles.Count*tiles.ABlock+tiles.Segments*tiles.ASegment+tiles.Depth*tiles.ADepth, 1)
			b := some(kind, tiles.Segments*tiles.BSegment, 2)
			sameOnExact(t, fmt.Sprintf("%s %+v", kind, tiles), func() map[string][]float32 {
				c := some(kind, tiles.Count*tiles.CBlock, 3)
				tiles.Multiply(c, a, b)
				return map[string][]float32{"c": c}
			})
		}
	}
}

func TestExactInterleaveAndOverlap(t *testing.T) {
	for kind := range kinds {
		for terms := 1; terms <= mostTerms+1; terms++ {
			count := terms % 7 * 3
			src := some(kind, 8+30*count+terms, 1)
			offsets := make([]int, terms)
			for i := range offsets {
				offsets[i] = (7 * i) % terms
			}
			rows, depth := 1+terms%PanelColumns, 1+terms*5%23
			sameOnExact(t, fmt.Sprint(kind, terms), func() map[string][]float32 {
				sums := some(kind, 8+5*count, 2)
				OverlapAdd(sums, src, offsets, count, 5, 30)
				wide, from := make([]float32, depth*PanelColumns), some(kind, rows*depth, 3)
				Interleave(wide, from, PanelColumns, depth, depth, rows)
				for i := range wide {
					if i%PanelColumns >= rows {
						wide[i] = 0 // anything
					}
				}
				return map[string][]float32{"sums": sums, "wide": wide}
			})
		}
	}
}

// hardSums are a, b and c for which a*b + c, rounded to float64 and then to float32, is often
// another number than the sum rounded once, or lies about 2^-126.
func hardSums(n int) (a, b, c []float32) {
	r := rand.New(rand.NewPCG(7, 8))
	for range n {
		x := 1 + float32(r.IntN(1<<12)-1<<11)/(1<<23)
		y := 1 + float32(r.IntN(1<<12)-1<<11)/(1<<23)
		z := float32(math.Ldexp(1+float64(r.IntN(1<<23))/(1<<23), 24-r.IntN(3)))
		switch r.IntN(4) {
		case 0: // the half of a last place, and a little that float64 has no place for
			x, y = 1+float32(1+r.IntN(3))/(1<<23), float32(1-r.Float64()/(1<<22))
			z = float32(math.Ldexp(1+float64(r.IntN(1<<23))/(1<<23), 24))
		case 1:
			x, y, z = x*0x1p-63, y*0x1p-63, kinds["denormal"](r)
		case 2: // cancels
			z = -float32(float64(x)*float64(y)*0x1p-126) * (1 + float32(r.IntN(5)-2)/(1<<23))
			x, y = x*0x1p-63, y*0x1p-63
		}
		if r.IntN(2) == 0 {
			x = -x
		}
		a, b, c = append(a, x), append(b, y), append(c, z)
	}
	return a, b, c
}

func TestExactHardSums(t *testing.T) {
	a, b, c := hardSums(200_000)
	twice := 0
	for i := range a {
		s := float64(a[i])*float64(b[i]) + float64(c[i])
		if math.Float64bits(s)<<35 == 1<<63 {
			twice++
		}
	}
	if twice < 1000 {
		t.Errorf("%d sums that are a tie in float64: too few to tell", twice)
	}
	sameOnExact(t, "hard sums", func() map[string][]float32 {
		fused, flushed := slices.Clone(c), slices.Clone(c)
		planes().addProduct(fused, a, b)
		for i := range a {
			MatMulNN(flushed[i:i+1], a[i:i+1], b[i:i+1], 1, 1, 1, true)
		}
		return map[string][]float32{"fused": fused, "flushed": flushed}
	})
}

// exactHashes are hashes of what the kernels of a forward pass make of numbers of some kinds, all
// of which are made of random bits. They are those of every machine.
var exactHashes = map[string]string{
	"near one": "3f21637c09243f058ade69925359c90e63318ee5ed3754508448b01d2a6d42d9",
	"special":  "ada1aff56d175324eddcd49d5291a4a3595fd5dd1b82915b1f0399694131582e",
	"denormal": "0ef6d6eb0ac8be9d402b705e658290578973354608837d4d3aa1ffc4e3765ffb",
	"any":      "2d3ae91f5f936ab87f12801434a17cc495b0f25f77db6ab4c8bfe775ad609767",
}

// multiplied are products of some sizes, and of Dense.
func multiplied(kind string) map[string][]float32 {
	all := map[string][]float32{}
	for _, s := range [][3]int{{1, 1, 1}, {3, 5, 7}, {17, 33, 70}, {5, 64, 300}, {40, 9, 1100}} {
		m, n, k := s[0], s[1], s[2]
		for _, form := range gemmForms {
			c := some(kind, m*n, 3)
			form.mul(c, some(kind, m*k, 1), some(kind, n*k, 2), m, n, k, true)
			all[fmt.Sprint(form.name, s)] = c
		}
		for act := Linear; int(act) < len(functions); act++ {
			y := make([]float32, m*n)
			Dense(y, some(kind, m*k, 1), some(kind, n*k, 2), some(kind, n, 3), m, n, k, act)
			all[fmt.Sprint("dense ", act, s)] = y
		}
	}
	tiles := Tiles{Count: 2, Rows: 17, Columns: 29, Segments: 3, Depth: 11, ARow: 2, ABlock: 34, ASegment: 13, ADepth: 1,
		BSegment: 11 * PanelColumns, BDepth: PanelColumns, CRow: PanelColumns, CBlock: 17 * PanelColumns, Accumulate: true}
	c, sums := some(kind, 2*tiles.CBlock, 3), some(kind, 8+5*30, 2)
	tiles.Multiply(c, some(kind, 200, 1), some(kind, 3*tiles.BSegment, 2))
	OverlapAdd(sums, some(kind, 8+30*7, 1), []int{0, 7, 3, 1}, 30, 5, 7)
	all["tiles"], all["overlapping"] = c, sums
	return all
}

func TestExactHashes(t *testing.T) {
	for _, path := range append([]string{"exact"}, vectorPaths()...) {
		onPath(t, path, func() {
			for kind, want := range exactHashes {
				h := sha256.New()
				for _, all := range []map[string][]float32{forward(kind, 1), forward(kind, 29), forward(kind, 1000), multiplied(kind)} {
					for _, name := range slices.Sorted(maps.Keys(all)) {
						for i, v := range all[name] {
							if v != v {
								all[name][i] = math.Float32frombits(0x7fc00000)
							}
						}
						_ = binary.Write(h, binary.LittleEndian, all[name]) // to memory
					}
				}
				if got := fmt.Sprintf("%x", h.Sum(nil)); got != want {
					t.Errorf("%q: %q, on path %s, want %q", kind, got, path, want)
				}
			}
		})
	}
}
