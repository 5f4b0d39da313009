package knn

import (
	"fmt"
	"slices"
	"testing"

	"vae/internal/kernel"
)

func BenchmarkSelf(b *testing.B) {
	for _, impl := range kernel.Paths() {
		for _, size := range [][4]int{{10_000, 20, 90, 0}, {60_000, 20, 90, 0}, {10_000, 784, 15, 0}, {10_000, 20, 90, 1000}} {
			n, l, k, offset := size[0], size[1], size[2], size[3]
			b.Run(fmt.Sprintf("impl=%s/n=%d/l=%d/k=%d/offset=%d", impl, n, l, k, offset), func(b *testing.B) {
				defer kernel.SelectPath(kernel.Path())
				if err := kernel.SelectPath(impl); err != nil {
					b.Fatal(err)
				}
				x := normals(1, n*l)
				for i := range x {
					x[i] += float32(offset)
				}
				for b.Loop() {
					if _, err := Self(b.Context(), x, l, k, nil); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// Recall is that of the first rows.
func BenchmarkApproximate(b *testing.B) {
	const l, k, asked = 20, 15, 200
	for _, n := range []int{200_000, 1_000_000} {
		b.Run(fmt.Sprintf("impl=%s/n=%d/l=%d/k=%d", kernel.Path(), n, l, k), func(b *testing.B) {
			x := curved(n, l)
			var g *Graph
			for b.Loop() {
				var err error
				if g, err = Approximate(b.Context(), x, l, k, 1, nil); err != nil {
					b.Fatal(err)
				}
			}
			indices, _, err := Nearest(b.Context(), x[:asked*l], x, l, k+1)
			if err != nil {
				b.Fatal(err)
			}
			found := 0
			for i := range asked {
				for _, v := range indices[i*(k+1) : (i+1)*(k+1)] {
					if slices.Contains(g.Index[i*k:(i+1)*k], int32(v)) {
						found++
					}
				}
			}
			b.ReportMetric(float64(found)/(asked*k), "recall")
		})
	}
}
