package cli

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"vae/internal/config"
	"vae/internal/console"
)

// The help has every flag once, under a heading, in lines that fit.
func TestHelpHasHeadings(t *testing.T) {
	c := newTrain(console.Streams{})
	c.InitDefaultHelpFlag()
	usage := c.UsageString()
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if n := strings.Count(usage, "\n      --"+f.Name+" ") + strings.Count(usage, ", --"+f.Name+" "); n != 1 {
			t.Errorf("--%s stands %d times in\n%s", f.Name, n, usage)
		}
	})
	for line := range strings.Lines(usage) {
		if len(line) > 100+len("\n") {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
	at := -1
	for _, group := range config.Groups {
		next := strings.Index(usage, "\n\n"+string(group)+":\n")
		if next <= at {
			t.Errorf("%s is not where it should be in\n%s", group, usage)
		}
		at = next
	}
}

// The help is as wide as the terminal, within what can be read, and 100 columns elsewhere.
func TestHelpFitsTheTerminal(t *testing.T) {
	for columns, want := range map[int]int{20: 60, 60: 60, 80: 80, 100: 100, 200: 100} {
		s := console.Streams{OutTerminal: true, Size: func() (int, int) { return columns, 24 }}
		if got := helpColumns(s); got != want {
			t.Errorf("a terminal of %d columns: %d, want %d", columns, got, want)
		}
		_, flags, _ := strings.Cut(newTrain(s).UsageString(), "\n\nModel:\n")
		for line := range strings.Lines(flags) {
			if want >= 80 && len(line) > want+len("\n") {
				t.Errorf("%d columns of %d: %s", len(line), want, line)
			}
		}
	}
	if got := helpColumns(console.Streams{}); got != 100 {
		t.Errorf("no terminal: %d", got)
	}
}
