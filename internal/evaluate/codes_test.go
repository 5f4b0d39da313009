package evaluate

import (
	"math"
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/model"
	"vae/internal/prior"
)

// coded are codes, and the squared error a pixel of what is decoded from them.
type coded struct {
	*infer.Codes
	MSE float64
}

func encode(t testing.TB, m *model.Model, s dataset.Split) coded {
	t.Helper()
	c, mse, err := infer.ReconstructSplit(m, s, 3, "codes")
	if err != nil {
		t.Fatal(err)
	}
	alone, err := infer.EncodeSplit(m, s, 3, "codes")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(alone.Mu, c.Mu) || !slices.Equal(alone.Logvar, c.Logvar) {
		t.Error("codes differ where the images are decoded too")
	}
	return coded{c, mse}
}

// oneByOne encodes and decodes each image alone.
func oneByOne(t *testing.T, m *model.Model, s dataset.Split) coded {
	t.Helper()
	e, err := m.NewEncoder(1)
	if err != nil {
		t.Fatal(err)
	}
	d, err := m.NewDecoder(1)
	if err != nil {
		t.Fatal(err)
	}
	c := &infer.Codes{Latent: m.Latent()}
	var squares float64
	for i, index := range s.Index {
		x := image(s, i, 3, "codes")
		for j, v := range x {
			e.X[j] = float32(v)
		}
		if e.Labels != nil {
			clear(e.Labels)
			e.Labels[s.Set.Labels[index]] = 1
			copy(d.Labels, e.Labels)
		}
		mu, logvar, err := e.Run()
		if err != nil {
			t.Fatal(err)
		}
		c.Mu, c.Logvar = append(c.Mu, mu...), append(c.Logvar, logvar...)
		copy(d.Z, mu)
		y, err := d.Run()
		if err != nil {
			t.Fatal(err)
		}
		for j, v := range y {
			squares += (float64(v) - x[j]) * (float64(v) - x[j])
		}
	}
	return coded{c, squares / float64(s.Len()*s.Set.Shape.Pixels())}
}

// varied are models of every kind that has codes.
func varied(t testing.TB) map[string]*model.Model {
	return map[string]*model.Model{
		"vae":                    build(t, shape, func(c *config.Model) { c.Hidden = []int{7} }),
		"vae, gaussian":          build(t, shape, func(c *config.Model) { c.Hidden, c.Likelihood = []int{7, 5}, "gaussian" }),
		"two layers":             build(t, shape, func(c *config.Model) { c.Hidden, c.TopLatent, c.TopHidden = []int{7}, 2, []int{3} }),
		"conditional":            build(t, shape, conditional),
		"autoencoder":            build(t, shape, func(c *config.Model) { c.Kind, c.Hidden, c.CodeActivation = "ae", []int{7}, "sigmoid" }),
		"conditional, code, mse": build(t, shape, func(c *config.Model) { conditional(c); c.Kind, c.Likelihood = "ae", "mse" }),
	}
}

func conditional(c *config.Model) {
	c.Hidden, c.Conditional, c.Classes = []int{7}, true, []string{"zero", "one"}
}

// Codes have the bits that an image has alone, over several batches and the rest of
// one, for black and white draws, labels and any number of threads.
func TestEncode(t *testing.T) {
	for kind, m := range varied(t) {
		for _, dynamic := range []bool{false, true} {
			s := whole(greySet(shape, 300, 2))
			s.Dynamic = dynamic
			s.Index = s.Index[20:290]
			want := oneByOne(t, m, s)
			eachThreads(t, func(threads int) {
				got := encode(t, m, s)
				if !slices.Equal(got.Mu, want.Mu) || !slices.Equal(got.Logvar, want.Logvar) || got.Latent != m.Latent() {
					t.Fatalf("%s, dynamic %t, %d threads: other codes than those of each image alone", kind, dynamic, threads)
				}
				if within(t, kind+": MSE", got.MSE, want.MSE, 1e-12); !(got.MSE > 0.01) {
					t.Errorf("%s: MSE %g", kind, got.MSE)
				}
			})
			if (want.Logvar == nil) == m.Variational() {
				t.Errorf("%s: %d log-variances", kind, len(want.Logvar))
			}
		}
	}
}

func TestEncodeIsAFunctionOfItsArguments(t *testing.T) {
	m := build(t, shape, func(c *config.Model) {})
	s := whole(greySet(shape, 200, 2))
	s.Dynamic = true
	want := encode(t, m, s)
	for what, got := range map[string]func() (*infer.Codes, error){
		"seed":    func() (*infer.Codes, error) { return infer.EncodeSplit(m, s, 4, "codes") },
		"purpose": func() (*infer.Codes, error) { return infer.EncodeSplit(m, s, 3, "other codes") },
	} {
		other, err := got()
		if err != nil {
			t.Fatal(err)
		}
		if slices.Equal(other.Mu[:20], want.Mu[:20]) {
			t.Errorf("another %s draws the same pixels", what)
		}
	}
	if few := encode(t, m, first(s, 130)); !slices.Equal(few.Mu, want.Mu[:260]) {
		t.Error("fewer images have other codes")
	}
}

func TestUnits(t *testing.T) {
	ln := float32(math.Log(0.25))
	c := &infer.Codes{Latent: 3, Mu: []float32{0, 1, 2, 0, 3, 2.2, 0, 2, 1.8}, Logvar: []float32{0, ln, 0, 0, ln, 1, 0, ln, -1}}
	want := []Unit{
		{KL: 0, Variance: 0},
		{KL: 0.5 * (14./3 + 0.25 - 1 - math.Log(0.25)), Variance: 2. / 3},
		{KL: (2 + (2.2*2.2+math.E-2)/2 + (1.8*1.8+1/math.E)/2) / 3, Variance: 0.08 / 3},
	}
	for j, u := range Units(c, prior.StandardNormal{}) {
		within(t, name("KL of unit %d", j), u.KL, want[j].KL, 1e-7)
		within(t, name("variance of unit %d", j), u.Variance, want[j].Variance, 1e-7)
		if u.Active() != (j > 0) {
			t.Errorf("unit %d is active: %t", j, u.Active())
		}
	}
	c.Logvar = nil
	for j, u := range Units(c, prior.StandardNormal{}) {
		if u.KL != 0 || !(math.Abs(u.Variance-want[j].Variance) <= 1e-7) {
			t.Errorf("unit %d of a code: %+v", j, u)
		}
	}
	for variance, active := range map[float64]bool{0.0099: false, 0.01: false, 0.0101: true} {
		if (Unit{Variance: variance}).Active() != active {
			t.Errorf("a variance of %g is active: %t", variance, !active)
		}
	}
	for j, u := range Units(&infer.Codes{Latent: 1, Mu: []float32{5}, Logvar: []float32{0}}, prior.StandardNormal{}) { // one image
		if u.KL != 12.5 || u.Variance != 0 || j > 0 {
			t.Errorf("unit %d of one image: %+v", j, u)
		}
	}
}

func TestEncodeFaults(t *testing.T) {
	m := build(t, shape, conditional)
	unlabeled := greySet(shape, 5, 1)
	unlabeled.Labels = nil
	_, err := infer.EncodeSplit(m, whole(unlabeled), 1, "codes")
	wantError(t, err, "conditional on 2 labels", "have none")
	others := greySet(shape, 5, 1)
	others.Classes = []string{"zero", "one", "two"}
	_, err = infer.EncodeSplit(m, whole(others), 1, "codes")
	wantError(t, err, "conditional on 2 labels", "3 others")
	_, err = infer.EncodeSplit(m, whole(greySet(line, 5, 1)), 1, "codes")
	wantError(t, err, "6x1x1", "4x3x1")
}
