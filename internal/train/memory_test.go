package train

import (
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/memory"
	"vae/internal/world"
	"vae/internal/world/crowd"
)

func needOf(t *testing.T, change func(*config.Config)) *Need {
	t.Helper()
	task, _ := newTask(t, change, splits(50, 12))
	n, err := NeedOf(task.Config, task.Data, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// What grows with a setting grows in the need, and the refusal names what is the most of it.
func TestNeed(t *testing.T) {
	base := needOf(t, nil)
	for name, c := range map[string]struct {
		change func(*config.Config)
		least  float64 // bytes more than the base
		text   string
	}{
		"draws": {func(c *config.Config) { c.Train.Samples, c.Train.Objective = 100_00, config.IWAE }, 16 * 10_000 * 24 * 4, "most of it for a batch of 16 images with 10000 draws (55.7 MB"},
		"wide":  {func(c *config.Config) { c.Model.Hidden = []int{1 << 19} }, 4 * 4 * (1 << 19) * 50, "most of it for the optimizer (235 MB"},
		"sgd": {func(c *config.Config) {
			c.Model.Hidden, c.Train.Optimizer, c.Train.Momentum = []int{1 << 19}, config.SGD, 0
		}, 2 * 4 * (1 << 19) * 50, "): lower "},
		"layerwise": {func(c *config.Config) {
			c.Model.Kind, c.Model.Hidden, c.Train.Pretrain = config.AE, []int{1 << 18}, config.Layerwise
		}, 6 * 4 * (1 << 18) * 50, "): lower "},
	} {
		n := needOf(t, c.change)
		if got := n.Bytes() - base.Bytes(); !(got >= c.least) {
			t.Errorf("%s: %g bytes more than the least, want %g: %v", name, got, c.least, n)
		}
		if err := n.Check(memory.Limit{Bytes: n.Bytes(), Of: "this machine"}); err != nil {
			t.Errorf("%s: refused what there is: %v", name, err)
		}
		err := n.Check(memory.Limit{Bytes: 1e8, Of: "this machine"})
		if err == nil || !strings.Contains(err.Error(), c.text) || !strings.Contains(err.Error(), "and there are 100 MB (this machine): lower ") {
			t.Errorf("%s: %v, want %q", name, err, c.text)
		}
	}
	if text := base.String(); !strings.HasPrefix(text, "about 28") || !strings.Contains(text, "the program 26 MB, images ") {
		t.Errorf("the parts are %q", text)
	}
}

// Processes that train together take what their gradients travel in too.
func TestNeedOfProcesses(t *testing.T) {
	change := func(c *config.Config) { c.Train.Slices, c.Model.Hidden = 8, []int{1 << 16} }
	alone := needOf(t, change)
	crowd.Run(2, func(w world.World) error {
		task, _ := newTask(t, change, splits(50, 12))
		n, err := NeedOf(task.Config, task.Data, nil, w)
		if err != nil {
			t.Error(err)
			return err
		}
		bytes := map[string]float64{}
		for _, p := range n.parts {
			bytes[p.name] = p.bytes
		}
		// The optimizer remembers two numbers a parameter, and as many travel.
		if got, want := bytes["the exchange with other processes"], bytes["the optimizer"]; !(got >= want && got < 1.01*want) {
			t.Errorf("%g bytes travel of gradients whose optimizer remembers %g: %v", got, want, n)
		}
		return nil
	})
	if strings.Contains(alone.String(), "exchange") {
		t.Errorf("alone: %v", alone)
	}
}

// Principal components need the covariance, or the rows and what they have in common.
func TestNeedOfComponents(t *testing.T) {
	n := needOf(t, components(3))
	if !strings.Contains(n.String(), "components ") || strings.Contains(n.String(), "optimizer") {
		t.Errorf("%v", n)
	}
	few, many := config.Resolved{Shape: config.Shape{Width: 128, Height: 128, Channels: 3}}, config.Resolved{Shape: config.Shape{Width: 28, Height: 28, Channels: 1}}
	if got := componentsSize(few, 100); !(got > 100*49152*4 && got < 3*100*49152*4) {
		t.Errorf("%g bytes of few rows", got)
	}
	if got := componentsSize(many, 60_000); !(got > 784*784*8 && got < 60_000*784) {
		t.Errorf("%g bytes of many rows", got)
	}
}
