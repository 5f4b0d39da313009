package cli

import (
	"fmt"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"vae/internal/console"
	"vae/internal/kernel"
)

// releaseVersion is the version of this source tree; a build may set another.
var releaseVersion = "0.2.0"

// program is what goes into model files. It does not change from one build of the same
// source to the next.
func program() string { return "vae " + releaseVersion }

// sameBits tells whether a run that another program began goes on here as it would have
// gone on there, to the bit.
func sameBits(other string) bool {
	return slices.Contains([]string{program(), "vae 0.1.0-dev"}, other)
}

func newVersion(s console.Streams) *cobra.Command {
	var verbose bool
	c := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  vae version --verbose",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(s.Out, program())
			if err == nil && verbose {
				_, err = fmt.Fprintf(s.Out, "%s %s/%s, kernels %s, %s\n",
					runtime.Version(), runtime.GOOS, runtime.GOARCH, kernel.Path(), console.Count(runtime.GOMAXPROCS(0), "thread"))
			}
			return err
		},
	}
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "print the Go version, the platform, the path of the kernels and the threads too")
	return c
}
