package knn

import (
	"fmt"
	"testing"

	"vae/internal/kernel"
)

func BenchmarkSelf(b *testing.B) {
	for _, impl := range kernel.Paths() {
		for _, size := range [][3]int{{10_000, 20, 90}, {60_000, 20, 90}, {10_000, 784, 15}} {
			n, l, k := size[0], size[1], size[2]
			b.Run(fmt.Sprintf("impl=%s/n=%d/l=%d/k=%d", impl, n, l, k), func(b *testing.B) {
				defer kernel.SelectPath(kernel.Path())
				if err := kernel.SelectPath(impl); err != nil {
					b.Fatal(err)
				}
				x := normals(1, n*l)
				for b.Loop() {
					if _, err := Self(b.Context(), x, l, k, nil); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
