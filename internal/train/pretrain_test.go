package train

import (
	"context"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/rng"
)

// stacked is an autoencoder 24-12-7-2, of which the first layer learns without noise.
func stacked(activation config.Activation) func(*config.Config) {
	return func(c *config.Config) {
		c.Model.Kind, c.Model.Hidden, c.Model.Activation, c.Model.CodeActivation = "ae", []int{12, 7}, activation, "tanh"
		c.Train.Pretrain, c.Train.PretrainEpochs = "layerwise", []int{2, 3, 1}
		c.Train.PretrainCorrupt = []string{"none", "mask:0.25", "gaussian:0.3"}
	}
}

// apply is a dense layer of float64, of one row.
func apply(t *testing.T, m *model.Model, layer string, x []float64, act func(float64) float64) []float64 {
	t.Helper()
	w, b := values(t, m, layer+".weight"), values(t, m, layer+".bias")
	y := make([]float64, len(b))
	for i := range y {
		y[i] = float64(b[i])
		for j, v := range x {
			y[i] += float64(w[i*len(x)+j]) * v
		}
		y[i] = act(y[i])
	}
	return y
}

func sigmoid(v float64) float64  { return 1 / (1 + math.Exp(-v)) }
func identity(v float64) float64 { return v }

// outputs is what the layers below make of the training images, [N][in].
func outputs(t *testing.T, m *model.Model, images dataset.Split, below []string, act func(float64) float64) [][]float64 {
	t.Helper()
	var all [][]float64
	for i := range images.Len() {
		x := make([]float64, shape.Pixels())
		for j, p := range images.Set.Image(images.Index[i]) {
			x[j] = float64(p) / 255
		}
		for _, layer := range below {
			x = apply(t, m, layer, x, act)
		}
		all = append(all, x)
	}
	return all
}

// single trains one layer of m as an autoencoder made by model.New, on images [N][in]
// with noise, and writes what it has learned to m.
func single(t *testing.T, m *model.Model, task Task, encoder, decoder string, activation config.Activation, likelihood config.Likelihood, images [][]float64, i int) {
	t.Helper()
	in, out, c := len(images[0]), len(values(t, m, encoder+".bias")), task.Config
	s, err := model.New(config.Model{Kind: "ae", Latent: out, Activation: "relu", CodeActivation: activation, Likelihood: likelihood, Init: "kaiming"},
		config.Shape{Width: in, Height: 1, Channels: 1}, 77)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{"fc_code": encoder, "decoder.0": decoder}
	each := func(copyTo func(single, whole []float32)) {
		for ours, theirs := range names {
			for _, part := range []string{".weight", ".bias"} {
				copyTo(values(t, s, ours+part), values(t, m, theirs+part))
			}
		}
	}
	each(func(single, whole []float32) { copy(single, whole) })
	optimizer, step, order := mustOptimizer(t, s, c), uint64(0), make([]int, len(images))
	for epoch := range c.Train.PretrainEpochs[i] {
		rng.Permutation(order, rng.Stream(9, "pretraining of "+encoder+": shuffle", uint64(epoch+1)))
		for rows := range slices.Chunk(order, c.Train.Batch) {
			step++
			o, err := s.NewObjective(model.ObjectiveOptions{Rows: len(rows), Gradients: true, Corrupted: true})
			if err != nil {
				t.Fatal(err)
			}
			for r, row := range rows {
				clean := o.X[r*in : (r+1)*in]
				for j, v := range images[row] {
					clean[j] = float32(v)
				}
				dataset.Corrupt(o.Input[r*in:(r+1)*in], clean, c.Layers[i].Corruption, rng.Stream(9, "pretraining of "+encoder+": corruption", step, uint64(r)))
				o.Weight[r] = 1 / float32(len(rows))
			}
			if err := o.Run(); err != nil {
				t.Fatal(err)
			}
			optimizer.Step(o, c.Train.LearningRate)
		}
	}
	each(func(single, whole []float32) { copy(whole, single) })
}

// Layer by layer, in a loop that knows nothing of parts of models: sigmoids are
// learned by their cross-entropy, and others, here linear units, by the squared error.
func TestPretrainingAgainstSeparateAutoencoders(t *testing.T) {
	for _, c := range []struct {
		activation config.Activation
		hidden     config.Likelihood
		act        func(float64) float64
	}{{"sigmoid", "bernoulli", sigmoid}, {"linear", "mse", identity}} {
		task, seen := newTask(t, stacked(c.activation), splits(50, 0))
		want, err := model.New(task.Config.Model, shape, task.Config.Train.Seed)
		if err != nil {
			t.Fatal(err)
		}
		layers := []string{"encoder.0", "encoder.2", "fc_code"}
		for i, mirror := range []string{"decoder.4", "decoder.2", "decoder.0"} {
			activation, likelihood := c.activation, c.hidden
			if i == 0 {
				likelihood = "bernoulli" // of the pixels
			}
			if i == 2 {
				activation = "tanh" // of the code
			}
			single(t, want, task, layers[i], mirror, activation, likelihood, outputs(t, want, task.Data.Train, layers[:i], c.act), i)
		}
		if err := mustTrainer(t, task).pretrain(context.Background()); err != nil {
			t.Fatal(err)
		}
		// A gradient near zero may turn with rounding, and a step of Adam with it:
		// none of 2 to 3 epochs of 4 steps of 3e-3 did, within a thousandth of one.
		for _, p := range want.Params() {
			for i, v := range values(t, task.Model, p.Name) {
				if !(math.Abs(float64(v)-float64(p.Value[i])) <= 3e-6) {
					t.Fatalf("%s: %s[%d] is %g, want %g", c.activation, p.Name, i, v, p.Value[i])
				}
			}
		}
		if seen.order != "nnn" {
			t.Errorf("%s: calls %s", c.activation, seen.order)
		}
	}
}

// Units that are no sigmoids are given back as the decoder's layer of the whole model
// gives them back, and the error is squared.
func TestAPartComputesWhatItsLayersComputeInTheModel(t *testing.T) {
	task, _ := newTask(t, stacked("tanh"), splits(50, 0))
	part, err := task.Model.Part(1, 2)
	if err != nil {
		t.Fatal(err)
	}
	o, err := part.NewObjective(model.ObjectiveOptions{Rows: 1, Gradients: true})
	if err != nil {
		t.Fatal(err)
	}
	x := outputs(t, task.Model, task.Data.Train, []string{"encoder.0"}, math.Tanh)[5]
	for i, v := range x {
		o.X[i] = float32(v)
	}
	o.Weight[0] = 1
	if err := o.Run(); err != nil {
		t.Fatal(err)
	}
	again := apply(t, task.Model, "decoder.2", apply(t, task.Model, "encoder.2", x, math.Tanh), math.Tanh)
	var want float64
	for i, v := range again {
		want += (v - x[i]) * (v - x[i])
	}
	if got := o.Loss(); !(math.Abs(got-want) <= 1e-5*want) || part.Config().Likelihood != "mse" {
		t.Errorf("loss %g of likelihood %s, want %g of squares", got, part.Config().Likelihood, want)
	}
	if names := part.Params(); len(names) != 4 || names[0].Name != "encoder.2.weight" || names[2].Name != "decoder.2.weight" {
		t.Errorf("%d parameters, %s first", len(names), names[0].Name)
	}
}

func TestTheConfigurationOfAPart(t *testing.T) {
	task, _ := newTask(t, stacked("sigmoid"), splits(50, 0))
	for _, c := range []struct {
		from, to, in int
		want         string // hidden, latent, activation of the code, likelihood
	}{
		{0, 1, 24, "[] 12 sigmoid bernoulli"}, {1, 2, 12, "[] 7 sigmoid bernoulli"}, {2, 3, 7, "[] 2 tanh bernoulli"},
		{0, 2, 24, "[12] 7 sigmoid bernoulli"}, {1, 3, 12, "[7] 2 tanh bernoulli"}, {0, 3, 24, "[12 7] 2 tanh bernoulli"},
	} {
		part, err := task.Model.Part(c.from, c.to)
		if err != nil {
			t.Fatal(err)
		}
		m := part.Config()
		if got := fmt.Sprintf("%v %d %s %s", m.Hidden, m.Latent, m.CodeActivation, m.Likelihood); got != c.want || part.Shape().Pixels() != c.in {
			t.Errorf("layers %d to %d: %s of %v, want %s of %d", c.from, c.to-1, got, part.Shape(), c.want, c.in)
		}
	}
}

func TestPartsThatDoNotExist(t *testing.T) {
	task, _ := newTask(t, stacked("relu"), splits(50, 0))
	for _, c := range [][2]int{{-1, 1}, {0, 4}, {1, 1}, {2, 1}, {3, 4}} {
		if _, err := task.Model.Part(c[0], c[1]); err == nil || !strings.Contains(err.Error(), "of an encoder of 3") {
			t.Errorf("layers %v: error %v", c, err)
		}
	}
	vae, _ := newTask(t, nil, splits(50, 0))
	if _, err := vae.Model.Part(0, 1); err == nil || !strings.Contains(err.Error(), `kind "vae"`) {
		t.Errorf("a part of a variational model: error %v", err)
	}
}

func TestPretrainingOfNoEpochsChangesNothing(t *testing.T) {
	task, _ := newTask(t, stacked("relu"), splits(50, 0))
	task.Config.Layers = make([]config.LayerTraining, 3)
	before := copies(task.Model)
	if err := mustTrainer(t, task).pretrain(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(before, copies(task.Model), slices.Equal) {
		t.Error("the weights changed")
	}
}

func TestPretrainingSaysWhatItDid(t *testing.T) {
	task, seen := newTask(t, stacked("sigmoid"), splits(50, 0))
	mustRun(t, task)
	for i, want := range []string{
		`^pretraining layer 1 of 3: 24-12, 2 epochs: BCE \d+\.\d\d, \d+\.\d s$`,
		`^pretraining layer 2 of 3: 12-7, mask:0\.25, 3 epochs: BCE \d\.\d\d, \d+\.\d s$`,
		`^pretraining layer 3 of 3: 7-2, gaussian:0\.3, 1 epoch: BCE \d\.\d\d, \d+\.\d s$`,
	} {
		if i >= len(seen.notes) || !regexp.MustCompile(want).MatchString(seen.notes[i]) {
			t.Errorf("notes %q, want %s", seen.notes, want)
		}
	}
	if !strings.HasPrefix(seen.order, "nnnssss") {
		t.Errorf("calls %s", seen.order)
	}
	task, seen = newTask(t, func(c *config.Config) {
		stacked("relu")(c)
		c.Model.Likelihood, c.Train.PretrainEpochs, c.Train.PretrainCorrupt = "gaussian", []int{1}, []string{"salt-pepper:0.1"}
	}, splits(50, 0))
	mustRun(t, task)
	for i, want := range []string{"24-12, salt-pepper:0.1, 1 epoch: NLL ", "12-7, salt-pepper:0.1, 1 epoch: squared error ", "7-2, salt-pepper:0.1, 1 epoch: squared error "} {
		if i >= len(seen.notes) || !strings.Contains(seen.notes[i], want) {
			t.Errorf("notes %q, want %s", seen.notes, want)
		}
	}
}

// What layers learn alone helps all of them together.
func TestPretrainingGivesTrainingAStart(t *testing.T) {
	t.Parallel()
	var loss []float64
	for _, pretrain := range []config.Pretraining{config.NoPretraining, config.Layerwise} {
		task, seen := newTask(t, func(c *config.Config) {
			stacked("sigmoid")(c)
			c.Train.Epochs, c.Train.Pretrain, c.Train.PretrainEpochs, c.Train.LearningRate = 1, pretrain, []int{30}, 1e-2
			c.Train.PretrainCorrupt = []string{"none"}
		}, dynamic(200, 0))
		mustRun(t, task)
		loss = append(loss, seen.rows[0].Train.Loss)
	}
	if !(loss[1] < 0.97*loss[0]) {
		t.Errorf("loss of the first epoch %g, and %g after pretraining", loss[0], loss[1])
	}
}
