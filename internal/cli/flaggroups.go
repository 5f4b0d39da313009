package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vae/internal/config"
	"vae/internal/console"
)

// groupOf is the annotation that holds the heading of a flag in the help.
const groupOf = "group"

// helpColumns is how wide a help with headings is: as the terminal of its reader, within
// what can be read.
func helpColumns(s console.Streams) int {
	const least, most = 60, 100
	if !s.OutTerminal {
		return most
	}
	columns, _ := s.Size()
	return min(max(columns, least), most)
}

// groupedUsage prints the usage of a command with its flags under headings. Those
// without one are about the run.
func groupedUsage(c *cobra.Command, columns int) error {
	w := c.OutOrStderr()
	if _, err := fmt.Fprintf(w, "Usage:\n  %s\n\nExamples:\n%s\n", c.UseLine(), c.Example); err != nil {
		return err
	}
	for _, group := range config.Groups {
		if err := usageOf(w, string(group), c.LocalFlags(), columns); err != nil {
			return err
		}
	}
	return nil
}

// usageOf prints the flags of a group.
func usageOf(w io.Writer, group string, all *pflag.FlagSet, columns int) error {
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
	_, err := fmt.Fprintf(w, "\n%s:\n%s", group, flags.FlagUsagesWrapped(columns))
	return err
}
