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
		if len(line) > helpColumns+1 {
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
