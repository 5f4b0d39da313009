package config

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxShown is the number of characters of a wrong key or value that a message repeats.
const maxShown = 60

// Nearest is the candidate that word is probably a misspelling of, or "".
func Nearest(word string, candidates []string) string {
	if len(word) > maxShown {
		return ""
	}
	word = strings.ToLower(word)
	best, least := "", min(2, len(word)/2)+1
	for _, candidate := range candidates {
		if d := distance(word, candidate); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// distance is the number of bytes to insert, delete, replace, or swap with their neighbour that makes b of a.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		for j := range rows[i] {
			switch {
			case i == 0 || j == 0:
				rows[i][j] = i + j
			case a[i-1] == b[j-1]:
				rows[i][j] = rows[i-1][j-1]
			default:
				rows[i][j] = 1 + min(rows[i-1][j-1], rows[i-1][j], rows[i][j-1])
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// related are the few keys that share the most words with a wrong one, or have it for their initials. Words of which
// one begins the other, or that begin with the same four letters, count as shared.
func related(key string, known []string) []string {
	if len(key) > maxShown {
		return nil
	}
	key = strings.ToLower(key)
	var best []string
	most := 1
	for _, candidate := range known {
		switch n := sharedWords(key, candidate); {
		case n > most:
			best, most = []string{candidate}, n
		case n == most:
			best = append(best, candidate)
		}
	}
	if len(best) > 4 {
		return nil
	}
	return best
}

func sharedWords(key, candidate string) int {
	words, n, initials := strings.Split(candidate, "_"), 0, ""
	for _, word := range words {
		initials += word[:1]
	}
	for _, part := range strings.FieldsFunc(key, func(r rune) bool { return r == '_' || r == '-' || r == ' ' }) {
		if len(words) > 1 && part == initials || slices.ContainsFunc(words, func(word string) bool { return sameStart(part, word) }) {
			n++
		}
	}
	return n
}

func sameStart(a, b string) bool {
	n := min(len(a), len(b), 4)
	return n > 1 && a[:n] == b[:n]
}

func suggest(words ...string) string {
	var quoted []string
	for _, word := range words {
		if word != "" {
			quoted = append(quoted, strconv.Quote(word))
		}
	}
	if len(quoted) == 0 {
		return ""
	}
	return " (did you mean " + strings.Join(quoted, " or ") + "?)"
}

// quote writes s in quotes on one line, cut when it is long.
func quote(s string) string { return strconv.Quote(cut(s, maxShown)) }

// cut shortens s to so many characters, and shows that it did.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) > most {
		return string([]rune(s)[:most]) + "..."
	}
	return s
}

// oneLine escapes whatever would break a line of text.
func oneLine(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}
