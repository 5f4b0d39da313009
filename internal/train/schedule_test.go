package train

import (
	"math"
	"testing"

	"vae/internal/config"
)

func rates(c config.Train) func(epoch, step, stepsPerEpoch int) float64 {
	s, err := config.ParseSchedule(c.Schedule)
	if err != nil {
		panic(err)
	}
	return func(epoch, step, stepsPerEpoch int) float64 { return Rate(c, s, epoch, step, stepsPerEpoch) }
}

func near(got, want float64) bool { return math.Abs(got-want) <= 1e-12*math.Abs(want) }

func TestSchedulesAgainstClosedForms(t *testing.T) {
	for _, c := range []struct {
		schedule    string
		epoch, step int // of 20 epochs of 10 steps
		want        float64
	}{
		{"constant", 0, 0, 1}, {"constant", 19, 9, 1},
		{"step:10:0.5", 0, 0, 1}, {"step:10:0.5", 9, 9, 1}, {"step:10:0.5", 10, 0, 0.5}, {"step:10:0.5", 19, 9, 0.5}, {"step:10:0.5", 20, 0, 0.25},
		{"step:1:0.1", 3, 5, 1e-3}, {"step:2.5:0.5", 2, 9, 1}, {"step:2.5:0.5", 3, 0, 0.5}, {"step:2.5:0.5", 4, 9, 0.5}, {"step:2.5:0.5", 5, 0, 0.25},
		{"step:7:1", 19, 0, 1},
		{"cosine", 0, 0, 1}, {"cosine", 5, 0, 0.5 + math.Sqrt2/4}, {"cosine", 10, 0, 0.5}, {"cosine", 13, 3, 0.5 * (1 + math.Cos(math.Pi*133/200))},
		{"cosine", 19, 9, 0.5 * (1 + math.Cos(math.Pi*199/200))},
		{"cosine:0.2", 0, 0, 1}, {"cosine:0.2", 10, 0, 0.6}, {"cosine:0.2", 15, 0, 0.2 + 0.8*(0.5-math.Sqrt2/4)}, {"cosine:1", 12, 3, 1},
	} {
		train := config.Train{LearningRate: 0.003, Epochs: 20, Schedule: c.schedule}
		if got := rates(train)(c.epoch, c.step, 10); !near(got, 0.003*c.want) {
			t.Errorf("%s: epoch %d, step %d: %g times the rate, want %g", c.schedule, c.epoch, c.step, got/0.003, c.want)
		}
	}
}

// Burda et al. 2015: 3^i epochs at 10^(-i/7), 3,280 epochs in all for i = 0..7.
func TestStages(t *testing.T) {
	rate := rates(config.Train{LearningRate: 1e-3, Epochs: 3280, Schedule: "stages"})
	for _, c := range []struct{ epoch, stage int }{
		{0, 0}, {1, 1}, {2, 1}, {3, 1}, {4, 2}, {11, 2}, {12, 2}, {13, 3}, {39, 3}, {40, 4}, {120, 4}, {121, 5}, {363, 5},
		{364, 6}, {1092, 6}, {1093, 7}, {3279, 7}, {3280, 8},
	} {
		for _, step := range []int{0, 2979} {
			if got, want := rate(c.epoch, step, 2980), 1e-3*math.Pow(10, -float64(c.stage)/7); !near(got, want) {
				t.Errorf("epoch %d, step %d: %g, want %g of stage %d", c.epoch, step, got, want, c.stage)
			}
		}
	}
	end := 0
	for i := range 8 {
		length := int(math.Pow(3, float64(i)))
		if stage(end) != i || stage(end+length-1) != i {
			t.Errorf("epochs %d and %d are of stages %d and %d, want %d", end, end+length-1, stage(end), stage(end+length-1), i)
		}
		end += length
	}
	if end != 3280 {
		t.Errorf("eight stages end after epoch %d", end)
	}
}

// The warm-up multiplies whatever the schedule says, across the ends of epochs.
func TestWarmup(t *testing.T) {
	c := config.Train{LearningRate: 0.01, Epochs: 4, Schedule: "step:1:0.5", Warmup: 7}
	rate := rates(c)
	for done, want := range []float64{1. / 7, 2. / 7, 3. / 7, 0.5 * 4 / 7, 0.5 * 5 / 7, 0.5 * 6 / 7, 0.25 * 7 / 7, 0.25, 0.25, 0.125} {
		if got := rate(done/3, done%3, 3); !near(got, 0.01*want) {
			t.Errorf("step %d: %g times the rate, want %g", done, got/0.01, want)
		}
	}
	c.Warmup, c.Schedule = 1, "constant"
	if got := rates(c)(0, 0, 3); got != 0.01 {
		t.Errorf("a warm-up of one step begins with %g", got)
	}
}

// moved trains with plain gradient descent, one step an epoch, and returns a bias
// before the first step and after each epoch.
func moved(t *testing.T, schedule string, warmup int) ([]float64, *silent) {
	t.Helper()
	task, seen := newTask(t, func(c *config.Config) {
		c.Train.Optimizer, c.Train.Momentum, c.Train.LearningRate, c.Train.Batch = "sgd", 0, 0.05, 50
		c.Train.Schedule, c.Train.Warmup, c.Train.Epochs = schedule, warmup, 2
	}, splits(50, 0))
	bias := values(t, task.Model, "decoder.2.bias")
	path := []float64{float64(bias[3])}
	seen.onStep = func(Progress) { path = append(path, float64(bias[3])) }
	mustRun(t, task)
	return path, seen
}

// The optimizer must be given the rate that the schedule says, and metrics too: the
// first step of two runs has the same gradient, and so has the second where the first
// was the same.
func TestTheLoopFollowsTheSchedule(t *testing.T) {
	t.Parallel()
	full, seen := moved(t, "constant", 0)
	if seen.rows[0].LearningRate != 0.05 || seen.rows[1].LearningRate != 0.05 {
		t.Errorf("learning rates %g, %g in the metrics", seen.rows[0].LearningRate, seen.rows[1].LearningRate)
	}
	warm, seen := moved(t, "constant", 4)
	if got := (warm[1] - warm[0]) / (full[1] - full[0]); !(math.Abs(got-0.25) <= 1e-4) {
		t.Errorf("the first of 4 steps of a warm-up is %g of a full one", got)
	}
	if seen.rows[0].LearningRate != 0.0125 || seen.rows[1].LearningRate != 0.025 {
		t.Errorf("learning rates %g, %g in the metrics of a warm-up", seen.rows[0].LearningRate, seen.rows[1].LearningRate)
	}
	half, seen := moved(t, "step:1:0.5", 0)
	if got := (half[2] - half[1]) / (full[2] - full[1]); half[1] != full[1] || !(math.Abs(got-0.5) <= 1e-4) {
		t.Errorf("the step of the second epoch is %g of a full one", got)
	}
	if seen.rows[1].LearningRate != 0.025 {
		t.Errorf("learning rate %g in the metrics of a schedule", seen.rows[1].LearningRate)
	}
}
