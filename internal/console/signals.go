package console

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// interruption is the cause of a context that a signal has canceled.
type interruption struct{ number syscall.Signal }

func (interruption) Error() string { return "interrupted" }

// UntilSignal returns a context that the first Ctrl-C, SIGTERM, SIGHUP or SIGQUIT
// (Ctrl-\) cancels: a command then finishes what it must and cleans up. A second signal
// leaves at once, SIGQUIT with the stacks of all goroutines.
//
// SIGPIPE cancels it too, as often as it comes: the reader of stdout or stderr has
// gone. Left to itself it would end the program at once, with a temporary file there.
func UntilSignal(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	watched := []os.Signal{os.Interrupt, syscall.SIGTERM}
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(s) { // as nohup has it
			watched = append(watched, s)
		}
	}
	signal.Notify(signals, watched...)
	unread := make(chan os.Signal, 1)
	signal.Notify(unread, syscall.SIGPIPE)
	go func() {
		var s os.Signal
		select {
		case s = <-signals:
		case s = <-unread:
		case <-ctx.Done():
		}
		signal.Stop(signals) // first of all: the next one is not for us
		number, _ := s.(syscall.Signal)
		cancel(interruption{number})
	}()
	return ctx, func() {
		signal.Stop(signals)
		signal.Stop(unread)
		cancel(nil)
	}
}

// interruptedCode is the exit code after an interruption: 128 and the number of the
// signal, as a shell has it; that of Ctrl-C where there was none.
func interruptedCode(ctx context.Context) int {
	var by interruption
	if errors.As(context.Cause(ctx), &by) && by.number > 0 {
		return 128 + int(by.number)
	}
	return ExitInterrupted
}
