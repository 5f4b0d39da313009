package config

import (
	"slices"
	"strings"
)

// The signs around a mention. The zero byte is in no name of a file and no argument, so that nothing a user has named is taken
// for a mention.
const opening, closing = "\x00⟨", "⟩\x00"

// options are what messages speak of besides settings: what a program asks its user for, but no run holds.
var options = []string{"columns", "config", "from", "max_pixels", "model", "number", "padding", "resume", "run", "scale"}

// Mention speaks of a setting, by its path, or of an option, in a text for people: ⟨train.learning_rate 0.001⟩, or
// without a value ⟨train.learning_rate⟩, between zero bytes. Whoever shows the text says with [Word] what its reader calls it.
func Mention(name string, value ...string) string {
	return opening + strings.Join(append([]string{name}, value...), " ") + closing
}

// Word puts for each mention in a text what word makes of its name and value, "" for none. What looks like a mention and
// is of nothing that exists stays as it is.
func Word(text string, word func(name, value string) string) string {
	var b strings.Builder
	for {
		before, rest, begun := strings.Cut(text, opening)
		inside, after, ended := strings.Cut(rest, closing)
		if !begun || !ended {
			return b.String() + text
		}
		b.WriteString(before)
		if name, value, _ := strings.Cut(inside, " "); Mentionable(name) {
			b.WriteString(word(name, value))
			text = after
		} else {
			b.WriteString(opening)
			text = rest
		}
	}
}

// Mentionable tells whether there is a setting or an option of that name.
func Mentionable(name string) bool {
	_, ok := Find(name)
	return ok || slices.Contains(options, name)
}
