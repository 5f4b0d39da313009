package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vae/internal/config"
)

// groupOf is the annotation that holds the heading of a flag in the help.
const groupOf = "group"

// helpColumns is how wide a help with headings is.
const helpColumns = 100

// groupedUsage prints the usage of a command with its flags under headings. Those
// without one are about the run.
func groupedUsage(c *cobra.Command) error {
	w := c.OutOrStderr()
	if _, err := fmt.Fprintf(w, "Usage:\n  %s\n\nExamples:\n%s\n", c.UseLine(), c.Example); err != nil {
		return err
	}
	for _, group := range config.Groups {
		if err := usageOf(w, string(group), c.LocalFlags()); err != nil {
			return err
		}
	}
	return nil
}

// usageOf prints the flags of a group.
func usageOf(w io.Writer, group string, all *pflag.FlagSet) error {
	flags := pflag.NewFlagSet(group, pflag.ContinueOnError)
	flags.SortFlags = false
	all.VisitAll(func(f *pflag.Flag) {
		own := f.Annotations[groupOf]
		if len(own) == 0 {
			own = []string{string(config.GroupRun)}
		}
		if own[0] == group {
			flags.AddFlag(f)
		}
	})
	_, err := fmt.Fprintf(w, "\n%s:\n%s", group, flags.FlagUsagesWrapped(helpColumns))
	return err
}
