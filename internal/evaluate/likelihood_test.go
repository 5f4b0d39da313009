package evaluate

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distmv"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/rng"
)

func nllOf(t testing.TB, m *model.Model, s dataset.Split, k int, seed uint64) []float64 {
	t.Helper()
	nll, err := NLL(context.Background(), m, s, k, seed, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(nll) != s.Len() {
		t.Fatalf("%d figures for %d images", len(nll), s.Len())
	}
	return nll
}

// rounding is that of a log weight, a sum of some ten float32 terms of up to 20 nats.
const rounding = 1e-5

// With q(z|x) = p(z|x) every weight is p(x), and so is the estimate, for any k.
func TestNLLOfTheExactPosterior(t *testing.T) {
	m, s := linearGaussian(t, 0), whole(greySet(line, 30, 1))
	exact := valuesOf(m).marginal()
	for _, k := range []int{1, 7, 600} {
		for i, got := range nllOf(t, m, s, k, 3) {
			within(t, name("image %d, k=%d", i, k), got, -exact.LogProb(image(s, i, 3, "")), rounding)
		}
	}
}

// lack is what the estimate is above -log p(x), the mean over images and seeds, with
// its standard error.
func lack(t *testing.T, m *model.Model, s dataset.Split, k, seeds int) (lack, deviation float64) {
	t.Helper()
	exact := valuesOf(m).marginal()
	lacks := make([]float64, s.Len())
	for seed := range seeds {
		for i, nll := range nllOf(t, m, s, k, uint64(seed)) {
			off := nll + exact.LogProb(image(s, i, 0, ""))
			if k >= 100 { // zero in the mean, and most of the variance
				off += math.Expm1(-off)
			}
			lacks[i] += off / float64(seeds)
		}
	}
	return mean(lacks)
}

// The estimate lacks KL(q(z|x) || p(z|x)) with one draw in the mean, less with more,
// and with many half the relative variance of the weights over k (Maddison et al.
// 2017, proposition 1). It is never better than the truth beyond its errors.
func TestNLLConverges(t *testing.T) {
	m, s := linearGaussian(t, 0.25), whole(greySet(line, 300, 1))
	v := valuesOf(m)
	var gap, excess float64
	for i := range s.Len() {
		x := image(s, i, 0, "")
		gap += distmv.KullbackLeibler{}.DistNormal(v.q(x), v.posterior(x)) / 300
		excess += math.Expm1(distmv.Renyi{Alpha: 2}.DistNormal(v.posterior(x), v.q(x))) / 300
	}
	last := math.Inf(1)
	for _, c := range []struct{ k, seeds int }{{1, 30}, {3, 30}, {10, 10}, {100, 1}, {2000, 1}} {
		got, deviation := lack(t, m, s, c.k, c.seeds)
		t.Logf("k=%d: lacks %.6f ± %.6f; divergence %.4f, excess/2k %.6f", c.k, got, deviation, gap, excess/2/float64(c.k))
		if !(got >= -5*deviation) || !(last-got > 5*deviation) {
			t.Errorf("k=%d lacks %g ± %.2g; with fewer draws %g", c.k, got, deviation, last)
		}
		last = got
		switch c.k {
		case 1:
			if within(t, "what one draw lacks", got, gap, 5*deviation); !(gap > 10*deviation) {
				t.Errorf("a divergence of %g is not to be seen within ± %g", gap, deviation)
			}
		case 2000: // the next order is some excess^2/k^2
			within(t, "what 2000 draws lack", got, excess/4000, 5*deviation+rounding)
		}
	}
	if !(last < gap/100) {
		t.Errorf("2000 draws lack %g of %g", last, gap)
	}
}

// The same for two stochastic layers, where the weights are those of both.
func TestNLLOfTwoLayersConverges(t *testing.T) {
	m, s := twoLayers(t), whole(greySet(line, 100, 2))
	last := math.Inf(1)
	for _, c := range []struct{ k, seeds int }{{1, 40}, {10, 20}, {100, 1}, {2000, 1}} {
		got, deviation := lack(t, m, s, c.k, c.seeds)
		t.Logf("k=%d: lacks %.6f ± %.6f", c.k, got, deviation)
		if !(got >= -5*deviation) || !(last-got > 5*deviation) {
			t.Errorf("k=%d lacks %g ± %.2g, with fewer draws %g", c.k, got, deviation, last)
		}
		last = got
	}
	if !(last < 1e-3) {
		t.Errorf("2000 draws lack %g", last)
	}
}

// kinds are models whose log weights the tests can compute by hand.
func kinds(t testing.TB) map[string]*model.Model {
	all := map[string]*model.Model{"gaussian": linearGaussian(t, 0.1), "two layers": twoLayers(t)}
	for _, likelihood := range []config.Likelihood{config.Bernoulli, config.SquaredError} {
		all[string(likelihood)] = build(t, line, func(c *config.Model) { c.Likelihood = likelihood })
	}
	return all
}

// nllByHand takes one draw of one image after the other.
func nllByHand(m *model.Model, s dataset.Split, i, k int, seed uint64) float64 {
	v, c := valuesOf(m), m.Config()
	x := image(s, i, seed, "importance sampling")
	noise, top := make([]float32, 100*c.Latent), make([]float32, 100*c.TopLatent)
	weights := make([]float64, k)
	for draw := range weights {
		at := draw % 100
		if at == 0 {
			rng.Normal(noise, rng.Stream(seed, "importance sampling", uint64(i), uint64(draw/100)))
			rng.Normal(top, rng.Stream(seed, "importance sampling: top", uint64(i), uint64(draw/100)))
		}
		weights[draw] = v.logWeight(x, noise[at*c.Latent:][:c.Latent], top[at*c.TopLatent:][:c.TopLatent])
	}
	most, sum := slices.Max(weights), 0.
	for _, w := range weights {
		sum += math.Exp(w - most)
	}
	return -(most + math.Log(sum/float64(k)))
}

// However images and draws share a batch, the estimate is that of 100 draws from
// each stream of the image.
func TestNLLByHand(t *testing.T) {
	for kind, m := range kinds(t) {
		for _, c := range []struct{ k, images int }{{1, 3}, {7, 75}, {100, 6}, {101, 6}, {250, 3}, {500, 2}, {501, 2}, {1100, 2}} {
			s := whole(greySet(line, c.images, 5))
			s.Dynamic = kind == "bernoulli"
			for i, got := range nllOf(t, m, s, c.k, 8) {
				within(t, name("%s, k=%d: image %d", kind, c.k, i), got, nllByHand(m, s, i, c.k, 8), rounding)
			}
		}
	}
}

// An image's figure has the same bits whatever the other images are and how many,
// and for any number of threads; another seed or place gives another one.
func TestNLLDependsOnTheImageAlone(t *testing.T) {
	for kind, m := range kinds(t) {
		s := whole(greySet(line, 80, 5))
		s.Dynamic = kind == "bernoulli"
		others := whole(greySet(line, 80, 6))
		others.Dynamic = s.Dynamic
		for i := range 40 { // every second image the same
			copy(others.Set.Pixels[12*i:12*i+6], s.Set.Pixels[12*i:])
		}
		for _, k := range []int{7, 501} {
			n := min(80, 5000/k)
			want := nllOf(t, m, first(s, n), k, 8)
			eachThreads(t, func(threads int) {
				if again := nllOf(t, m, first(s, n), k, 8); !slices.Equal(again, want) {
					t.Errorf("%s, k=%d: other bits with %d threads", kind, k, threads)
				}
			})
			if fewer := nllOf(t, m, first(s, n/2), k, 8); !slices.Equal(fewer, want[:n/2]) {
				t.Errorf("%s, k=%d: other bits among fewer images", kind, k)
			}
			changed := 0
			for i, other := range nllOf(t, m, first(others, n), k, 8) {
				if i%2 == 0 && other != want[i] {
					t.Errorf("%s, k=%d: image %d has %v, and among others %v", kind, k, i, want[i], other)
				}
				if i%2 == 1 && other != want[i] {
					changed++
				}
			}
			if changed < n/4 { // some black and white images are drawn twice
				t.Errorf("%s, k=%d: of %d other images %d have another figure", kind, k, n/2, changed)
			}
			for i, other := range nllOf(t, m, first(s, 2), k, 7) {
				if other == want[i] {
					t.Errorf("%s, k=%d: two seeds give the same figure", kind, k)
				}
			}
		}
	}
}

// An mse likelihood is the normal distribution with variance 1/2.
func TestNLLOfMSE(t *testing.T) {
	mse := build(t, line, func(c *config.Model) { c.Likelihood = "mse" })
	gaussian := build(t, line, func(c *config.Model) { c.Likelihood, c.Sigma = "gaussian", math.Sqrt(0.5) })
	s := whole(greySet(line, 20, 5))
	want := nllOf(t, gaussian, s, 50, 8)
	for i, got := range nllOf(t, mse, s, 50, 8) {
		within(t, name("image %d", i), got, want[i], rounding)
	}
}

// What the draws take is a fraction of what they would take if they were kept: less
// than z itself, of 8 float32, for each.
func TestNLLMemoryDoesNotGrow(t *testing.T) {
	m := build(t, config.Shape{Width: 40, Height: 1, Channels: 1}, func(c *config.Model) { c.Latent = 8 })
	s := whole(greySet(m.Shape(), 2, 5))
	allocated := func(k int) float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		nllOf(t, m, s, k, 1)
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc - before.TotalAlloc)
	}
	allocated(500)
	few, many := allocated(1000), allocated(41_000)
	t.Logf("%.0f bytes, then %.2f for each draw more", few, (many-few)/80_000)
	if !(many-few < 32*80_000) {
		t.Errorf("%.0f bytes for 2,000 draws, %.0f for 82,000", few, many)
	}
}

// countdown is a context that is done after so many questions.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// A canceled estimate ends between two batches of draws, also of one image.
func TestNLLCanceled(t *testing.T) {
	m, s := linearGaussian(t, 0.1), whole(greySet(line, 3, 5))
	for left, want := range map[int]int{0: 0, 1: 0, 5: 1, 11: 3} { // four batches of draws an image
		done := 0
		_, err := NLL(&countdown{context.Background(), left}, m, s, 2000, 1, nil, func(n int) { done = n })
		if !errors.Is(err, context.Canceled) || done > want {
			t.Errorf("after %d batches: %v, %d images done", left, err, done)
		}
	}
	done := []int{}
	if _, err := NLL(context.Background(), m, s, 200, 1, nil, func(n int) { done = append(done, n) }); err != nil || !slices.Equal(done, []int{2, 3}) {
		t.Errorf("%v, progress %v", err, done)
	}
}

func TestNLLFaults(t *testing.T) {
	m, s := linearGaussian(t, 0.1), whole(greySet(line, 3, 5))
	for _, k := range []int{0, -5} {
		_, err := NLL(context.Background(), m, s, k, 1, nil, nil)
		wantError(t, err, name("%d draws", k))
	}
	ae := build(t, line, func(c *config.Model) { c.Kind = "ae" })
	_, err := NLL(context.Background(), ae, s, 5, 1, nil, nil)
	wantError(t, err, `"ae"`, "no likelihood")
	_, err = NLL(context.Background(), m, split(3), 5, 1, nil, nil)
	wantError(t, err, "4x3x1", "6x1x1")
	if nll := nllOf(t, m, first(s, 0), 5, 1); len(nll) != 0 {
		t.Errorf("without images: %v", nll)
	}
}
