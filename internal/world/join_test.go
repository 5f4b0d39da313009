package world

import (
	"strings"
	"testing"
)

func TestLaunched(t *testing.T) {
	for _, tt := range []struct {
		env      map[string]string
		launcher string
		n        int
	}{
		{nil, "", 1},
		{map[string]string{"OMPI_COMM_WORLD_SIZE": "4"}, "mpirun", 4},
		{map[string]string{"PMI_SIZE": "2", "PMI_RANK": "1"}, "mpiexec", 2},
		{map[string]string{"OMPI_COMM_WORLD_SIZE": "x"}, "", 1},
		{map[string]string{"SLURM_STEP_NUM_TASKS": "8", "SLURM_NTASKS": "8"}, "srun", 8},

		// a script of a job of eight tasks, which srun has not started; a part of an mpirun that Slurm has
		{map[string]string{"SLURM_NTASKS": "8", "SLURM_PROCID": "0", "SLURM_JOB_ID": "7"}, "", 1},
		{map[string]string{"SLURM_STEP_NUM_TASKS": "8", "OMPI_COMM_WORLD_SIZE": "1"}, "mpirun", 1},
	} {
		env := func(name string) string { return tt.env[name] }
		if launcher, n := launched(env); launcher != tt.launcher || n != tt.n {
			t.Errorf("%v: %s, %d", tt.env, launcher, n)
		}
		for _, err := range []error{strangers(env), wrongMPI(env)} {
			if (err != nil) != (tt.n > 1) || err != nil && (strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "vae mpi-helper")) {
				t.Errorf("%v: %v", tt.env, err)
			}
		}
	}
}
