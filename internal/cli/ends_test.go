package cli

import (
	"slices"
	"strings"
	"testing"

	"vae/internal/walk"
)

func TestEnds(t *testing.T) {
	for text, want := range map[string]ends{"-3..3": {-3, 3, true}, "5..-5": {5, -5, true}, " 0.5 .. 1e2": {0.5, 100, true}, "-1000..1000": {-1000, 1000, true}, ".5..1": {0.5, 1, true}} {
		var e ends
		if err := e.Set(text); err != nil || e != want {
			t.Errorf("%q: %v, %v", text, e, err)
		}
		if again := new(ends); again.Set(e.String()) != nil || *again != e {
			t.Errorf("%q: written %q, which is %v", text, e.String(), again)
		}
	}
	for text, want := range map[string]string{
		"": "two numbers", "3": "two numbers", "1..": "two numbers", "..": "two numbers", "a..b": "two numbers", "1,2": "two numbers", "NaN..1": "two numbers", "1..Inf": "two numbers", "1...2..3": "two numbers", "1...3": "two numbers",
		"-1e30..1e30": "within -1000..1000", "0..1001": "within", "2..2": "different",
	} {
		var e ends
		if err := e.Set(text); err == nil || !strings.Contains(err.Error(), want) || e != (ends{}) {
			t.Errorf("%q: %v, %v, want %q", text, e, err, want)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		from, to float64
		n        int
		want     string
	}{
		{-3, 3, 7, "-3 -2 -1 0 1 2 3"}, {-3, 3, 11, "-3.0 -2.4 -1.8 -1.2 -0.6 0.0 0.6 1.2 1.8 2.4 3.0"}, {0, 1, 4, "0.0 0.3 0.7 1.0"}, {0, 1, 5, "0.00 0.25 0.50 0.75 1.00"}, {-2, 2, 8, "-2.0 -1.4 -0.9 -0.3 0.3 0.9 1.4 2.0"}, {3, -3, 3, "3 0 -3"}, {-1, 1, 1, "0"},
	} {
		if got := ticks(walk.Spaced(c.from, c.to, c.n), ""); !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("%g to %g in %d: %q", c.from, c.to, c.n, got)
		}
	}
}
