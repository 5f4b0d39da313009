// Package data holds the four files of the MNIST database, embedded, so that
// the program trains without a network. README.md gives their source, licence
// and checksums.
package data

import "embed"

// FS holds train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz,
// t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz.
//
//go:embed *.gz
var FS embed.FS
