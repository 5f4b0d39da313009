package evaluate

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/model"
	"vae/internal/rng"
)

func spaceOf(t *testing.T, m *model.Model, s dataset.Split, c *infer.Codes) *Space {
	t.Helper()
	space, err := MeasureSpace(m, s, c, 3)
	if err != nil {
		t.Fatal(err)
	}
	return space
}

// normalCodes are n codes with mean at and a variance of 1 in all, of which q(z|x)
// has the part given; none of it is an autoencoder's.
func normalCodes(n, latent int, at, part float64, seed uint64) *infer.Codes {
	c := &infer.Codes{Latent: latent, Mu: make([]float32, n*latent)}
	rng.Normal(c.Mu, rng.Stream(seed, "codes"))
	for i := range c.Mu {
		c.Mu[i] = float32(at + math.Sqrt(1-part)*float64(c.Mu[i]))
		if part > 0 {
			c.Logvar = append(c.Logvar, float32(math.Log(part)))
		}
	}
	return c
}

// A linear decoder changes the image evenly between any two codes.
func TestContinuityOfALinearDecoder(t *testing.T) {
	s := whole(greySet(line, 50, 1))
	for kind, m := range map[string]*model.Model{"vae": linearGaussian(t, 0), "two layers": twoLayers(t), "pca": pcaOf(t, s, 2)} {
		within(t, kind, spaceOf(t, m, s, normalCodes(50, 2, 0, 0.2, 1)).Continuity, 1, 1e-4)
	}
	flat := linearGaussian(t, 0)
	set(t, flat, "decoder.0.weight", make([]float64, 12)...) // nothing changes
	within(t, "one image for all codes", spaceOf(t, flat, s, normalCodes(50, 2, 0, 0.2, 1)).Continuity, 1, 0)
}

// stepwise decodes a code to pixels that jump where it passes -1, 0 and 1.
func stepwise(t *testing.T) *model.Model {
	t.Helper()
	m := build(t, line, func(c *config.Model) {
		c.Latent, c.Hidden, c.Activation, c.Likelihood = 1, []int{3}, "sigmoid", "gaussian"
	})
	set(t, m, "decoder.0.weight", 1e4, 1e4, 1e4)
	set(t, m, "decoder.0.bias", 1e4, 0, -1e4)
	set(t, m, "decoder.2.weight", 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	return m
}

// Between four codes, one on each side of three jumps, a path has as many jumps as
// lie between, each in a step of its own: 0.1 for each.
func TestContinuityOfAStepwiseDecoder(t *testing.T) {
	c := &infer.Codes{Latent: 1, Mu: []float32{-1.53, -0.52, 0.47, 1.46}}
	got := spaceOf(t, stepwise(t), whole(greySet(line, 4, 1)), c).Continuity
	const want = (6*0.1 + 4*0.2 + 2*0.3) / 12
	const variance = (6*0.01+4*0.04+2*0.09)/12 - want*want
	within(t, "continuity", got, want, 5*math.Sqrt(variance/pathPairs))
	two := &infer.Codes{Latent: 1, Mu: []float32{-1.5, -0.5, -1.45, -0.45}} // one jump or, between neighbors, none
	got = spaceOf(t, stepwise(t), whole(greySet(line, 4, 1)), two).Continuity
	within(t, "continuity of two clusters", got, (8*0.1+4*1)/12, 5*0.43/math.Sqrt(pathPairs))
}

// The path of a conditional model has the label of its first image: here the
// decoder is even for one label and has a jump for the other.
func TestContinuityOfAConditionalModel(t *testing.T) {
	m := build(t, line, func(c *config.Model) {
		conditional(c)
		c.Latent, c.Hidden, c.Activation, c.Likelihood = 1, []int{2}, "sigmoid", "gaussian"
	})
	set(t, m, "decoder.0.weight", 1e4, -1e6, 0, 0.1, 0, 0) // latent, label 0, label 1
	set(t, m, "decoder.0.bias", 0, 0)
	set(t, m, "decoder.2.weight", 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
	c := &infer.Codes{Latent: 1, Mu: []float32{-1.53, -1.52, 1.47, 1.46}}
	data := greySet(line, 4, 1)
	for _, v := range []struct {
		labels          []int
		want, tolerance float64
	}{
		{[]int{0, 0, 0, 0}, 1, 0.01}, {[]int{1, 1, 1, 1}, (8*0.1 + 4) / 12., 0.1}, {[]int{0, 0, 1, 1}, (4*0.1 + 8) / 12., 0.1},
	} {
		copy(data.Labels, v.labels)
		within(t, name("labels %v", v.labels), spaceOf(t, m, whole(data), c).Continuity, v.want, v.tolerance) // 5*0.43/sqrt 500
	}
}

// Draws from the prior lie among the codes where these are as it says, and neither
// among the other where they are far off.
func TestCompleteness(t *testing.T) {
	const n = 1000
	m := build(t, line, func(c *config.Model) {})
	s := whole(greySet(line, n, 1))
	for _, part := range []float64{0, 0.4} {
		if got := spaceOf(t, m, s, normalCodes(n, 2, 0, part, 1)); !(got.Completeness > 0.9) || !(got.Coverage > 0.9) || got.Images != n {
			t.Errorf("codes as the prior: %+v", got)
		}
		if got := spaceOf(t, m, s, normalCodes(n, 2, 30, part, 1)); got.Completeness != 0 || got.Coverage != 0 {
			t.Errorf("codes far off: %+v", got)
		}
	}
	half := normalCodes(n, 2, 0, 0, 1)
	for i := range n / 2 { // half of the codes are elsewhere: they are not covered
		half.Mu[4*i] += 30
	}
	if got := spaceOf(t, m, s, half); !(got.Completeness > 0.85) || !(math.Abs(got.Coverage-0.5) <= 0.05) {
		t.Errorf("half of the codes far off: %+v", got)
	}
	ring := normalCodes(n, 2, 0, 0, 1)
	for i := range n { // a hole where the prior has most of its mass, 1 - exp(-2)
		x, y := float64(ring.Mu[2*i]), float64(ring.Mu[2*i+1])
		r := math.Hypot(x, y)
		ring.Mu[2*i], ring.Mu[2*i+1] = float32(x/r*(2+0.2*r)), float32(y/r*(2+0.2*r))
	}
	if got := spaceOf(t, m, s, ring); !(got.Completeness < 0.25 && got.Completeness > 0.02) {
		t.Errorf("codes around a hole: %+v", got)
	}
}

// Only the first 2,000 images are compared.
func TestSpaceOfManyImages(t *testing.T) {
	m := build(t, line, func(c *config.Model) { c.Latent = 1 })
	s := whole(greySet(line, 2100, 1))
	c := normalCodes(2100, 1, 0, 0, 1)
	for i := 2000; i < 2100; i++ {
		c.Mu[i] = float32(math.NaN())
	}
	if got := spaceOf(t, m, s, c); got.Images != 2000 || !(got.Completeness > 0.9) {
		t.Errorf("%+v", got)
	}
}

// The prior of an autoencoder is the one that was fitted.
func TestCompletenessOfAnAutoencoder(t *testing.T) {
	const n = 500
	m := build(t, line, func(c *config.Model) { c.Kind = "ae" })
	s, codes := whole(greySet(line, n, 1)), normalCodes(n, 2, 7, 0, 1)
	if got := spaceOf(t, m, s, codes); got.Completeness != 0 { // all draws are zero
		t.Errorf("without a prior: %+v", got)
	}
	if err := m.Fitted().Set([]float64{7, 7}, []float64{1, 0, 0, 1}, 1); err != nil {
		t.Fatal(err)
	}
	if got := spaceOf(t, m, s, codes); !(got.Completeness > 0.9 && got.Coverage > 0.9) {
		t.Errorf("with its prior: %+v", got)
	}
	if err := m.Fitted().Set([]float64{7, 7}, []float64{0.05, 0, 0, 0.05}, 1); err != nil {
		t.Fatal(err)
	}
	if got := spaceOf(t, m, s, codes); !(got.Completeness > 0.9 && got.Coverage < 0.2) {
		t.Errorf("with a narrow prior: %+v", got)
	}
}

// Draws from the prior have its mean and covariance, whatever it is made of.
func TestDrawPrior(t *testing.T) {
	const n = 50_000
	fitted := build(t, line, func(c *config.Model) { c.Kind = "ae" })
	if err := fitted.Fitted().Set([]float64{3, -1}, []float64{2, 0, -1, 0.5}, 1); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind string
		m    *model.Model
		mean [2]float64
		cov  [3]float64
	}{
		{"standard", linearGaussian(t, 0), [2]float64{}, [3]float64{1, 0, 1}},
		{"fitted", fitted, [2]float64{3, -1}, [3]float64{4, -2, 1.25}},
		{"two layers", twoLayers(t), [2]float64{0.2, -0.1}, [3]float64{0.36 + math.Exp(-0.3), -0.24, 0.16 + math.Exp(0.1)}},
	} {
		z, err := drawPrior(c.m, n, 5)
		if err != nil {
			t.Fatal(err)
		}
		rows := mat.NewDense(n, 2, widened(z))
		var cov mat.SymDense
		stat.CovarianceMatrix(&cov, rows, nil)
		for k, at := range [][2]int{{0, 0}, {0, 1}, {1, 1}} {
			i, j := at[0], at[1]
			spread := math.Sqrt((cov.At(i, i)*cov.At(j, j) + cov.At(i, j)*cov.At(i, j)) / n)
			within(t, name("%s: covariance %d %d", c.kind, i, j), cov.At(i, j), c.cov[k], 5*spread)
		}
		for j, want := range c.mean {
			within(t, name("%s: mean %d", c.kind, j), stat.Mean(mat.Col(nil, j, rows), nil), want, 5*math.Sqrt(cov.At(j, j)/n))
		}
	}
}

// A draw of a code is that of q(z|x).
func TestDrawCodes(t *testing.T) {
	const n = 20_000
	c := &infer.Codes{Latent: 2, Mu: make([]float32, 2*n), Logvar: make([]float32, 2*n)}
	for i := range n {
		c.Mu[2*i], c.Mu[2*i+1] = 2, -1
		c.Logvar[2*i+1] = float32(math.Log(9))
	}
	rows := mat.NewDense(n, 2, widened(c.Draw(n, 4)))
	for j, want := range [][2]float64{{2, 1}, {-1, 3}} {
		mean, deviation := stat.MeanStdDev(mat.Col(nil, j, rows), nil)
		within(t, name("mean %d", j), mean, want[0], 5*want[1]/math.Sqrt(n))
		within(t, name("deviation %d", j), deviation, want[1], 5*want[1]/math.Sqrt(2*n))
	}
	c.Logvar = nil
	if z := c.Draw(3, 4); len(z) != 6 || z[2] != 2 || z[5] != -1 {
		t.Errorf("draws of codes that are points: %v", z)
	}
}

func TestSpaceFaults(t *testing.T) {
	m := build(t, line, func(c *config.Model) {})
	_, err := MeasureSpace(m, whole(greySet(line, 3, 1)), normalCodes(3, 2, 0, 0, 1), 1)
	wantError(t, err, "3 images are too few")
	_, err = MeasureSpace(m, split(5), normalCodes(5, 2, 0, 0, 1), 1)
	wantError(t, err, "4x3x1")
	broken := normalCodes(5, 2, 0, 0, 1)
	broken.Mu[3] = float32(math.NaN())
	_, err = MeasureSpace(m, whole(greySet(line, 5, 1)), broken, 1)
	wantError(t, err, "NaN")
}
