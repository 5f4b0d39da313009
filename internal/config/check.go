package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

func checkWidths(field string, widths []int) *FieldError {
	if len(widths) > MaxLayers {
		return check(field, len(widths), false, fmt.Sprintf("must have at most %d layers", MaxLayers))
	}
	return each(field, widths, 1, MaxWidth, "must list layer widths from 1 to %d")
}

func checkPretrainEpochs(epochs []int) *FieldError {
	if err := checkLayers("train.pretrain_epochs", len(epochs), "numbers"); err != nil {
		return err
	}
	return each("train.pretrain_epochs", epochs, 1, MaxEpochs, "must list numbers of epochs from 1 to %d")
}

func checkPretrainCorrupt(corruptions []string) *FieldError {
	const field = "train.pretrain_corrupt"
	if err := checkLayers(field, len(corruptions), "kinds of noise"); err != nil {
		return err
	}
	for i, text := range corruptions {
		if err := checkSpec(field, text, corruptionKinds, corruptionReason, ParseCorruption); err != nil {
			err.index = i + 1
			return err
		}
	}
	return nil
}

// checkLayers checks the length of a list with one element for each layer of the encoder, the code being the last.
func checkLayers(field string, n int, what string) *FieldError {
	return check(field, n, n <= MaxLayers+1, fmt.Sprintf("must list at most %d %s", MaxLayers+1, what))
}

// checkClasses checks the names of labels.
func checkClasses(classes []string) *FieldError {
	const field = "model.classes"
	if len(classes) > MaxClasses {
		return check(field, len(classes), false, fmt.Sprintf("must list at most %d names", MaxClasses))
	}
	seen, total := make(map[string]bool, len(classes)), 0
	for i, name := range classes {
		reason := nameProblem(name)
		if total += len(name); reason == "" && total > MaxClassText {
			return check(field, total, false, fmt.Sprintf("must list names of at most %d bytes together", MaxClassText))
		}
		if reason == "" && seen[name] {
			reason = "must list every name once"
		}
		if reason != "" {
			return &FieldError{Field: field, Value: name, Reason: reason, index: i + 1}
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
func each(field string, list []int, low, high int, reason string) *FieldError {
	for i, n := range list {
		if err := between(field, n, low, high); err != nil {
			err.Reason = fmt.Sprintf(reason, high)
			err.index = i + 1
			return err
		}
	}
	return nil
}

func isPath(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.Contains(s, "\x00")
}

func oneOf[T ~string](field string, value T, allowed []T) *FieldError {
	if slices.Contains(allowed, value) {
		return nil
	}
	names := Names(allowed)
	reason := "must be one of " + strings.Join(names, ", ")
	if len(names) == 1 {
		reason = "must be " + names[0]
	}
	return &FieldError{Field: field, Value: string(value), Reason: reason, Suggestion: Nearest(string(value), names)}
}

// Names are the values of an enumeration as they are written.
func Names[T ~string](values []T) []string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = string(v)
	}
	return names
}

func between(field string, value, low, high int) *FieldError {
	return check(field, value, value >= low && value <= high,
		fmt.Sprintf("must be a whole number from %d to %d", low, high))
}

func number(field string, value, low, high float64) *FieldError {
	return check(field, value, value >= low && value <= high,
		fmt.Sprintf("must be a number from %s to %s", plainNumber(low), plainNumber(high)))
}

// plainNumber writes 1e6 so, and 0 as 0.
func plainNumber(x float64) string {
	return strings.Replace(strconv.FormatFloat(x, 'g', -1, 64), "e+0", "e", 1)
}

// below checks a factor that keeps a moving average.
func below(field string, value float64) *FieldError {
	return check(field, value, value >= 0 && value < 1, "must be a number from 0 to below 1")
}

// check is nil if ok. Ranges are written so that NaN is not ok.
func check(field string, value any, ok bool, reason string) *FieldError {
	if ok {
		return nil
	}
	return &FieldError{Field: field, Value: value, Reason: reason}
}

func first(errs ...*FieldError) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
