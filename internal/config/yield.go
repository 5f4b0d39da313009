package config

import (
	"fmt"
	"strconv"
)

// Yielding are the settings in which a preset, which was made for data of its own, gives way to a small data set. What a
// user has asked for does not: it is refused where it cannot be.
var Yielding = []string{"data.validation", "train.batch", "train.warmup"}

// Yield makes the Yielding settings whose values are a preset's, as ofPreset tells by path, such as the data allow, and
// says in a note each what it has changed. The validation images are those that the data were split with.
func (c Config) Yield(ofPreset func(path string) bool, f DataFacts) (Config, []string) {
	var notes []string
	if was := c.Data.Validation; ofPreset("data.validation") && was != Auto && was != f.Validation {
		notes = append(notes, fmt.Sprintf("validation: %s instead of the preset's %s, to fit these data", counted(f.Validation, "image"), counted(was, "")))
		c.Data.Validation = f.Validation
	}
	all := "all " + trainingImages(f.Train) + " at once"
	if f.Train == 1 {
		all = "the only training image"
	}
	switch was := c.Train.Batch; {
	case c.Model.Kind == PCA:
	case was == Auto && f.Train < AutoBatch:
		notes = append(notes, fmt.Sprintf("batch: %s instead of the usual %d", all, AutoBatch))
	case ofPreset("train.batch") && was > f.Train:
		notes = append(notes, fmt.Sprintf("batch: %s instead of the preset's %s", all, counted(was, "")))
		c.Train.Batch = f.Train
	}
	if was, steps := c.Train.Warmup, c.steps(f); ofPreset("train.warmup") && c.Model.Kind != PCA && was > steps {
		c.Train.Warmup = max(1, steps/10)
		notes = append(notes, fmt.Sprintf("warm-up: %s, a tenth of the training, instead of the preset's %s, which are more than all of it", counted(c.Train.Warmup, "step"), counted(was, "")))
	}
	return c, notes
}

// steps are those of a training on such data, at most so many as an int holds.
func (c Config) steps(f DataFacts) int {
	batch := c.Train.Batch
	if batch == Auto {
		batch = min(f.Train, AutoBatch)
	}
	return c.Train.Epochs * ((f.Train + batch - 1) / batch)
}

// counted writes "1,000 steps", "1 step" or, of nothing in particular, "1,000".
func counted(n int, what string) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	switch {
	case what == "":
		return text
	case n == 1:
		return text + " " + what
	}
	return text + " " + what + "s"
}

// trainingImages writes "1,000 training images".
func trainingImages(n int) string { return counted(n, "training image") }
