package layer

import (
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/network"
)

// Lists become layers with PyTorch's numbers, activations computed by the layer before where it
// can.
func TestFromList(t *testing.T) {
	for text, want := range map[string]struct{ describe, params string }{
		"conv:2:3:2:1,relu,conv:4:2": {"conv 2, 3x3/2, relu; conv 4, 2x2, linear", "n.0.weight n.0.bias n.2.weight n.2.bias"},
		"convt:2:3:2:1:1,tanh":       {"convt 2, 3x3/2, tanh", "n.0.weight n.0.bias"},
		"conv:2:3,dense:5,silu":      {"conv 2, 3x3, linear; flatten; dense 5, silu", "n.0.weight n.0.bias n.2.weight n.2.bias"},
		"relu,dense:5":               {"relu; flatten; dense 5, linear", "n.2.weight n.2.bias"},
		"dense:6,relu,reshape:1x2x3": {"dense 6, relu; reshape 1x2x3", "n.0.weight n.0.bias"},
		"gated-dense:3":              {"gated dense 3, linear", "n.0.h.weight n.0.h.bias n.0.g.weight n.0.g.bias"},
		"gated-conv:3:2:2:0-1-0-1":   {"gated conv 3, 2x2/2, linear", "n.0.h.weight n.0.h.bias n.0.g.weight n.0.g.bias"},
		"conv:4:3,bn,relu,dense:6,groupnorm:3": {"conv 4, 3x3, linear; batchnorm, relu; flatten; dense 6, linear; groupnorm 3, linear",
			"n.0.weight n.0.bias n.1.weight n.1.bias n.4.weight n.4.bias n.5.weight n.5.bias"},
		"residual[bn,relu],avgpool:2,upsample:3": {"residual [batchnorm, relu]; average pool 2; upsample 3", "n.0.body.0.weight n.0.body.0.bias"},
		"residual[relu,conv:2:1],relu": {"residual [relu; conv 2, 1x1, linear]; relu",
			"n.0.body.1.weight n.0.body.1.bias"},
		"residual[conv:3:1:2|conv:3:3:2:1],tanh": {"residual [conv 3, 1x1/2, linear | conv 3, 3x3/2, linear]; tanh",
			"n.0.body.0.weight n.0.body.0.bias n.0.shortcut.0.weight n.0.shortcut.0.bias"},
	} {
		stack, err := FromList("n", planned(t, text))
		if err != nil {
			t.Error(err)
			continue
		}
		var params []string
		for _, p := range stack.Params() {
			params = append(params, p.Name)
		}
		if got := strings.Join(params, " "); stack.Describe() != want.describe || got != want.params {
			t.Errorf("%s: %s with %s, want %s with %s", text, stack.Describe(), got, want.describe, want.params)
		}
	}
}

func planned(t *testing.T, text string) []network.Step {
	t.Helper()
	list, err := config.ParseNetwork(text)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := network.Plan(list, network.Image(config.Shape{Width: 6, Height: 5, Channels: 2}), nil)
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

// Every layer that can be written can be made, to the shape that the list says.
func TestEveryLayerOfAListIsMade(t *testing.T) {
	texts := map[string]string{
		"conv": "conv:3:2:2:same", "convt": "convt:3:2:3:same", "gated-conv": "gated-conv:3:2", "dense": "dense:4", "gated-dense": "gated-dense:4",
		"flatten": "flatten", "reshape": "reshape:3x2x10", "residual": "residual[conv:2:3:1:1]",
		"groupnorm": "groupnorm:2", "avgpool": "avgpool:2", "upsample": "upsample:3",
	}
	for _, name := range slices.Concat(network.Names(), config.Names(config.Activations)) {
		text := name
		if texts[name] != "" {
			text = texts[name]
		}
		if name == string(network.Latents) {
			continue // a head
		}
		steps := planned(t, text)
		stack, err := FromList("n", steps)
		if err != nil {
			t.Error(err)
			continue
		}
		if want := steps[len(steps)-1].Out; stack.Out().Pixels() != want.Pixels() {
			t.Errorf("%s gives %v, want %v", text, stack.Out(), want.Shape)
		}
	}
}

// A head is a convolution under its own name, which its list ends with.
func TestNewHead(t *testing.T) {
	steps := planned(t, "conv:3:2,latents:4:3")
	head, err := NewHead("fc_mu", steps[1], Linear)
	if err != nil {
		t.Fatal(err)
	}
	if p := head.Params()[0]; p.Name != "fc_mu.weight" || !slices.Equal(p.Shape, []int{4, 3, 3, 3}) || head.Out() != steps[1].Out.Shape {
		t.Errorf("%s%v gives %v", p.Name, p.Shape, head.Out())
	}
	steps[1].Layer.Window.Kernel = 99
	if _, err := NewHead("fc_mu", steps[1], Linear); err == nil || !strings.HasPrefix(err.Error(), "layer 2 (latents:4:3): ") {
		t.Errorf("a kernel that does not fit: %v", err)
	}
}

// What a layer gives and what the list says of it is held against each other.
func TestFromListRefuses(t *testing.T) {
	wrong := planned(t, "relu,conv:2:3")
	wrong[1].Out.Width++
	if _, err := FromList("n", wrong); err == nil || err.Error() != "layer 2 (conv:2:3): takes 6x5x2 and gives 4x3x2, and should 6x5x2 and 5x3x2" {
		t.Errorf("%v", err)
	}
	for _, s := range []network.Step{
		{Layer: network.Layer{Kind: "attention"}, Text: "attention"},
		{Layer: network.Layer{Kind: network.Activation, Name: "swish"}, Text: "swish"},
	} {
		if _, err := FromList("n", []network.Step{s}); err == nil {
			t.Errorf("%s: no error", s.Text)
		}
	}
}
