package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// valuesOfFlags are the places of arguments that the flag package takes for the value of
// the flag before them.
func valuesOfFlags(c *cobra.Command, args []string) map[int]*pflag.Flag {
	values := map[int]*pflag.Flag{}
	for i := 0; i < len(args) && args[i] != "--"; i++ {
		if f := awaiting(c, args[i]); f != nil && i+1 < len(args) {
			i++
			values[i] = f
		}
	}
	return values
}

// awaiting is the flag of which the next argument is the value; nil for none.
func awaiting(c *cobra.Command, arg string) *pflag.Flag {
	name, long := strings.CutPrefix(arg, "--")
	short, isFlag := strings.CutPrefix(arg, "-")
	switch {
	case long && !strings.Contains(name, "="):
		if f := c.Flag(name); f != nil && f.NoOptDefVal == "" {
			return f
		}
	case !long && isFlag:
		for i := range len(short) {
			f := c.Flags().ShorthandLookup(short[i : i+1])
			if f == nil || f.NoOptDefVal == "" { // what follows it is its value
				if i < len(short)-1 {
					return nil
				}
				return f
			}
		}
	}
	return nil
}

// checkValues refuses a flag in the place of another one's value, as -m $MODEL --json has
// it where there is no MODEL.
func checkValues(c *cobra.Command, args []string) error {
	values := valuesOfFlags(c, args)
	for i, arg := range args {
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		f := values[i]
		switch {
		case f == nil:
		case strings.HasPrefix(arg, "--") && c.Flag(name) != nil, len(arg) == 2 && arg[0] == '-' && c.Flags().ShorthandLookup(arg[1:]) != nil:
			return usagef("--%s needs a value, and %s is the next flag; if that is the value, say --%s=%s", f.Name, arg, f.Name, arg)
		}
	}
	return nil
}
