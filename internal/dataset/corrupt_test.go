package dataset

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"

	"vae/internal/config"
	"vae/internal/rng"
)

// counter is a source of all 16-bit numbers in order, four in each draw.
type counter uint64

func (c *counter) Uint64() uint64 {
	n := uint64(*c)
	*c += 4
	return n | (n+1)<<16 | (n+2)<<32 | (n+3)<<48
}

// Over every number that a draw can be, the part of the pixels that are replaced is
// exact to 2^-16, and salt and pepper are even, however small the part is.
func TestCorruptCounts(t *testing.T) {
	src := slices.Repeat([]float32{0.5}, 1<<16)
	dst := make([]float32, len(src))
	for _, p := range []float64{1e-9, 1. / 65536, 2. / 65536, 3. / 65536, 5. / 65536, 1e-4, 0.0101, 0.1, 0.25, 1. / 3, 0.5, 0.9999, 1 - 1e-9, 1} {
		for _, kind := range []config.Noise{config.Mask, config.SaltPepper} {
			Corrupt(dst, src, config.Corruption{Kind: kind, Amount: p}, rand.New(new(counter)))
			count := map[float32]int{}
			for _, v := range dst {
				count[v]++
			}
			black, white, kept := count[0], count[1], count[0.5]
			if black+white+kept != len(dst) || !(math.Abs(float64(black+white)-65536*p) <= 1) {
				t.Errorf("%s:%g: of 65536 pixels %d are black, %d white, %d as they were", kind, p, black, white, kept)
			}
			if kind == "mask" && white > 0 || kind == "salt-pepper" && black != white {
				t.Errorf("%s:%g: %d pixels became black and %d white", kind, p, black, white)
			}
		}
	}
}

// With the program's own streams, over sizes that are no multiple of what is drawn
// at once, rates are within five standard errors.
func TestCorruptRates(t *testing.T) {
	const d, repeats = 1027, 300
	src, dst := make([]float32, d), make([]float32, d)
	for i := range src {
		src[i] = 0.25 + float32(i)/(4*d)
	}
	for _, c := range []config.Corruption{{Kind: "mask", Amount: 0.25}, {Kind: "mask", Amount: 0.003}, {Kind: "salt-pepper", Amount: 0.1}, {Kind: "salt-pepper", Amount: 0.7}} {
		salt, pepper, at := 0., 0., make([]float64, d)
		for repeat := range repeats {
			Corrupt(dst, src, c, rng.Stream(1, "corruption", uint64(repeat)))
			for i, v := range dst {
				switch {
				case v == 0:
					pepper++
				case v == 1:
					salt++
				case v != src[i]:
					t.Fatalf("%v: %v became %v", c, src[i], v)
				}
				if v != src[i] {
					at[i]++
				}
			}
		}
		n := float64(d * repeats)
		within := func(what string, count, p, n float64) {
			if !(math.Abs(count/n-p) <= 5*math.Sqrt(p*(1-p)/n)+0x1p-16) {
				t.Errorf("%v: %s: %.5f, want %.5f", c, what, count/n, p)
			}
		}
		within("rate", salt+pepper, c.Amount, n)
		if c.Kind == "mask" {
			within("salt", salt, 0, n)
		} else {
			within("salt among the noise", salt, 0.5, salt+pepper)
		}
		for i, count := range at { // every pixel alike
			if !(math.Abs(count/repeats-c.Amount) <= 6*math.Sqrt(c.Amount*(1-c.Amount)/repeats)) {
				t.Errorf("%v: pixel %d was replaced %v times of %d", c, i, count, repeats)
			}
		}
	}
}

func TestCorruptGaussian(t *testing.T) {
	const d = 200_001
	src, dst := make([]float32, d), make([]float32, d)
	for i := range src {
		src[i] = float32(i%3) / 2
	}
	const sigma = 0.3
	Corrupt(dst, src, config.Corruption{Kind: "gaussian", Amount: sigma}, rng.Stream(1, "gaussian"))
	noise, pixels := make([]float64, d), make([]float64, d)
	for i, v := range dst {
		noise[i], pixels[i] = (float64(v)-float64(src[i]))/sigma, float64(src[i])
	}
	mean, deviation := stat.MeanStdDev(noise, nil)
	n := float64(d)
	for _, c := range []struct {
		what              string
		got, want, spread float64
	}{
		{"mean", mean, 0, 1 / math.Sqrt(n)}, {"deviation", deviation, 1, 1 / math.Sqrt(2*n)},
		{"skewness", stat.Skew(noise, nil), 0, math.Sqrt(6 / n)}, {"excess kurtosis", stat.ExKurtosis(noise, nil), 0, math.Sqrt(24 / n)},
		{"correlation with the pixel", stat.Correlation(noise, pixels, nil), 0, 1 / math.Sqrt(n)},
		{"correlation with the next", stat.Correlation(noise[1:], noise[:d-1], nil), 0, 1 / math.Sqrt(n)},
	} {
		if !(math.Abs(c.got-c.want) <= 5*c.spread) {
			t.Errorf("%s of the noise over sigma is %.5f, want %g ± %.5f", c.what, c.got, c.want, c.spread)
		}
	}
	if low, high := slices.Min(dst), slices.Max(dst); low >= 0 || high <= 1 {
		t.Errorf("noise on black and white pixels stays in [%v, %v]", low, high)
	}
}

// The target stays clean, and noise may be written over it as well.
func TestCorruptInPlace(t *testing.T) {
	for _, c := range []config.Corruption{{Kind: "none"}, {Kind: "mask", Amount: 0.3}, {Kind: "salt-pepper", Amount: 0.3}, {Kind: "gaussian", Amount: 0.3}} {
		src := make([]float32, 1001)
		rng.Uniform(src, 0.4, rng.Stream(1, "image"))
		clean, dst := slices.Clone(src), slices.Repeat([]float32{9}, len(src)+1)
		Corrupt(dst[:len(src)], src, c, rng.Stream(2, "corruption"))
		if !slices.Equal(src, clean) || dst[len(src)] != 9 {
			t.Errorf("%s: the target was changed, or what lies behind the noisy image", c.Kind)
		}
		if (c.Kind == "none") != slices.Equal(dst[:len(src)], clean) {
			t.Errorf("%s: the image did not change, or changed", c.Kind)
		}
		Corrupt(src, src, c, rng.Stream(2, "corruption"))
		if !slices.Equal(src, dst[:len(src)]) {
			t.Errorf("%s: in place the result is another", c.Kind)
		}
	}
}

func TestPixelMeans(t *testing.T) {
	set := greys(300, 11)
	s := Split{Set: set, Index: []int{0, 7, 7, 100, 299}}
	means := s.PixelMeans()
	for j := range 11 {
		var want float64
		for _, i := range s.Index {
			want += float64(set.Pixels[i*11+j]) / 255 / 5
		}
		if !(math.Abs(means[j]-want) <= 1e-14) || want == 0 {
			t.Errorf("pixel %d: mean %v, want %v", j, means[j], want)
		}
	}
	if none := (Split{Set: set}).PixelMeans(); !slices.Equal(none, make([]float64, 11)) {
		t.Errorf("without images the means are %v", none)
	}
}
