package cli

import (
	"fmt"
	"io/fs"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"vae/configs"
	"vae/internal/config"
	"vae/internal/console"
)

func newPresets(s console.Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "presets [NAME]",
		Short: "List the presets, or print one",
		Example: `  vae presets
  vae presets latent2d > mine.yaml
  vae train --config mine.yaml`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("one preset at a time, got %d", len(args))
			}
			return nil
		},
		ValidArgsFunction: cobra.FixedCompletions(presetNames(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return printPreset(s, args[0])
			}
			return listPresets(s)
		},
	}
}

func listPresets(s console.Streams) error {
	presets, err := config.Presets(configs.FS)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	for _, p := range presets {
		fmt.Fprintf(w, "%s\t%s\n", p.Name, p.Summary)
	}
	return w.Flush()
}

func printPreset(s console.Streams, name string) error {
	if _, err := config.LoadPreset(configs.FS, name, config.Default()); err != nil {
		return console.Usage(err)
	}
	src, err := fs.ReadFile(configs.FS, name+".yaml")
	if err != nil {
		return err
	}
	_, err = s.Out.Write(src)
	return err
}
