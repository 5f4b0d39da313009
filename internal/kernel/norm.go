package kernel

import (
	"sync"

	"vae/internal/lane"
)

// What normalizations are made of, over rows of n numbers, in which pixels lie side by side.
// What belongs to a channel (scale, shift, center, ...) is given once for a row, [n], and is
// the same for all. These functions run on the caller's goroutine alone.

// AddRows adds to sum [n] the rows of src [rows,n], one after the other.
func AddRows(sum, src []float32, rows int) {
	n := len(sum)
	check("AddRows", len(src) >= rows*n, rows, n)
	if rows > 0 && n > 0 {
		addRows(sum, src, rows, n)
	}
}

// AddPixels adds to each pixel of sum, [n] numbers side by side, one of src, where step pixels
// lie for one of sum.
func AddPixels(sum, src []float32, n, step int) {
	pixels := len(sum) / max(n, 1)
	check("AddPixels", len(sum) == pixels*n && step > 0 && (pixels == 0 || len(src) >= ((pixels-1)*step+1)*n), pixels, n)
	if pixels > 0 && n > 0 {
		addPixels(sum, src, pixels, n, step)
	}
}

// Deviations adds, for each row of x [rows,n], d = x - center to sum [n], and d*d to square
// [n].
func Deviations(sum, square, x, center []float32, rows int) {
	n := len(sum)
	check("Deviations", len(square) == n && len(center) == n && len(x) >= rows*n, rows, n)
	if rows > 0 && n > 0 {
		deviations(sum, square, x, center, rows)
	}
}

// Normalize writes y = act(x*scale + shift), x and y [rows,n].
func Normalize(y, x, scale, shift []float32, rows int, act Activation) {
	n := len(scale)
	check("Normalize", len(shift) == n && len(x) >= rows*n && len(y) >= rows*n, rows, n)
	if rows > 0 && n > 0 {
		normalize(y, x, scale, shift, rows, act)
	}
}

// Normalized is what Normalize has made, y = act(x*scale + shift), and the gradient dy with
// respect to y, all [rows,n]. The gradient before the activation is called dz: Sums writes it
// down, and InputGradient reads it, where Act is OfInput, and it takes long to compute again.
type Normalized struct {
	DY, X, Y, DZ []float32 // [rows,n]; Y is read where OfOutput
	Scale, Shift []float32 // [n]
	Act          Activation
}

// OfOutput reports whether the derivative within a normalization is computed from the
// output. It is not where that can be computed again with little effort.
func (a Activation) OfOutput() bool {
	return !a.OfInput() && a != Linear && a != ReLU && a != LeakyReLU
}

// Sums adds, for each row, dz to sum [n], and dz*(x - center) to product [n].
func (v *Normalized) Sums(sum, product, center []float32, rows int) {
	n := len(v.Scale)
	check("Sums", v.fits(rows) && len(sum) == n && len(product) == n && len(center) == n, rows, n)
	if rows > 0 && n > 0 {
		v.sums(sum, product, center, rows)
	}
}

// InputGradient writes dx = dz*scale + (x*slope + offset), dx being [rows,n], slope and offset
// [n]. dx may be DZ.
func (v *Normalized) InputGradient(dx, slope, offset []float32, rows int) {
	n := len(v.Scale)
	check("InputGradient", v.fits(rows) && len(dx) >= rows*n && len(slope) == n && len(offset) == n, rows, n)
	if rows > 0 && n > 0 {
		if v.Act.OfInput() {
			v = &Normalized{DY: v.DZ, X: v.X, Scale: v.Scale, Shift: v.Shift, Act: Linear}
		}
		v.inputGradient(dx, slope, offset, rows)
	}
}

func (v *Normalized) fits(rows int) bool {
	size := rows * len(v.Scale)
	return len(v.Shift) == len(v.Scale) && len(v.DY) >= size && len(v.X) >= size && (len(v.Y) >= size || !v.Act.OfOutput()) && (len(v.DZ) >= size || !v.Act.OfInput())
}

// In Go. A conversion keeps the compiler from fusing a product with a sum.

func addPixelsPortable(sum, src []float32, pixels, n, step int) {
	for i := range pixels {
		to := sum[i*n:][:n]
		for j, v := range src[i*step*n:][:n] {
			to[j] += v
		}
	}
}

func deviationsPortable(sum, square, x, center []float32, rows int) {
	n, fused := len(sum), current == exact
	for i := range rows {
		for j, v := range x[i*n:][:n] {
			d := v - center[j]
			sum[j] += d
			if fused {
				square[j] = lane.FMA(d, d, square[j])
			} else {
				square[j] += float32(d * d)
			}
		}
	}
}

func normalizePortable(y, x, scale, shift []float32, rows int, act Activation) {
	n, fused := len(scale), current == exact
	for i := range rows {
		row := y[i*n:][:n]
		for j, v := range x[i*n:][:n] {
			if fused {
				row[j] = lane.FMA(v, scale[j], shift[j])
			} else {
				row[j] = float32(v*scale[j]) + shift[j]
			}
		}
		act.apply(row)
	}
}

// slopes is memory for dz of a row.
var slopes = sync.Pool{New: func() any { return new([]float32) }}

// eachRow gives x and dz of each row in turn.
func (v *Normalized) eachRow(rows int, use func(i int, x, dz []float32)) {
	memory := slopes.Get().(*[]float32)
	n, gradient := len(v.Scale), v.Act.function().gradient
	if cap(*memory) < n {
		*memory = make([]float32, n)
	}
	dz := (*memory)[:n]
	for i := range rows {
		x, dy := v.X[i*n:][:n], v.DY[i*n:][:n]
		if v.Act.OfOutput() {
			gradient(dz, dy, v.Y[i*n:][:n])
		} else {
			normalizePortable(dz, x, v.Scale, v.Shift, 1, Linear)
			gradient(dz, dy, dz)
		}
		use(i, x, dz)
	}
	slopes.Put(memory)
}

func (v *Normalized) sumsPortable(sum, product, center []float32, rows int) {
	v.eachRow(rows, func(i int, x, dz []float32) {
		if v.Act.OfInput() {
			copy(v.DZ[i*len(dz):], dz)
		}
		for j, g := range dz {
			sum[j] += g
			product[j] += float32(g * (x[j] - center[j]))
		}
	})
}

func (v *Normalized) inputGradientPortable(dx, slope, offset []float32, rows int) {
	v.eachRow(rows, func(i int, x, dz []float32) {
		for j, g := range dz {
			dx[i*len(dz)+j] = float32(g*v.Scale[j]) + (float32(x[j]*slope[j]) + offset[j])
		}
	})
}
