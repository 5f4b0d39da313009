package train

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/run"
)

// components is kind pca, as the command line settles it.
func components(latent int) func(*config.Config) {
	return func(c *config.Config) {
		c.Model.Kind, c.Model.Hidden, c.Model.Activation, c.Model.Likelihood, c.Model.Latent = "pca", nil, "linear", "mse", latent
		c.Train.Epochs = 1
	}
}

// pixelsOf are the images of a split in float64, [N,D].
func pixelsOf(s dataset.Split) *mat.Dense {
	x := mat.NewDense(s.Len(), shape.Pixels(), nil)
	for i, index := range s.Index {
		for j, p := range s.Set.Image(index) {
			x.Set(i, j, float64(p)/255)
		}
	}
	return x
}

// leftOver is the squared error of an image after projection on the first k right
// singular vectors of the centered training images.
func leftOver(t *testing.T, train, images dataset.Split, k int) float64 {
	t.Helper()
	x, y := pixelsOf(train), pixelsOf(images)
	for j := range shape.Pixels() {
		mean := mat.Sum(x.ColView(j)) / float64(train.Len())
		for i := range train.Len() {
			x.Set(i, j, x.At(i, j)-mean)
		}
		for i := range images.Len() {
			y.Set(i, j, y.At(i, j)-mean)
		}
	}
	var svd mat.SVD
	if !svd.Factorize(x, mat.SVDThin) {
		t.Fatal("gonum's singular values did not converge")
	}
	var v, code, again, rest mat.Dense
	svd.VTo(&v)
	first := v.Slice(0, shape.Pixels(), 0, k)
	code.Mul(y, first)
	again.Mul(&code, first.T())
	rest.Sub(y, &again)
	norm := mat.Norm(&rest, 2)
	return norm * norm / float64(images.Len())
}

func TestPCALeavesWhatSingularVectorsLeave(t *testing.T) {
	for _, k := range []int{1, 5, 23} {
		task, seen := newTask(t, components(k), splits(300, 80))
		result := mustRun(t, task)
		if result.Epochs != 1 || result.Kept != 1 || result.Images != 300 || !(result.Training > 0) || seen.order != "e" || !seen.best[0] {
			t.Errorf("result %+v, calls %s", result, seen.order)
		}
		row := seen.rows[0]
		trained, validated := leftOver(t, task.Data.Train, task.Data.Train, k), leftOver(t, task.Data.Train, task.Data.Validation, k)
		if !(math.Abs(row.Train.Loss-trained) <= 1e-5*trained) || !(math.Abs(row.Validation.Loss-validated) <= 1e-5*validated) {
			t.Errorf("%d components leave %g and %g, want %g and %g", k, row.Train.Loss, row.Validation.Loss, trained, validated)
		}
		if row.Train.Reconstruction != row.Train.Loss || row.Train.KL != 0 || row.Epoch != 1 || row.Step != 1 || !math.IsNaN(row.Train.Activation) {
			t.Errorf("row %+v", row)
		}
	}
}

func TestPCALeavesAModelAndNoState(t *testing.T) {
	task, seen := newTask(t, components(3), splits(60, 0))
	mustRun(t, task)
	saved, m := loadModel(t, task)
	if saved.Info.Epoch != 1 || saved.Info.Step != 1 || saved.Info.Metrics["train_loss"] != seen.rows[0].Train.Loss || m.PCA() == nil {
		t.Errorf("saved %+v", saved.Info)
	}
	rows, err := run.ReadMetrics(task.Dir.Path())
	if err != nil || len(rows) != 1 || rows[0].Train.Loss != seen.rows[0].Train.Loss || !math.IsNaN(rows[0].Validation.Loss) {
		t.Errorf("rows %+v, error %v", rows, err)
	}
	if _, err := os.Stat(filepath.Join(task.Dir.Path(), run.StateFile)); err == nil {
		t.Error("there is a state to go on from")
	}
}

func TestPCAThatCannotBe(t *testing.T) {
	same := splits(60, 0)
	for i := range same.Train.Set.Pixels {
		same.Train.Set.Pixels[i] = 90
	}
	task, _ := newTask(t, components(3), same)
	if _, err := Run(context.Background(), task); err == nil || !strings.Contains(err.Error(), "all rows are alike") {
		t.Errorf("images that are alike: error %v", err)
	}
	task, _ = newTask(t, components(3), splits(60, 0))
	task.Data = splits(1, 0)
	if _, err := Run(context.Background(), task); err == nil {
		t.Error("components of one image")
	}
	task, _ = newTask(t, components(3), splits(60, 0))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, task); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: error %v", err)
	}
	if _, err := os.Stat(filepath.Join(task.Dir.Path(), run.ModelFile)); err == nil {
		t.Error("a canceled run left a model")
	}
}
