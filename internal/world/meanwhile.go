package world

import (
	"context"
	"errors"
	"time"
)

// heartbeat is how often a process that works by itself says that it does.
const heartbeat = 200 * time.Millisecond

// restless is how many heartbeats long who waits asks without a pause, which keeps a processor busy and awake.
const restless = 10

// What a process says of its work.
const (
	working = iota
	done
	failed
	stopped // as somebody has asked for
)

// Meanwhile has every process do some work of its own that may take any time, in which the others do not
// take it for gone, and returns when all have done it: with the own error, or with that of another, which is
// [context.Canceled] where that was asked to stop. Where one fails the context of all ends. The work makes no
// calls of the world.
func Meanwhile(ctx context.Context, w World, work func(context.Context) error) error {
	if w == nil || w.Size() == 1 {
		return work(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	finished := make(chan error, 1)
	go func() { finished <- work(ctx) }()
	var own error
	for state, worst, asked := byte(working), byte(working), 0; ; asked++ {
		if state == working {
			select {
			case own = <-finished:
				state = ended(own)
			case <-time.After(heartbeat):
			}
		} else if asked > restless {
			time.Sleep(heartbeat - heartbeat/10)
		}
		all, err := w.Gather([]byte{state})
		if err != nil {
			return err
		}
		others := false
		for _, other := range all {
			others = others || other[0] == working
			worst = max(worst, other[0])
		}
		if worst > done && own == nil {
			cancel() // what is still under way has no use any more
		}
		if !others {
			return together(w, worst, own)
		}
	}
}

func ended(err error) byte {
	switch {
	case err == nil:
		return done
	case errors.Is(err, context.Canceled):
		return stopped
	}
	return failed
}

// together is the error of a process when all are done: the own one, unless that is of being told to stop for another's sake.
func together(w World, worst byte, own error) error {
	if worst == done {
		return nil
	}
	complaint := ""
	if ended(own) == failed {
		if complaint = own.Error(); complaint == "" {
			complaint = "failed"
		}
	}
	told := Agree(w, complaint)
	switch {
	case complaint != "":
		return own
	case told != nil:
		return told
	}
	return context.Canceled
}
