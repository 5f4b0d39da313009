package console

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// OneLine keeps an error on one line whatever a file name in it holds.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// ShellWord quotes a path where a shell would not take it as one word.
func ShellWord(s string) string {
	if strings.HasPrefix(s, "-") { // which would be a flag
		s = "./" + s
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
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

// quoteControl quotes a name with line feeds and the like, as bash, zsh and POSIX 2024
// read it.
func quoteControl(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			fallthrough
		default:
			b.WriteByte(c)
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
