package cli

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"vae/internal/config"
	"vae/internal/console"
)

// maxEnd is far beyond any use of a value in a latent space, and far below what makes numbers overflow.
const maxEnd = 1000

// ends is the flag value of a range of values, "-3..3". It may fall.
type ends struct {
	from, to float64
	given    bool
}

func (e *ends) Type() string { return "from..to" }

func (e *ends) String() string {
	if e == nil || e.from == e.to {
		return ""
	}
	return fmt.Sprintf("%g..%g", e.from, e.to)
}

func (e *ends) Set(text string) error {
	left, right, found := strings.Cut(text, "..")
	from, errFrom := config.ParseFloat(strings.TrimSpace(left))
	to, errTo := config.ParseFloat(strings.TrimSpace(right))
	switch {
	case !found || strings.HasPrefix(right, ".") || errFrom != nil || errTo != nil: // 1...3 is no 1 to 0.3
		return errors.New("must be two numbers with .. between, such as -3..3")
	case !(math.Abs(from) <= maxEnd && math.Abs(to) <= maxEnd):
		return fmt.Errorf("must lie within -%d..%d", maxEnd, maxEnd)
	case from == to:
		return errors.New("must be two different numbers, such as -3..3")
	}
	*e = ends{from, to, true}
	return nil
}

// decimalsOf is how many decimals tell evenly spaced values apart: as many as they have, if that
// is few.
func decimalsOf(values []float64) int {
	const most = 2
	for decimals := range most {
		exact := true
		for _, v := range values {
			scaled := v * math.Pow(10, float64(decimals))
			exact = exact && math.Abs(scaled-math.Round(scaled)) < 1e-6
		}
		if exact {
			return decimals
		}
	}
	if len(values) > 1 && math.Abs(values[1]-values[0]) >= 0.3 {
		return 1
	}
	return most
}

// ticks are evenly spaced values as texts, with a unit behind each.
func ticks(values []float64, unit string) []string {
	texts, decimals := make([]string, len(values)), decimalsOf(values)
	for i, v := range values {
		texts[i] = console.Fixed(v, decimals) + unit
	}
	return texts
}
