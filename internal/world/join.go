package world

import (
	"fmt"
	"math/bits"
	"os"
	"strconv"
	"time"
)

// fromHelper is the variable in which the helper says version, rank, size and bytes of the shared memory.
const fromHelper = "VAE_MPI"

// helperVersion is that of what both sides must agree on.
const helperVersion = 1

// leastMemory is less than what any helper shares, in bytes.
const leastMemory = 10 << 20

// Join returns the world that this process was started in: that of the helper, else [Alone]. It is an error where a
// launcher has started several processes that know nothing of each other. To be called once. Patience is how long
// the helper waits for the other processes before it ends all; 0 for ever. It includes what another process does meanwhile.
func Join(patience time.Duration) (World, error) {
	said, helped := os.LookupEnv(fromHelper)
	if !helped || said == "" {
		return Alone{}, strangers(os.Getenv)
	}
	var version, rank, size, memory int
	if _, err := fmt.Sscan(said, &version); err != nil || version != helperVersion {
		return nil, fmt.Errorf("vae-mpi was made for another version of vae: make it again of what 'vae mpi-helper' prints")
	}
	if _, err := fmt.Sscan(said, &version, &rank, &size, &memory); err != nil {
		return nil, fmt.Errorf("%s is %q, which vae-mpi does not say: start vae by vae-mpi", fromHelper, said)
	}
	switch {
	case size < 1 || rank < 0 || rank >= size || memory < leastMemory:
		return nil, fmt.Errorf("%s is %q, which vae-mpi does not say: start vae by vae-mpi", fromHelper, said)
	case size == 1:
		return Alone{}, wrongMPI(os.Getenv)
	case size&(size-1) != 0:
		return nil, fmt.Errorf("%d processes: must be a power of two, such as %d", size, 1<<(bits.Len(uint(size))-1))
	}
	return cross(rank, size, memory, patience)
}

// Helped is how many processes the helper of this one has said that there are; 1 without a helper.
func Helped() int {
	var version, rank, size int
	if _, err := fmt.Sscan(os.Getenv(fromHelper), &version, &rank, &size); err != nil {
		return 1
	}
	return size
}

// strangers is the error about several processes without a helper.
func strangers(env func(string) string) error {
	launcher, n := launched(env)
	if n < 2 {
		return nil
	}
	return fmt.Errorf("%s has started %d of this program, each of which would work alone and write the same files: "+
		"put vae-mpi before it, as in '%s vae-mpi vae train' ('vae mpi-helper' tells how to make vae-mpi)", launcher, n, launcher)
}

// wrongMPI is the error about several helpers that are alone each.
func wrongMPI(env func(string) string) error {
	launcher, n := launched(env)
	if n < 2 {
		return nil
	}
	return fmt.Errorf("%s has started %d processes, but vae-mpi was compiled for another MPI, of which each is alone: "+
		"start it by the mpirun of the mpicc that made it, or make it again with the mpicc of this one ('vae mpi-helper')", launcher, n)
}

// launched is how many processes a launcher says that it has started together, and its name; 1 where there is none.
// Slurm's variable is that of a step: a script of a job of several tasks is one process, though SLURM_NTASKS is known to it.
// The steps by which Slurm starts the parts of an mpirun are not the program's.
func launched(env func(string) string) (launcher string, n int) {
	for _, v := range []struct{ name, launcher string }{
		{"OMPI_COMM_WORLD_SIZE", "mpirun"}, {"PMI_SIZE", "mpiexec"}, {"SLURM_STEP_NUM_TASKS", "srun"},
	} {
		if n, err := strconv.Atoi(env(v.name)); err == nil && n > 0 {
			return v.launcher, n
		}
	}
	return "", 1
}
