package train

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"vae/internal/config"
	"vae/internal/model"
	"vae/internal/run"
	"vae/internal/world"
	"vae/internal/world/crowd"
)

const slicesOfTests = 8

// alike makes tasks of one training for a crowd: each with a model and an observer of its own, the first with the folder.
func alike(t *testing.T, change func(*config.Config), name string, n int) []Task {
	t.Helper()
	tasks := make([]Task, n)
	for i := range tasks {
		tasks[i], _ = newTask(t, func(c *config.Config) {
			if change != nil {
				change(c)
			}
			c.Train.Slices = slicesOfTests
		}, resumableData(name))
		if i > 0 {
			tasks[i].Dir = nil
		}
	}
	return tasks
}

// together runs tasks at once.
func together(tasks []Task, ctx func(rank int) context.Context) []error {
	return crowd.Run(len(tasks), func(w world.World) error {
		task := tasks[w.Rank()]
		task.World = w
		_, err := Run(ctx(w.Rank()), task)
		return err
	})
}

func always(int) context.Context { return context.Background() }

// However many processes train a model, and whatever it is, they leave the same files, to the bit.
func TestAnyNumberOfProcesses(t *testing.T) {
	for name, change := range resumable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var want map[string]string
			for _, n := range []int{1, 2, 4, 8} {
				tasks := alike(t, change, name, n)
				for rank, err := range together(tasks, always) {
					if err != nil {
						t.Fatalf("%d processes: rank %d: %v", n, rank, err)
					}
				}
				got := left(t, tasks[0])
				if want == nil {
					want = got
				}
				compare(t, fmt.Sprintf("%d processes", n), got, want)
			}
		})
	}
}

func compare(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s leave another %s", what, name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s leave %d files, want %d", what, len(got), len(want))
	}
}

// A training that is interrupted in one of its processes stops in all, and goes on with another number of them, to
// the same files.
func TestStopsTogetherAndGoesOnWithOthers(t *testing.T) {
	for name, change := range resumable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := alike(t, change, name, 1)
			mustRun(t, whole[0])
			want := left(t, whole[0])
			steps := 0
			numbers := []int{2, 8, 1, 4}
			var dir *run.Dir
			for round := range 40 {
				n := numbers[round%len(numbers)]
				tasks := alike(t, change, name, n)
				if dir != nil {
					resume(t, tasks, dir)
				}
				errs := together(tasks, stopping(tasks, n-1, 3+round%4))
				dir = tasks[0].Dir
				for rank, err := range errs {
					if errors.Is(err, ErrInterrupted) != errors.Is(errs[0], ErrInterrupted) || err != nil && !errors.Is(err, ErrInterrupted) {
						t.Fatalf("%d processes: rank %d: %v, all: %q", n, rank, err, errs)
					}
				}
				if errs[0] == nil {
					break
				}
				steps++
			}
			if steps < 2 {
				t.Errorf("only %d interruptions", steps)
			}
			compare(t, "interrupted processes", left(t, Task{Dir: dir}), want)
		})
	}
}

// stopping cancels the context of a rank when that has done so many steps.
func stopping(tasks []Task, rank, steps int) func(int) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	var done atomic.Int32
	tasks[rank].Observer.(*silent).onStep = func(Progress) {
		if int(done.Add(1)) == steps {
			cancel()
		}
	}
	return func(r int) context.Context {
		if r == rank {
			return ctx
		}
		return context.Background()
	}
}

// resume lets tasks go on in a folder, each with a state of its own.
func resume(t *testing.T, tasks []Task, dir *run.Dir) {
	t.Helper()
	for i := range tasks {
		from, err := dir.Checkpoint()
		if err != nil {
			t.Fatal(err)
		}
		tasks[i].From = &from
	}
	tasks[0].Dir = dir
}

// What is not one training is refused, by all of them, with what differs.
func TestProcessesThatDiffer(t *testing.T) {
	for want, change := range map[string]func(*Task){
		"its images are others (their SHA-256 is 9999..., that of process 0 0123":      func(t *Task) { data := *t.Data; data.SHA256 = "9999"; t.Data = &data },
		"its settings have learning_rate: 0.5, that of process 0 learning_rate: 0.003": func(t *Task) { t.Config.Train.LearningRate = 0.5 },
		"training goes on from epoch 3, step 7, that of process 0 the beginning":       func(t *Task) { t.From = &run.Checkpoint{State: &run.State{Info: run.Info{Epoch: 3, Step: 7}}} },
	} {
		tasks := alike(t, nil, "", 4)
		change(&tasks[2])
		for rank, err := range together(tasks, always) {
			if err == nil || !strings.Contains(err.Error(), "process 2: ") || !strings.Contains(err.Error(), want) {
				t.Errorf("rank %d: %v, want %q", rank, err, want)
			}
		}
	}
	few := alike(t, func(c *config.Config) {}, "", 2)
	for i := range few {
		few[i].Config.Train.Slices = 1
	}
	for _, err := range together(few, always) {
		if err == nil || !strings.Contains(err.Error(), "2 processes each take whole slices of a batch, of which there is 1") {
			t.Errorf("%v", err)
		}
	}
}

// The cost of an exchange is that of all gradients, of which no more than a sample is tried.
func TestCostOfManyParameters(t *testing.T) {
	tasks := alike(t, func(c *config.Config) { c.Model.Hidden = []int{1 << 16} }, "", 2)
	for rank, err := range crowd.Run(2, func(w world.World) error {
		task := tasks[w.Rank()]
		task.World = w
		trainer, err := newTrainer(task)
		if err != nil {
			return err
		}
		trained, _ := task.Model.ParametersSize()
		if c := trainer.cost; c.bytes != int64(trained) || c.exchange <= 0 || w.Sent() != 4*trials*sample || trained <= 4*sample {
			t.Errorf("rank %d: %d bytes in %v, %d tried, of %g", w.Rank(), c.bytes, c.exchange, w.Sent(), trained)
		}
		return nil
	}) {
		if err != nil {
			t.Errorf("rank %d: %v", rank, err)
		}
	}
}

// Parameters that have gone apart are found at the end of the epoch.
func TestParametersThatGoApart(t *testing.T) {
	tasks := alike(t, nil, "", 2)
	tasks[1].Observer.(*silent).onStep = func(p Progress) {
		if p.Images == p.Of {
			tasks[1].Model.Params()[0].Value[3] += 1e-3
		}
	}
	for rank, err := range together(tasks, always) {
		if err == nil || !strings.Contains(err.Error(), "process 1 has other parameters after epoch 1 than process 0") {
			t.Errorf("rank %d: %v", rank, err)
		}
	}
}

// The rows beyond a batch are copies of its first ones, whoever has them.
func TestPlaces(t *testing.T) {
	task, _ := newTask(t, func(c *config.Config) { c.Train.Slices = 4 }, splits(50, 0))
	want := []int{0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0}
	crowd.Run(4, func(w world.World) error {
		o, err := task.Model.NewObjective(model.ObjectiveOptions{Rows: 16, Slices: 4, World: w})
		if err != nil {
			t.Error(err)
			return err
		}
		if got := places(o, 5); fmt.Sprint(got) != fmt.Sprint(want[4*w.Rank():][:4]) {
			t.Errorf("rank %d: %v", w.Rank(), got)
		}
		return nil
	})
}
