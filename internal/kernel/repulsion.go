package kernel

import "fmt"

// RepulsionPoints is how many points one call of Repulsion works on.
const RepulsionPoints = 16

// Repulsion adds up what bodies do to points by the kernel of t-SNE, q = 1/(1+d^2) at the
// distance d (van der Maaten 2014, equation 8): sums [3, 16] are, for each of the points
// [2, 16] (x of all, then y of all), in the order of the bodies [n, 3] (x, y and mass),
//
//	mass q^2 dx,   mass q^2 dy   and   mass q
//
// d is at most 1e8. Unlike most here, it is one task, for the caller to cut the work.
func Repulsion(sums, points, bodies []float32) {
	if len(sums) != 3*RepulsionPoints || len(points) != 2*RepulsionPoints || len(bodies)%3 != 0 {
		panic(fmt.Sprintf("kernel: Repulsion of %d bodies/3 on %d/2 points to %d/3 sums", len(bodies), len(points), len(sums)))
	}
	pairs := len(bodies) / 6
	if pairs > 0 {
		repulsion(sums, points, bodies[:6*pairs])
	} else {
		clear(sums)
	}
	if rest := bodies[6*pairs:]; len(rest) > 0 {
		var last [3 * RepulsionPoints]float32
		repulsion(last[:], points, []float32{rest[0], rest[1], rest[2], rest[0], rest[1], 0})
		for i, v := range last {
			sums[i] += v
		}
	}
}

// repulsionPortable is the reference: bodies come in pairs, of which one division gives both
// kernels.
func repulsionPortable(sums, points, bodies []float32) {
	clear(sums)
	for i := range RepulsionPoints {
		x, y := points[i], points[RepulsionPoints+i]
		var fx, fy, s float32
		for b := bodies; len(b) >= 6; b = b[6:] {
			dx1, dy1, dx2, dy2 := x-b[0], y-b[1], x-b[3], y-b[4]
			square1 := float32(dx1*dx1) + (float32(dy1*dy1) + 1)
			square2 := float32(dx2*dx2) + (float32(dy2*dy2) + 1)
			inverse := 1 / float32(square1*square2)
			q1, q2 := float32(square2*inverse), float32(square1*inverse)
			w1, w2 := float32(q1*b[2]), float32(q2*b[5])
			s = s + w1 + w2
			w1, w2 = float32(w1*q1), float32(w2*q2)
			fx = fx + float32(w1*dx1) + float32(w2*dx2)
			fy = fy + float32(w1*dy1) + float32(w2*dy2)
		}
		sums[i], sums[RepulsionPoints+i], sums[2*RepulsionPoints+i] = fx, fy, s
	}
}
