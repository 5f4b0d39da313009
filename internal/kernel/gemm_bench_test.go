package kernel

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
)

// benchShapes are the products of a training step of the 784-400-200-20 network
// with 128 images, those of 784-200-200-50 with 20, single rows and wide layers.
var benchShapes = []struct {
	form    string
	m, k, n int
}{
	{"NT", 128, 784, 400}, {"TN", 400, 128, 784}, {"NN", 128, 400, 784},
	{"NT", 128, 400, 200}, {"TN", 200, 128, 400}, {"NN", 128, 200, 400},
	{"NT", 128, 400, 784}, {"TN", 784, 128, 400}, {"NN", 128, 784, 400},
	{"NT", 128, 200, 40}, {"TN", 40, 128, 200}, {"NN", 128, 40, 200},
	{"NT", 128, 20, 200}, {"TN", 200, 128, 20}, {"NN", 128, 200, 20},
	{"NT", 20, 784, 200}, {"TN", 200, 20, 784}, {"NN", 20, 784, 200},
	{"NT", 1, 784, 400}, {"NT", 4, 784, 400}, {"NN", 1, 784, 400}, {"NN", 4, 784, 400},
	{"NT", 1024, 1024, 1024}, {"TN", 1024, 1024, 1024}, {"NN", 1024, 1024, 1024},
}

func BenchmarkMatMul(b *testing.B) {
	before, processors := Path(), runtime.GOMAXPROCS(0)
	defer func() { _ = SelectPath(before) }()
	defer runtime.GOMAXPROCS(processors)
	for _, impl := range Paths() {
		for _, s := range benchShapes {
			for threads := 1; threads <= processors; threads *= 2 {
				b.Run(fmt.Sprintf("impl=%s/form=%s/m=%d/k=%d/n=%d/threads=%d", impl, s.form, s.m, s.k, s.n, threads), func(b *testing.B) {
					if err := SelectPath(impl); err != nil {
						b.Fatal(err)
					}
					runtime.GOMAXPROCS(threads)
					benchmarkProduct(b, s.form, s.m, s.n, s.k, threads)
				})
			}
		}
	}
}

func benchmarkProduct(b *testing.B, form string, m, n, k, threads int) {
	f := gemmForms[slices.IndexFunc(gemmForms, func(f gemmForm) bool { return f.name == form })]
	x, y, c := make([]float32, m*k), make([]float32, n*k), make([]float32, m*n)
	peak := Peak()
	b.ReportAllocs()
	for b.Loop() {
		f.mul(c, x, y, m, n, k, false)
	}
	rate := 2 * float64(m) * float64(n) * float64(k) * float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate/1e9, "GFLOP/s")
	if peak > 0 {
		b.ReportMetric(100*rate/peak/float64(threads), "%peak")
	}
}

func BenchmarkFMAPeak(b *testing.B) {
	before := Path()
	defer func() { _ = SelectPath(before) }()
	for _, impl := range Paths() {
		if err := SelectPath(impl); err != nil {
			b.Fatal(err)
		}
		if peakOperations(1) == 0 {
			continue
		}
		b.Run("impl="+impl, func(b *testing.B) {
			var operations int
			for b.Loop() {
				operations += peakOperations(1000)
			}
			b.ReportMetric(float64(operations)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
