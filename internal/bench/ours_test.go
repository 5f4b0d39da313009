package main

import (
	"runtime"
	"strings"
	"testing"

	"vae/internal/kernel"
)

// BenchmarkStep measures whole training steps: batch, noise, graph, optimizer.
func BenchmarkStep(b *testing.B) {
	data, err := loadTraining()
	if err != nil {
		b.Fatal(err)
	}
	for _, w := range workloads {
		b.Run("step="+strings.ReplaceAll(w.name, " ", ""), func(b *testing.B) {
			o, err := newOurs(w, data)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := o.run(1); err != nil {
					b.Fatal(err)
				}
			}
			rate := w.operations(data.Set.Shape.Pixels()) * float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(rate/1e9, "GFLOP/s")
			if peak := kernel.Peak() * float64(runtime.GOMAXPROCS(0)); peak > 0 {
				b.ReportMetric(100*rate/peak, "%peak")
			}
		})
	}
}
