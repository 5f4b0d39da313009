package dataset

import (
	"math"
	"math/rand/v2"

	"vae/internal/config"
)

// Corrupt writes one image src [D] to dst [D] with noise: see config.Corruption.
// dst may be src. Gaussian noise may lead out of [0,1]. Probabilities are exact to
// 2^-16, and salt is as probable as pepper.
func Corrupt(dst, src []float32, c config.Corruption, r *rand.Rand) {
	switch c.Kind {
	case config.NoNoise:
		copy(dst, src)
	case config.Mask:
		limit := uint32(math.Round(c.Amount * 65536))
		threshold(dst, src, limit, r, func(uint16) float32 { return 0 })
	case config.SaltPepper: // as many odd draws as even ones lie below an even limit
		limit := 2 * uint32(math.Round(c.Amount*32768))
		threshold(dst, src, limit, r, func(draw uint16) float32 { return float32(draw & 1) })
	case config.GaussianNoise:
		for i, v := range src {
			dst[i] = v + float32(float32(c.Amount)*float32(r.NormFloat64()))
		}
	default:
		panic("dataset: corruption " + string(c.Kind))
	}
}

// threshold replaces each pixel whose draw is below the limit.
func threshold(dst, src []float32, limit uint32, r *rand.Rand, noise func(draw uint16) float32) {
	var random [512]uint16
	for from := 0; from < len(src); from += len(random) {
		to := min(from+len(random), len(src))
		fill16(random[:to-from], r)
		for i, draw := range random[:to-from] {
			dst[from+i] = src[from+i]
			if uint32(draw) < limit {
				dst[from+i] = noise(draw)
			}
		}
	}
}

// PixelMeans returns the mean [D] of each pixel over the split, 0 to 1.
func (s Split) PixelMeans() []float64 {
	d := s.Set.Shape.Pixels()
	sums := make([]uint64, d)
	for _, i := range s.Index {
		for j, p := range s.Set.Image(i) {
			sums[j] += uint64(p)
		}
	}
	means := make([]float64, d)
	for j, sum := range sums {
		means[j] = float64(sum) / 255 / float64(max(len(s.Index), 1))
	}
	return means
}
