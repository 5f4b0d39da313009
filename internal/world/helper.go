package world

import _ "embed"

// HelperSource is vae-mpi, the program in C that lends MPI to this one. A user compiles it with the MPI at hand.
//
//go:embed helper/vae-mpi.c
var HelperSource []byte
