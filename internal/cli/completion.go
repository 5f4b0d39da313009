package cli

import (
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vae/configs"
	"vae/internal/config"
)

// valuesOf is the annotation that holds a flag's values for shell completion.
const valuesOf = "values"

// complete makes a flag's values known to shell completion.
func complete(c *cobra.Command, flag string, values []string) {
	must(c.Flags().SetAnnotation(flag, valuesOf, values))
}

// completing tells whether the shell asks for completions.
func completing(args []string) bool {
	return len(args) > 0 && slices.Contains([]string{cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd}, args[0])
}

// offerValues hands the values of all flags to cobra, which keeps a flag and with it
// its command for ever: whoever runs many commands asks for it only when it is needed.
func offerValues(c *cobra.Command) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if values := f.Annotations[valuesOf]; len(values) > 0 {
			must(c.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)))
		}
	})
	for _, sub := range c.Commands() {
		offerValues(sub)
	}
}

func must(err error) {
	if err != nil {
		panic("cli: " + err.Error()) // a flag that this program does not have
	}
}

func presetNames() []string {
	presets, err := config.Presets(configs.FS)
	if err != nil {
		panic("cli: " + err.Error()) // the presets are part of the program
	}
	names := make([]string, len(presets))
	for i, p := range presets {
		names[i] = p.Name + "\t" + p.Summary
	}
	return names
}
