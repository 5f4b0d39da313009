package cli

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// comma writes a count with thousands separated.
func comma(n int) string {
	s := strconv.Itoa(n)
	var b strings.Builder
	for i, r := range s {
		if i > 0 && (len(s)-i)%3 == 0 && s[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// count writes a number of things: "1 image", "2,000 images".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return comma(n) + " " + thing + "s"
}

// shellWord quotes a path where a shell would not take it as one word.
func shellWord(s string) string {
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

// validText writes text in UTF-8: a byte that is none becomes \xNN, as Go has it. So
// does a backslash that would look like that, so that the bytes can be had back.
func validText(s string) string {
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

// seconds writes a duration as a person would: "4.2 s", "3 min 05 s".
func seconds(d time.Duration) string {
	if d.Round(100*time.Millisecond) < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	s := int(d.Round(time.Second).Seconds())
	if s < 3600 {
		return fmt.Sprintf("%d min %02d s", s/60, s%60)
	}
	return fmt.Sprintf("%d h %02d min", s/3600, s%3600/60)
}
