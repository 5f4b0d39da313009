package codec

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/vaez"
)

// BenchmarkImages compresses and opens 10,000 digits, drawn black and white, with a network of the usual size, whose weights are those it
// begins with: the work is that of a trained one.
func BenchmarkImages(b *testing.B) {
	set, err := dataset.MNIST("test")
	if err != nil {
		b.Fatal(err)
	}
	c := config.Default().Model
	m, err := model.New(c, set.Shape, 1)
	if err != nil {
		b.Fatal(err)
	}
	var all []Image
	r := rand.New(rand.NewPCG(1, 2))
	for i := range set.Len() {
		values := make([]uint16, set.Shape.Pixels())
		for j, p := range set.Image(i) {
			if r.IntN(255) < int(p) {
				values[j] = 1
			}
		}
		all = append(all, Image{Values: values})
	}
	h := vaez.Head{Width: set.Shape.Width, Height: set.Shape.Height, Channels: 1, Levels: BlackAndWhite}
	for name, o := range map[string]Options{
		"model": {Model: m, Fast: true}, "mixed": {Model: m, Fast: true, Mix: MixAlways}, "model or context": {Model: m}, "context": {}, "20 draws": {Model: m, Fast: true, Samples: 20},
	} {
		file, _ := compress(b, h, o, all)
		b.Run("compress/"+name, func(b *testing.B) {
			for b.Loop() {
				compress(b, h, o, all)
			}
			b.ReportMetric(float64(len(all)*b.N)/b.Elapsed().Seconds(), "images/s")
		})
		b.Run("decompress/"+name, func(b *testing.B) {
			for b.Loop() {
				in, err := vaez.Open(bytes.NewReader(file), int64(len(file)))
				if err != nil {
					b.Fatal(err)
				}
				r := NewReader(b.Context(), in, always(m))
				for err == nil {
					_, err = r.Next()
				}
				if err != io.EOF {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(all)*b.N)/b.Elapsed().Seconds(), "images/s")
		})
	}
}
