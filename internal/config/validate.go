package config

import (
	"fmt"
	"strconv"
	"strings"
)

// The largest values that Validate allows. Their product is not allowed with them: whoever builds the
// model checks the number of its parameters.
const (
	MaxLatent    = 1 << 16   // latent dimensions
	MaxWidth     = 1 << 20   // units in one hidden layer
	MaxLayers    = 64        // hidden layers of the encoder
	MaxEpochs    = 1_000_000 // passes over the data
	MaxBatch     = 1_000_000 // images in a batch
	MaxSlices    = 1024      // of a batch
	MaxImageSide = 4096      // pixels
	MaxSnapshots = 256       // images of one epoch
	MaxSamples   = 10_000    // draws of z an image in training
	MaxClasses   = 10_000    // labels of a conditional model
	MaxClassName = 1024      // bytes of the name of one label
	MaxClassText = 200_000   // bytes of all names together; what YAML makes of them must fit MaxFileSize
)

// FieldError says which setting has a value that is not allowed, and what is.
type FieldError struct {
	Field      string // YAML path: "model.latent"
	Value      any    // the value refused: of the field's type, an element of it, or the text that was read; nil where the reason says it
	Reason     string // "must be a whole number from 1 to 65536"
	Suggestion string // the allowed value that was probably meant, or ""

	shown string // how the value is written in the message, where it is not the usual way
	index int    // 1 + the number of the element refused, in a list; else 0
}

// Error is one line: the path and the problem.
func (e *FieldError) Error() string { return e.Field + " " + e.Problem() }

// Problem is Error without the path, to be put behind another name of the setting, such as its flag.
func (e *FieldError) Problem() string {
	if e.Value == nil { // the reason says what is wrong
		return e.Reason + suggest(e.Suggestion)
	}
	return e.Reason + ", not " + e.display() + suggest(e.Suggestion)
}

func (e *FieldError) display() string {
	if e.shown != "" {
		return e.shown
	}
	if s, ok := e.Value.(string); ok {
		return quote(s)
	}
	return fmt.Sprint(e.Value)
}

// Validate checks every setting by itself. The error, if any, is a *FieldError for the first bad one.
func (c Config) Validate() error {
	for _, s := range table {
		if err := s.check(&c); err != nil {
			return err
		}
	}
	return nil
}

// check refuses a value that the setting must not have.
func (s Setting) check(c *Config) *FieldError {
	var err *FieldError
	if s.Values != nil {
		err = oneOf(string(*s.At(c).(*Keyword)), s.Values)
	}
	if err == nil && s.Check != nil {
		err = s.Check(s.At(c))
	}
	if err != nil {
		err.Field = s.Path
	}
	return err
}

var imageSizeReason = fmt.Sprintf("must be WIDTHxHEIGHT in pixels, each from 1 to %d, such as 28x28", MaxImageSide)

// isImageSize allows "" too, for the images' own size.
func isImageSize(s string) bool {
	_, _, err := ParseImageSize(s)
	return s == "" || err == nil
}

// ParseImageSize reads "WxH", both from 1 to MaxImageSide pixels.
func ParseImageSize(s string) (w, h int, err error) {
	left, right, _ := strings.Cut(s, "x")
	w, h = imageSide(left), imageSide(right)
	if w == 0 || h == 0 {
		return 0, 0, fmt.Errorf("image size %s, not %s", imageSizeReason, quote(s))
	}
	return w, h, nil
}

// imageSide is the number that s spells in digits, or 0 if it is none or out of range.
func imageSide(s string) int {
	side, err := strconv.ParseUint(s, 10, 16)
	if err != nil || side > MaxImageSide {
		return 0
	}
	return int(side)
}
