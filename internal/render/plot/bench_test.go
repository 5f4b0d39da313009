package plot

import (
	"io"
	"testing"
)

func BenchmarkGallery(b *testing.B) {
	g := labelled(10, 11)
	for b.Loop() {
		if err := g.PNG(io.Discard, 10, 11, flat(11)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScatter(b *testing.B) {
	points := clouds(10000, 10)
	for b.Loop() {
		if err := (Scatter{Classes: names(10)}).PNG(io.Discard, len(points), func(i int) Point { return points[i] }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCurves(b *testing.B) {
	s := training()
	s.Width = DefaultWidth
	for b.Loop() {
		if err := s.PNG(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
