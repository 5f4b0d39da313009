package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vae/internal/config"
	"vae/internal/console"
)

func usagef(format string, args ...any) error { return console.Usagef(format, args...) }

// wantsJSON tells whether --json stands among the arguments of a command. It is asked of
// them, not of the flags, since these may be what is wrong.
func wantsJSON(c *cobra.Command, args []string) bool {
	wanted, values := false, map[int]*pflag.Flag{}
	if c != nil {
		values = valuesOfFlags(c, args)
	}
	for i, arg := range args {
		value, isJSON := strings.CutPrefix(arg, "--json=")
		switch {
		case values[i] != nil:
		case arg == "--":
			return wanted
		case arg == "--json":
			wanted = true
		case isJSON:
			wanted, _ = strconv.ParseBool(value)
		}
	}
	return wanted
}

// flagError rewrites the flag package's errors in the user's terms.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(c, unknown)
	case errors.As(err, &missing):
		_, usage := pflag.UnquoteUsage(missing.GetFlag())
		return usagef("--%s needs a value (%s)", missing.GetFlag().Name, usage)
	case errors.As(err, &invalid):
		return usagef("--%s %q: %s", invalid.GetFlag().Name, invalid.GetValue(), expectation(invalid))
	}
	return console.Usage(err)
}

func expectation(invalid *pflag.InvalidValueError) string {
	if errors.Is(invalid, strconv.ErrRange) {
		return "is out of range"
	}
	if count, ok := invalid.GetFlag().Value.(countOrWord); ok {
		return fmt.Sprintf("must be a whole number, %d or more, or %s", count.least, count.word)
	}
	if number, ok := invalid.GetFlag().Value.(numberOrWord); ok {
		return "must be a number or " + strings.Join(number.words, " or ")
	}
	switch invalid.GetFlag().Value.Type() {
	case "int":
		return "must be a whole number in decimal digits"
	case "pixels":
		return "must be a whole number from 1 to 2147483647"
	case "uint64":
		return "must be a whole number, 0 or more, in decimal digits"
	case "float64":
		return "must be a number"
	case "bool":
		return "must be true or false"
	}
	return invalid.Unwrap().Error()
}

func unknownFlag(c *cobra.Command, e *pflag.NotExistError) error {
	name := e.GetSpecifiedName()
	if len(name) < 2 {
		if !c.HasParent() {
			return usagef("unknown flag -%s: name the command first, such as 'vae train'", name)
		}
		return usagef("unknown flag -%s", name)
	}
	var all []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			all = append(all, f.Name)
		}
	})
	if near := config.Nearest(name, all); near != "" {
		return usagef("unknown flag --%s (did you mean --%s?)", name, near)
	}
	slices.Sort(all)
	if !c.HasParent() {
		return usagef("unknown flag --%s: name the command first, such as 'vae train'; before it the flags are --%s", name, strings.Join(all, ", --"))
	}
	return usagef("unknown flag --%s: the flags are --%s", name, strings.Join(all, ", --"))
}
