package evaluate

import (
	"math"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/stats"
)

// The exact likelihood of probabilistic PCA against the density with the covariance
// written out, and over the images it was fitted to the value at its maximum:
// there the mean squared Mahalanobis distance is D.
func TestExactNLL(t *testing.T) {
	const n, latent = 200, 2
	s := whole(greySet(line, n, 3))
	m := pcaOf(t, s, latent)
	p := m.PCA()
	cov, logDeterminant := make([]float64, 36), 0.
	for i := range 6 {
		cov[i*6+i] = p.Noise
		for k, c := range p.Components {
			for j := range 6 {
				cov[i*6+j] += (p.Variances[k] - p.Noise) * c[i] * c[j]
			}
		}
	}
	for _, v := range p.Variances {
		logDeterminant += math.Log(v)
	}
	logDeterminant += (6 - latent) * math.Log(p.Noise)
	want := normal(p.Mean, symmetric(6, cov))
	nll, err := exactNLL(m, s, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range nll {
		x := image(s, i, 1, "")
		within(t, name("image %d", i), got, -want.LogProb(x), 1e-6)
	}
	average, _ := mean(nll)
	within(t, "mean over the training images", average, 0.5*(6*math.Log(2*math.Pi)+logDeterminant+6), 1e-5)
}

// Where the images lie in a subspace there is no density.
func TestNoExactNLL(t *testing.T) {
	for _, n := range []int{2, 3} {
		s := whole(greySet(line, n, 3))
		if nll, err := exactNLL(pcaOf(t, s, 2), s, 1); nll != nil || err != nil {
			t.Errorf("%d images: %v, %v", n, nll, err)
		}
	}
	s := whole(greySet(line, 50, 3)) // as many components as pixels: nothing is left to the noise
	if nll, err := exactNLL(pcaOf(t, s, 6), s, 1); len(nll) != 50 || err != nil || !(nll[0] < 100) {
		t.Errorf("with all components: %v, %v", nll, err)
	}
}

func pcaOf(t testing.TB, s dataset.Split, latent int) *model.Model {
	t.Helper()
	m := build(t, s.Set.Shape, func(c *config.Model) { c.Kind, c.Latent, c.Likelihood = "pca", latent, "mse" })
	if err := m.SetPCA(componentsOf(t, s, latent)); err != nil {
		t.Fatal(err)
	}
	return m
}

func componentsOf(t testing.TB, s dataset.Split, k int) *stats.PCA {
	t.Helper()
	p, err := stats.FitPCA(t.Context(), func(dst []float32, i int) { s.Gather(dst, []int{i}) }, s.Len(), s.Set.Shape.Pixels(), k)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
