package train

import (
	"math"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/model"
)

func plain(c *config.Config) {
	c.Model.Kind, c.Model.CodeActivation, c.Train.Epochs = "ae", "sigmoid", 2
}

// codesOf are the codes of a split by the encoder, [N][L].
func codesOf(t *testing.T, m *model.Model, s dataset.Split) [][]float64 {
	t.Helper()
	e, err := m.NewEncoder(1)
	if err != nil {
		t.Fatal(err)
	}
	var codes [][]float64
	for i := range s.Len() {
		s.Gather(e.X, []int{i})
		mu, _, err := e.Run()
		if err != nil {
			t.Fatal(err)
		}
		var code []float64
		for _, v := range mu {
			code = append(code, float64(v))
		}
		codes = append(codes, code)
	}
	return codes
}

// The prior that is saved has the mean and the covariance of the codes, and the noise
// of a pixel, as the saved weights give them.
func TestThePriorOfAnAutoencoderIsThatOfItsCodes(t *testing.T) {
	task, _ := newTask(t, plain, splits(60, 0))
	mustRun(t, task)
	_, m := loadModel(t, task)
	codes, l := codesOf(t, m, task.Data.Train), m.Latent()
	mean, n := make([]float64, l), float64(len(codes))
	for _, code := range codes {
		for j, v := range code {
			mean[j] += v / n
		}
	}
	factor := m.Fitted().Factor()
	for i := range l {
		if got := float64(m.Fitted().Mean()[i]); !(math.Abs(got-mean[i]) <= 1e-6) {
			t.Errorf("mean %d is %g, want %g", i, got, mean[i])
		}
		for j := range l {
			var want, got float64
			for _, code := range codes {
				want += (code[i] - mean[i]) * (code[j] - mean[j]) / n
			}
			for k := range l {
				got += float64(factor[i*l+k]) * float64(factor[j*l+k])
			}
			if !(math.Abs(got-want) <= 1e-5*math.Abs(want)+1e-9) {
				t.Errorf("covariance %d,%d is %g, want %g", i, j, got, want)
			}
		}
	}
	checkNoise(t, m, task.Data.Train, codes)
}

func checkNoise(t *testing.T, m *model.Model, s dataset.Split, codes [][]float64) {
	t.Helper()
	d, err := m.NewDecoder(1)
	if err != nil {
		t.Fatal(err)
	}
	var squares float64
	pixels := make([]float32, shape.Pixels())
	for i, code := range codes {
		for j, v := range code {
			d.Z[j] = float32(v)
		}
		image, err := d.Run()
		if err != nil {
			t.Fatal(err)
		}
		s.Gather(pixels, []int{i})
		for j, p := range pixels {
			squares += float64(p-image[j]) * float64(p-image[j])
		}
	}
	if want := squares / float64(s.Len()*shape.Pixels()); !(math.Abs(m.Fitted().Noise()-want) <= 1e-5*want) {
		t.Errorf("noise %g, want %g", m.Fitted().Noise(), want)
	}
}

// One image has no covariance: the prior stays what it is, and training ends well.
func TestThePriorOfOneImage(t *testing.T) {
	task, _ := newTask(t, func(c *config.Config) { plain(c); c.Train.Batch = 1 }, splits(1, 0))
	mustRun(t, task)
	_, m := loadModel(t, task)
	if p := m.Fitted(); p.Noise() != 0 || p.Mean()[0] != 0 || p.Factor()[0] != 0 {
		t.Errorf("noise %g, mean %v, factor %v", p.Noise(), p.Mean(), p.Factor())
	}
}

// The code is measured before each step: in an epoch of one step, that of the
// initial weights.
func TestMetricsHaveTheActivationOfTheCode(t *testing.T) {
	task, seen := newTask(t, func(c *config.Config) { plain(c); c.Train.Batch = 60 }, splits(60, 10))
	var want []float64
	note := func() {
		var sum, n float64
		for _, code := range codesOf(t, task.Model, task.Data.Train) {
			for _, v := range code {
				sum, n = sum+v, n+1
			}
		}
		want = append(want, sum/n)
	}
	note()
	seen.onStep = func(Progress) { note() }
	mustRun(t, task)
	for i, row := range seen.rows {
		if !(math.Abs(row.Train.Activation-want[i]) <= 1e-6) || !(row.Train.Activation > 0.1 && row.Train.Activation < 0.9) {
			t.Errorf("epoch %d: %g, want %g", i+1, row.Train.Activation, want[i])
		}
	}
	task, seen = newTask(t, nil, splits(50, 0))
	mustRun(t, task)
	if row := seen.rows[0]; !math.IsNaN(row.Train.Activation) {
		t.Errorf("a variational model has the code %g", row.Train.Activation)
	}
}
