package kernel

import (
	"fmt"
	"math"
)

// The forces between places in the plane that maps are made by.

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

// AttractionPad is what the number of neighbors of Attraction is a multiple of.
const AttractionPad = 16

// Attraction adds up how neighbors draw a point by the kernel of t-SNE (van der Maaten 2014,
// equation 8): the sums over j of
//
//	w dx   and   w dy,   w = weight[j] / (1 + dx^2 + dy^2)
//
// where dx and dy lie between the point and the neighbor other[j] of places [n, 2]. That it
// is from 0 to n-1 is for the caller to know. Those that fill up a list have no weight, and
// better be the point itself. It is no task of its own, but for the caller to cut the work.
func Attraction(point [2]float32, places []float32, other []int32, weight []float32) [2]float32 {
	if len(other)%AttractionPad != 0 || len(weight) != len(other) {
		panic(fmt.Sprintf("kernel: Attraction of %d neighbors with %d weights", len(other), len(weight)))
	}
	if len(other) == 0 {
		return [2]float32{}
	}
	return attraction(point, places, other, weight)
}

// attractionPortable is the reference: sixteen sums, that of neighbor j in sum j mod 16, which
// are added up in a tree.
func attractionPortable(point [2]float32, places []float32, other []int32, weight []float32) [2]float32 {
	var sums [2][AttractionPad]float32
	for first := 0; first < len(other); first += AttractionPad {
		for lane := range AttractionPad {
			j := other[first+lane]
			dx, dy := point[0]-places[2*j], point[1]-places[2*j+1]
			w := weight[first+lane] / (float32(dx*dx) + (float32(dy*dy) + 1))
			sums[0][lane] += float32(w * dx)
			sums[1][lane] += float32(w * dy)
		}
	}
	return totals(&sums)
}

// totals adds up two sets of sums as the assembly does.
func totals(sums *[2][AttractionPad]float32) (total [2]float32) {
	for c, s := range sums {
		var four [4]float32
		for l := range four {
			four[l] = (s[l] + s[l+8]) + (s[l+4] + s[l+12])
		}
		total[c] = (four[0] + four[1]) + (four[2] + four[3])
	}
	return total
}

// PowerForce is a force between places in the plane that falls with a power of their distance
// d, as UMAP's do (McInnes, Healy and Melville 2018, section 3.2): along either axis it is
// the difference of the places by the factor
//
//	(Constant + Factor p) / ((Least + d^2) (1 + A p)),   p = d^2B
//
// but at most Most.
type PowerForce struct{ A, B, Constant, Factor, Least, Most float32 }

// Sum adds up the force on a point over others of places [n, 2], as many as a multiple of
// AttractionPad. That they are from 0 to n-1 is for the caller to know. One at the point has
// no force. It is no task of its own, but for the caller to cut the work.
func (f *PowerForce) Sum(point [2]float32, places []float32, other []int32) [2]float32 {
	if len(other)%AttractionPad != 0 {
		panic(fmt.Sprintf("kernel: PowerForce.Sum of %d others", len(other)))
	}
	if len(other) == 0 {
		return [2]float32{}
	}
	return powerForce(f, point, places, other)
}

// powerForcePortable is the reference, with sixteen sums as attractionPortable has.
func powerForcePortable(f *PowerForce, point [2]float32, places []float32, other []int32) [2]float32 {
	var sums [2][AttractionPad]float32
	for first := 0; first < len(other); first += AttractionPad {
		for lane, j := range other[first : first+AttractionPad] {
			dx, dy := point[0]-places[2*j], point[1]-places[2*j+1]
			c := f.factor(float32(dx*dx) + float32(dy*dy))
			sums[0][lane] += f.clip(c * dx)
			sums[1][lane] += f.clip(c * dy)
		}
	}
	return totals(&sums)
}

// leastSquare stands for smaller squared distances, of which there is no logarithm.
const leastSquare = 1e-30

func (f *PowerForce) factor(square float32) float32 {
	square = max(square, leastSquare)
	p := powerOf2(float32(logarithm2(square) * f.B))
	above := float32(f.Factor*p) + f.Constant
	below := float32(square+f.Least) * (float32(f.A*p) + 1)
	return above / below
}

func (f *PowerForce) clip(v float32) float32 { return max(min(v, f.Most), -f.Most) }

// logarithm2 is that of positive normal x, off by 2e-7: of 2^n (1 + t) it is n + t q(t), q
// a Chebyshev fit.
func logarithm2(x float32) float32 {
	n := int32(math.Float32bits(x)-math.Float32bits(math.Sqrt2/2)) >> 23
	t := math.Float32frombits(math.Float32bits(x)-uint32(n)<<23) - 1
	q := float32(-0.146203534)
	for _, c := range [...]float32{0.234209851, -0.248821806, 0.287075611, -0.360241986, 0.480924039, -0.721352759, 1.44269496} {
		q = float32(q*t) + c
	}
	return float32(t*q) + float32(n)
}

// powerOf2 is 2^x, off by a part of 3e-7, x taken to be within -126 and 126.
func powerOf2(x float32) float32 {
	x = max(min(x, 126), -126)
	n := float32(math.RoundToEven(float64(x)))
	f := x - n
	p := float32(0.00134004322)
	for _, c := range [...]float32{0.0096760371, 0.0555032721, 0.240221074, 0.693147207, 1.00000008} {
		p = float32(p*f) + c
	}
	return p * math.Float32frombits(uint32(int32(n)+127)<<23)
}
