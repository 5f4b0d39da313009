package model

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vae/internal/config"
	"vae/internal/prior"
	"vae/internal/rng"
	"vae/internal/run"
)

// file writes a model to a run and reads it again.
func file(t *testing.T, m *Model, size string) *run.Model {
	t.Helper()
	c := config.Default()
	c.Model, c.Data.ImageSize, c.Data.Channels = m.Config(), size, 1
	dir, err := run.Create(filepath.Join(t.TempDir(), "run"))
	if err != nil {
		t.Fatal(err)
	}
	if err := dir.SaveModel(&run.Model{Config: c, Tensors: m.Tensors(), Info: run.Info{Epoch: 1, Step: 1}}); err != nil {
		t.Fatal(err)
	}
	read, err := run.Load(filepath.Join(dir.Path(), run.ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// Every kind, with what is saved beside the parameters, comes back from its file to
// the bit, and computes the same.
func TestKindsSurviveTheirFiles(t *testing.T) {
	everyKind(t, func(t *testing.T, r *kinds, v kind) {
		m := r.model(t, v)
		if m.Fitted() != nil {
			p := m.Fitted()
			rng.Normal(p.Mean(), rng.Stream(51, "mean"))
			rng.Normal(p.Factor(), rng.Stream(51, "factor"))
			p.Saved()[2].Value[0] = 0.125
		}
		if (m.Fitted() != nil) != (v.Settings.Kind == "ae") {
			t.Fatalf("prior %v", m.Fitted())
		}
		restored, err := Restore(file(t, m, fmt.Sprintf("%dx1", r.Pixels)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m.Tensors(), restored.Tensors()); diff != "" {
			t.Errorf("the tensors differ: %s", diff)
		}
		want, got := m.Config(), restored.Config()
		if want.Classes == nil { // a file has a list that is empty
			want.Classes = got.Classes
		}
		if diff := cmp.Diff(want, got); diff != "" || len(got.Classes) != v.Settings.Classes {
			t.Errorf("the configuration differs: %s", diff)
		}
		before, after := r.objective(t, m, v), r.objective(t, restored, v)
		runObjective(t, before)
		runObjective(t, after)
		sameResults(t, "restored", kindResults(t, restored, after), kindResults(t, m, before))
	})
}

func TestRestoreRefusesAnotherKind(t *testing.T) {
	r := loadReference(t)
	for _, c := range []struct {
		name, kind string
		change     func(*run.Model)
		want       string
	}{
		{"no variance", "learned-sigma", func(f *run.Model) { f.Tensors = f.Tensors[1:] }, `tensor "x_logvar" is missing`},
		{"fixed sigma", "learned-sigma", func(f *run.Model) { f.Config.Model.Sigma = 0.1 }, `tensor "x_logvar" does not belong`},
		{"no prior", "ae", func(f *run.Model) { f.Tensors = f.Tensors[:len(f.Tensors)-3] }, `tensor "prior.mean" is missing`},
		{"prior of another", "ae", func(f *run.Model) { f.Tensors[len(f.Tensors)-2].Shape = []int{9} }, `tensor "prior.factor" has shape [9], want [3 3]`},
		{"code for a distribution", "ae", func(f *run.Model) { f.Config.Model.Kind = "vae" }, `tensor "fc_mu.weight" is missing`},
		{"distribution for a code", "mse", func(f *run.Model) { f.Config.Model.Kind = "ae" }, `tensor "fc_code.weight" is missing`},
		{"no labels", "conditional", func(f *run.Model) { f.Config.Model.Classes = nil }, "conditional is true, with 0 classes"},
		{"labels for nothing", "conditional", func(f *run.Model) { f.Config.Model.Conditional = false }, "conditional is false, with 4 classes"},
		{"one layer", "two-layers", func(f *run.Model) { f.Config.Model.TopLatent = 0 }, `tensor "top_encoder.0.weight" does not belong`},
		{"two layers", "mse", func(f *run.Model) { f.Config.Model.TopLatent = 2 }, `tensor "top_fc_mu.weight" is missing`},
		{"top", "two-layers", func(f *run.Model) { f.Config.Model.TopLatent = 3 }, `tensor "top_fc_mu.weight" has shape [2 4], want [3 4]`},
		{"second layer of a code", "ae", func(f *run.Model) { f.Config.Model.TopLatent = 3 }, "contradicts itself: " + config.Mention("model.top_latent", "3")},
		{"components", "ae", func(f *run.Model) { f.Config.Model.Kind = "pca" }, "contradicts itself: " + config.Mention("model.kind", "pca")},
		{"code activation", "ae", func(f *run.Model) { f.Config.Model.CodeActivation = "step" }, `unknown activation "step"`},
	} {
		i := slices.IndexFunc(r.Kinds.Cases, func(v kind) bool { return v.Name == c.kind })
		read := file(t, r.Kinds.model(t, r.Kinds.Cases[i]), "6x1")
		c.change(read)
		if _, err := Restore(read); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %s", c.name, err, c.want)
		}
	}
}

// The covariance of very many codes is not kept.
func TestPriorOfManyLatents(t *testing.T) {
	for latent, want := range map[int]bool{prior.MaxFitted: true, prior.MaxFitted + 1: false} {
		m := small(t, func(c *config.Model) { c.Kind, c.Latent, c.Hidden = "ae", latent, nil })
		if got := m.Fitted() != nil; got != want {
			t.Errorf("%d latents: a prior is %v, want %v", latent, got, want)
		}
	}
}

func TestObjectivesThatCannotBeAreErrors(t *testing.T) {
	ae := small(t, func(c *config.Model) { c.Kind = "ae" })
	if _, err := ae.NewObjective(ObjectiveOptions{Rows: 2, Samples: 3}); err == nil || !strings.Contains(err.Error(), "3 samples") {
		t.Errorf("samples of a code: error %v", err)
	}
	m := small(t, nil)
	if _, err := m.NewObjective(ObjectiveOptions{Rows: 2, Estimator: "score", LeaveOneOut: true}); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("leave one out of one: error %v", err)
	}
	if _, err := m.NewPriorDecoder(0, 2); err == nil || !strings.Contains(err.Error(), "level 0 of 1") {
		t.Errorf("a prior from above the only level: error %v", err)
	}
	if _, err := ae.NewObjective(ObjectiveOptions{Rows: 2, Sparsity: config.Sparsity{Kind: "l2"}}); err == nil {
		t.Error("a sparsity that is none: no error")
	}
}
