package embed

import (
	"context"
	"fmt"
	"math"

	"vae/internal/rng"
)

// UMAP maps rows by UMAP (McInnes, Healy and Melville 2018), with the graph and the constants of
// umap-learn 0.5.12. It differs in how it descends, so that threads may work at once and the
// result is the same for any number of them: all forces of an epoch belong to the places at its
// start, and Adam takes the step (Kingma and Ba 2015). That wants 500 epochs for any number of
// rows, where umap-learn, of which each edge sees what the one before it has moved, makes do
// with 200 of more than 10,000.
type UMAP struct {
	Neighbors int     // of a row, itself among them
	MinDist   float64 // about how far apart neighbors shall lie at least, 0 to 1
	Seed      uint64
	Progress  Progress
}

// The usual settings.
const (
	DefaultNeighbors = 15
	DefaultMinDist   = 0.1
)

const (
	epochs         = 500
	negatives      = 5  // rows drawn for each neighbor, to be pushed off
	startSide      = 10 // of the square in which the rows start
	startDeviation = 1e-4
	umapSpread     = 1
)

// Map lays the rows of x [N, l] out.
func (u UMAP) Map(ctx context.Context, x []float32, l int) (*Map, error) {
	n, err := checkRows("umap", x, l)
	if err == nil {
		err = u.check()
	}
	if err != nil {
		return nil, err
	}
	if alike(x, l) {
		return onePlace(n), nil
	}
	m := &Map{KL: math.NaN()}
	e, err := u.graph(ctx, x, l, m)
	if err != nil {
		return nil, err
	}
	if m.Places, err = u.start(ctx, x, l); err != nil {
		return nil, err
	}
	return m, newLayout(e, m.Places, newCurve(umapSpread, u.MinDist), u.Seed).run(ctx, u.Progress.part("UMAP"))
}

func (u UMAP) check() error {
	if u.Neighbors < 2 {
		return fmt.Errorf("umap: %d neighbors: a row is one of its own, so that 2 is the least; %d is usual", u.Neighbors, DefaultNeighbors)
	}
	if !(u.MinDist >= 0 && u.MinDist <= umapSpread) {
		return fmt.Errorf("umap: a least distance of %v: it is 0 to %d; %g is usual", u.MinDist, umapSpread, DefaultMinDist)
	}
	return nil
}

// graph finds neighbors, which the map keeps, and the fuzzy graph of them.
func (u UMAP) graph(ctx context.Context, x []float32, l int, m *Map) (*edges, error) {
	n := len(x) / l
	others := min(u.Neighbors, max(n-1, 2)) - 1
	if others < u.Neighbors-1 {
		m.Notes = append(m.Notes, fmt.Sprintf("%d rows have no %d neighbors: %d were taken", n, u.Neighbors, others+1))
	}
	measured := min(max(others, qualityK), n-1) // which measure the map as well
	err := checkMemory("umap", n, l, measured, "take fewer rows, or fewer neighbors")
	if err != nil {
		return nil, err
	}
	if err := m.findNeighbors(ctx, x, l, measured, u.Seed, u.Progress.part("neighbors")); err != nil {
		return nil, err
	}
	return fuzzy(ctx, nearestOnly(m.graph, others))
}

// start has the rows at their principal components, in a square, with a little noise, which
// parts rows that are equal.
func (u UMAP) start(ctx context.Context, x []float32, l int) ([]float32, error) {
	m, err := PCA{}.Map(ctx, x, l)
	if err != nil {
		return nil, err
	}
	y := m.Places
	most := float32(0)
	for _, v := range y {
		most = max(most, v, -v)
	}
	noise := make([]float32, len(y))
	rng.Normal(noise, rng.Stream(u.Seed, "start of umap"))
	for i, v := range y {
		y[i] = float32(float64(v)*(startSide/float64(most)) + startDeviation*float64(noise[i]))
	}
	b := boxOf(y)
	scaleX, scaleY := startSide/max(b.x1-b.x0, startDeviation), startSide/max(b.y1-b.y0, startDeviation)
	for i := 0; i < len(y); i += 2 {
		y[i], y[i+1] = (y[i]-b.x0)*scaleX, (y[i+1]-b.y0)*scaleY
	}
	return y, nil
}
