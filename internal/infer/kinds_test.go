package infer

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/rng"
)

// pointCoded are models whose code is a point.
func pointCoded(t *testing.T) map[string]*model.Model {
	return map[string]*model.Model{
		"ae":  newModelOf(t, func(c *config.Model) { c.Kind = "ae" }),
		"pca": newModelOf(t, func(c *config.Model) { c.Kind, c.Likelihood, c.Hidden = "pca", "mse", []int{} }),
	}
}

func TestCodeOfAnAutoencoderIsAPoint(t *testing.T) {
	images := randomImages(5)
	for kind, m := range pointCoded(t) {
		graph, err := m.NewEncoder(1)
		if err != nil {
			t.Fatal(err)
		}
		for i, code := range encode(t, newEncoder(t, m), images) {
			for j, p := range images[i].Bytes() {
				graph.X[j] = float32(p) / 255
			}
			want, _, err := graph.Run()
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(code.Mu, want) || code.Logvar != nil {
				t.Fatalf("%s: image %d has code %v, by the model alone %v", kind, i, code, want)
			}
			z := []float32{9, 9, 9}
			if code.Draw(z, 1, 2); !slices.Equal(z, want) {
				t.Errorf("%s: a draw from the point %v is %v", kind, want, z)
			}
		}
	}
}

func TestReconstructionByAnAutoencoder(t *testing.T) {
	images := randomImages(3)
	for kind, m := range pointCoded(t) {
		r, err := NewReconstructor(m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Reconstruct(images, nil)
		if err != nil {
			t.Fatal(err)
		}
		d := newDecoder(t, m)
		for i, code := range encode(t, newEncoder(t, m), images) {
			want, err := d.Decode([][]float32{code.Mu}, nil)
			if err != nil {
				t.Fatal(err)
			}
			checkReconstruction(t, got[i], images[i].Bytes(), want[0], kind == "ae") // pca has no cross-entropy
		}
	}
}

// fitPrior gives an autoencoder a prior with correlated latents.
func fitPrior(t *testing.T, m *model.Model) (mean, factor []float64) {
	t.Helper()
	mean, factor = []float64{1, -2, 0.5}, []float64{0.5, 0, 0, -1, 2, 0, 0.25, 0.75, 1.5}
	if err := m.Fitted().Set(mean, factor, 0); err != nil {
		t.Fatal(err)
	}
	return mean, factor
}

// z = mean + temperature (factor · noise): the temperature leaves the mean alone.
func TestSamplesOfAnAutoencoderComeFromItsPrior(t *testing.T) {
	for kind, m := range pointCoded(t) {
		mean, factor := fitPrior(t, m)
		d := newDecoder(t, m)
		for _, temperature := range []float64{1, 0.6, 0} {
			for i, image := range sample(t, m, BatchRows+2, SampleOptions{Seed: 8, Temperature: temperature}) {
				noise, z := make([]float32, 3), make([]float32, 3)
				rng.Normal(noise, rng.Stream(8, "sample from the prior", uint64(i)))
				for j := range z {
					sum := mean[j]
					for k, f := range factor[3*j : 3*j+3] {
						sum += f * temperature * float64(noise[k])
					}
					z[j] = float32(sum)
				}
				want, err := d.Decode([][]float32{z}, nil)
				if err != nil {
					t.Fatal(err)
				}
				if off := furthest(image, want[0]); !(off <= 1e-5) {
					t.Fatalf("%s: sample %d at temperature %g is off by %g", kind, i, temperature, off)
				}
			}
		}
	}
}

func furthest(a, b []float32) float64 {
	var most float64
	for i := range a {
		d := math.Abs(float64(a[i]) - float64(b[i]))
		if !(d <= most) {
			most = d
		}
	}
	return most
}

func newHierarchy(t *testing.T) *model.Model {
	t.Helper()
	return newModelOf(t, func(c *config.Model) { c.TopLatent, c.TopHidden = 2, []int{5} })
}

// z2 ~ N(0, 1), z ~ p(z|z2), the image that of z.
func TestSamplesOfTwoLayersComeFromTheTop(t *testing.T) {
	m := newHierarchy(t)
	top, err := m.NewPriorDecoder(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	d := newDecoder(t, m)
	for _, temperature := range []float64{1, 0.6, 0} {
		for i, image := range sample(t, m, BatchRows+2, SampleOptions{Seed: 8, Temperature: temperature}) {
			noise := make([]float32, 3)
			rng.Normal(top.Above, rng.Stream(8, "sample from the prior", uint64(i)))
			rng.Normal(noise, rng.Stream(8, "sample below the prior", uint64(i)))
			for j := range top.Above {
				top.Above[j] *= float32(temperature)
			}
			mu, logvar, err := top.Run()
			if err != nil {
				t.Fatal(err)
			}
			z := make([]float32, 3)
			for j := range z {
				z[j] = float32(float64(mu[j]) + math.Exp(float64(logvar[j])/2)*temperature*float64(noise[j]))
			}
			want, err := d.Decode([][]float32{z}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if off := furthest(image, want[0]); !(off <= 1e-6) {
				t.Fatalf("sample %d at temperature %g is off by %g", i, temperature, off)
			}
		}
	}
}

func TestFirstSamplesOfManyOfAnyKind(t *testing.T) {
	models := pointCoded(t)
	for _, m := range models {
		fitPrior(t, m)
	}
	models["two layers"], models["conditional"] = newHierarchy(t), newConditional(t, "vae")
	for kind, m := range models {
		o := SampleOptions{Seed: 4, Temperature: 1}
		many := sample(t, m, 2*BatchRows, o)
		if !slices.EqualFunc(sample(t, m, 10, o), many[:10], slices.Equal) {
			t.Errorf("%s: ten samples are not the first of many", kind)
		}
		for i, image := range many[1:] {
			if slices.Equal(many[0], image) {
				t.Fatalf("%s: samples 0 and %d are the same", kind, i+1)
			}
		}
	}
}

func TestNoPriorNoSamples(t *testing.T) {
	m := newModelOf(t, func(c *config.Model) { c.Kind, c.Latent = "ae", 4097 })
	_, err := NewSampler(m, SampleOptions{Temperature: 1})
	if want := "this autoencoder keeps no distribution to draw its 4,097 latents from, which are more than 4,096: train one with a smaller \x00⟨model.latent⟩"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

func TestLabelsReachTheModel(t *testing.T) {
	for _, kind := range []config.Kind{config.VAE, config.AE} {
		m := newConditional(t, kind)
		graph, err := m.NewEncoder(1)
		if err != nil {
			t.Fatal(err)
		}
		decoder, err := m.NewDecoder(1)
		if err != nil {
			t.Fatal(err)
		}
		r, err := NewReconstructor(m)
		if err != nil {
			t.Fatal(err)
		}
		one := randomImages(1)[0]
		images, labels := []dataset.Pixels{one, one, one, one, one}, []int{3, 0, 2, 1, 3}
		codes := encode(t, newEncoder(t, m), images, labels...)
		pairs, err := r.Reconstruct(images, labels)
		if err != nil {
			t.Fatal(err)
		}
		for i, label := range labels {
			for j, p := range one.Bytes() {
				graph.X[j] = float32(p) / 255
			}
			clear(graph.Labels)
			graph.Labels[label] = 1
			mu, logvar, err := graph.Run()
			if err != nil {
				t.Fatal(err)
			}
			if !sameCode(codes[i], Code{mu, logvar}) {
				t.Fatalf("%s: label %d gives %v, by the model alone %v and %v", kind, label, codes[i], mu, logvar)
			}
			copy(decoder.Z, mu)
			copy(decoder.Labels, graph.Labels)
			mean, err := decoder.Run()
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(pairs[i].Image, mean) {
				t.Fatalf("%s: label %d is decoded to %v, by the model alone to %v", kind, label, pairs[i].Image, mean)
			}
		}
		if sameCode(codes[0], codes[1]) || slices.Equal(pairs[0].Image, pairs[1].Image) {
			t.Errorf("%s: the label makes no difference", kind)
		}
	}
}

func TestWrongLabelsAreErrors(t *testing.T) {
	conditional, plain := newConditional(t, "vae"), newModel(t, "bernoulli")
	images, latents := randomImages(2), [][]float32{{1, 2, 3}, {1, 2, 3}}
	for _, c := range []struct {
		m      *model.Model
		labels []int
		want   string
	}{
		{conditional, nil, "0 labels for 2 rows"},
		{conditional, []int{1}, "1 labels for 2 rows"},
		{conditional, []int{1, 2, 3}, "3 labels for 2 rows"},
		{conditional, []int{1, 4}, "label 4 for a model of 4 classes"},
		{conditional, []int{-1, 2}, "label -1 for a model of 4 classes"},
		{plain, []int{0, 0}, "not conditional"},
		{plain, []int{}, "not conditional"},
	} {
		_, encoding := newEncoder(t, c.m).Encode(images, c.labels)
		_, decoding := newDecoder(t, c.m).Decode(latents, c.labels)
		for _, err := range []error{encoding, decoding} {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("labels %v: error %v, want one with %q", c.labels, err, c.want)
			}
		}
	}
	if _, err := NewSampler(plain, SampleOptions{Plan: OfClass(0)}); err == nil || !strings.Contains(err.Error(), "not conditional") {
		t.Errorf("a plan for a model that is not conditional: error %v", err)
	}
	s, err := NewSampler(conditional, SampleOptions{Plan: OfClass(4)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Next(make([]float32, 15)); err == nil || !strings.Contains(err.Error(), "label 4") {
		t.Errorf("a plan beyond the classes: error %v", err)
	}
}

// Image j of a class is the same whoever asks for it, and has latents j.
func TestPlansAgree(t *testing.T) {
	const n = 50 // and four classes: two batches
	m := newConditional(t, "vae")
	for _, bernoulli := range []bool{false, true} {
		o := SampleOptions{Seed: 6, Temperature: 0.8, Pixels: bernoulli, Plan: EachClass(n, 4)}
		each := sample(t, m, 4*n, o)
		for class := range 4 {
			o.Plan = OfClass(class)
			if !slices.EqualFunc(each[class*n:(class+1)*n], sample(t, m, n, o), slices.Equal) {
				t.Errorf("class %d of a grid is not the class alone", class)
			}
		}
		o.Plan = AnyClass(6, 4)
		any := sample(t, m, n, o)
		for i, image := range any {
			if _, label := o.Plan(uint64(i)); !slices.Equal(image, each[label*n+i]) {
				t.Fatalf("image %d is not that of its class %d", i, label)
			}
		}
		o.Plan = nil
		if !slices.EqualFunc(sample(t, m, n, o), any, slices.Equal) {
			t.Error("without a plan the labels are others than by chance")
		}
	}
	z := make([]float32, 3)
	rng.Normal(z, rng.Stream(6, "sample from the prior", 1))
	want, err := newDecoder(t, m).Decode([][]float32{z}, []int{2})
	if err != nil {
		t.Fatal(err)
	}
	if got := sample(t, m, 2, SampleOptions{Seed: 6, Temperature: 1, Plan: OfClass(2)})[1]; !slices.Equal(got, want[0]) {
		t.Errorf("image 1 of class 2 is %v, want %v", got, want[0])
	}
}

func TestAnyClassIsUniform(t *testing.T) {
	const draws, classes = 30_000, 4
	plan, other := AnyClass(3, classes), AnyClass(4, classes)
	var seen [classes]float64
	same := 0
	for i := range uint64(draws) {
		number, label := plan(i)
		if number != i {
			t.Fatalf("image %d has latents %d", i, number)
		}
		seen[label]++
		if _, l := other(i); l == label {
			same++
		}
	}
	// Five standard errors of a share of 1/4.
	tol := 5 * math.Sqrt(0.25*0.75/draws)
	for label, n := range seen {
		if !(math.Abs(n/draws-0.25) <= tol) {
			t.Errorf("label %d is drawn with a share of %g", label, n/draws)
		}
	}
	if share := float64(same) / draws; !(math.Abs(share-0.25) <= tol) {
		t.Errorf("two seeds agree in a share of %g", share)
	}
}

func TestEachClassBeyondTheLast(t *testing.T) {
	plan := EachClass(3, 2)
	var got []string
	for i := range uint64(8) {
		number, label := plan(i)
		got = append(got, fmt.Sprint(number, ":", label))
	}
	if want := "0:0|1:0|2:0|0:1|1:1|2:1|0:0|1:0"; strings.Join(got, "|") != want {
		t.Errorf("plan %v, want %v", strings.Join(got, "|"), want)
	}
}
