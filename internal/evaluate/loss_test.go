package evaluate

import (
	"context"
	"fmt"
	"math"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/rng"
)

var shape = config.Shape{Width: 4, Height: 3, Channels: 1}

func newModel(t *testing.T, likelihood config.Likelihood) *model.Model {
	t.Helper()
	c := config.Default().Model
	c.Latent, c.Hidden, c.Likelihood, c.Sigma, c.Beta = 3, []int{8}, likelihood, 0.4, 1.5
	m, err := model.New(c, shape, 2)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// split is a view of every second image of a random set, n images long.
func split(n int) dataset.Split {
	r := rng.Stream(6, "test images")
	set := &dataset.Set{Shape: shape, Pixels: make([]uint8, 2*n*shape.Pixels())}
	for i := range set.Pixels {
		set.Pixels[i] = uint8(r.UintN(256))
	}
	s := dataset.Split{Set: set}
	for i := range n {
		s.Index = append(s.Index, 2*i+1)
	}
	return s
}

func measure(t *testing.T, m *model.Model, batch int, s dataset.Split, seed uint64, purpose string) Terms {
	t.Helper()
	b, err := NewLoss(m, batch, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	terms, err := b.Measure(context.Background(), s, seed, purpose)
	if err != nil {
		t.Fatal(err)
	}
	return terms
}

// byHand computes the bound image by image in float64, from the outputs of the
// encoder and the decoder alone.
func byHand(t *testing.T, m *model.Model, s dataset.Split, seed uint64, purpose string) Terms {
	t.Helper()
	e, err := m.NewEncoder(1)
	if err != nil {
		t.Fatal(err)
	}
	d, err := m.NewDecoder(1)
	if err != nil {
		t.Fatal(err)
	}
	var sum Terms
	noise := make([]float32, m.Latent())
	for i, index := range s.Index {
		for j, p := range s.Set.Image(index) {
			e.X[j] = float32(p) / 255
		}
		mu, logvar, err := e.Run()
		if err != nil {
			t.Fatal(err)
		}
		rng.Normal(noise, rng.Stream(seed, purpose, uint64(i)))
		for j, n := range noise {
			m, lv := float64(mu[j]), float64(logvar[j])
			d.Z[j] = float32(m + math.Exp(lv/2)*float64(n))
			sum.KL += 0.5 * (m*m + math.Exp(lv) - 1 - lv)
		}
		if _, err := d.Run(); err != nil {
			t.Fatal(err)
		}
		sum.Reconstruction += m.Likelihood().PointNLL(d.Output(), e.X) // held against its density by package likelihood
	}
	n := float64(s.Len())
	return Terms{Loss: (sum.Reconstruction + m.Config().Beta*sum.KL) / n, Reconstruction: sum.Reconstruction / n, KL: sum.KL / n}
}

// near compares with a relative tolerance: float32 forward passes of some ten
// roundings a figure.
func near(t *testing.T, what string, got, want Terms, tol float64) {
	t.Helper()
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"loss", got.Loss, want.Loss}, {"reconstruction", got.Reconstruction, want.Reconstruction}, {"KL", got.KL, want.KL},
	} {
		if !(math.Abs(c.got-c.want) <= tol*math.Abs(c.want)) {
			t.Errorf("%s: %s is %.9g, want %.9g", what, c.name, c.got, c.want)
		}
	}
}

func TestLossAgainstFloat64(t *testing.T) {
	for _, likelihood := range append([]config.Likelihood{"logistic:256", "dmol:2:256", "beta-binomial:256", "categorical:16"}, config.Likelihoods[:3]...) {
		m := newModel(t, likelihood)
		for _, n := range []int{1, 6, 7, 8, 30} { // around batches of 7, and several of them
			s := split(n)
			near(t, fmt.Sprintf("%s, %d images", likelihood, n),
				measure(t, m, 7, s, 5, "validation noise"), byHand(t, m, s, 5, "validation noise"), 2e-6)
		}
	}
}

func TestLossDoesNotDependOnTheBatch(t *testing.T) {
	m, s := newModel(t, "bernoulli"), split(100)
	want := measure(t, m, 100, s, 1, "noise")
	for _, batch := range []int{1, 7, 64, 128} {
		near(t, fmt.Sprintf("batch of %d", batch), measure(t, m, batch, s, 1, "noise"), want, 1e-6)
	}
}

func TestLossIsAFunctionOfItsArguments(t *testing.T) {
	m, s := newModel(t, "bernoulli"), split(20)
	b, err := NewLoss(m, 8, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	figures := func(s dataset.Split, seed uint64, purpose string) Terms {
		terms, err := b.Measure(context.Background(), s, seed, purpose)
		if err != nil {
			t.Fatal(err)
		}
		return terms
	}
	first := figures(s, 1, "noise")
	other := figures(split(3), 1, "noise") // another split in between
	if again := figures(s, 1, "noise"); again != first {
		t.Errorf("the same call gave %+v and %+v", first, again)
	}
	if other == first {
		t.Error("three images have the figures of twenty")
	}
	for name, terms := range map[string]Terms{"seed": figures(s, 2, "noise"), "purpose": figures(s, 1, "test noise")} {
		if terms.Reconstruction == first.Reconstruction || terms.KL != first.KL {
			t.Errorf("another %s gave %+v, before %+v: other noise must change the reconstruction alone", name, terms, first)
		}
	}
}

func TestLossSeesTheParametersAsTheyAre(t *testing.T) {
	m, s := newModel(t, "bernoulli"), split(9)
	b, err := NewLoss(m, 4, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Measure(context.Background(), s, 1, "noise"); err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Params() {
		for i := range p.Value {
			p.Value[i] *= 0.5
		}
	}
	got, err := b.Measure(context.Background(), s, 1, "noise")
	if err != nil {
		t.Fatal(err)
	}
	near(t, "after a change", got, byHand(t, m, s, 1, "noise"), 2e-6)
}

// Totals over batches are those over all images, and padding does not count.
func TestTotals(t *testing.T) {
	m := newModel(t, "bernoulli")
	images := split(5)
	for _, samples := range []int{1, 3} {
		b, err := NewLoss(m, 4, samples, samples > 1) // 4 and 1, with three rows of padding
		if err != nil {
			t.Fatal(err)
		}
		var want Terms
		n := 0.0
		err = b.batches(context.Background(), images, 1, "noise", 0, func(rows int) []float64 {
			o := b.objective
			for i := range rows {
				var nll float64
				for _, v := range o.Reconstruction()[i*samples : (i+1)*samples] {
					nll += float64(v)
				}
				nll /= float64(samples)
				loss := nll + 1.5*float64(o.KL()[i])
				if samples > 1 {
					loss = -float64(o.IWAE()[i])
				}
				want.Loss, want.Reconstruction, want.KL = want.Loss+loss, want.Reconstruction+nll, want.KL+float64(o.KL()[i])
				n++
			}
			return nil
		}, func([]float64) {})
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.Measure(context.Background(), images, 1, "noise")
		if err != nil {
			t.Fatal(err)
		}
		if n != 5 || got != (Terms{Loss: want.Loss / n, Reconstruction: want.Reconstruction / n, KL: want.KL / n}) {
			t.Errorf("%d samples: means %+v over 5, want the fifth of %+v over %g", samples, got, want, n)
		}
	}
	if empty := new(Totals).Mean(); empty.Loss == empty.Loss {
		t.Errorf("the mean over no images is %+v, want NaN", empty)
	}
}
