package evaluate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/kernel"
	"vae/internal/model"
	"vae/internal/prior"
	"vae/internal/stats"
)

// all asks for everything.
var all = Options{Samples: 20, Labels: true, Space: true, Seed: 3}

func report(t *testing.T, m *model.Model, s, train dataset.Split, o Options) *Report {
	t.Helper()
	r, err := Measure(context.Background(), m, s, train, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// parts are the parts of a report that are there.
func parts(r *Report) map[string]bool {
	return map[string]bool{
		"nll": r.NLL != nil, "bits": r.NLL != nil && r.NLL.BitsPerDimension != nil, "units": r.Units != nil && r.Active != nil,
		"aggregate": r.Aggregate != nil, "probe": r.Probe != nil, "knn": r.KNN != nil, "space": r.Space != nil,
		"angles": r.Angles != nil, "gradients": r.Gradients != nil,
	}
}

// check holds the parts that a report has against those that it should have, and
// sees that it can be written.
func check(t *testing.T, what string, r *Report, want ...string) {
	t.Helper()
	wanted := map[string]bool{}
	for _, part := range want {
		wanted[part] = true
	}
	for part, there := range parts(r) {
		if there != wanted[part] {
			t.Errorf("%s: %s is there: %t", what, part, there)
		}
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	if bytes.Contains(text, []byte("principal_angles")) != wanted["angles"] || bytes.Contains(text, []byte("gradients")) != wanted["gradients"] {
		t.Errorf("%s: JSON %s", what, text)
	}
	if !(r.MSE > 0.01) || !(r.Reconstruction > 0) || !(math.Abs(r.Loss.Mean) > 0) {
		t.Errorf("%s: %+v", what, r)
	}
}

func TestMeasureParts(t *testing.T) {
	train, s := whole(greySet(shape, 60, 1)), whole(greySet(shape, 30, 2))
	black := s
	black.Dynamic = true
	unlabeled := whole(greySet(shape, 30, 2))
	unlabeled.Set.Labels = nil
	one := whole(greySet(shape, 60, 1))
	clear(one.Set.Labels)
	gradients := all
	gradients.Gradients = 3
	linear := func(c *config.Model) { c.Kind, c.Likelihood = "ae", "mse" }
	none := Options{Seed: 3}
	for _, c := range []struct {
		what   string
		change func(c *config.Model)
		s      dataset.Split
		train  dataset.Split
		o      Options
		want   []string
	}{
		{"vae", func(c *config.Model) {}, s, train, all, []string{"nll", "units", "aggregate", "probe", "knn", "space"}},
		{"vae, nothing asked", func(c *config.Model) {}, s, train, none, []string{"units", "aggregate"}},
		{"vae, gradients", func(c *config.Model) {}, s, train, gradients, []string{"nll", "units", "aggregate", "probe", "knn", "space", "gradients"}},
		{"vae, black and white", func(c *config.Model) {}, black, train, all, []string{"nll", "bits", "units", "aggregate", "probe", "knn", "space"}},
		{"vae, gaussian", func(c *config.Model) { c.Likelihood = "gaussian" }, s, train, all, []string{"nll", "units", "aggregate", "probe", "knn", "space"}},
		{"vae, unlabeled", func(c *config.Model) {}, unlabeled, train, all, []string{"nll", "units", "aggregate", "space"}},
		{"vae, unlabeled training images", func(c *config.Model) {}, s, unlabeled, all, []string{"nll", "units", "aggregate", "space"}},
		{"vae, training images of one label", func(c *config.Model) {}, s, one, all, []string{"nll", "units", "aggregate", "space"}},
		{"vae, few training images", func(c *config.Model) {}, s, first(train, 4), all, []string{"nll", "units", "aggregate", "space"}},
		{"vae, no training images", func(c *config.Model) {}, s, first(train, 0), all, []string{"nll", "units", "aggregate", "space"}},
		{"vae, one image", func(c *config.Model) {}, first(s, 1), train, gradients, []string{"nll", "probe", "knn", "gradients"}},
		{"vae, three images", func(c *config.Model) {}, first(s, 3), train, all, []string{"nll", "units", "aggregate", "probe", "knn"}},
		{"vae, four images", func(c *config.Model) {}, first(s, 4), train, all, []string{"nll", "units", "aggregate", "probe", "knn", "space"}},
		{"conditional", conditional, s, train, gradients, []string{"nll", "units", "aggregate", "probe", "knn", "space", "gradients"}},
		{"two layers", func(c *config.Model) { c.TopLatent = 1 }, s, train, all, []string{"nll", "units", "probe", "knn", "space"}},
		{"autoencoder", func(c *config.Model) { c.Kind = "ae" }, black, train, all, []string{"probe", "knn", "space"}},
		{"autoencoder, one image", func(c *config.Model) { c.Kind = "ae" }, first(s, 1), train, all, []string{"probe", "knn"}},
		{"autoencoder without a prior", func(c *config.Model) { c.Kind, c.Latent = "ae", 4097 }, s, train, Options{Space: true}, nil},
		{"linear autoencoder", linear, s, train, all, []string{"probe", "knn", "space", "angles"}},
		{"linear autoencoder, one image", linear, first(s, 1), train, Options{Space: true}, []string{"angles"}},
		{"linear autoencoder, nothing asked", linear, s, train, none, nil},
		{"linear autoencoder, two training images", linear, s, first(train, 2), all, []string{"space"}},
	} {
		check(t, c.what, report(t, build(t, shape, c.change), c.s, c.train, c.o), c.want...)
	}
	check(t, "pca", report(t, pcaOf(t, train, 2), s, train, all), "nll", "probe", "knn", "space")
	check(t, "pca of few images", report(t, pcaOf(t, first(train, 3), 2), s, train, all), "probe", "knn", "space")
}

// The figures are those of the functions that make them, each with its own noise.
func TestMeasureFigures(t *testing.T) {
	train, s := whole(greySet(shape, 60, 1)), whole(greySet(shape, 140, 2))
	s.Dynamic, train.Dynamic = true, true
	m := build(t, shape, func(c *config.Model) { c.Hidden, c.Beta = []int{7}, 1.5 })
	set(t, m, "fc_mu.bias", 0, 3)
	var told []int
	o := all
	o.Progress = func(part string, done, of int) {
		if told = append(told, done); part != "likelihood" || of != 140 {
			t.Errorf("progress %s %d of %d", part, done, of)
		}
	}
	r := report(t, m, s, train, o)
	if r.Images != 140 || len(told) == 0 || told[len(told)-1] != 140 {
		t.Errorf("%d images, progress %v", r.Images, told)
	}
	terms := measure(t, m, 50, s, 3, "test noise")
	near(t, "report", Terms{Loss: r.Loss.Mean, Reconstruction: r.Reconstruction, KL: r.KL}, terms, 1e-6)
	within(t, "loss of its parts", r.Loss.Mean, r.Reconstruction+1.5*r.KL, 1e-9)
	b, err := NewLoss(m, 1, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	var losses []float64
	if err := b.batches(context.Background(), s, 3, "test noise", 0, func(int) []float64 {
		losses = append(losses, float64(b.objective.Reconstruction()[0])+1.5*float64(b.objective.KL()[0]))
		return nil
	}, func([]float64) {}); err != nil {
		t.Fatal(err)
	}
	_, deviation := mean(losses)
	within(t, "standard error of the loss", float64(r.Loss.StandardError), deviation, 1e-6)

	nll, nllError := mean(nllOf(t, m, s, 20, 3))
	within(t, "NLL", r.NLL.Mean, nll, 1e-12)
	within(t, "standard error of the NLL", float64(r.NLL.StandardError), nllError, 1e-12)
	within(t, "bits per dimension", *r.NLL.BitsPerDimension, nll/12/math.Ln2, 1e-12)

	codes := encode(t, m, s)
	if r.NLL.Samples != 20 || r.MSE != codes.MSE || !reflect.DeepEqual(r.Units, Units(codes.Codes, prior.StandardNormal{})) {
		t.Errorf("%d samples, MSE %v, units %v", r.NLL.Samples, r.MSE, r.Units)
	}
	active := 0
	for _, u := range r.Units {
		if u.Variance > 0.01 {
			active++
		}
	}
	a, err := stats.AggregatePosterior(codes.Mu, codes.Logvar, 2, 2000, 3)
	if err != nil {
		t.Fatal(err)
	}
	want := Averaged{a.MutualInformation, a.MarginalKL, a.StandardError, max(math.Abs(a.Mean[0]), math.Abs(a.Mean[1])), min(a.Variance[0], a.Variance[1]), max(a.Variance[0], a.Variance[1])}
	if *r.Active != active || *r.Aggregate != want || !(want.Mean > 2) {
		t.Errorf("%d active, aggregate %+v, want %+v", *r.Active, *r.Aggregate, want)
	}
	within(t, "KL of all units", r.Units[0].KL+r.Units[1].KL, a.MeanKL, 1e-9)
	if space := spaceOf(t, m, s, codes.Codes); *r.Space != *space {
		t.Errorf("%+v, want %+v", r.Space, space)
	}
}

// The same call gives the same report, with any number of threads, and another seed
// another one.
func TestMeasureIsAFunctionOfItsArguments(t *testing.T) {
	train, s := whole(greySet(shape, 40, 1)), whole(greySet(shape, 30, 2))
	s.Dynamic = true
	o := all
	o.Gradients = 2
	models := varied(t)
	for _, kind := range []string{"vae", "two layers", "autoencoder"} {
		m, o := models[kind], o
		if kind != "vae" {
			o.Gradients, o.Labels, o.Space = 0, false, kind == "two layers"
		}
		want := report(t, m, s, train, o)
		eachThreads(t, func(threads int) {
			if again := report(t, m, s, train, o); !reflect.DeepEqual(again, want) {
				t.Errorf("%s, %d threads: %+v, want %+v", kind, threads, again, want)
			}
		})
		o.Seed++
		if other := report(t, m, s, train, o); other.Loss == want.Loss || other.MSE == want.MSE {
			t.Errorf("%s: another seed gives the loss %v and the MSE %v", kind, other.Loss, other.MSE)
		}
	}
}

// shaded are images whose brightness tells their label.
func shaded(n int, swapped bool) dataset.Split {
	s := greySet(shape, n, 7)
	for i := range s.Pixels {
		s.Pixels[i] = s.Pixels[i]/4 + 150*uint8(s.Labels[i/12])
	}
	for i := range s.Labels {
		if swapped {
			s.Labels[i] = 1 - s.Labels[i]
		}
	}
	return whole(s)
}

// Classifiers learn from the training images and are asked about the others.
func TestMeasureClassifiers(t *testing.T) {
	train := shaded(100, false)
	m := pcaOf(t, train, 1)
	for swapped, want := range map[bool]float64{false: 1, true: 0} {
		r := report(t, m, shaded(30, swapped), train, all)
		if *r.Probe != want || *r.KNN != want {
			t.Errorf("swapped %t: probe %g, neighbors %g", swapped, *r.Probe, *r.KNN)
		}
	}
	for i := range train.Set.Labels { // between those of label 0, where no line parts them
		if train.Set.Labels[i] = i % 2; i%4 == 0 {
			for j := range 12 {
				train.Set.Pixels[12*i+j] = 255 - train.Set.Pixels[12*i+j]/8
			}
		} else if i%2 == 1 {
			for j := range 12 {
				train.Set.Pixels[12*i+j] = 130 + train.Set.Pixels[12*i+j]%10
			}
		}
	}
	if r := report(t, pcaOf(t, train, 1), train, train, all); !(*r.Probe < 0.8) || *r.KNN != 1 {
		t.Errorf("labels by distance: probe %g, neighbors %g", *r.Probe, *r.KNN)
	}
}

func TestMeasurePCA(t *testing.T) {
	train, s := whole(greySet(shape, 60, 1)), whole(greySet(shape, 30, 2))
	m, p := pcaOf(t, train, 3), componentsOf(t, train, 3)
	r := report(t, m, s, train, all)
	var nll, squares float64
	for i := range 30 {
		x := make([]float32, 12)
		s.Gather(x, []int{i})
		l, err := p.LogLikelihood(x)
		if err != nil {
			t.Fatal(err)
		}
		code, y := make([]float32, 3), make([]float32, 12)
		if err := errors.Join(p.Encode(code, x), p.Decode(y, code)); err != nil {
			t.Fatal(err)
		}
		nll, squares = nll-l/30, squares+kernel.SquaredDistance(x, y)/30
	}
	within(t, "NLL", r.NLL.Mean, nll, 1e-5)
	within(t, "MSE", r.MSE, squares/12, 1e-7)
	within(t, "loss", r.Loss.Mean, squares, 1e-5)
	if r.NLL.Samples != 0 || r.KL != 0 {
		t.Errorf("%d samples, KL %g", r.NLL.Samples, r.KL)
	}
}

// The latents of a second stochastic layer are told apart from those of the first.
func TestTopUnits(t *testing.T) {
	s := whole(greySet(shape, 30, 1))
	m := build(t, shape, func(c *config.Model) { c.TopLatent = 2 })
	set(t, m, "top_fc_mu.weight", 0, 0, 0, 0)
	set(t, m, "top_fc_mu.bias", 1.5, 0)
	set(t, m, "top_fc_logvar.weight", 0, 0, 0, 0)
	set(t, m, "top_fc_logvar.bias", 0, math.Log(0.25))
	r := report(t, m, s, s, Options{})
	want := []float64{0.5 * 1.5 * 1.5, 0.5 * (0.25 - 1 - math.Log(0.25))}
	if len(r.TopUnits) != 2 || len(r.Units) != m.Latent() {
		t.Fatalf("%d latents above %d, want 2 above %d", len(r.TopUnits), len(r.Units), m.Latent())
	}
	for j, u := range r.TopUnits {
		if !(math.Abs(u.KL-want[j]) <= 1e-6) || !(u.Variance <= 1e-12) || u.Active() {
			t.Errorf("latent %d of the second layer: %+v, want a KL of %g and no variance", j, u, want[j])
		}
	}
	if r := report(t, build(t, shape, func(*config.Model) {}), s, s, Options{}); r.TopUnits != nil {
		t.Errorf("a model of one layer has a second one: %v", r.TopUnits)
	}
}
