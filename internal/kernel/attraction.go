package kernel

import "fmt"

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
