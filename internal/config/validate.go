package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The values that the settings of the same names may have.
var (
	Kinds       = []string{"vae"}
	Activations = []string{"relu", "leaky-relu", "tanh", "sigmoid", "softplus", "elu", "linear"}
	Inits       = []string{"kaiming", "glorot"}
	Likelihoods = []string{"bernoulli", "gaussian"}
)

// The largest values that Validate allows. Their product is not allowed with them: whoever builds the
// model checks the number of its parameters.
const (
	MaxLatent    = 1 << 16   // latent dimensions
	MaxWidth     = 1 << 20   // units in one hidden layer
	MaxLayers    = 64        // hidden layers of the encoder
	MaxEpochs    = 1_000_000 // passes over the data
	MaxBatch     = 1_000_000 // images in a batch
	MaxImageSide = 4096      // pixels
)

// FieldError says which setting has a value that is not allowed, and what is.
type FieldError struct {
	Field      string // YAML path: "model.latent"
	Value      any    // the value refused: of the field's type, an element of it, or the text that was read
	Reason     string // "must be a whole number from 1 to 65536"
	Suggestion string // the allowed value that was probably meant, or ""

	shown string // how the value is written in the message, where it is not the usual way
	index int    // 1 + the number of the element refused, in a list; else 0
}

// Error is one line: the path and the problem.
func (e *FieldError) Error() string { return e.Field + " " + e.Problem() }

// Problem is Error without the path, to be put behind another name of the setting, such as its flag.
func (e *FieldError) Problem() string {
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
	return first(
		oneOf("model.kind", c.Model.Kind, Kinds),
		between("model.latent", c.Model.Latent, 1, MaxLatent),
		c.Model.checkHidden(),
		oneOf("model.activation", c.Model.Activation, Activations),
		oneOf("model.init", c.Model.Init, Inits),
		oneOf("model.likelihood", c.Model.Likelihood, Likelihoods),
		check("model.sigma", c.Model.Sigma, c.Model.Sigma >= 1e-6 && c.Model.Sigma <= 1e6,
			"must be a number from 1e-6 to 1e6"),
		check("model.beta", c.Model.Beta, c.Model.Beta >= 0 && c.Model.Beta <= 1e6,
			"must be a number from 0 to 1e6"),
		check("data.source", c.Data.Source, isPath(c.Data.Source),
			`must be "mnist" or the path of a folder, in UTF-8`),
		c.Data.checkImageSize(),
		c.Data.checkChannels(),
		check("data.validation", c.Data.Validation, c.Data.Validation >= 0 || c.Data.Validation == Auto,
			"must be a whole number of images, 0 or more, or auto"),
		check("data.limit", c.Data.Limit, c.Data.Limit >= 0,
			"must be a whole number of images, or 0 for all"),
		between("train.epochs", c.Train.Epochs, 1, MaxEpochs),
		check("train.batch", c.Train.Batch, c.Train.Batch >= 1 && c.Train.Batch <= MaxBatch || c.Train.Batch == Auto,
			fmt.Sprintf("must be a whole number from 1 to %d, or auto", MaxBatch)),
		check("train.learning_rate", c.Train.LearningRate, c.Train.LearningRate > 0 && c.Train.LearningRate <= 10,
			"must be a number above 0 and at most 10"),
	)
}

func (m Model) checkHidden() *FieldError {
	if len(m.Hidden) > MaxLayers {
		return check("model.hidden", len(m.Hidden), false, fmt.Sprintf("must have at most %d layers", MaxLayers))
	}
	for i, width := range m.Hidden {
		if err := between("model.hidden", width, 1, MaxWidth); err != nil {
			err.Reason = fmt.Sprintf("must list layer widths from 1 to %d", MaxWidth)
			err.index = i + 1
			return err
		}
	}
	return nil
}

func (d Data) checkImageSize() *FieldError {
	if d.ImageSize == "" {
		return nil
	}
	_, _, err := ParseImageSize(d.ImageSize)
	return check("data.image_size", d.ImageSize, err == nil, imageSizeReason)
}

func (d Data) checkChannels() *FieldError {
	return check("data.channels", d.Channels, d.Channels == 0 || d.Channels == 1 || d.Channels == 3,
		"must be 1 (grey), 3 (color) or 0 (as the images are)")
}

var imageSizeReason = fmt.Sprintf("must be WIDTHxHEIGHT in pixels, each from 1 to %d, such as 28x28", MaxImageSide)

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

func isPath(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.Contains(s, "\x00")
}

func oneOf(field, value string, allowed []string) *FieldError {
	if slices.Contains(allowed, value) {
		return nil
	}
	reason := "must be one of " + strings.Join(allowed, ", ")
	if len(allowed) == 1 {
		reason = "must be " + allowed[0]
	}
	return &FieldError{Field: field, Value: value, Reason: reason, Suggestion: Nearest(value, allowed)}
}

func between(field string, value, low, high int) *FieldError {
	return check(field, value, value >= low && value <= high,
		fmt.Sprintf("must be a whole number from %d to %d", low, high))
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
