package embed

import "math"

// curve is how UMAP sees nearness on the map: 1/(1 + a d^2b) at the distance d.
type curve struct{ a, b float64 }

// newCurve fits one to exp(-(d - least)/spread), which is 1 up to the distance least, by least
// squares over 300 distances up to 3 spreads, as umap-learn does (McInnes, Healy and Melville
// 2018, section 3.2). It takes steps of Gauss and Newton, damped as by Levenberg and Marquardt.
func newCurve(spread, least float64) curve {
	const points = 300
	var d, want [points]float64
	for i := range d {
		d[i] = 3 * spread * float64(i) / (points - 1)
		want[i] = 1
		if d[i] >= least {
			want[i] = math.Exp(-(d[i] - least) / spread)
		}
	}
	c, damping := curve{1, 1}, 1e-3
	error, step := c.fit(d[:], want[:])
	for range 1000 {
		da, db := step.solve(damping)
		next := curve{c.a + da, c.b + db}
		e, s := next.fit(d[:], want[:])
		if !(next.a > 0 && next.b > 0 && e <= error) {
			if damping *= 10; damping > 1e20 {
				break
			}
			continue
		}
		done := math.Abs(da) <= 1e-14*next.a && math.Abs(db) <= 1e-14*next.b
		if c, error, step, damping = next, e, s, damping/10; done {
			break
		}
	}
	return c
}

// normal is the equation of a step: the products of the derivatives, and theirs with what
// is left.
type normal struct{ aa, ab, bb, ra, rb float64 }

// solve gives the step, with the diagonal made larger by a factor.
func (n normal) solve(damping float64) (da, db float64) {
	aa, bb := n.aa*(1+damping), n.bb*(1+damping)
	det := aa*bb - n.ab*n.ab
	return (bb*n.ra - n.ab*n.rb) / det, (aa*n.rb - n.ab*n.ra) / det
}

// fit is the sum of the squared errors and what a step needs.
func (c curve) fit(d, want []float64) (error float64, n normal) {
	for i, x := range d {
		if x == 0 {
			continue // is 1 by any curve
		}
		power := math.Pow(x, 2*c.b)
		y := 1 / (1 + c.a*power)
		rest := want[i] - y
		ga, gb := -y*y*power, -y*y*c.a*power*2*math.Log(x)
		error += rest * rest
		n.aa += ga * ga
		n.ab += ga * gb
		n.bb += gb * gb
		n.ra += ga * rest
		n.rb += gb * rest
	}
	return error, n
}

// A force is looked up by the square of the distance, linear between entries of which 128
// stand for each power of two from 2^-20 to 2^20.
const (
	tableBits  = 7
	tableFrom  = -20
	tableTo    = 20
	tableFirst = (127 + tableFrom) << tableBits // upper bits of the float of the first entry
	tableSize  = (tableTo - tableFrom) << tableBits
)

// forces are what draws neighbors together and what pushes rows apart, each as a factor of
// the difference of their places.
type forces struct{ pull, push [tableSize + 1]float32 }

// forces of the curve: its cross entropy's derivative (McInnes, Healy and Melville 2018, section
// 3.2), with 0.001 in the divisor of the push, as umap-learn has it.
func (c curve) forces() *forces {
	f := new(forces)
	for i := range f.pull {
		square := float64(math.Float32frombits(uint32(tableFirst+i) << (23 - tableBits)))
		power := math.Pow(square, c.b)
		f.pull[i] = float32(2 * c.a * c.b * power / square / (1 + c.a*power))
		f.push[i] = float32(2 * c.b / ((0.001 + square) * (1 + c.a*power)))
	}
	return f
}

// at looks a force up. Nearer than the table goes it is as at its end, farther it is 0.
func at(table *[tableSize + 1]float32, square float32) float32 {
	bits := math.Float32bits(square)
	k := int(bits>>(23-tableBits)) - tableFirst
	if uint(k) >= tableSize {
		if k < 0 {
			return table[0]
		}
		return 0
	}
	rest := float32(bits&(1<<(23-tableBits)-1)) * (1.0 / (1 << (23 - tableBits)))
	return table[k] + float32(rest*(table[k+1]-table[k]))
}
