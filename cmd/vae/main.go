// Command vae trains, samples, encodes, reconstructs and measures variational
// autoencoders.
package main

import (
	"os"

	"vae/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:])) }
