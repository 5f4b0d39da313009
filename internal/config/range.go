package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Range says which values of a file are black and white: a pixel is (value - Low) / (High - Low), clipped to 0..1. The zero
// value is that of each file's own format: 0 to 255, 0 to 65535; of floating point 0 to 1.
type Range struct{ Low, High float64 }

// Auto tells whether the formats of the files say the range.
func (r Range) Auto() bool { return r == Range{} }

const rangeReason = "must be auto (what the format of a file can hold), 8bit, 16bit or LOW:HIGH (two numbers, the lower first), such as 0:4095"

// ParseRange reads "auto", "8bit", "16bit" or "0:4095".
func ParseRange(text string) (Range, error) {
	switch text {
	case "auto":
		return Range{}, nil
	case "8bit":
		return Range{Low: 0, High: math.MaxUint8}, nil
	case "16bit":
		return Range{Low: 0, High: math.MaxUint16}, nil
	}
	low, high, found := strings.Cut(text, ":")
	r := Range{Low: rangeEnd(low), High: rangeEnd(high)}
	if !found || len(text) > maxSpec || !(r.High-r.Low >= 1e-30) {
		return Range{}, specError("range", rangeReason, text)
	}
	return r, nil
}

// rangeEnd is NaN for what is no number that a pixel can be.
func rangeEnd(text string) float64 {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !realNumber.MatchString(text) || math.Abs(x) > math.MaxFloat32 {
		return math.NaN()
	}
	return x
}

func isRange(text string) bool {
	_, err := ParseRange(text)
	return err == nil
}

// String is the range as it is configured.
func (r Range) String() string {
	if r.Auto() {
		return "auto"
	}
	return fmt.Sprintf("%s:%s", rangeEndText(r.Low), rangeEndText(r.High))
}

// rangeEndText is an end as one writes it: whole numbers without an exponent.
func rangeEndText(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e20 {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}
