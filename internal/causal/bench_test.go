package causal

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"testing"

	"vae/data"
	"vae/internal/ans"
)

// digits are n images of MNIST's test set, as they are or, for two levels, drawn with their values as probabilities.
func digits(tb testing.TB, s Shape, n int) [][]uint16 {
	tb.Helper()
	packed, err := data.FS.ReadFile("t10k-images-idx3-ubyte.gz")
	if err != nil {
		tb.Fatal(err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		tb.Fatal(err)
	}
	all, err := io.ReadAll(unpacked)
	if err != nil || len(all) != 16+10000*784 {
		tb.Fatalf("MNIST: %v", err)
	}
	r, images := rand.New(rand.NewPCG(1, 1)), make([][]uint16, n)
	for i := range images {
		for _, x := range all[16+i*784:][:784] {
			value := uint16(x)
			if s.Levels == 2 {
				value = uint16(flag(r.IntN(255) < int(x)))
			}
			images[i] = append(images[i], value)
		}
	}
	return images
}

// Figures that hold the strength of the coder: 1,000 digits, and the first alone.
func TestDigits(t *testing.T) {
	for _, tt := range []struct {
		levels      int
		first, each float64 // bits
	}{{2, 150, 0.172 * 784}, {256, 920, 1.05 * 784}} {
		s := Shape{28, 28, 1, tt.levels}
		m, sum, first, choices := New(s, 1000), 0.0, 0.0, []Choice(nil)
		for i, image := range digits(t, s, 1000) {
			choices = m.Choices(choices[:0], image)
			sum += float64(Cost(choices)) / (1 << 16)
			if i == 0 {
				first = sum
			}
		}
		t.Logf("%d levels: %.1f bits the first, %.4f a pixel of 1,000", tt.levels, first, sum/784e3)
		if !(first < tt.first && sum < 1000*tt.each) {
			t.Errorf("%d levels: %.1f bits the first image, %.1f an image, want less than %v and %v", tt.levels, first, sum/1000, tt.first, tt.each)
		}
	}
}

// Black and white channels that are nearly the same tell about each other.
func TestAlikeChannels(t *testing.T) {
	const n = 300
	m, r, sum := New(Shape{28, 28, 3, 2}, n), rand.New(rand.NewPCG(9, 9)), 0.0
	for _, image := range digits(t, Shape{28, 28, 1, 2}, n) {
		var values []uint16
		for _, x := range image {
			second := x ^ uint16(flag(r.IntN(20) == 0))
			values = append(values, x, second, second&x)
		}
		sum += float64(Cost(m.Choices(nil, values))) / (1 << 16)
	}
	each := sum / n / 784 / 3
	t.Logf("%.4f bits a value", each)
	if each > 0.168 { // 0.1660, and 0.1766 where terms do not know the channel
		t.Errorf("%.4f bits a value", each)
	}
}

func BenchmarkChoices(b *testing.B) {
	for name, levels := range map[string]int{"binary": 2, "grey": 256} {
		b.Run(name, func(b *testing.B) {
			s := Shape{28, 28, 1, levels}
			images, choices := digits(b, s, 1000), []Choice(nil)
			m, n := New(s, 10000), 0
			for b.Loop() {
				choices = m.Choices(choices[:0], images[n%len(images)])
				n++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/784/float64(n), "ns/value")
		})
	}
}

func BenchmarkPop(b *testing.B) {
	for name, levels := range map[string]int{"binary": 2, "grey": 256} {
		b.Run(name, func(b *testing.B) {
			s := Shape{28, 28, 1, levels}
			images, m, choices := digits(b, s, 1000), New(s, 10000), []Choice(nil)
			for _, image := range images {
				choices = m.Choices(choices, image)
			}
			var stack ans.Stack
			image, n := make([]uint16, 784), 0
			for b.Loop() {
				if n%len(images) == 0 {
					b.StopTimer()
					stack, m = ans.Stack{}, New(s, 10000)
					Push(&stack, choices)
					b.StartTimer()
				}
				m.Pop(&stack, image)
				n++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/784/float64(n), "ns/value")
		})
	}
}
