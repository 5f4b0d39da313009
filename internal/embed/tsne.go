package embed

import (
	"context"
	"fmt"
	"math"

	"vae/internal/rng"
)

// TSNE maps rows by t-SNE (van der Maaten and Hinton 2008), by the tree of Barnes and Hut (van
// der Maaten 2014), with the constants of openTSNE 1.0.4: it keeps neighbors together, and
// neither distances between clusters nor their widths mean much.
type TSNE struct {
	Perplexity float64 // how many neighbors of a row count, about
	Seed       uint64
	Progress   Progress
}

// DefaultPerplexity is the usual one.
const DefaultPerplexity = 30

// Map lays the rows of x [N, l] out.
func (t TSNE) Map(ctx context.Context, x []float32, l int) (*Map, error) {
	n, err := checkRows("t-sne", x, l)
	if err == nil {
		err = checkPerplexity(t.Perplexity)
	}
	if err != nil {
		return nil, err
	}
	if alike(x, l) {
		return onePlace(n), nil
	}
	m := &Map{}
	p, err := t.affinities(ctx, x, l, m)
	if err != nil {
		return nil, err
	}
	start, err := t.start(ctx, x, l)
	if err != nil {
		return nil, err
	}
	d := newDescent(p, start, theta)
	if err := d.run(ctx, earlySteps, exaggeration, t.Progress.part("t-SNE, first stage")); err != nil {
		return nil, err
	}
	if err := d.run(ctx, lateSteps, 1, t.Progress.part("t-SNE, second stage")); err != nil {
		return nil, err
	}
	m.Places = d.places()
	m.KL, err = divergence(ctx, d.p, d.y)
	return m, err
}

// KL is what t-SNE minimizes, of a map of the rows x [N, l] at places [N, 2], whoever made
// it: the sum over pairs of p log(p/q), in nats, q normalized over all pairs.
func (t TSNE) KL(ctx context.Context, x []float32, l int, places []float32) (float64, error) {
	n, err := checkRows("t-sne", x, l)
	if err == nil {
		err = checkPerplexity(t.Perplexity)
	}
	if err != nil {
		return 0, err
	}
	if len(places) != 2*n || n < 2 {
		return 0, fmt.Errorf("t-sne: %d numbers of places for %d rows, which are at least 2", len(places), n)
	}
	if _, err := checkRows("t-sne: places", places, 2); err != nil {
		return 0, err
	}
	p, err := t.affinities(ctx, x, l, new(Map))
	if err != nil {
		return 0, err
	}
	return divergence(ctx, p, places)
}

// affinities finds neighbors, which the map keeps, and their P.
func (t TSNE) affinities(ctx context.Context, x []float32, l int, m *Map) (*edges, error) {
	n := len(x) / l
	k, perplexity := neighborsOf(t.Perplexity, n)
	if perplexity != t.Perplexity {
		m.Notes = append(m.Notes, fmt.Sprintf("%d rows have too few neighbors for a perplexity of %.4g: %.3g was taken", n, t.Perplexity, perplexity))
	}
	err := checkMemory("t-sne", n, l, k, "take fewer rows, or a smaller perplexity")
	if err != nil {
		return nil, err
	}
	if err := m.findNeighbors(ctx, x, l, k, t.Seed, t.Progress.part("neighbors")); err != nil {
		return nil, err
	}
	return joint(ctx, m.graph, perplexity)
}

// start has the rows at their principal components, of which the first has a standard
// deviation of 1e-4, and a hundredth of that of noise, which parts rows that are equal.
func (t TSNE) start(ctx context.Context, x []float32, l int) ([]float32, error) {
	m, err := PCA{}.Map(ctx, x, l)
	if err != nil {
		return nil, err
	}
	const deviation = 1e-4
	sum := 0.0
	for i := 0; i < len(m.Places); i += 2 {
		sum += float64(m.Places[i]) * float64(m.Places[i])
	}
	scale := deviation / math.Sqrt(sum/float64(len(m.Places)/2))
	noise := make([]float32, len(m.Places))
	rng.Normal(noise, rng.Stream(t.Seed, "start of t-sne"))
	for i, v := range m.Places {
		m.Places[i] = float32(float64(v)*scale + deviation/100*float64(noise[i]))
	}
	return m.Places, nil
}

// exactRows is up to how many rows q is normalized over all pairs, one by one; beyond that
// by a tree that is finer than that of the descent.
const (
	exactRows = 200_000
	fineTheta = 0.2
)

// divergence is KL(P || Q) at the places.
func divergence(ctx context.Context, p *edges, places []float32) (float64, error) {
	angle := 0.0
	if len(places)/2 > exactRows {
		angle = fineTheta
	}
	z, err := newRepulsion(len(places)/2, angle).run(ctx, places)
	if err != nil {
		return 0, err
	}
	n := len(places) / 2
	sums := make([]float64, n)
	err = eachRows(ctx, n, func(from, to int) {
		for i := from; i < to; i++ {
			sums[i] = divergenceOf(p, places, i, z)
		}
	})
	kl := 0.0
	for _, s := range sums {
		kl += s
	}
	return kl, err
}

// divergenceOf is the part of the pairs of a row.
func divergenceOf(p *edges, places []float32, i int, z float64) float64 {
	sum := 0.0
	other, weight := p.of(i)
	for e, j := range other {
		if v := float64(weight[e]); v > 0 {
			dx := float64(places[2*i]) - float64(places[2*j])
			dy := float64(places[2*i+1]) - float64(places[2*j+1])
			sum += v * math.Log(v*z*(1+dx*dx+dy*dy))
		}
	}
	return sum
}
