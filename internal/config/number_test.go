package config

import (
	"errors"
	"strconv"
	"testing"
)

// TestNumbers: decimal digits alone are numbers.
func TestNumbers(t *testing.T) {
	type want struct {
		n int
		u uint64
		x float64
	}
	for text, want := range map[string]want{
		"0": {}, "10": {10, 10, 10}, "010": {10, 10, 10}, "0100": {100, 100, 100}, "00": {}, "09": {9, 9, 9},
	} {
		n, err := ParseInt(text)
		u, errU := ParseUint(text)
		x, errX := ParseFloat(text)
		if err != nil || errU != nil || errX != nil || n != want.n || u != want.u || x != want.x {
			t.Errorf("%q: %d, %d, %g (%v, %v, %v)", text, n, u, x, err, errU, errX)
		}
	}
	for _, text := range []string{"", " 1", "1 ", "0x10", "0X1p-2", "0b1", "0o7", "1_000", "1_0.5", "NaN", "inf", "-Inf", "1e", ".", "١", "--1", "many"} {
		_, err := ParseInt(text)
		_, errU := ParseUint(text)
		_, errX := ParseFloat(text)
		if !errors.Is(err, ErrNumber) || !errors.Is(errU, ErrNumber) || !errors.Is(errX, ErrNumber) {
			t.Errorf("%q: %v, %v, %v", text, err, errU, errX)
		}
	}
	for _, text := range []string{"99999999999999999999", "1e999"} {
		_, err := ParseInt(text)
		if x, errX := ParseFloat(text); len(text) < 10 && !errors.Is(errX, strconv.ErrRange) || len(text) > 10 && !errors.Is(err, strconv.ErrRange) {
			t.Errorf("%q: %v, %g, %v", text, err, x, errX)
		}
	}
}
