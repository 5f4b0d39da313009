package train

import (
	"math"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/evaluate"
)

// patient is a trainer whose next visit of the doctor is that after the last epoch, of
// many steps.
func patient(t *testing.T, change func(*config.Config)) (*trainer, *silent) {
	t.Helper()
	task, seen := newTask(t, change, splits(130, 0))
	tr := mustTrainer(t, task)
	tr.epoch, tr.bestEpoch, tr.step = task.Config.Train.Epochs, task.Config.Train.Epochs, 1000
	return tr, seen
}

func visit(t *testing.T, tr *trainer) {
	t.Helper()
	if err := tr.doctor.examine(); err != nil {
		t.Fatal(err)
	}
	tr.doctor.judge(10, 10)
}

// carry makes the KL of each latent 0.5 mu^2, with the bias mu.
func carry(tr *trainer, mu ...float32) {
	set(tr.Task, "fc_mu.weight", 0)
	set(tr.Task, "fc_logvar.weight", 0)
	set(tr.Task, "fc_logvar.bias", 0)
	for _, p := range tr.Model.Params() {
		if p.Name == "fc_mu.bias" {
			copy(p.Value, mu)
		}
	}
}

// latents is a model of n latents, of which those listed carry nothing.
func latents(t *testing.T, n int, empty []int, change func(*config.Config)) (*trainer, *silent) {
	t.Helper()
	tr, seen := patient(t, func(c *config.Config) {
		c.Model.Latent, c.Model.Activation = n, "tanh"
		if change != nil {
			change(c)
		}
	})
	mu := slices.Repeat([]float32{0.15}, n) // 0.01125 nats
	for _, j := range empty {
		mu[j] = 0.14 // 0.0098 nats
	}
	carry(tr, mu...)
	return tr, seen
}

func TestCollapseIsReported(t *testing.T) {
	none := "posterior collapse: none of the 2 latents carries anything (mean KL below 0.01 nats), and the decoder ignores the code: try "
	for _, c := range []struct {
		latents int
		empty   []int
		change  func(*config.Config)
		want    string
	}{
		{20, nil, nil, ""},
		{20, []int{3, 5, 8}, nil, "posterior collapse: 3 of 20 latents carry nothing (mean KL below 0.01 nats: 3, 5, 8); common and no harm, \x00⟨model.latent 17⟩\x00 would do as well"},
		{4, []int{0}, func(c *config.Config) { c.Model.Beta = 20 }, "posterior collapse: 1 of 4 latents carries nothing (mean KL below 0.01 nats: 0); a smaller \x00⟨model.beta⟩\x00 than 20 wakes more of them, else \x00⟨model.latent 3⟩\x00 would do as well"},
		{4, []int{0}, nil, "posterior collapse: 1 of 4 latents carries nothing (mean KL below 0.01 nats: 0); common and no harm, \x00⟨model.latent 3⟩\x00 would do as well"},
		{12, []int{0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11}, nil, "posterior collapse: 11 of 12 latents carry nothing (mean KL below 0.01 nats: 0, 1, 2, 3, 4, 5, 6, 7, 9, 10, ...); common and no harm, \x00⟨model.latent 1⟩\x00 would do as well"},
		{2, []int{0, 1}, nil, none + "\x00⟨train.kl_warmup linear:10⟩\x00, \x00⟨train.free_bits 0.1⟩\x00, a \x00⟨model.beta⟩\x00 below 1"},
		{2, []int{0, 1}, func(c *config.Config) { c.Model.Beta, c.Train.KLWarmup = 4, "linear:2" }, none + "a longer \x00⟨train.kl_warmup⟩\x00 (it is linear:2), \x00⟨train.free_bits 0.1⟩\x00, a \x00⟨model.beta⟩\x00 below 4"},
		{2, []int{0, 1}, func(c *config.Config) { c.Train.Objective, c.Train.Samples = "iwae", 5 }, none + "\x00⟨train.objective elbo⟩\x00 with \x00⟨train.kl_warmup linear:10⟩\x00 or \x00⟨train.free_bits 0.1⟩\x00"},
		{1, []int{0}, nil, "posterior collapse: the only latent carries nothing (mean KL below 0.01 nats), and the decoder ignores the code: try \x00⟨train.kl_warmup linear:10⟩\x00, \x00⟨train.free_bits 0.1⟩\x00, a \x00⟨model.beta⟩\x00 below 1"},
	} {
		tr, seen := latents(t, c.latents, c.empty, c.change)
		visit(t, tr)
		visit(t, tr)
		if got := strings.Join(seen.warnings, "\n"); got != c.want {
			t.Errorf("%d latents without %v: %q, want %q", c.latents, c.empty, got, c.want)
		}
	}
}

// The number of latents that are a map is no setting.
func TestCollapseOfAMap(t *testing.T) {
	tr, _ := patient(t, func(c *config.Config) { c.Model.Latent, c.Model.Encoder = 96, "conv:8:4:2:1,latents:16" })
	got, want := (&doctor{trainer: tr}).partialCollapse([]string{"0", "5"}, 96), "fewer channels of latents in "+config.Mention("model.encoder")+" would do as well"
	if !strings.HasSuffix(got, want) {
		t.Errorf("%q, want the end %q", got, want)
	}
}

func TestCollapseOfTheUpperLatents(t *testing.T) {
	tr, seen := patient(t, func(c *config.Config) { c.Model.TopLatent, c.Model.TopHidden, c.Model.Activation = 3, nil, "tanh" })
	for _, name := range []string{"top_fc_mu.weight", "top_fc_mu.bias", "top_fc_logvar.weight", "top_fc_logvar.bias"} {
		set(tr.Task, name, 0)
	}
	visit(t, tr)
	values(t, tr.Model, "top_fc_mu.bias")[1] = 1
	visit(t, tr)
	want := []string{
		"posterior collapse: none of the 3 latents of the second stochastic layer carries anything (mean KL below 0.01 nats), and the decoder ignores the code: try \x00⟨train.kl_warmup linear:10⟩\x00, a \x00⟨model.beta⟩\x00 below 1",
		"posterior collapse: 2 of 3 latents of the second stochastic layer carry nothing (mean KL below 0.01 nats: 0, 2); common and no harm, \x00⟨model.top_latent 1⟩\x00 would do as well",
	}
	if !slices.Equal(seen.warnings, want) {
		t.Errorf("%q, want %q", seen.warnings, want)
	}
}

// Some empty latents say something at the end alone, and none of them does before the
// network has had time, with the full weight of the KL term.
func TestWhenCollapseIsReported(t *testing.T) {
	for _, c := range []struct {
		name        string
		empty       []int
		step, epoch int // of 40 epochs of 9 steps
		change      func(*config.Config)
		want        bool
	}{
		{"some before the end", []int{1}, 1000, 39, nil, false},
		{"some at the end", []int{1}, 1000, 40, nil, true},
		{"some at the end, soon", []int{1}, 399, 40, nil, false},
		{"some when patience ends", []int{1}, 1000, 20, func(c *config.Config) { c.Train.Patience = 5 }, true},
		{"all", []int{0, 1}, 400, 2, nil, true},
		{"all, soon", []int{0, 1}, 399, 2, nil, false},
		{"all at the end, soon", []int{0, 1}, 399, 40, nil, true},
		{"all while the weight grows", []int{0, 1}, 450, 30, func(c *config.Config) { c.Train.KLWarmup = "linear:50" }, false},
		{"all as the weight is full", []int{0, 1}, 451, 30, func(c *config.Config) { c.Train.KLWarmup = "linear:50" }, true},
		{"all within a cycle", []int{0, 1}, 1 + 9*54, 30, func(c *config.Config) { c.Train.KLWarmup = "cyclical:10" }, false},
		{"all at the end of a cycle", []int{0, 1}, 9 * 60, 30, func(c *config.Config) { c.Train.KLWarmup = "cyclical:10" }, true},
	} {
		tr, seen := latents(t, 2, c.empty, func(conf *config.Config) {
			conf.Train.Epochs = 40
			if c.change != nil {
				c.change(conf)
			}
		})
		tr.step, tr.epoch = c.step, c.epoch
		if tr.Config.Train.Patience > 0 { // as after epochs without a better one
			var err error
			if tr.validation, err = evaluate.NewLoss(tr.Model, 1, 1, false); err != nil {
				t.Fatal(err)
			}
			tr.bestEpoch = c.epoch - 5
		}
		visit(t, tr)
		if got := len(seen.warnings) == 1; got != c.want || len(seen.warnings) > 1 {
			t.Errorf("%s: %q", c.name, seen.warnings)
		}
		so := map[bool]string{true: " so far"}[c.epoch < 40]
		if len(c.empty) == 2 && c.want && !strings.Contains(seen.warnings[0], "none of the 2 latents carries anything"+so+" (mean") {
			t.Errorf("%s: %q", c.name, seen.warnings)
		}
	}
}

// Training itself: a weight of the KL term that nothing is worth.
func TestCollapseWhileTraining(t *testing.T) {
	t.Parallel()
	task, seen := newTask(t, func(c *config.Config) {
		c.Model.Beta, c.Train.Batch, c.Train.Epochs, c.Model.Activation = 1e3, 2, 4, "tanh"
	}, splits(400, 20))
	mustRun(t, task)
	if len(seen.warnings) != 1 || !strings.HasSuffix(seen.warnings[0], "try \x00⟨train.kl_warmup linear:10⟩\x00, \x00⟨train.free_bits 0.1⟩\x00, a \x00⟨model.beta⟩\x00 below 1000") {
		t.Fatalf("%q", seen.warnings)
	}
	if at := strings.Index(seen.order, "w"); at < 2*201 || seen.order[at-1] != 'e' {
		t.Errorf("the warning came at call %d, before two epochs of 200 steps", at)
	}
}

// kill makes the first n units of a layer 0 for every image.
func kill(t *testing.T, tr *trainer, layer string, n int) {
	t.Helper()
	for i, bias := 0, values(t, tr.Model, layer+".bias"); i < len(bias); i++ {
		bias[i] = 100
		if i < n {
			bias[i] = -100
		}
	}
}

func TestDeadUnitsAreReported(t *testing.T) {
	tr, seen := patient(t, nil)
	carry(tr, 1, 1)
	kill(t, tr, "encoder.0", 6)
	visit(t, tr)
	if len(seen.warnings) > 0 {
		t.Fatalf("half of the units: %q", seen.warnings)
	}
	kill(t, tr, "encoder.0", 7)
	visit(t, tr)
	kill(t, tr, "encoder.0", 8) // no news
	visit(t, tr)
	kill(t, tr, "encoder.0", 12)
	visit(t, tr)
	visit(t, tr)
	kill(t, tr, "decoder.0", 12)
	tr.Config.Model.Init = "glorot"
	visit(t, tr)
	want := []string{
		"7 of the 12 relu units of layer encoder.0 are dead, that is 0 on each of 130 images: lower \x00⟨train.learning_rate⟩\x00 (it is 0.003), or try \x00⟨model.activation leaky-relu⟩\x00 or \x00⟨model.init glorot⟩\x00",
		"layer encoder.0 is dead: all its 12 relu units are 0 on each of 130 images, so that nothing passes it or trains it; lower \x00⟨train.learning_rate⟩\x00 (it is 0.003), or try \x00⟨model.activation leaky-relu⟩\x00 or \x00⟨model.init glorot⟩\x00",
		"layer decoder.0 is dead: all its 12 relu units are 0 on each of 130 images, so that nothing passes it or trains it; lower \x00⟨train.learning_rate⟩\x00 (it is 0.003), or try \x00⟨model.activation leaky-relu⟩\x00 or \x00⟨model.init kaiming⟩\x00",
	}
	if !slices.Equal(seen.warnings, want) {
		t.Errorf("%q, want %q", seen.warnings, want)
	}
}

func TestDeadUnitsOfTheCode(t *testing.T) {
	for sparsity, want := range map[string]string{
		"none":   "lower \x00⟨train.learning_rate⟩\x00 (it is 0.003), or try \x00⟨model.code_activation leaky-relu⟩\x00 or \x00⟨model.init glorot⟩\x00",
		"l1:0.5": "lower the weight of \x00⟨train.sparsity l1:0.5⟩\x00 or \x00⟨train.learning_rate⟩\x00 (it is 0.003), or try \x00⟨model.code_activation leaky-relu⟩\x00",
	} {
		tr, seen := patient(t, func(c *config.Config) {
			c.Model.Kind, c.Model.Activation, c.Model.CodeActivation, c.Model.Latent, c.Train.Sparsity = "ae", "tanh", "relu", 5, sparsity
		})
		kill(t, tr, "fc_code", 3)
		visit(t, tr)
		if want := "3 of the 5 relu units of layer fc_code are dead, that is 0 on each of 130 images: " + want; len(seen.warnings) != 1 || seen.warnings[0] != want {
			t.Errorf("%q, want %q", seen.warnings, want)
		}
	}
}

// Layers of a list get another activation in the list, beside which the setting would be refused.
func TestDeadUnitsOfAList(t *testing.T) {
	for _, tt := range []struct{ encoder, decoder, layer, want string }{
		{"dense:12,relu", "", "encoder.0", "leaky-relu in \x00⟨model.encoder⟩\x00"},
		{"dense:12,relu", "", "decoder.0", "leaky-relu in \x00⟨model.encoder⟩\x00"}, // which it mirrors
		{"dense:12,tanh", "dense:11,relu,dense:out", "decoder.0", "leaky-relu in \x00⟨model.decoder⟩\x00"},
		{"", "dense:11,relu,dense:out", "encoder.0", "\x00⟨model.activation leaky-relu⟩\x00"},
		{"", "dense:11,relu,dense:out", "decoder.0", "leaky-relu in \x00⟨model.decoder⟩\x00"},
	} {
		tr, seen := patient(t, func(c *config.Config) { c.Model.Encoder, c.Model.Decoder = tt.encoder, tt.decoder })
		kill(t, tr, tt.layer, 7)
		visit(t, tr)
		if len(seen.warnings) != 1 || !strings.Contains(seen.warnings[0], "or try "+tt.want+" or ") {
			t.Errorf("%q, %q, %s: %q, want %q", tt.encoder, tt.decoder, tt.layer, seen.warnings, tt.want)
		}
	}
}

func TestWhenDeadUnitsAreNotReported(t *testing.T) {
	for name, c := range map[string]struct {
		activation       config.Activation
		images, step, of int
		want             bool
	}{
		"reported":               {"relu", 130, 400, 7, true},
		"other units":            {"leaky-relu", 130, 400, 12, false},
		"few images":             {"relu", 99, 400, 12, false},
		"most, after few steps":  {"relu", 130, 399, 11, false},
		"all, after the first":   {"relu", 130, 1, 12, true},
		"half, after many steps": {"relu", 130, 4000, 6, false},
	} {
		task, seen := newTask(t, func(conf *config.Config) { conf.Model.Activation = c.activation }, splits(c.images, 0))
		tr := mustTrainer(t, task)
		tr.epoch, tr.bestEpoch, tr.step = 1, 1, c.step
		carry(tr, 1, 1)
		kill(t, tr, "encoder.0", c.of)
		visit(t, tr)
		if got := len(seen.warnings) == 1; got != c.want {
			t.Errorf("%s: %q", name, seen.warnings)
		}
	}
}

// What cannot go wrong is not looked for, and not computed.
func TestNothingToExamine(t *testing.T) {
	task, _ := newTask(t, func(c *config.Config) { c.Model.Kind, c.Model.Activation = "ae", "tanh" }, splits(50, 0))
	if tr := mustTrainer(t, task); tr.doctor.examination != nil {
		t.Error("an autoencoder without rectified linear units is examined")
	}
	tr, _ := patient(t, nil)
	values(t, tr.Model, "fc_mu.bias")[0] = float32(math.NaN())
	visit(t, tr) // and a figure that is no number is no finding
}
