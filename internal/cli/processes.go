package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/kernel"
	"vae/internal/run"
	"vae/internal/world"
)

// processes are those that a command works with where mpirun has started several.
type processes struct {
	world.World
	patience time.Duration
}

// patience is how long a process waits for a sign of the others, unless the user says how long.
const patience = 5 * time.Minute

// mpiTimeout is the flag of the commands that several processes share.
const mpiTimeout = "mpi-timeout"

// hearing is how long a process leaves it to the first one to say what is wrong, which ends all.
const hearing = 3 * time.Second

func (p *processes) add(c *cobra.Command) {
	p.World, p.patience = world.Alone{}, patience
	c.Flags().Var((*duration)(&p.patience), mpiTimeout, "started by mpirun: end all where a process has not answered the others for so long, 0 for never")
}

// run does the work of a command, with the others. What it prints is that of the first process.
func (p *processes) run(ctx context.Context, s console.Streams, work func(console.Streams) error) (err error) {
	if p.patience != 0 && p.patience < time.Second {
		return usagef("--mpi-timeout %v must be 1s or more, or 0 for never", p.patience)
	}
	if p.World, err = world.Join(p.patience); err != nil {
		return err
	}
	err = world.SameBuild(p.World, world.Build{Program: program(), Kernels: kernel.Bits()})
	if p.first() {
		if err != nil {
			return err
		}
		return work(s)
	}
	s.Out, s.Err, s.OutTerminal, s.ErrTerminal = io.Discard, io.Discard, false, false
	if err == nil {
		err = work(s)
	}
	var interrupted console.InterruptedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &interrupted):
		return console.SaidError{Err: err}
	}
	select {
	case <-ctx.Done(): // the first process has ended all
		return console.SaidError{Err: err}
	case <-time.After(hearing):
		return fmt.Errorf("process %d: %w", p.Rank(), err)
	}
}

func (p *processes) first() bool { return p.Rank() == 0 }

// shared says that there are others.
func (p *processes) shared() bool { return p.Size() > 1 }

// given is what the first process finds, as JSON, everywhere.
func given[T any](p *processes, find func() (T, error)) (found T, err error) {
	if !p.shared() {
		return find()
	}
	if p.first() {
		if found, err = find(); err != nil {
			return found, err
		}
	}
	return world.Told(p, found)
}

// sharedModel is a model as the others get it.
type sharedModel struct {
	File   string
	Chosen bool
	Bytes  []byte
}

// model is [loadModelOf] by the first process, for all.
func (p *processes) model(flag, path string) (*loaded, error) {
	if !p.shared() {
		return loadModelOf(flag, path)
	}
	var own *loaded
	m, err := given(p, func() (m sharedModel, err error) {
		if own, err = loadModelOf(flag, path); err == nil {
			m.File, m.Chosen = own.file, own.chosen
			m.Bytes, err = own.saved.Bytes()
		}
		return m, err
	})
	if err != nil || own != nil {
		return own, err
	}
	saved, err := run.ModelOf(m.Bytes)
	if err != nil {
		return nil, err
	}
	return restored(saved, m.File, m.Chosen)
}

// checkpoint is where a run goes on from, as the others get it.
type checkpoint struct {
	Path, SHA256 string
	Config       []byte // YAML
	State        []byte // nil before the first one
}

// checkpointOf gives the others what the first process has read in a run.
func (p *processes) checkpoint(open func() (*run.Dir, run.Checkpoint, error)) (dir *run.Dir, from run.Checkpoint, err error) {
	c, err := given(p, func() (c checkpoint, err error) {
		if dir, from, err = open(); err != nil || !p.shared() {
			return c, err
		}
		c.Path, c.SHA256, c.Config = dir.Path(), from.SHA256, from.Config.YAML()
		if from.State != nil {
			c.State, err = from.State.Bytes()
		}
		return c, err
	})
	if err != nil || dir != nil {
		return dir, from, err
	}
	from.SHA256 = c.SHA256
	if from.Config, err = config.Load(c.Config, run.ConfigFile, config.Default()); err == nil && c.State != nil {
		from.State, err = run.StateOf(c.State)
	}
	return run.Elsewhere(c.Path), from, err
}

// same refuses processes of which one has something else than the first.
func (p *processes) same(what, own string) error {
	return world.Same(p, own, func(of0, own string) string {
		if own == of0 {
			return ""
		}
		return fmt.Sprintf("its %s are others than those of process 0 (their SHA-256 is %.12s..., not %.12s...)", what, own, of0)
	})
}
