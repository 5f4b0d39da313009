package config

import (
	"slices"
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{
		"rleu": "relu", "RELU": "relu", "sigmiod": "sigmoid", "leakyrelu": "leaky-relu", "leaky_relu": "leaky-relu", "softmax": "", "": "", "x": "", "gelu": "gelu",
		strings.Repeat("relu", 1000): "",
	} {
		if got := Nearest(word, Names(Activations)); got != want {
			t.Errorf("nearest to %.20q is %q, want %q", word, got, want)
		}
	}
}

func TestRelated(t *testing.T) {
	for _, tt := range []struct{ section, key, want string }{
		{"train", "lr", "learning_rate"},
		{"train", "LR", "learning_rate"},
		{"train", "batch_size", "batch"},
		{"train", "corruption", "corrupt pretrain_corrupt"},
		{"train", "pretraining-epochs", "pretrain_epochs"},
		{"train", "optim", "optimizer"},
		{"train", "lr_schedule", "learning_rate schedule"},
		{"train", "decay", "weight_decay"},
		{"train", "kl", "kl_warmup"},
		{"train", "pre", "pretrain pretrain_epochs pretrain_corrupt"},
		{"train", "gpu", ""},
		{"train", "", ""},
		{"train", "_", ""},
		{"train", "e", ""}, // one letter says nothing
		{"train", "lr" + strings.Repeat("_", 60), ""},
		{"model", "latent_size", "latent top_latent"},
		{"model", "hidden_layers", "hidden top_hidden"},
		{"data", "é", ""},
	} {
		if got := strings.Join(related(tt.key, keys(tt.section)), " "); got != tt.want {
			t.Errorf("related to %q in %s: %q, want %q", tt.key, tt.section, got, tt.want)
		}
	}
	if got := related("top", []string{"top_a", "top_b", "top_c", "top_d", "top_e"}); got != nil {
		t.Errorf("five are too many to offer: %q", got)
	}
	if got := related("top", []string{"top_a", "top_b", "top_c", "top_d"}); !slices.Equal(got, []string{"top_a", "top_b", "top_c", "top_d"}) {
		t.Errorf("four are not: %q", got)
	}
}
