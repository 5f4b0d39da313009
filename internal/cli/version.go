package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"vae/internal/console"
	"vae/internal/kernel"
)

func newVersion(s console.Streams) *cobra.Command {
	var verbose bool
	c := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  vae version --verbose",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(s.Out, "vae %s\n", version())
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
