package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vae/internal/config"
	"vae/internal/console"
)

// checkName refuses a command that does not exist before its flags are looked at, which
// would be unknown too; asked says whose help tells more.
func checkName(root *cobra.Command, args []string) (asked *cobra.Command, err error) {
	names := operands(root, args)
	switch {
	case len(names) == 0 || completing(names):
		return root, nil
	case names[0] == "help" && len(names) > 1:
		return checkName(root, names[1:])
	case names[0] == "completion" && len(names) > 1:
		shells := child(root, "completion")
		return shells, checkShell(shells, names[1])
	case names[0] == "help" || child(root, names[0]) != nil:
		return root, nil
	}
	return root, unknownCommand(root, names[0])
}

// operands are the arguments that are no flags, as far as all flags are those of root.
func operands(root *cobra.Command, args []string) (names []string) {
	for i := 0; i < len(args); i++ {
		flag, isFlag := strings.CutPrefix(args[i], "--")
		flag, _, hasValue := strings.Cut(flag, "=")
		switch {
		case slices.Contains([]string{"-h", "-v", "--help", "--version"}, args[i]):
		case !strings.HasPrefix(args[i], "-") || args[i] == "-":
			names = append(names, args[i])
		case !isFlag || root.PersistentFlags().Lookup(flag) == nil:
			return names
		case !hasValue:
			i++
		}
	}
	return names
}

// child is the command of that name below another; nil for none.
func child(c *cobra.Command, name string) *cobra.Command {
	for _, sub := range c.Commands() {
		if sub.Name() == name {
			return sub
		}
	}
	return nil
}

// checkShell refuses a shell that cobra does not know.
func checkShell(c *cobra.Command, name string) error {
	if child(c, name) != nil {
		return nil
	}
	return usagef("unknown shell %q: the shells are %s", name, console.Join(commandNames(c)))
}

// unknownCommand names the command that was probably meant.
func unknownCommand(c *cobra.Command, name string) error {
	names := commandNames(c)
	if near := config.Nearest(name, names); near != "" {
		return usagef("unknown command %q (did you mean %q?)", name, near)
	}
	return usagef("unknown command %q: the commands are %s", name, console.Join(names))
}

// commandNames are in the order of the alphabet.
func commandNames(c *cobra.Command) []string {
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	slices.Sort(names)
	return names
}
