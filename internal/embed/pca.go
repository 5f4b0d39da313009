package embed

import (
	"context"
	"fmt"
	"math"

	"vae/internal/stats"
)

// PCA maps rows to their first two principal components, the directions of most variance.
// Distances in it are those of the rows seen from one side, so that rows that lie together
// may be far apart and those that are apart are so.
type PCA struct{}

// Map lays the rows of x [N, l] out.
func (PCA) Map(ctx context.Context, x []float32, l int) (*Map, error) {
	n, err := checkRows("pca", x, l)
	if err != nil {
		return nil, err
	}
	if alike(x, l) {
		return onePlace(n), nil
	}
	p, err := principal(ctx, x, l)
	if err != nil {
		return nil, err
	}
	m := &Map{KL: math.NaN(), axes: &axes{p.Mean, p.Components}}
	if m.Places, err = m.axes.project(ctx, x); err != nil {
		return nil, err
	}
	total := 0.0
	for _, v := range p.Variances {
		total += v / p.Explained
	}
	for i, v := range p.Variances {
		m.Axes[i] = fmt.Sprintf("component %d (%.3g %% of the variance)", i+1, 100*v/total)
	}
	return m, nil
}

// manyColumns is from how many columns on two components are searched for by themselves. All
// eigenvectors of fewer take no longer than that, and maps of them keep the bits that they always had.
const manyColumns = 513

// principal fits the first two principal components, or the one that a single column has.
func principal(ctx context.Context, x []float32, l int) (*stats.PCA, error) {
	if l >= manyColumns {
		return stats.LeadingPCA(ctx, x, l, 2)
	}
	rows := func(dst []float32, i int) { copy(dst, x[i*l:(i+1)*l]) }
	return stats.FitPCA(ctx, rows, len(x)/l, l, min(2, l))
}
