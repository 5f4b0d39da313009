package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/console"
)

func TestWorded(t *testing.T) {
	for text, want := range map[string]string{
		"try " + config.Mention("train.learning_rate", "0.001"): "try --lr 0.001",
		config.Mention("data.source") + " takes mnist":          "--data takes mnist",
		config.Mention("max_pixels") + " raises it":             "--max-pixels raises it",
		config.Mention("model.classes") + " names":              "model.classes names",
		"⟨photos⟩: no such folder":                              "⟨photos⟩: no such folder",
		"⟨model⟩: no such folder":                               "⟨model⟩: no such folder",
	} {
		var b bytes.Buffer
		n, err := wordedWriter{&b}.Write([]byte(text))
		if b.String() != want || n != len(text) || err != nil {
			t.Errorf("%q: wrote %q, and said %d, %v", text, b.String(), n, err)
		}
	}
}

// What comes from below is worded on its way out, whatever the command.
func TestErrorsAreWorded(t *testing.T) {
	var stderr bytes.Buffer
	s := console.Streams{Out: &bytes.Buffer{}, Err: &stderr, Env: func(string) string { return "" }}
	if code := Run(context.Background(), []string{"train", "--kind=ae", "--beta=2"}, s); code != console.ExitUsage {
		t.Errorf("exit code %d", code)
	}
	want := "vae: --beta 2 is for models that draw z from q(z|x): use --kind vae, or leave it out of --kind ae; see 'vae train --help'\n"
	if stderr.String() != want {
		t.Errorf("got %q", stderr.String())
	}
}

// A name that looks like what a message mentions is that name, whichever way the message goes.
func TestNamesAreNotWorded(t *testing.T) {
	for _, args := range [][]string{
		{"evaluate", "--model", "⟨data.source x⟩"}, {"evaluate", "--json", "--model", "⟨data.source x⟩"},
	} {
		var stderr bytes.Buffer
		s := console.Streams{Out: &bytes.Buffer{}, Err: &stderr, Env: func(string) string { return "" }}
		Run(context.Background(), args, s)
		if !strings.Contains(stderr.String(), "⟨data.source x⟩: no such file") || strings.Contains(stderr.String(), "--data") {
			t.Errorf("%q: got %q", args, stderr.String())
		}
	}
}
