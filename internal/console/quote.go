package console

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// OneLine is the one cleaning of all that is printed and did not come from the program:
// names of files and classes, paths, what a model says of itself. What a terminal obeys
// or nobody sees goes: control characters, those of C1 and line separators too, become
// spaces, and what turns the direction of writing or has no width the sign of what cannot
// be shown, as do bytes that are no UTF-8.
func OneLine(s string) string { return strings.Map(shown, s) }

// shown is what a person gets to see in the place of a character.
func shown(r rune) rune {
	switch {
	case breaks(r):
		return ' '
	case invisible(r):
		return unicode.ReplacementChar
	}
	return r
}

func breaks(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

// invisible tells whether a character only acts upon others. Joiners, without which some
// scripts cannot be written, and signs that enclose digits may stay.
func invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) && !unicode.In(r, unicode.Join_Control, unicode.Prepended_Concatenation_Mark)
}

// harmless tells whether a text can be printed as it is.
func harmless(s string) bool { return OneLine(s) == s }

// ShellWord quotes a path where a shell would not take it as one word.
func ShellWord(s string) string {
	if strings.HasPrefix(s, "-") { // which would be a flag
		s = "./" + s
	}
	if !harmless(s) {
		return quoteControl(s)
	}
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./:,+@", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// quoteControl quotes a name that cannot be printed, as bash, zsh and POSIX 2024 read it.
func quoteControl(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		_, size := utf8.DecodeRuneInString(s)
		char := s[:size]
		s = s[size:]
		switch {
		case !harmless(char):
			for _, c := range []byte(char) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		case char == "'" || char == `\`:
			b.WriteString(`\` + char)
		default:
			b.WriteString(char)
		}
	}
	return "$'" + b.String() + "'"
}

// ValidText writes text in UTF-8: a byte that is none becomes \xNN, as Go has it. So
// does a backslash that would look like that, so that the bytes can be had back.
func ValidText(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || looksEscaped(s[i:]) {
			fmt.Fprintf(&b, `\x%02x`, s[i])
		} else {
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// looksEscaped tells whether s begins with \xNN.
func looksEscaped(s string) bool {
	if len(s) < 4 || s[:2] != `\x` {
		return false
	}
	_, err := hex.DecodeString(s[2:4])
	return err == nil
}

// OriginalText is the text that [ValidText] has made s of.
func OriginalText(s string) string {
	if !strings.Contains(s, `\x`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if looksEscaped(s[i:]) {
			value, _ := hex.DecodeString(s[i+2 : i+4])
			b.Write(value)
			i += 4
			continue
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}
