package config

import (
	"errors"
	"math"
	"regexp"
	"strconv"
)

// Numbers are written in decimal digits wherever they come from, a file or a command line: 017 is seventeen, as in
// YAML 1.2. 0x11, 0b1 and 1_000 are none, nor are NaN and Inf.
var (
	wholeNumber = regexp.MustCompile(`^[-+]?[0-9]+$`)
	realNumber  = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
)

// ErrNumber says that a text is no number of the kind wanted.
var ErrNumber = errors.New("is no number in decimal digits")

// ParseInt reads a whole number. The error is an [ErrNumber], or a [strconv.ErrRange] of one that is too large.
func ParseInt(text string) (int, error) {
	if !wholeNumber.MatchString(text) {
		return 0, ErrNumber
	}
	return strconv.Atoi(text)
}

// ParseUint reads a whole number, 0 or more, with the errors of [ParseInt].
func ParseUint(text string) (uint64, error) {
	if !wholeNumber.MatchString(text) {
		return 0, ErrNumber
	}
	return strconv.ParseUint(text, 10, 64)
}

// ParseFloat reads a number, with the errors of [ParseInt].
func ParseFloat(text string) (float64, error) {
	if !realNumber.MatchString(text) {
		return 0, ErrNumber
	}
	x, err := strconv.ParseFloat(text, 64)
	if err == nil && math.IsInf(x, 0) {
		err = strconv.ErrRange
	}
	return x, err
}
