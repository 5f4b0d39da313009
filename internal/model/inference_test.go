package model

import (
	"slices"
	"sync"
	"testing"

	"vae/internal/config"
	"vae/internal/rng"
)

func encoder(t *testing.T, m *Model, rows int) *Encoder {
	t.Helper()
	e, err := m.NewEncoder(rows)
	if err != nil {
		t.Fatal(err)
	}
	if e.Rows() != rows {
		t.Fatalf("%d rows, want %d", e.Rows(), rows)
	}
	return e
}

func decoder(t *testing.T, m *Model, rows int) *Decoder {
	t.Helper()
	d, err := m.NewDecoder(rows)
	if err != nil {
		t.Fatal(err)
	}
	if d.Rows() != rows {
		t.Fatalf("%d rows, want %d", d.Rows(), rows)
	}
	return d
}

// A row gets the same bits in any company, at any place and in a batch of any
// size.
func TestRowsAreIndependent(t *testing.T) {
	const rows = 37
	m := seedNetwork(t, "kaiming", 1)
	e, alone := encoder(t, m, rows), encoder(t, m, 1)
	d, decodeAlone := decoder(t, m, rows), decoder(t, m, 1)
	rng.Uniform(e.X, 1, rng.Stream(1, "test pixels"))
	rng.Normal(d.Z, rng.Stream(1, "test latents"))
	mu, logvar, err := e.Run()
	if err != nil {
		t.Fatal(err)
	}
	mean, err := d.Run()
	if err != nil {
		t.Fatal(err)
	}
	const pixels, latent = 784, 20
	for i := range rows {
		copy(alone.X, e.X[i*pixels:])
		oneMu, oneLogvar, err := alone.Run()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(oneMu, mu[i*latent:(i+1)*latent]) || !slices.Equal(oneLogvar, logvar[i*latent:(i+1)*latent]) {
			t.Fatalf("the code of row %d differs when computed alone", i)
		}
		copy(decodeAlone.Z, d.Z[i*latent:])
		one, err := decodeAlone.Run()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(one, mean[i*pixels:(i+1)*pixels]) {
			t.Fatalf("the image of row %d differs when computed alone", i)
		}
	}
}

func TestGraphsSeeParametersAsTheyAre(t *testing.T) {
	m := small(t, nil)
	e, d := encoder(t, m, 1), decoder(t, m, 1)
	before, _, err := e.Run()
	if err != nil {
		t.Fatal(err)
	}
	image, err := d.Run()
	if err != nil {
		t.Fatal(err)
	}
	wantMu, wantLogit := before[1]+2, image[0]
	m.dense("fc_mu").Bias.Value[1] += 2
	m.decoderLayer(2).Bias.Value[0] = 100
	after, _, err := e.Run()
	if err != nil {
		t.Fatal(err)
	}
	if d := after[1] - wantMu; !(d*d <= 1e-12) {
		t.Errorf("mu is %g after its bias grew by 2, want %g", after[1], wantMu)
	}
	image, err = d.Run()
	if err != nil {
		t.Fatal(err)
	}
	if image[0] != 1 || wantLogit == 1 {
		t.Errorf("a pixel of bias 100 is %g, was %g", image[0], wantLogit)
	}
}

func TestGaussianDecoderGivesItsMean(t *testing.T) {
	m := small(t, func(c *config.Model) { c.Likelihood, c.Hidden = "gaussian", nil })
	copy(m.decoderLayer(0).Bias.Value, []float32{-3, -1, 0, 1, 2, 7})
	d := decoder(t, m, 1) // z = 0
	mean, err := d.Run()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(mean, m.decoderLayer(0).Bias.Value) {
		t.Errorf("the image of z = 0 is %v, want the bias", mean)
	}
}

// trio is one graph of each kind over one model.
type trio struct {
	o *Objective
	e *Encoder
	d *Decoder
}

func newTrio(t *testing.T, m *Model) trio {
	t.Helper()
	o, e, d := objective(t, m, 5, true), encoder(t, m, 4), decoder(t, m, 3)
	rng.Uniform(e.X, 1, rng.Stream(2, "test pixels"))
	rng.Normal(d.Z, rng.Stream(2, "test latents"))
	return trio{o, e, d}
}

func (g trio) run(t *testing.T, m *Model, order ...string) map[string][]float32 {
	t.Helper()
	all := map[string][]float32{}
	for _, kind := range order {
		switch kind {
		case "objective":
			runObjective(t, g.o)
		case "encoder":
			mu, logvar, err := g.e.Run()
			if err != nil {
				t.Error(err)
			}
			all["mu"], all["logvar"] = slices.Clone(mu), slices.Clone(logvar)
		case "decoder":
			mean, err := g.d.Run()
			if err != nil {
				t.Error(err)
			}
			all["mean"] = slices.Clone(mean)
		}
	}
	for name, v := range results(t, m, g.o) { // after the others have run
		all[name] = v
	}
	return all
}

func TestGraphsOverOneModelDoNotDisturbEachOther(t *testing.T) {
	m := small(t, nil)
	g := newTrio(t, m)
	want := g.run(t, m, "objective", "encoder", "decoder")
	for _, order := range [][]string{
		{"encoder", "objective", "decoder"}, {"decoder", "encoder", "objective"}, {"objective", "decoder", "encoder", "objective"},
	} {
		got := g.run(t, m, append(order, "encoder", "decoder")...)
		sameResults(t, "interleaved", got, want)
	}
}

func TestGraphsOverOneModelRunConcurrently(t *testing.T) {
	m := small(t, nil)
	want := newTrio(t, m).run(t, m, "objective", "encoder", "decoder")
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 2 { // graphs are built while others run
				g := newTrio(t, m)
				for range 5 {
					sameResults(t, "concurrent", g.run(t, m, "objective", "encoder", "decoder"), want)
				}
			}
		})
	}
	group.Wait()
}

func BenchmarkObjective(b *testing.B) {
	for _, gradients := range []bool{false, true} {
		name := map[bool]string{false: "pass=forward", true: "pass=both"}[gradients]
		b.Run(name+"/rows=128", func(b *testing.B) {
			m, err := New(config.Default().Model, config.Shape{Width: 28, Height: 28, Channels: 1}, 1)
			if err != nil {
				b.Fatal(err)
			}
			o, err := m.NewObjective(ObjectiveOptions{Rows: 128, Gradients: gradients})
			if err != nil {
				b.Fatal(err)
			}
			rng.Uniform(o.X, 1, rng.Stream(1, "pixels"))
			b.ReportAllocs()
			for b.Loop() {
				if err := o.Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
