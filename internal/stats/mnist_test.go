//go:build !race

// The race detector makes gonum's eigenvectors ten times slower; tests on smaller
// data run under it.
package stats_test

import (
	"math"
	"testing"

	"vae/internal/dataset"
	"vae/internal/stats"
)

func mnist(t testing.TB, part string) *dataset.Set {
	t.Helper()
	set, err := dataset.MNIST(part)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// pixels are a set's rows in [0,1].
func pixels(s *dataset.Set) func(dst []float32, i int) {
	split := dataset.Split{Set: s, Index: make([]int, s.Len())}
	for i := range split.Index {
		split.Index[i] = i
	}
	row := []int{0}
	return func(dst []float32, i int) {
		row[0] = i
		split.Gather(dst, row)
	}
}

// The figures are scikit-learn's (1.2, svd_solver="full") on the same data.
func TestPCAOfMNIST(t *testing.T) {
	if testing.Short() {
		t.Skip("eigenvectors of a 784 x 784 matrix")
	}
	train, test := mnist(t, "train"), mnist(t, "test")
	const d, k = 784, 50
	whole, err := stats.FitPCA(t.Context(), pixels(train), train.Len(), d, k)
	if err != nil {
		t.Fatal(err)
	}
	data := make([]float32, test.Len()*d)
	row := pixels(test)
	for i := range test.Len() {
		row(data[i*d:(i+1)*d], i)
	}
	for _, want := range []struct {
		k              int
		mse, explained float64
	}{{2, 0.055669, 0.16801}, {20, 0.023538, 0.64358}, {50, 0.011485, 0.82465}} {
		p := stats.PCA{Mean: whole.Mean, Components: whole.Components[:want.k], Variances: whole.Variances[:want.k]}
		mse := reconstructionError(t, &p, data, test.Len())
		if !(math.Abs(mse/want.mse-1) <= 1e-4) {
			t.Errorf("k=%d: mean squared error %.7f, want %.6f", want.k, mse, want.mse)
		}
		explained := 0.0
		for _, v := range p.Variances {
			explained += v * whole.Explained / sum(whole.Variances)
		}
		if !(math.Abs(explained-want.explained) <= 0.6e-5) {
			t.Errorf("k=%d: explained %.6f, want %.5f", want.k, explained, want.explained)
		}
		t.Logf("k=%d: mean squared error %.7f, explained %.6f", want.k, mse, explained)
	}
}

func sum(x []float64) (s float64) {
	for _, v := range x {
		s += v
	}
	return s
}

// reconstructionError is the mean squared error a pixel of data [n, D].
func reconstructionError(t *testing.T, p *stats.PCA, data []float32, n int) float64 {
	t.Helper()
	codes, back := make([]float32, n*len(p.Components)), make([]float32, len(data))
	if err := p.Encode(codes, data); err != nil {
		t.Fatal(err)
	}
	if err := p.Decode(back, codes); err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i, v := range data {
		d := float64(v) - float64(back[i])
		sum += d * d
	}
	return sum / float64(len(data))
}

func BenchmarkFitPCA(b *testing.B) {
	train := mnist(b, "train")
	for b.Loop() {
		if _, err := stats.FitPCA(b.Context(), pixels(train), train.Len(), 784, 50); err != nil {
			b.Fatal(err)
		}
	}
}
