package stats

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"vae/internal/kernel"
)

func TestManifoldCoverageByHand(t *testing.T) {
	for _, tt := range []struct {
		name              string
		real, fake        []float32
		k                 int
		precision, recall float64
	}{
		{"identical", []float32{1, 2, 3, 4}, []float32{1, 2, 3, 4}, 1, 1, 1},
		{"far apart", []float32{1, 2, 3, 4}, []float32{101, 102, 103, 104}, 3, 0, 0},
		// real balls have radius 1, fake ones 0.25: on the border counts
		{"border", []float32{0, 1}, []float32{2, 2.25}, 1, 0.5, 0},
		// real radii 1, 1, 8, fake ones 0.5: the outlier at 9 covers all
		{"outlier", []float32{0, 1, 9}, []float32{5, 5.5, 4.5}, 1, 1, 0},
		{"one mode of two", []float32{0, 1, 2, 100, 101, 102}, []float32{0.5, 1, 1.5}, 1, 1, 0.5},
		{"k=2", []float32{0, 1, 3}, []float32{-3.5, 5.5, 7}, 2, 1.0 / 3, 1},
		{"duplicates have balls of no size", []float32{5, 5, 7}, []float32{5, 5, 6, 6}, 1, 1, 2.0 / 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			precision, recall, err := ManifoldCoverage(tt.real, tt.fake, 1, tt.k)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "precision", precision, tt.precision, 1e-15)
			near(t, "recall", recall, tt.recall, 1e-15)
		})
	}
}

// plainCovered is the definition, with all distances in float64.
func plainCovered(query, among []float32, d, k int) float64 {
	row := func(x []float32, i int) []float32 { return x[i*d : (i+1)*d] }
	radius := make([]float64, len(among)/d)
	for i := range radius {
		var squared []float64
		for j := range radius {
			if j != i {
				squared = append(squared, kernel.SquaredDistance(row(among, i), row(among, j)))
			}
		}
		slices.Sort(squared)
		radius[i] = squared[k-1]
	}
	count := 0
	for q := range len(query) / d {
		for i, r := range radius {
			if kernel.SquaredDistance(row(query, q), row(among, i)) <= r {
				count++
				break
			}
		}
	}
	return float64(count) / float64(len(query)/d)
}

func TestManifoldCoverageAgainstDefinition(t *testing.T) {
	for _, size := range [][4]int{{40, 30, 2, 3}, {530, 1030, 3, 1}, {300, 150, 20, 5}} {
		n, m, d, k := size[0], size[1], size[2], size[3]
		for name, change := range map[string]func(v float32) float32{
			"normal": func(v float32) float32 { return v },
			"offset": func(v float32) float32 { return v + 1e5 },
			"grid":   func(v float32) float32 { return float32(math.Round(float64(v))) },
		} {
			t.Run(fmt.Sprintf("n=%d/m=%d/d=%d/k=%d/%s", n, m, d, k, name), func(t *testing.T) {
				real, fake := normals(80, n*d), normals(81, m*d)
				for i, v := range real {
					real[i] = change(v)
				}
				for i, v := range fake {
					fake[i] = change(0.7*v + 0.4)
				}
				precision, recall, err := ManifoldCoverage(real, fake, d, k)
				if err != nil {
					t.Fatal(err)
				}
				near(t, "precision", precision, plainCovered(fake, real, d, k), 0)
				near(t, "recall", recall, plainCovered(real, fake, d, k), 0)
				if !(precision > 0.05 && recall > 0.05 && recall < 1) {
					t.Errorf("precision %g and recall %g show nothing", precision, recall)
				}
			})
		}
	}
}

func TestManifoldCoverageIsTheSameForAnyThreadCount(t *testing.T) {
	real, fake := normals(82, 1300*5), normals(83, 900*5)
	sameForAnyThreadCount(t, func() any {
		precision, recall, err := ManifoldCoverage(real, fake, 5, 3)
		return []any{precision, recall, err}
	})
}

func TestManifoldCoverageErrors(t *testing.T) {
	x := normals(84, 12)
	nan := slices.Clone(x)
	nan[0] = float32(math.NaN())
	for _, tt := range []struct {
		real, fake []float32
		d, k       int
		text       string
	}{
		{x, x, 2, 0, "neighbor 0 of 6 real and 6 generated rows"},
		{x, x, 2, 6, "it must be in 1..5"},
		{x, x[:6], 2, 3, "neighbor 3 of 6 real and 3 generated rows"},
		{x, x, 5, 1, "real rows: 12 numbers are no rows of 5"},
		{x, nan, 2, 1, "generated rows: row 0, column 0 is NaN"},
		{x, nil, 2, 1, "generated rows: 0 numbers"},
	} {
		_, _, err := ManifoldCoverage(tt.real, tt.fake, tt.d, tt.k)
		fails(t, err, tt.text)
	}
}

func BenchmarkManifoldCoverage(b *testing.B) {
	for _, d := range []int{20, 784} {
		b.Run(fmt.Sprintf("real=10000/fake=10000/d=%d/k=3", d), func(b *testing.B) {
			real, fake := normals(85, 10000*d), normals(86, 10000*d)
			for b.Loop() {
				if _, _, err := ManifoldCoverage(real, fake, d, 3); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
