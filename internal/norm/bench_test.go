package norm

import (
	"fmt"
	"testing"

	"vae/internal/kernel"
)

// BenchmarkPasses is how fast the passes over a map are, in bytes that they must read and
// write, beside a copy.
func BenchmarkPasses(b *testing.B) {
	for _, m := range []Maps{{64, 64 * 64, 32}, {64, 32 * 32, 32}, {64, 8 * 8, 128}, {64, 2 * 2, 512}, {128, 1, 400}, {64, 28 * 28, 3}} {
		d := &batch{Maps: m, act: kernel.LeakyReLU}
		d.prepare(weights(m.Rows))
		n, g := &Batch{Maps: m, Act: d.act, Epsilon: 1e-5}, &Group{Maps: m, Groups: 1, Act: d.act, Epsilon: 1e-5}
		kept, ofGroups := make([]float32, n.Kept()), make([]float32, g.Kept())
		for _, p := range []struct {
			name   string
			passes int
			run    func()
		}{
			{"copy", 2, func() {
				kernel.Parallel(m.Rows, func(i int) { copy(d.y[i*m.Pixels*m.Channels:][:m.Pixels*m.Channels], d.x[i*m.Pixels*m.Channels:]) })
			}},
			{"train", 3, func() { n.Train(d.y, d.x, d.weight, d.bias, kept, d.rowWeights, d.running) }},
			{"evaluate", 2, func() { n.Evaluate(d.y, d.x, d.weight, d.bias, kept, d.running) }},
			{"gradients", 5, func() { n.Gradients(d.dx, d.dweight, d.dbias, d.dy, d.x, d.y, kept, d.rowWeights, true) }},
			{"group", 2, func() { g.Forward(d.y, d.x, d.weight, d.bias, ofGroups) }},
			{"group-gradients", 3, func() {
				g.Gradients(d.dx, d.dweight, d.dbias, d.dy, d.x, d.y, d.weight, d.bias, ofGroups, d.rowWeights)
			}},
		} {
			b.Run(fmt.Sprintf("map=%dx%dx%d/pass=%s", m.Rows, m.Pixels, m.Channels, p.name), func(b *testing.B) {
				for b.Loop() {
					p.run()
				}
				b.ReportMetric(float64(4*p.passes*len(d.x))*float64(b.N)/b.Elapsed().Seconds()/1e9, "GB/s")
			})
		}
	}
}
