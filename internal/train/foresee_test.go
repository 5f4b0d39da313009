package train

import (
	"strings"
	"testing"

	"vae/internal/config"
)

// Settings that a training of 20 epochs of 4 steps has no time for, or that stop it, are
// told before it begins, and others are not.
func TestForeseen(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*config.Config)
		want   string // "" for nothing
	}{
		"defaults":              {func(c *config.Config) {}, ""},
		"step in time":          {func(c *config.Config) { c.Train.Schedule = "step:19:0.5" }, ""},
		"step too late":         {func(c *config.Config) { c.Train.Schedule = "step:20:0.5" }, "⟨train.schedule step:20:0.5⟩\x00 takes its first step after 20 epochs, and the training has 20: the learning rate stays what it is"},
		"cosine":                {func(c *config.Config) { c.Train.Schedule = "cosine" }, ""},
		"stages":                {func(c *config.Config) { c.Train.Schedule = "stages" }, ""},
		"warm-up":               {func(c *config.Config) { c.Train.Warmup = 80 }, ""},
		"long warm-up":          {func(c *config.Config) { c.Train.Warmup = 320 }, "⟨train.warmup 320⟩\x00 is longer than the training of 80 steps: the learning rate comes to 25 % of its full value"},
		"KL warm-up":            {func(c *config.Config) { c.Train.KLWarmup = "linear:20" }, ""},
		"long KL warm-up":       {func(c *config.Config) { c.Train.KLWarmup = "linear:80" }, "⟨train.kl_warmup linear:80⟩\x00 grows for 80 epochs, and the training has 20: the KL weight comes to 25 % of its full value"},
		"cycles":                {func(c *config.Config) { c.Train.KLWarmup = "cyclical:20" }, ""},
		"one cycle":             {func(c *config.Config) { c.Train.KLWarmup = "cyclical:30" }, "⟨train.kl_warmup cyclical:30⟩\x00 goes round in 30 epochs, and the training has 20: it ends in the first cycle"},
		"half a cycle":          {func(c *config.Config) { c.Train.KLWarmup = "cyclical:50:0.8" }, "⟨train.kl_warmup cyclical:50:0.8⟩\x00 grows for 40 epochs, and the training has 20: the KL weight comes to 50 % of its full value"},
		"patience":              {func(c *config.Config) { c.Train.Patience = 18 }, ""},
		"long patience":         {func(c *config.Config) { c.Train.Patience = 19 }, "⟨train.patience 19⟩\x00 cannot end the training: it waits for more than 19 epochs, and it has 20"},
		"patience in a warm-up": {func(c *config.Config) { c.Train.Patience, c.Train.KLWarmup = 8, "linear:10" }, ""},
		"too much of it":        {func(c *config.Config) { c.Train.Patience, c.Train.KLWarmup = 9, "linear:10" }, "⟨train.patience 9⟩\x00 cannot end the training: it waits for more than 9 epochs, and the KL weight is not full for so many of its 20 in a row"},
		"patience with cycles":  {func(c *config.Config) { c.Train.Patience, c.Train.KLWarmup = 2, "cyclical:6" }, ""},
		"cycles too short":      {func(c *config.Config) { c.Train.Patience, c.Train.KLWarmup = 3, "cyclical:6" }, "not full for so many"},
		"never full":            {func(c *config.Config) { c.Train.Patience, c.Train.KLWarmup = 1, "cyclical:2:1" }, "not full for so many"},
		"clip":                  {func(c *config.Config) { c.Train.Clip = 1e-3 }, ""},
		"tiny clip":             {func(c *config.Config) { c.Train.Clip = 1e-10 }, "⟨train.clip 1e-10⟩\x00 is so small that adam, whose epsilon is more, makes steps of "},
		"tiny clip of adagrad":  {func(c *config.Config) { c.Train.Clip, c.Train.Optimizer = 1e-12, config.Adagrad }, "is so small that adagrad"},
		"clip of sgd":           {func(c *config.Config) { c.Train.Clip, c.Train.Optimizer, c.Train.LearningRate = 1, config.SGD, 0.01 }, ""},
		"tiny clip of sgd":      {func(c *config.Config) { c.Train.Clip, c.Train.Optimizer = 1e-4, config.SGD }, "⟨train.clip 0.0001⟩\x00 at \x00⟨train.learning_rate 0.003⟩\x00 is so small that the parameters, of length "},
		"clip and skip":         {func(c *config.Config) { c.Train.Clip, c.Train.SkipGradients = 200, 400 }, ""},
		"clip above skip":       {func(c *config.Config) { c.Train.Clip, c.Train.SkipGradients = 400, 200 }, "⟨train.clip 400⟩\x00 clips nothing: with \x00⟨train.skip_gradients 200⟩\x00 steps of longer gradients are left out"},
		"lone images":           {func(c *config.Config) { c.Train.Batch, c.Model.Encoder = 1, "dense:4,bn,relu" }, "⟨train.batch 1⟩\x00 leaves layer encoder.1 (batchnorm, relu) no other image to compare one with"},
		"lone maps":             {func(c *config.Config) { c.Train.Batch, c.Model.Encoder = 1, "conv:4:3,bn,relu" }, ""},
		"two images":            {func(c *config.Config) { c.Train.Batch, c.Model.Encoder = 2, "dense:4,bn,relu" }, ""},
		"tiny rate":             {func(c *config.Config) { c.Train.LearningRate = 1e-12 }, "⟨train.learning_rate 1e-12⟩\x00 moves a parameter"},
		"decay":                 {func(c *config.Config) { c.Train.WeightDecay, c.Train.Optimizer = 300, config.AdamW }, ""},
		"strong decay":          {func(c *config.Config) { c.Train.WeightDecay, c.Train.Optimizer = 1000, config.AdamW }, "⟨train.weight_decay 1000⟩\x00 at \x00⟨train.learning_rate 0.003⟩\x00 takes 3 of each weight from it in a step"},
		"strong decay of adam":  {func(c *config.Config) { c.Train.WeightDecay = 1000 }, ""},
	} {
		task, seen := newTask(t, func(conf *config.Config) { conf.Train.Epochs = 20; c.change(conf) }, splits(50, 12))
		mustTrainer(t, task).warnOfSettings()
		switch got := strings.Join(seen.warnings, "\n"); {
		case c.want == "" && got != "":
			t.Errorf("%s: %q", name, got)
		case c.want != "" && (len(seen.warnings) != 1 || !strings.HasPrefix(got, "\x00"+c.want) && !strings.Contains(got, c.want)):
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// What is foretold comes true: the parameters do not move, and weights that decay
// throws about do not stay finite, which the error says.
func TestForeseenComesTrue(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*config.Config){
		func(c *config.Config) { c.Train.Clip = 1e-10 },
		func(c *config.Config) { c.Train.Clip, c.Train.Optimizer = 1e-4, config.SGD },
	} {
		task, seen := newTask(t, change, splits(50, 12))
		before := copies(task.Model)
		mustRun(t, task)
		var moved, length float64
		for name, values := range copies(task.Model) {
			for i, v := range values {
				moved += float64(v-before[name][i]) * float64(v-before[name][i])
				length += float64(v) * float64(v)
			}
		}
		if !(moved < 0.01*0.01*length) || !strings.HasSuffix(seen.warnings[0], "next to nothing is learned; try \x00⟨train.clip 1⟩\x00") {
			t.Errorf("moved by %g of %g, warnings %q", moved, length, seen.warnings)
		}
	}
	task, _ := newTask(t, func(c *config.Config) {
		c.Train.WeightDecay, c.Train.Optimizer, c.Train.Epochs = 1000, config.AdamW, 100
	}, splits(50, 12))
	_, err := Run(t.Context(), task)
	if err == nil || !strings.Contains(err.Error(), "weight decay 1000 takes 3 of each weight from it in a step at the learning rate 0.003, try \x00⟨train.weight_decay 0.01⟩\x00") {
		t.Errorf("error %v", err)
	}
}
