package serve

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"

	"vae/internal/trace"
)

// turns lets so many at once work; the others wait, in the order in which they come, and of too many one is refused.
type turns struct {
	free    chan struct{}
	waiting atomic.Int32 // or at work
	most    int32
}

func newTurns(atOnce, most int) *turns {
	return &turns{free: make(chan struct{}, atOnce), most: int32(most)}
}

const (
	// mostWaiting bounds the requests that wait for the machine, or for a command; a page has one under way.
	mostWaiting = 32
	// lightTurns is how many work at once at what takes all cores for a part of a second, and mostLight
	// bounds those who wait for it: a page asks for many thumbnails at once.
	lightTurns = 2
	mostLight  = 128
)

// take works when it is its turn. Who is gone by then has none.
func (t *turns) take(ctx context.Context, work func() error) error {
	if t.waiting.Add(1) > t.most {
		t.waiting.Add(-1)
		return faultf(http.StatusTooManyRequests, "too many requests at once")
	}
	defer t.waiting.Add(-1)
	select {
	case t.free <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-t.free }()
	if err := ctx.Err(); err != nil {
		return err
	}
	return work()
}

// took is take of work that has a result.
func took[T any](ctx context.Context, t *turns, work func() (T, error)) (value T, err error) {
	err = t.take(ctx, func() (err error) {
		value, err = work()
		return err
	})
	return value, err
}

// once makes a value when it is first asked for, and keeps it. Who waits may go, and it is made for the others; when all have gone it is
// given up, and an error is kept for nobody: who asks next has it made anew.
type once[T any] struct {
	mu     sync.Mutex
	making *making[T] // nil until somebody asks, and behind an error
}

// making is a value that is made, or was.
type making[T any] struct {
	done    chan struct{}
	stop    context.CancelFunc
	waiting int
	value   T
	err     error
}

// get is the value. It is made until within ends, or nobody waits.
func (o *once[T]) get(ctx, within context.Context, value func(context.Context) (T, error)) (T, error) {
	for {
		m, begun := o.join(within, value)
		select {
		case <-m.done:
			if !begun && errors.Is(m.err, context.Canceled) && within.Err() == nil && ctx.Err() == nil {
				continue // others had given it up
			}
			return m.value, m.err
		case <-ctx.Done():
			o.leave(m)
			var none T
			return none, ctx.Err()
		}
	}
}

// join waits for what is made, or begins.
func (o *once[T]) join(within context.Context, value func(context.Context) (T, error)) (m *making[T], begun bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.making != nil {
		o.making.waiting++
		return o.making, false
	}
	ctx, stop := context.WithCancel(within)
	m = &making[T]{done: make(chan struct{}), stop: stop, waiting: 1}
	o.making = m
	go func() {
		defer close(m.done)
		defer stop()
		m.value, m.err = guarded(func() (T, error) { return value(ctx) })
		if m.err != nil {
			o.mu.Lock()
			o.making = nil
			o.mu.Unlock()
		}
	}()
	return m, true
}

func (o *once[T]) leave(m *making[T]) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if m.waiting--; m.waiting == 0 {
		m.stop()
	}
}

// guarded makes an error of a panic, as images in a file bring that is cut short while it is read: what goes on
// behind the answers must not end the program.
func guarded[T any](do func() (T, error)) (value T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = trace.Recovered(r)
		}
	}()
	return do()
}
