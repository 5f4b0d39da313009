package cli

import (
	"fmt"
	"io"
	"io/fs"
	"math"
	"strings"
	"unicode/utf8"

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
	longest := 0
	for _, p := range presets {
		longest = max(longest, len(p.Name))
	}
	columns := math.MaxInt
	if s.OutTerminal {
		columns, _ = s.Size()
	}
	return s.WriteOut(func(w io.Writer) error {
		for _, p := range presets {
			name, indent := p.Name, longest
			if columns < 40 { // the summary below the name
				fmt.Fprintln(w, name)
				name, indent = "", 0
			}
			for _, line := range wrapped(p.Summary, columns-indent-2) {
				fmt.Fprintf(w, "%-*s  %s\n", indent, name, line)
				name = ""
			}
		}
		return nil
	})
}

// wrapped breaks a text into lines of at most so many letters, but for words that are longer.
func wrapped(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
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
