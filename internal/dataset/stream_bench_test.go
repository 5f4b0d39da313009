package dataset

import (
	"bytes"
	"context"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

const benchmarkImages = 2000

// BenchmarkPNG compares the stream with a loop that only reads and decodes
// the same files, whose paths it knows, on all cores.
func BenchmarkPNG(b *testing.B) {
	dir := benchmarkFolder(b, benchmarkImages)
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*.png"))
	if err != nil || len(paths) != benchmarkImages {
		b.Fatal(len(paths), err)
	}
	b.Run("impl=stream", func(b *testing.B) {
		for b.Loop() {
			s, err := Open(context.Background(), []string{dir}, StreamOptions{Shape: mnistShape})
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for item, ok := s.Next(); ok; item, ok = s.Next() {
				if item.Err != nil {
					b.Fatal(item.Err)
				}
				n++
			}
			s.Close()
			if n != benchmarkImages {
				b.Fatal(n)
			}
		}
		b.ReportMetric(float64(b.N)*benchmarkImages/b.Elapsed().Seconds(), "images/s")
	})
	b.Run("impl=bare", func(b *testing.B) {
		for b.Loop() {
			parallel(len(paths), func() func(int) {
				return func(i int) {
					content, err := os.ReadFile(paths[i])
					if err != nil {
						b.Error(err)
					}
					if _, err := png.Decode(bytes.NewReader(content)); err != nil {
						b.Error(err)
					}
				}
			})
		}
		b.ReportMetric(float64(b.N)*benchmarkImages/b.Elapsed().Seconds(), "images/s")
	})
}

// benchmarkFolder holds n PNGs of 28x28 digits in ten folders.
func benchmarkFolder(b *testing.B, n int) string {
	cacheAt(b, b.TempDir())
	set, err := MNIST("test")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	for i := range n {
		img := grayImage(28, 28, 0)
		copy(img.Pix, set.Image(i))
		write(b, dir, set.Label(i)+"/"+indexName(i)+".png", pngOf(b, img))
	}
	return dir
}
