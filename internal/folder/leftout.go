package folder

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Reason says why something in a folder is left out. A reason that is not listed here is an ending with what is said of it,
// such as ".avif (not supported)".
type Reason string

// The reasons.
const (
	NoImage   Reason = "without an image"
	Beside    Reason = "beside the folders of the split"
	OwnRun    Reason = "run of this program"
	KnownLink Reason = "link to a folder that is read already"
	Packed    Reason = "archive, which is read where it is named itself"
)

// LeftOut counts what is left out, by its reason. The zero value is ready.
type LeftOut struct{ counts map[Reason]int }

// Add counts one more.
func (l *LeftOut) Add(r Reason) { l.AddAll(r, 1) }

// AddAll counts n more.
func (l *LeftOut) AddAll(r Reason, n int) {
	if l.counts == nil {
		l.counts = map[Reason]int{}
	}
	l.counts[r] += n
}

// Merge adds what another has counted.
func (l *LeftOut) Merge(other LeftOut) {
	for r, n := range other.counts {
		l.AddAll(r, n)
	}
}

// Counts are how many were left out, by reason.
func (l LeftOut) Counts() map[Reason]int {
	counts := maps.Clone(l.counts)
	if counts == nil {
		counts = map[Reason]int{}
	}
	return counts
}

// Count is how many were left out for the reason.
func (l LeftOut) Count(r Reason) int { return l.counts[r] }

// String is "54 files left out: 40 .avif (not supported), 14 without an image", the most first; "" where nothing was.
func (l LeftOut) String() string {
	var files int
	var parts, folders []string
	order := func(a, b Reason) int {
		return cmp.Or(cmp.Compare(l.counts[b], l.counts[a]), cmp.Compare(a, b))
	}
	for _, r := range slices.SortedFunc(maps.Keys(l.counts), order) {
		n := l.counts[r]
		switch r {
		case OwnRun, KnownLink:
			folders = append(folders, several(n, string(r)))
		default:
			files += n
			parts = append(parts, fmt.Sprintf("%d %s", n, r))
		}
	}
	var text []string
	if files > 0 {
		text = append(text, several(files, "file")+" left out: "+strings.Join(parts, ", "))
	}
	if len(folders) > 0 {
		text = append(text, strings.Join(folders, " and ")+" left out")
	}
	return strings.Join(text, "; ")
}

// several is "1 file", "2 files", "2 links to a folder that is read already".
func several(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	first, rest, _ := strings.Cut(what, " ")
	return strings.TrimSpace(fmt.Sprintf("%d %ss %s", n, first, rest))
}
