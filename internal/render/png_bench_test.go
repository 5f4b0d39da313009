package render

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"testing"
)

func BenchmarkPNG(b *testing.B) {
	for _, n := range []int{64, 10_000} {
		for _, scale := range []int{1, 4} {
			b.Run(fmt.Sprintf("n=%d/scale=%d", n, scale), func(b *testing.B) {
				g := Grid{Width: 28, Height: 28, Channels: 1, Scale: scale, Padding: 2}
				next := blobs(64)
				b.ReportAllocs()
				for b.Loop() {
					if err := g.PNG(io.Discard, n, next); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkSinglePNG(b *testing.B) {
	pixels := make([]float32, 28*28)
	_ = blobs(1)(pixels)
	b.ReportAllocs()
	for b.Loop() {
		if err := PNG(io.Discard, 28, 28, 1, pixels); err != nil {
			b.Fatal(err)
		}
	}
}

// blobs makes count images somewhat like digits (smooth, with a black margin and faint noise
// inside) and hands them out in turn.
func blobs(count int) func([]float32) error {
	r := rand.New(rand.NewPCG(3, 3))
	images := make([][784]float32, count)
	for i := range images {
		cx, cy := 14+4*r.Float64(), 14+4*r.Float64()
		for j := range images[i] {
			dx, dy := float64(j%28)-cx, float64(j/28)-cy
			images[i][j] = float32(2*math.Exp(-math.Abs(dx*dx+dy*dy-40)/15)-0.1) + 0.02*r.Float32()
		}
	}
	i := -1
	return func(dst []float32) error {
		i = (i + 1) % count
		copy(dst, images[i][:])
		return nil
	}
}
