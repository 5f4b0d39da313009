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

// kinds says which amounts each kind may have, in numbers and in words: none where both are 0.
var kinds = map[Kind]struct {
	above, most  float64
	whole        bool
	words, usual string
}{
	Flip: {}, FlipVertical: {},
	Crop:   {0, 1024, true, "a whole number of pixels from 1 to 1024", "crop:4"},
	Rotate: {0, 180, false, "a number of degrees above 0, up to 180", "rotate:10"},
	Scale:  {1, 4, false, "a factor above 1, up to 4, by which images become larger or smaller", "scale:1.1"},
}

// Names are the items, in the order in which they are told of.
var Names = []string{"none", string(Flip), string(FlipVertical), string(Crop), string(Rotate), string(Scale), fill}

// Reason is what the text of a recipe must be.
const Reason = "must be none, or a list of " + changes + ", such as flip,crop:4"

const changes = "flip, flip-vertical, crop:PIXELS (1 to 1024), rotate:DEGREES (up to 180), scale:FACTOR (above 1, up to 4) and " +
	"fill:GREY (0 black to 1 white, for what crop, rotate or scale bring in, in place of the mirror image)"

// Error says which item of a recipe is wrong, and why.
type Error struct {
	Item   int // from 1; 0 for the whole
	Text   string
	Reason string
}

// Error is one line: "item 2 (crop:0): needs ...".
func (e *Error) Error() string {
	if e.Item == 0 {
		return e.Reason
	}
	text := e.Text
	if runes := []rune(text); len(runes) > 60 {
		text = string(runes[:60]) + "..."
	}
	return fmt.Sprintf("item %d (%s): %s", e.Item, text, e.Reason)
}

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

// Parse reads "none" or "flip,crop:4,rotate:10". The error is an *Error.
func Parse(text string) (Recipe, error) {
	var r Recipe
	if text == "none" {
		return r, nil
	}
	items := strings.Split(text, ",")
	switch {
	case len(text) > maxText:
		return r, &Error{Reason: fmt.Sprintf("the list has %d bytes, more than %d", len(text), maxText)}
	case len(items) > most:
		return r, &Error{Reason: fmt.Sprintf("the list has %d items, more than %d", len(items), most)}
	case text == "":
		return r, &Error{Reason: Reason}
	}
	filler := 0 // the item that says what comes in
	for i, item := range items {
		if reason := r.add(item); reason != "" {
			return Recipe{}, &Error{i + 1, item, reason}
		}
		if r.Filled && filler == 0 {
			filler = i + 1
		}
	}
	if r.Filled && !slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Kind == Crop || s.Kind == Rotate || s.Kind == Scale }) {
		return Recipe{}, &Error{filler, items[filler-1], "nothing comes in from outside that it could be: add crop, rotate or scale, or leave it out"}
	}
	return r, nil
}

// add reads one item, and says what is wrong with it; "" for nothing. The same kind may stand there again, but for what comes in from outside.
func (r *Recipe) add(item string) (reason string) {
	name, text, given := strings.Cut(item, ":")
	limits, known := kinds[Kind(name)]
	amount, err := strconv.ParseFloat(text, 64)
	number := given && err == nil && strings.Trim(text, "0123456789.") == ""
	switch {
	case name == fill && r.Filled:
		return "is the second that says what comes in from outside: leave one of them out"
	case name == fill && !(number && amount <= 1):
		return "needs a grey behind it, from 0 black to 1 white, such as fill:0"
	case name == fill:
		r.Fill, r.Filled = amount, true
		return ""
	case item == "none":
		return "stands alone, for no change: leave it out, or the others"
	case !known:
		return "is none of " + changes
	case limits.most == 0 && given:
		return "has no number behind it: leave that out"
	case limits.most > 0 && !(number && amount > limits.above && amount <= limits.most && (!limits.whole || amount == float64(int(amount)))):
		return "needs " + limits.words + ", such as " + limits.usual
	}
	r.Steps = append(r.Steps, Step{Kind(name), amount})
	return ""
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
