package kernel

import (
	"fmt"
	"math"
)

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
