package embed

import (
	"math"

	"vae/internal/kernel"
)

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

// forces are what draws neighbors together and what pushes rows apart: the derivatives of its
// cross entropy (McInnes, Healy and Melville 2018, section 3.2), with 0.001 in the divisor of
// the push, and at most 4, as umap-learn has them.
func (c curve) forces() (pull, push kernel.PowerForce) {
	a, b := float32(c.a), float32(c.b)
	pull = kernel.PowerForce{A: a, B: b, Factor: float32(-2 * c.a * c.b), Most: 4}
	push = kernel.PowerForce{A: a, B: b, Constant: 2 * b, Least: 0.001, Most: 4}
	return pull, push
}
