package cli

import (
	"fmt"

	"vae/internal/config"
	"vae/internal/dataset"
)

// The variables by which a task knows its place. Slurm sets those of its arrays and steps, Kubernetes the index; what a Job does not tell, its
// manifest has to.
const (
	slurmArrayTask  = "SLURM_ARRAY_TASK_ID"
	slurmArrayCount = "SLURM_ARRAY_TASK_COUNT"
	slurmArrayMin   = "SLURM_ARRAY_TASK_MIN"
	slurmArrayMax   = "SLURM_ARRAY_TASK_MAX"
	slurmArrayStep  = "SLURM_ARRAY_TASK_STEP"
	slurmStep       = "SLURM_STEP_ID" // of a task that srun has started
	slurmTask       = "SLURM_PROCID"
	slurmTasks      = "SLURM_STEP_NUM_TASKS"
	jobIndex        = "JOB_COMPLETION_INDEX"
	jobCount        = "JOB_COMPLETIONS"
)

// taskEnv reads whole numbers of the environment; the first error stays.
type taskEnv struct {
	get func(string) string
	err error
}

func (e *taskEnv) has(name string) bool { return e.get(name) != "" }

func (e *taskEnv) number(name string) int {
	n, err := config.ParseInt(e.get(name))
	if e.err == nil && (err != nil || n < 0) {
		e.err = fmt.Errorf("%s is %q, no whole number", name, e.get(name))
	}
	return n
}

// or is a number, or another where there is none.
func (e *taskEnv) or(name string, other int) int {
	if !e.has(name) {
		return other
	}
	return e.number(name)
}

// shardOfTask is the part that this task of a cluster has, of n, or of as many as there are tasks where n is 0.
func shardOfTask(n int, env func(string) string) (shard dataset.Shard, err error) {
	e := &taskEnv{get: env}
	array, step, job := e.has(slurmArrayTask), e.has(slurmStep) && e.or(slurmTasks, 1) > 1, e.has(jobIndex)
	switch {
	case array && step:
		return shard, fmt.Errorf("this is one of several tasks of srun within a task of an array, which may be counted in two ways: say I/N")
	case job && (array || step):
		return shard, fmt.Errorf("this is a task of Slurm and of Kubernetes (%s) at once: say I/N", jobIndex)
	case array:
		shard = e.array(n)
	case step:
		shard = dataset.Shard{I: e.number(slurmTask), N: e.number(slurmTasks)}
	case job:
		shard = e.job(n)
	default:
		return shard, fmt.Errorf("this is no task of a Slurm array (%s), of srun (%s) or of a Kubernetes Indexed Job (%s): say I/N", slurmArrayTask, slurmTask, jobIndex)
	}
	if n > 0 {
		shard.N = n
	}
	switch {
	case e.err != nil:
		return shard, e.err
	case shard.N > maxShards || shard.N < 1:
		return shard, fmt.Errorf("there are %d tasks, where there may be 1 to %d", shard.N, maxShards)
	case shard.I >= shard.N:
		return shard, fmt.Errorf("this is task %d, and the parts of %d are 0 to %d: count the tasks from 0", shard.I, shard.N, shard.N-1)
	}
	return shard, nil
}

// array is the place of a task of an array. Of a given n the part is the task's number; else the array has to be one range that
// begins at 0 or 1, for one that repeats some tasks of another would take them for all.
func (e *taskEnv) array(n int) dataset.Shard {
	id := e.number(slurmArrayTask)
	if n > 0 {
		return dataset.Shard{I: id}
	}
	least, most, step, count := e.number(slurmArrayMin), e.number(slurmArrayMax), max(1, e.or(slurmArrayStep, 1)), e.number(slurmArrayCount)
	if e.err == nil && (least > 1 || id < least || (most-least)/step+1 != count || (id-least)%step != 0) {
		e.err = fmt.Errorf("the array of %d tasks from %d to %d is not one range that begins at 0 or 1: say auto/N, of which the task's number is the part", count, least, most)
	}
	return dataset.Shard{I: (id - least) / step, N: count}
}

// job is the place of a pod of an Indexed Job.
func (e *taskEnv) job(n int) dataset.Shard {
	if n == 0 && !e.has(jobCount) {
		e.err = fmt.Errorf("a Kubernetes Job does not tell how many completions it has: set %s to that in the manifest, or say auto/N", jobCount)
		return dataset.Shard{}
	}
	if n > 0 {
		return dataset.Shard{I: e.number(jobIndex)}
	}
	return dataset.Shard{I: e.number(jobIndex), N: e.number(jobCount)}
}
