package console

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Comma writes a count with thousands separated.
func Comma(n int) string {
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

// Count writes a number of things: "1 image", "2,000 images".
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return Comma(n) + " " + thing + "s"
}

// Seconds writes a duration as a person would: "4.2 s", "3 min 05 s".
func Seconds(d time.Duration) string {
	if d.Round(100*time.Millisecond) < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	s := int(d.Round(time.Second).Seconds())
	if s < 3600 {
		return fmt.Sprintf("%d min %02d s", s/60, s%60)
	}
	return fmt.Sprintf("%d h %02d min", s/3600, s%3600/60)
}

// Fixed writes a number to so many decimals; one that rounds to zero has no sign.
func Fixed(x float64, decimals int) string {
	text := strconv.FormatFloat(x, 'f', decimals, 64)
	if digits, negative := strings.CutPrefix(text, "-"); negative && strings.Trim(digits, "0.") == "" {
		return digits
	}
	return text
}

// Join writes a list of words in one line.
func Join(words []string) string { return strings.Join(words, ", ") }

// Listed names classes in one line, the first few of many.
func Listed(classes []string) string {
	const most, width = 12, 100
	var b strings.Builder
	for i, name := range classes {
		if i == most || i > 0 && b.Len() > width {
			fmt.Fprintf(&b, " and %s more", Comma(len(classes)-i))
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(Brief(OneLine(name)))
	}
	return b.String()
}

// Brief cuts a name that is too long for a message.
func Brief(name string) string {
	const most = 40
	if letters := []rune(name); len(letters) > most {
		return string(letters[:most]) + "..."
	}
	return name
}
