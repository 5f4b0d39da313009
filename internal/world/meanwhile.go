package world

import "time"

// heartbeat is how often a process that works by itself says that it does.
const heartbeat = 200 * time.Millisecond

// Meanwhile has every process do some work of its own that may take any time, in which the others do not
// take it for gone, and returns when all have done it: with the own error, or with that of another. The work makes no
// calls of the world.
func Meanwhile(w World, work func() error) error {
	if w.Size() == 1 {
		return work()
	}
	finished := make(chan error, 1)
	go func() { finished <- work() }()
	for done, complaint := false, ""; ; {
		var own error
		if !done {
			select {
			case own = <-finished:
				done = true
			case <-time.After(heartbeat):
			}
		}
		state := []byte{0}
		if done {
			state[0] = 1
		}
		if own != nil {
			state[0], complaint = 2, own.Error()
		}
		all, err := w.Gather(state)
		if err != nil {
			return err
		}
		working, failed := false, false
		for _, other := range all {
			working, failed = working || other[0] == 0, failed || other[0] == 2
		}
		if failed {
			if err := Agree(w, complaint); own == nil {
				return err
			}
			return own
		}
		if !working {
			return nil
		}
	}
}
