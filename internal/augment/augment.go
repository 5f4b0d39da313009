// Package augment changes images at random while a model is trained on them: it reads what is to be done, draws how, and does it. It knows no
// files and no data set.
package augment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Kind is what is done to an image.
type Kind string

// The kinds.
const (
	Flip         Kind = "flip"          // left and right change places, every second time
	FlipVertical Kind = "flip-vertical" // top and bottom do
	Crop         Kind = "crop"          // moved by up to Amount pixels each way, as by a window in the image with so many more around it
	Rotate       Kind = "rotate"        // by up to Amount degrees each way
	Scale        Kind = "scale"         // made larger or smaller by a factor of up to Amount, the same in both directions
)

// fill is the item that says what comes in from outside.
const fill = "fill"

// kinds says which amounts each kind may have: none where both are 0.
var kinds = map[Kind]struct {
	above, most float64
	whole       bool
}{
	Flip: {}, FlipVertical: {}, Crop: {0, 1024, true}, Rotate: {0, 180, false}, Scale: {1, 4, false},
}

// Names are the items, in the order in which they are told of.
var Names = []string{"none", string(Flip), string(FlipVertical), string(Crop), string(Rotate), string(Scale), fill}

// Reason is what the text of a recipe must be.
const Reason = "must be none, or a list of flip, flip-vertical, crop:PIXELS (1 to 1024), rotate:DEGREES (up to 180), scale:FACTOR (above 1, up to 4) and " +
	"fill:GREY (0 black to 1 white, for what crop, rotate or scale bring in, in place of the mirror image), such as flip,crop:4"

// Step is one thing that is done.
type Step struct {
	Kind   Kind
	Amount float64
}

// Recipe is what is done to each image, in order. The zero value does nothing.
type Recipe struct {
	Steps []Step
	// Fill is what comes in from outside, 0 to 1, if Filled; else it is the image mirrored at its edge.
	Fill   float64
	Filled bool
}

// None tells whether nothing is done.
func (r Recipe) None() bool { return len(r.Steps) == 0 }

// Interpolates tells whether pixels are mixed: what was black and white alone has greys then.
func (r Recipe) Interpolates() bool {
	return slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Kind == Rotate || s.Kind == Scale })
}

// Grey tells whether what comes in from outside is neither black nor white.
func (r Recipe) Grey() bool { return r.Filled && r.Fill > 0 && r.Fill < 1 }

// most is how many items a recipe may have, and maxText how many bytes.
const (
	most    = 16
	maxText = 400
)

// Parse reads "none" or "flip,crop:4,rotate:10". The error is Reason with the text, or one that says more.
func Parse(text string) (Recipe, error) {
	var r Recipe
	if text == "none" {
		return r, nil
	}
	items := strings.Split(text, ",")
	if len(text) > maxText || len(items) > most {
		return r, fmt.Errorf("augmentation %s", Reason)
	}
	for _, item := range items {
		if !r.add(item) {
			return Recipe{}, fmt.Errorf("augmentation %s, not %q", Reason, text)
		}
	}
	if r.None() {
		return Recipe{}, fmt.Errorf("augmentation %s, not %q alone", Reason, text)
	}
	if r.Filled && !slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Kind == Crop || s.Kind == Rotate || s.Kind == Scale }) {
		return Recipe{}, fmt.Errorf("augmentation %s, not %q: with flips alone nothing comes in from outside that %s could be", Reason, text, fill)
	}
	return r, nil
}

// add reads one item. The same kind may stand there again, but for what comes in from outside.
func (r *Recipe) add(item string) bool {
	name, text, given := strings.Cut(item, ":")
	amount := 0.
	if given {
		var err error
		if strings.Trim(text, "0123456789.") != "" {
			return false
		}
		if amount, err = strconv.ParseFloat(text, 64); err != nil {
			return false
		}
	}
	if name == fill {
		ok := given && !r.Filled && amount <= 1
		r.Fill, r.Filled = amount, true
		return ok
	}
	limits, known := kinds[Kind(name)]
	if !known || given != (limits.most > 0) {
		return false
	}
	r.Steps = append(r.Steps, Step{Kind(name), amount})
	return !given || amount > limits.above && amount <= limits.most && (!limits.whole || amount == float64(int(amount)))
}

// Guess is the text with each item's name put right by nearest, which finds the likeliest of Names; "" where that is no recipe either.
func Guess(text string, nearest func(name string) string) string {
	if len(text) > maxText {
		return ""
	}
	items := strings.Split(strings.NewReplacer(" ", "", ";", ",", "=", ":").Replace(text), ",")
	for i, item := range items {
		name, _, _ := strings.Cut(item, ":")
		items[i] = nearest(name) + item[len(name):]
	}
	guess := strings.Join(items, ",")
	if _, err := Parse(guess); err != nil {
		return ""
	}
	return guess
}
