package cli

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/run"
)

// The lines of epochs are no wider than the terminal, and say what there is room for.
func TestEpochLinesFit(t *testing.T) {
	row := run.Row{
		Epoch: 12, ImagesPerSecond: 55_123, Seconds: 12.3,
		Train: run.Terms{Loss: 105.59, Reconstruction: 80.36, KL: 25.23}, Validation: run.Terms{Loss: 1104.21, Reconstruction: 1079.9, KL: 24.31},
	}
	for _, c := range []struct {
		columns int
		want    string
	}{
		{200, "epoch  12   train 105.59 = 80.36 + 25.23   validation 1104.21 = 1079.90 + 24.31   55,123 images/s   12.3 s *"},
		{80, "epoch  12   train 105.59 = 80.36 + 25.23   validation 1104.21 *"},
		{82, "epoch  12   train 105.59 = 80.36 + 25.23   validation 1104.21 = 1079.90 + 24.31 *"},
		{60, "epoch  12   train 105.59   validation 1104.21 *"},
		{40, "epoch 12  105.59  1104.21 *"},
		{5, "epoch 12  105.59  1104.21 *"},
	} {
		var stderr bytes.Buffer
		s := console.Streams{Err: &stderr, ErrTerminal: true, Size: func() (int, int) { return c.columns, 24 }}
		o := newObserver(s, console.Notes{W: &stderr}, termsOf(t, func(*config.Config) {}))
		o.Epoch(row, true)
		lines := strings.Split(strings.TrimSuffix(stderr.String(), "\n"), "\n")
		if got := lines[len(lines)-1]; got != c.want {
			t.Errorf("%d columns: %q, want %q", c.columns, got, c.want)
		}
		if !strings.Contains(stderr.String(), "* best on the validation images so far") {
			t.Errorf("%d columns: no legend in %q", c.columns, stderr.String())
		}
		for _, line := range lines {
			if c.columns >= 60 && len(line) > c.columns {
				t.Errorf("%q is wider than %d columns", line, c.columns)
			}
		}
	}
}

// Without validation images nothing is said of them.
func TestEpochWithoutValidation(t *testing.T) {
	var stderr bytes.Buffer
	o := newObserver(console.Streams{Err: &stderr}, console.Notes{W: &stderr}, termsOf(t, func(*config.Config) {}))
	nan := math.NaN()
	o.Epoch(run.Row{Epoch: 1, Train: run.Terms{Loss: -0.001, Reconstruction: -0.002, KL: 0.001}, Validation: run.Terms{Loss: nan, Reconstruction: nan, KL: nan}}, true)
	want := "losses in nats per image: total = reconstruction + KL\nepoch   1   train 0.00 = 0.00 + 0.00   0 images/s   0.0 s\n"
	if got := stderr.String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPresetsFit(t *testing.T) {
	for _, columns := range []int{100, 80, 50, 30} {
		var out bytes.Buffer
		if err := listPresets(console.Streams{Out: &out, OutTerminal: true, Size: func() (int, int) { return columns, 24 }}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := len(strings.TrimSuffix(line, "\n")); n > columns {
				t.Errorf("%d columns: %q has %d", columns, line, n)
			}
		}
		if !strings.Contains(out.String(), "latent2d") {
			t.Errorf("%d columns: %q", columns, out.String())
		}
	}
}
