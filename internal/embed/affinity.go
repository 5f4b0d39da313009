package embed

import (
	"context"
	"fmt"
	"math"

	"vae/internal/knn"
)

// affinities of n rows, as openTSNE has them (Policar, Strazar and Zupan 2024): a row's
// neighbors have the probabilities of a normal distribution around it, as wide as makes
// their entropy that of so many equal ones, the perplexity (van der Maaten and Hinton 2008,
// section 2); of two rows the mean of both directions, divided by n.

// neighborsOf says how many neighbors are looked at for a perplexity, three times as many,
// and lowers it where there are fewer than it asks for.
func neighborsOf(perplexity float64, n int) (k int, lowered float64) {
	k = max(1, min(n-1, int(3*min(perplexity, mostRows))))
	if perplexity > float64(k) {
		return k, max(1, float64(k)/3)
	}
	return k, perplexity
}

// joint is P of the neighbors: symmetric, and 1 in all.
func joint(ctx context.Context, g *knn.Graph, perplexity float64) (*edges, error) {
	n := len(g.Index) / g.K
	p := make([]float32, len(g.Index))
	err := eachRows(ctx, n, func(from, to int) {
		squared, weight := make([]float64, g.K), make([]float64, g.K)
		for i := from; i < to; i++ {
			_, distance := near(g, i)
			for j, d := range distance {
				squared[j] = float64(d)*float64(d) - float64(distance[0])*float64(distance[0])
			}
			conditional(weight, squared, math.Log(perplexity))
			for j, w := range weight {
				p[i*g.K+j] = float32(w)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	scale := 1 / float32(2*n)
	return symmetric(ctx, g, p, func(a, b float32) float32 { return (a + b) * scale })
}

// conditional writes probabilities that fall with the squared distances, of which the first
// is 0, exp(-beta d) but for a factor, with beta such that they have the entropy. Where
// none does, as where more distances than that are equal, beta is the nearest to it.
func conditional(p, squared []float64, entropy float64) {
	// Newton's method in log beta, in which the entropy falls all along; where that leaves
	// what is known to hold the root, bisection.
	last := squared[len(squared)-1]
	if !(last > 0) {
		for j := range p {
			p[j] = 1 / float64(len(p))
		}
		return
	}
	low, high := -700.0, 700.0 // of log (beta last)
	at := 0.0
	for range 200 {
		h, slope := entropyAt(p, squared, math.Exp(at)/last)
		if math.Abs(h-entropy) < 1e-9 || high-low < 1e-12 {
			break
		}
		if h > entropy {
			low = at
		} else {
			high = at
		}
		if at -= (h - entropy) / slope; !(at > low && at < high) {
			at = (max(low, -30) + min(high, 30)) / 2
			if !(at > low && at < high) {
				at = (low + high) / 2
			}
		}
	}
	for j, w := range p {
		if w < 1e-30 { // of no weight, and slow as a denormal number
			p[j] = 0
		}
	}
}

// entropyAt writes the probabilities for a beta, and returns their entropy and its derivative
// by log beta, -beta^2 Var d.
func entropyAt(p, squared []float64, beta float64) (h, slope float64) {
	sum, mean := 0.0, 0.0
	for j, d := range squared {
		p[j] = math.Exp(-beta * d)
		sum += p[j]
		mean += p[j] * d
	}
	mean /= sum
	variance := 0.0
	for j, d := range squared {
		p[j] /= sum
		variance += p[j] * (d - mean) * (d - mean)
	}
	return math.Log(sum) + beta*mean, -beta * beta * variance
}

// checkPerplexity refuses one that is no number of neighbors.
func checkPerplexity(perplexity float64) error {
	if !(perplexity >= 1) || math.IsInf(perplexity, 1) {
		return fmt.Errorf("t-sne: a perplexity of %v: it is a number of neighbors that count, 1 or more; %d is usual", perplexity, DefaultPerplexity)
	}
	return nil
}
