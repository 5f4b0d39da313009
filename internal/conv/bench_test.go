package conv

import (
	"fmt"
	"runtime"
	"testing"

	"vae/internal/kernel"
)

// shape names a geometry as benchmarks are named.
func shape(g Geometry) string {
	return fmt.Sprintf("map=%dx%dx%d/filters=%d/kernel=%d/stride=%d", g.Width, g.Height, g.Channels, g.Filters, g.KernelWidth, g.Stride)
}

func BenchmarkPasses(b *testing.B) {
	for _, s := range []struct {
		net  string
		rows int
		g    Geometry
	}{
		{"burgess", 64, square(64, 3, 32, 4, 2, 1)},
		{"burgess", 64, square(32, 32, 32, 4, 2, 1)},
		{"burgess", 64, square(16, 32, 32, 4, 2, 1)},
		{"burgess", 64, square(8, 32, 32, 4, 2, 1)},
		{"dcgan", 128, square(28, 1, 64, 4, 2, 1)},
		{"dcgan", 128, square(14, 64, 128, 4, 2, 1)},
		{"resnet", 64, square(8, 128, 128, 3, 1, 1)},
		{"resnet", 64, square(8, 128, 32, 3, 1, 1)},
		{"resnet", 64, square(8, 32, 128, 1, 1, 0)},
		{"vanilla", 64, square(32, 32, 64, 3, 2, 1)},
		{"vanilla", 64, square(4, 256, 512, 3, 2, 1)},
		{"vanilla", 64, square(64, 32, 3, 3, 1, 1)},
		{"keras", 128, Geometry{Height: 28, Width: 28, Channels: 1, Filters: 32, KernelHeight: 3, KernelWidth: 3, Stride: 2, Bottom: 1, Right: 1}},
	} {
		benchmarkPasses(b, s.net, s.g, s.rows)
	}
}

// benchmarkPasses times each pass alone and reports its share of the peak of one thread
// for each that there is.
func benchmarkPasses(b *testing.B, net string, g Geometry, rows int) {
	x, w, dy := random(rows*g.in(), 1), random(g.Weights(), 2), random(rows*g.out(), 3)
	forward, backward, scratch := make([]float32, g.PackedForward()), make([]float32, g.PackedBackward()), make([]float32, g.WeightScratch(rows))
	peak := kernel.Peak() * float64(runtime.GOMAXPROCS(0))
	for _, pass := range []struct {
		name string
		run  func()
	}{
		{"forward", func() { g.PackForward(forward, w); g.Forward(dy, x, forward, nil, rows, kernel.Linear) }},
		{"input", func() { g.PackBackward(backward, w); g.InputGradient(x, dy, backward, nil, rows, kernel.Linear) }},
		{"weights", func() { g.WeightGradient(w, x, dy, scratch, rows) }},
	} {
		name := net + "/" + shape(g) + "/pass=" + pass.name
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				pass.run()
			}
			rate := 2 * float64(rows*g.OutHeight()*g.OutWidth()*g.Weights()) * float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(rate/1e9, "GFLOP/s")
			if peak > 0 {
				b.ReportMetric(100*rate/peak, "%peak")
			}
		})
	}
}
