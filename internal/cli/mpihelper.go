package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"vae/internal/console"
	"vae/internal/world"
)

func newMPIHelper(s console.Streams) *cobra.Command {
	var out output
	c := &cobra.Command{
		Use:   "mpi-helper",
		Short: "Print the C source of vae-mpi, for training on several machines",
		Long: `Print the source of vae-mpi, a small program in C that stands between mpirun and
this one and lends it MPI. It is compiled once, by the mpicc of the MPI whose
mpirun is to start it, Open MPI or MPICH or what is made of them, and has to lie
at the same place on every machine, as this program and the data do.

The model is the same to the bit, however many processes train it.`,
		Example: `  vae mpi-helper > vae-mpi.c
  mpicc -O2 -o vae-mpi vae-mpi.c
  mpirun -n 4 ./vae-mpi vae train`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return runMPIHelper(c.Context(), &out, s) },
	}
	c.Flags().StringVarP(&out.path, "output", "o", "", "write to `file` instead of stdout, which is -")
	return c
}

func runMPIHelper(ctx context.Context, out *output, s console.Streams) error {
	if out.path == "-" {
		out.path = ""
	}
	if out.folder() {
		return usagef("-o %s is a folder: name a file, such as vae-mpi.c", out.path)
	}
	if err := out.checkPath(); err != nil {
		return err
	}
	return out.write(ctx, s, func(w io.Writer) error {
		_, err := w.Write(world.HelperSource)
		return err
	})
}
