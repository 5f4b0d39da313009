package embed

import (
	"context"
	"math"

	"vae/internal/knn"
)

const (
	searchSteps     = 64
	searchTolerance = 1e-5
	leastWidth      = 1e-3 // of the distances' mean
)

// fuzzy is the graph of UMAP: each row has its neighbors as members to a degree that falls
// with their distance beyond the nearest's, and the two degrees of a pair are joined as the
// union of fuzzy sets (McInnes, Healy and Melville 2018, section 3.1). The graph leaves out the
// row itself, which umap-learn counts among its neighbors.
func fuzzy(ctx context.Context, g *knn.Graph) (*edges, error) {
	n := len(g.Index) / g.K
	mean := meanDistance(g)
	degree := make([]float32, len(g.Index))
	err := eachRows(ctx, n, func(from, to int) {
		for i := from; i < to; i++ {
			_, distance := near(g, i)
			rho, sigma := width(distance, mean)
			for j, d := range distance {
				degree[i*g.K+j] = membership(d, rho, sigma)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return symmetric(ctx, g, degree, func(a, b float32) float32 { return a + b - float32(a*b) })
}

// meanDistance of all neighbors, each row itself among them.
func meanDistance(g *knn.Graph) float64 {
	sum := 0.0
	for _, d := range g.Distance {
		sum += float64(d)
	}
	return sum / float64(len(g.Index)/g.K*(g.K+1))
}

func membership(d, rho, sigma float32) float32 {
	if d <= rho || sigma == 0 {
		return 1
	}
	return float32(math.Exp(-float64(d-rho) / float64(sigma)))
}

// width is the distance rho of the nearest neighbor that is not the row again, and the sigma
// for which the degrees add up to the logarithm of their number. distance rises; mean is that
// of all rows.
func width(distance []float32, mean float64) (rho, sigma float32) {
	sum := 0.0
	for _, d := range distance {
		sum += float64(d)
		if rho == 0 {
			rho = d
		}
	}
	found := widthFor(distance, rho, math.Log2(float64(len(distance)+1)), unitOf(distance))
	if rho > 0 {
		mean = sum / float64(len(distance)+1)
	}
	return rho, float32(max(found, leastWidth*mean))
}

// unitOf is where the search for a width begins: at 1, as umap-learn's does, unless that is
// out of all proportion to the distances.
func unitOf(distance []float32) float64 {
	farthest := float64(distance[len(distance)-1])
	if farthest == 0 || farthest > 1e-6 && farthest < 1e6 {
		return 1
	}
	return farthest
}

// widthFor finds sigma by bisection, beginning at unit.
func widthFor(distance []float32, rho float32, target, unit float64) float64 {
	low, high, middle := 0.0, math.Inf(1), unit
	for range searchSteps {
		sum := 0.0
		for _, d := range distance {
			if d > rho {
				sum += math.Exp(-float64(d-rho) / middle)
			} else {
				sum++
			}
		}
		switch {
		case math.Abs(sum-target) < searchTolerance:
			return middle
		case sum > target:
			high = middle
			middle = (low + high) / 2
		case math.IsInf(high, 1):
			low = middle
			middle *= 2
		default:
			low = middle
			middle = (low + high) / 2
		}
	}
	return middle
}
