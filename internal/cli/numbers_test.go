package cli

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vae/internal/console"
)

// TestNumbersAreDecimal: of every command, every flag that takes a number reads 010 as
// ten or refuses it as out of its bounds, and takes no number in another base.
func TestNumbersAreDecimal(t *testing.T) {
	numeric := map[string]bool{"int": true, "uint64": true, "float64": true, "numbers": true, "pixels": true}
	flags := 0
	eachCommand(newRoot(console.Streams{Env: func(string) string { return "" }}), func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !numeric[f.Value.Type()] {
				return
			}
			flags++
			if err := f.Value.Set("010"); err != nil || f.Value.String() != "10" {
				t.Errorf("%s --%s 010 is %s (%v)", c.Name(), f.Name, f.Value, err)
			}
			for _, text := range []string{"0x10", "0b11", "0o17", "1_000", "0x1p-2"} {
				if f.Value.Set(text) == nil {
					t.Errorf("%s --%s %s is taken as %s", c.Name(), f.Name, text, f.Value)
				}
			}
		})
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if kind := f.Value.Type(); !numeric[kind] && (strings.Contains(kind, "int") || strings.Contains(kind, "float")) {
				t.Errorf("%s --%s is a %s, of which this test knows nothing", c.Name(), f.Name, kind)
			}
		})
	})
	if flags < 40 {
		t.Errorf("%d flags of numbers", flags)
	}
}

// eachCommand visits a command and all below it.
func eachCommand(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		eachCommand(sub, visit)
	}
}
