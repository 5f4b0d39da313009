package shards

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"vae/internal/archive"
)

// longestName is more than a file's path may have.
const longestName = 4096

// mostShards is how many names braces may stand for.
var mostShards = 1 << 20

// errMany is about braces that stand for more.
var errMany = errors.New("stands for too many shards: name a part of them at a time")

// Names tells whether a name stands for several tars by its braces, train-{000000..000099}.tar or {train,test}.tar, as a shell writes them,
// and for which. A file that is called so is meant itself.
func Names(name string) (names []string, several bool, err error) {
	if _, err := os.Lstat(name); err == nil || !strings.Contains(name, "{") || len(name) > longestName {
		return nil, false, nil
	}
	names, err = expand(name, mostShards)
	if err != nil {
		return nil, true, fmt.Errorf("%s: %w", name, err)
	}
	if len(names) == 1 && names[0] == name || slices.ContainsFunc(names, func(n string) bool { return !archive.IsTar(n) }) {
		return nil, false, nil
	}
	return names, true, nil
}

// expand expands the first braces and, of what comes of them, the rest.
func expand(name string, most int) ([]string, error) {
	for from := 0; ; {
		open := strings.IndexByte(name[from:], '{')
		if open < 0 {
			return []string{name}, nil
		}
		open += from
		words, end, err := inside(name, open, most)
		if err != nil {
			return nil, err
		}
		if words == nil { // braces that stand for themselves
			from = open + 1
			continue
		}
		var all []string
		for _, word := range words {
			rest, err := expand(word+name[end:], most-len(all))
			if err != nil {
				return nil, err
			}
			for _, r := range rest {
				all = append(all, name[:open]+r)
			}
			if len(all) > most {
				return nil, errMany
			}
		}
		return all, nil
	}
}

// inside are the words that the braces at a place stand for, and where they end; nil where they stand for themselves.
func inside(name string, open, most int) (words []string, end int, err error) {
	depth, begin := 0, open+1
	for i := open; i < len(name); i++ {
		switch name[i] {
		case '{':
			depth++
		case ',':
			if depth == 1 {
				words, begin = append(words, name[begin:i]), i+1
			}
		case '}':
			if depth--; depth > 0 {
				continue
			}
			if words != nil {
				return append(words, name[begin:i]), i + 1, nil
			}
			words, err = numbers(name[begin:i], most)
			return words, i + 1, err
		}
	}
	return nil, 0, nil
}

// mostDigits is how many a number of a range has at most, zeros before it among them: names are made of all.
const mostDigits = 32

// numbers are those of a range, 000..099; nil of what is none.
func numbers(text string, most int) (all []string, err error) {
	a, b, found := strings.Cut(text, "..")
	first, err1 := strconv.ParseUint(a, 10, 62)
	last, err2 := strconv.ParseUint(b, 10, 62)
	if !found || err1 != nil || err2 != nil {
		return nil, nil
	}
	if last < first {
		return nil, fmt.Errorf("counts down from %s to %s: write {%s..%s}", a, b, b, a)
	}
	if last-first >= uint64(most) || max(len(a), len(b)) > mostDigits {
		return nil, errMany
	}
	width := 0
	if a[0] == '0' && len(a) > 1 || b[0] == '0' && len(b) > 1 {
		width = max(len(a), len(b))
	}
	for n := first; n <= last; n++ {
		all = append(all, fmt.Sprintf("%0*d", width, n))
	}
	return all, nil
}

// mostNamed is how many shards an error names.
const mostNamed = 5

// missing names the shards that are not there in one error.
func missing(name string, shards []string) error {
	var none []string
	for _, s := range shards {
		if _, err := os.Stat(s); errors.Is(err, fs.ErrNotExist) {
			none = append(none, s)
		}
	}
	n := len(none)
	switch {
	case n == 0:
		return nil
	case n == len(shards):
		return fmt.Errorf("%s: none of its %d shards is there, such as %s", name, n, none[0])
	case n > mostNamed:
		none = append(none[:mostNamed], fmt.Sprintf("and %d more", n-mostNamed))
	}
	return fmt.Errorf("%s: of its %d shards %d are not there: %s; fetch them, or name those that are there", name, len(shards), n, strings.Join(none, ", "))
}
