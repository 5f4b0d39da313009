package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"vae/internal/augment"
	"vae/internal/network"
)

// A Check refuses the value at one of the pointers that Setting.At returns. The error has no Field yet.
type Check func(at any) *FieldError

// rule makes a check of a condition. Ranges are written so that NaN is not ok.
func rule[T any](reason string, ok func(T) bool) Check {
	return func(at any) *FieldError {
		v := *at.(*T)
		return refuse(v, ok(v), reason)
	}
}

func integer(low, high int) Check {
	return rule(fmt.Sprintf("must be a whole number from %d to %d", low, high), func(n int) bool { return n >= low && n <= high })
}

func atLeast0(reason string) Check {
	return rule(reason, func(n int) bool { return n >= 0 })
}

func number(low, high float64) Check {
	return rule(fmt.Sprintf("must be a number from %s to %s", plainNumber(low), plainNumber(high)), func(x float64) bool { return x >= low && x <= high })
}

// movingAverage checks a factor that keeps a moving average.
var movingAverage = rule("must be a number from 0 to below 1", func(x float64) bool { return x >= 0 && x < 1 })

// spec checks a text that has a grammar of its own.
func spec[K ~string, T any](kinds grammar[K], reason string, parse func(string) (T, error)) Check {
	return func(at any) *FieldError { return checkSpec(string(*at.(*Keyword)), kinds, reason, parse) }
}

func augmentation(at any) *FieldError {
	text := string(*at.(*Keyword))
	_, err := augment.Parse(text)
	if err == nil {
		return nil
	}
	nearest := func(name string) string { return Nearest(name, augment.Names) }
	if text == "" {
		return &FieldError{Value: text, Reason: augment.Reason}
	}
	return &FieldError{Reason: "cannot be read: " + err.Error(), Suggestion: augment.Guess(text, nearest)}
}

func layerWidths(at any) *FieldError {
	widths := *at.(*[]int)
	if len(widths) > MaxLayers {
		return refuse(len(widths), false, fmt.Sprintf("must have at most %d layers", MaxLayers))
	}
	return each(widths, 1, MaxWidth, "must list layer widths from 1 to %d")
}

// networkText checks a list of layers, for which auto may stand, or nothing.
func networkText(at any) *FieldError {
	text := *at.(*string)
	if text == "" || text == AutoNetwork {
		return nil
	}
	_, err := ParseNetwork(text)
	if err == nil {
		return nil
	}
	field := &FieldError{Reason: "cannot be read: " + err.Error()}
	var fault *network.Error
	if errors.As(err, &fault) && fault.Unknown != "" {
		if field.Suggestion = Nearest(fault.Unknown, fault.Known); field.Suggestion == "" {
			field.Reason += "; there are " + strings.Join(fault.Known, ", ")
		}
	}
	return field
}

func epochsOfLayers(at any) *FieldError {
	epochs := *at.(*[]int)
	if err := checkLayers(len(epochs), "numbers"); err != nil {
		return err
	}
	return each(epochs, 1, MaxEpochs, "must list numbers of epochs from 1 to %d")
}

func corruptionsOfLayers(at any) *FieldError {
	corruptions := *at.(*[]string)
	if err := checkLayers(len(corruptions), "kinds of noise"); err != nil {
		return err
	}
	for i, text := range corruptions {
		if err := checkSpec(text, corruptionKinds, corruptionReason, ParseCorruption); err != nil {
			err.index = i + 1
			return err
		}
	}
	return nil
}

// checkLayers checks the length of a list with one element for each layer of the encoder, the code being the last.
func checkLayers(n int, what string) *FieldError {
	return refuse(n, n <= MaxLayers+1, fmt.Sprintf("must list at most %d %s", MaxLayers+1, what))
}

// classNames checks the names of labels.
func classNames(at any) *FieldError {
	classes := *at.(*[]string)
	if len(classes) > MaxClasses {
		return refuse(len(classes), false, fmt.Sprintf("must list at most %d names", MaxClasses))
	}
	seen, total := make(map[string]bool, len(classes)), 0
	for i, name := range classes {
		reason := nameProblem(name)
		if total += len(name); reason == "" && total > MaxClassText {
			return refuse(total, false, fmt.Sprintf("must list names of at most %d bytes together", MaxClassText))
		}
		if reason == "" && seen[name] {
			reason = "must list every name once"
		}
		if reason != "" {
			return &FieldError{Value: name, Reason: reason, index: i + 1}
		}
		seen[name] = true
	}
	return nil
}

// nameProblem is what a name of a label must be and is not, or "".
func nameProblem(name string) string {
	switch {
	case name == "":
		return "must list names that are not empty"
	case len(name) > MaxClassName:
		return fmt.Sprintf("must list names of at most %d bytes", MaxClassName)
	case !utf8.ValidString(name):
		return "must list names in UTF-8"
	}
	return ""
}

// each checks the elements of a list; the reason names the greatest.
func each(list []int, low, high int, reason string) *FieldError {
	for i, n := range list {
		if n < low || n > high {
			return &FieldError{Value: n, Reason: fmt.Sprintf(reason, high), index: i + 1}
		}
	}
	return nil
}

func isDigestOrEmpty(s string) bool {
	return s == "" || len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

func isPath(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.Contains(s, "\x00")
}

func oneOf(value string, allowed []string) *FieldError {
	if slices.Contains(allowed, value) {
		return nil
	}
	reason := "must be one of " + strings.Join(allowed, ", ")
	if len(allowed) == 1 {
		reason = "must be " + allowed[0]
	}
	return &FieldError{Value: value, Reason: reason, Suggestion: Nearest(value, allowed)}
}

// plainNumber writes 1e6 so, and 0 as 0.
func plainNumber(x float64) string {
	return strings.Replace(strconv.FormatFloat(x, 'g', -1, 64), "e+0", "e", 1)
}

// refuse is nil if ok.
func refuse(value any, ok bool, reason string) *FieldError {
	if ok {
		return nil
	}
	return &FieldError{Value: value, Reason: reason}
}
