package cli

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"vae/internal/console"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// explained are the flags whose commands refuse an empty text when they have the model;
// sample_labels.txtar, encode_plot.txtar and neighbors_search.txtar see them do it.
var explained = []string{"label", "axes", "among"}

// TestNoFlagMayBeEmpty gives every flag of every command the empty text.
func TestNoFlagMayBeEmpty(t *testing.T) {
	t.Chdir(t.TempDir())
	tested := 0
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		c.InitDefaultHelpFlag()
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !slices.Contains(explained, f.Name) {
				tested++
				refusesEmpty(t, c, f.Name)
			} else if !leftToCommand(f) {
				t.Errorf("%s --%s is not left to the command", c.Name(), f.Name)
			}
		})
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(newRoot(console.Streams{}))
	if tested < 100 {
		t.Errorf("only %d flags", tested)
	}
}

func refusesEmpty(t *testing.T, c *cobra.Command, flag string) {
	var stderr bytes.Buffer
	args := append(strings.Fields(c.CommandPath())[1:], "--"+flag+"=")
	for _, enough := range [][]string{{}, {"a"}, {"a", "b"}} {
		if c.ValidateArgs(enough) == nil {
			args = append(args, enough...)
			break
		}
	}
	code := Run(context.Background(), args, console.Streams{Out: &bytes.Buffer{}, Err: &stderr, Env: func(string) string { return "" }})
	if code != console.ExitUsage || !strings.Contains(stderr.String(), "vae: --"+flag+" ") {
		t.Errorf("%q: exit code %d, %s", args, code, stderr.String())
	}
}
