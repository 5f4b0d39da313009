package model

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"vae/internal/config"
	"vae/internal/rng"
)

// BenchmarkSlices holds a step on a batch of 1,024 whose sums are made of slices against one of a single slice, in turns: the
// ratio of their medians. Of several processes each has a part of the slices.
func BenchmarkSlices(b *testing.B) {
	for _, network := range []struct {
		name   string
		change func(*config.Model)
	}{
		{"784-400-200-20", func(*config.Model) {}},
		{"conv", func(c *config.Model) {
			c.Encoder, c.Decoder = "conv:32:4:2:1,relu,conv:64:4:2:1,relu,dense:256,relu", "auto"
		}},
	} {
		for _, n := range []int{2, 8, 64} {
			b.Run(fmt.Sprintf("%s/%d", network.name, n), func(b *testing.B) {
				one, several := sliced(b, network.change, 1), sliced(b, network.change, n)
				var times [2][]time.Duration
				for b.Loop() {
					for i, o := range []*Objective{one, several} {
						began := time.Now()
						if err := o.Run(); err != nil {
							b.Fatal(err)
						}
						times[i] = append(times[i], time.Since(began))
					}
				}
				for i := range times {
					slices.Sort(times[i])
				}
				middle := len(times[0]) / 2
				b.ReportMetric(float64(times[0][middle])/1e6, "ms/step-of-1")
				b.ReportMetric(float64(times[1][middle])/float64(times[0][middle]), "times-as-long")
			})
		}
	}
}

func sliced(b *testing.B, change func(*config.Model), n int) *Objective {
	b.Helper()
	c := config.Default().Model
	change(&c)
	m, err := New(c, config.Shape{Width: 28, Height: 28, Channels: 1}, 1)
	if err != nil {
		b.Fatal(err)
	}
	o, err := m.NewObjective(ObjectiveOptions{Rows: 1024, Gradients: true, Training: true, Slices: n})
	if err != nil {
		b.Fatal(err)
	}
	rng.Uniform(o.X, 1, rng.Stream(1, "x"))
	rng.Normal(o.Noise[0], rng.Stream(1, "noise"))
	o.Weigh(1024)
	return o
}
