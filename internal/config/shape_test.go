package config

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// bombs are the worst files that the limits allow, and such that would be far worse without them.
func bombs() map[string]string {
	fill := func(head, piece string, size int) string {
		return head + strings.Repeat(piece, (size-len(head))/len(piece))
	}
	long := strings.Repeat("b", MaxFileSize-20_000)
	all := map[string]string{
		"tabs in quotes":       fill("a: \"", "\ta", 1<<18),
		"< in a row":           fill("", "<", 1<<18),
		"blank lines":          fill("a: >\n  b", "\n", MaxFileSize),
		"blank lines of space": fill("a: |\n  b\n", " \n", MaxFileSize),
		"carriage returns":     fill("a: >\n  b\n", "\r", MaxFileSize),
		"text, blank lines":    "a: >\n  " + long + strings.Repeat("\n", 1000),
		"blocks, blank lines":  fill("", "a: >\n  b"+strings.Repeat("\n", 1000), MaxFileSize),
		"limit of tabs":        "a: \"" + strings.Repeat("\t", 64) + long,
		"limit of <":           strings.Repeat("<", 11_000) + long,
		"limit of blank lines": "a: >\n  " + long + strings.Repeat("\n", 16),
	}
	for _, piece := range []string{"[", "@", "a:\n", "*a ", "-\n"} {
		all[fmt.Sprintf("limit of %q", piece)] = strings.Repeat(piece, maxSigns)
	}
	for _, piece := range []string{"a: |\n b\n", "\x00", "1"} {
		all[fmt.Sprintf("file of %q", piece)] = fill("", piece, MaxFileSize)
	}
	var deep strings.Builder
	for i := 0; deep.Len()+i+3 <= MaxFileSize; i++ {
		deep.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	all["deeper and deeper"] = deep.String()
	return all
}

// TestBombs: whatever a file holds, it is refused in bounded memory, and in a time that
// -v shows: what is quadratic here takes minutes.
func TestBombs(t *testing.T) {
	const most = 400 << 20 // bytes that are ever allocated, which is more than are in use at a time
	var before, after runtime.MemStats
	for name, src := range bombs() {
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err := Load([]byte(src), "bomb", Default())
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		allocated := after.TotalAlloc - before.TotalAlloc
		t.Logf("%-24s %6.3f s %4d MB %.100v", name, took.Seconds(), allocated>>20, err)
		if err == nil || allocated > most {
			t.Errorf("%s: %d MB, error: %v", name, allocated>>20, err)
		}
	}
}

// TestShapeSpares: what people write is far from the limits, also in a large file.
func TestShapeSpares(t *testing.T) {
	c := Default()
	c.Model.Conditional = true
	for i := range MaxClasses {
		c.Model.Classes = append(c.Model.Classes, fmt.Sprintf("%05d<<[,:\"-'.#|", i))
	}
	commented := strings.ReplaceAll(string(c.YAML()), "\n", " # why\t\t\r\n\r\n\r\n")
	commented += strings.Repeat("# "+strings.Repeat("<", 80)+"\r\n", 1000) + strings.Repeat("\n", 16)
	if got, err := Load([]byte(commented), "large", Default()); err != nil || len(got.Model.Classes) != MaxClasses {
		t.Errorf("%d classes, %v", len(got.Model.Classes), err)
	}
}
