package dataset

import (
	"fmt"
	"math"
	"math/rand/v2"

	"vae/internal/config"
	"vae/internal/kernel"
	"vae/internal/rng"
)

// Fill writes the images rows [B] of the split to dst [B, D] as a model is to see
// them: grey, as Gather does, or of a Dynamic split black and white, each pixel
// drawn with its grey value as the probability of white (Salakhutdinov and Murray
// 2008). The draws of row i come from stream(i), which is not called otherwise.
func (s Split) Fill(dst []float32, rows []int, stream func(i int) *rand.Rand) {
	if !s.Dynamic {
		s.Gather(dst, rows)
		return
	}
	d := s.Set.Shape.Pixels()
	kernel.Parallel(len(rows), func(i int) {
		s.Set.draw(dst[i*d:(i+1)*d], s.Index[rows[i]], stream(i))
	})
}

// draw writes image i to dst [D] with each pixel drawn.
func (s *Set) draw(dst []float32, i int, r *rand.Rand) {
	if s.plain() {
		binarize(dst, s.Image(i), r)
		return
	}
	s.Floats(dst, i)
	drawn(dst, r)
}

// binarize draws one image.
func binarize(dst []float32, pixels []uint8, r *rand.Rand) {
	var random [512]uint16
	for from := 0; from < len(pixels); from += len(random) {
		to := min(from+len(random), len(pixels))
		fill16(random[:to-from], r)
		kernel.Binarize(dst[from:to], pixels[from:to], random[:to-from])
	}
}

// fill16 fills dst with random numbers, four from each that r makes.
func fill16(dst []uint16, r *rand.Rand) {
	for i := 0; i < len(dst); i += 4 {
		bits := r.Uint64()
		for j := i; j < min(i+4, len(dst)); j++ {
			dst[j] = uint16(bits)
			bits >>= 16
		}
	}
}

// OneHot writes the labels of the images rows [B] of the split to dst [B, C]: 1 at
// the label's place and else 0; an image without a label has zeros. The set must
// have labels.
func (s Split) OneHot(dst []float32, rows []int) {
	clear(dst)
	classes := len(s.Set.Classes)
	for i, row := range rows {
		if label := s.Set.Labels[s.Index[row]]; label >= 0 {
			dst[i*classes+label] = 1
		}
	}
}

// binarize makes the splits black and white: static ones are drawn here, once and
// for all with the seed, into sets of their own, dynamic ones at each use.
func (s *Splits) binarize(mode config.Binarization, seed uint64) error {
	parts := []*Split{&s.Train, &s.Validation, &s.Test}
	switch mode {
	case "", config.NoBinarization:
	case config.Static:
		return binarizeOnce(parts, seed)
	case config.Dynamic:
		for _, part := range parts {
			part.Dynamic = true
		}
	default:
		return fmt.Errorf("unknown binarization %q", mode)
	}
	return nil
}

func binarizeOnce(parts []*Split, seed uint64) error {
	purposes := []string{"static binarization", "static binarization of the validation set", "static binarization of the test set"}
	remedy := "use " + config.Mention("data.binarize", "dynamic") + ", or lower " + config.Mention("data.image_size")
	drawn, images := map[*Set]*Set{}, 0 // splits may share a set
	for i, part := range parts {
		if drawn[part.Set] == nil {
			images += 2 * part.Set.Len()
			if err := checkMemory(images, part.Set.Shape, remedy); err != nil {
				return fmt.Errorf("static binarization makes a copy: %w", err)
			}
			drawn[part.Set] = part.Set.binarized(seed, purposes[i])
		}
		part.Set = drawn[part.Set]
	}
	return nil
}

// binarized is the set with black and white pixels: those of image i belong to the
// seed, the purpose and i.
func (s *Set) binarized(seed uint64, purpose string) *Set {
	out, d := *s, s.Shape.Pixels()
	out.Pixels, out.Deep, out.Real, out.file = make([]uint8, s.Len()*d), nil, nil, nil
	out.setRange(0, math.MaxUint8)
	kernel.Parallel(s.Len(), func(i int) {
		image := make([]float32, d)
		s.draw(image, i, rng.Stream(seed, purpose, uint64(i)))
		for j, v := range image {
			out.Pixels[i*d+j] = uint8(255 * v)
		}
	})
	return &out
}

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
