package console

import (
	"fmt"
	"syscall"
)

// The exit codes. After SIGTERM, SIGHUP and SIGQUIT it is 143, 129 and 131 instead of 130, and
// ExitUnread, which is that of a program that SIGPIPE ends, where nobody reads the
// output any more.
const (
	ExitDone        = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitPartial     = 3
	ExitFound       = 4
	ExitInterrupted = 130
	ExitUnread      = 128 + int(syscall.SIGPIPE)
)

// UsageError is a mistake in how the command was called.
type UsageError struct{ Err error }

func (e UsageError) Error() string { return e.Err.Error() }
func (e UsageError) Unwrap() error { return e.Err }

// Usage makes a [UsageError] of an error.
func Usage(err error) error { return UsageError{err} }

// Usagef is fmt.Errorf for a [UsageError].
func Usagef(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// PartialError says that some inputs failed, each already named on stderr, and
// the others were done.
type PartialError struct{ Bad, Done int }

func (e PartialError) Error() string {
	return fmt.Sprintf("%s of %s failed; the others are done", Count(e.Bad, "input"), Comma(e.Bad+e.Done))
}

// FoundError says that what a command was to look out for is there: no failure, but
// another answer than [ExitDone].
type FoundError struct{ What string }

func (e FoundError) Error() string { return e.What }

// SaidError is an error that another process tells of: nothing is printed.
type SaidError struct{ Err error }

func (e SaidError) Error() string { return e.Err.Error() }
func (e SaidError) Unwrap() error { return e.Err }

// InterruptedError is an interruption of which there is more to say than that it was
// one: what was saved, and how it goes on.
type InterruptedError struct{ Err error }

func (e InterruptedError) Error() string { return e.Err.Error() }
func (e InterruptedError) Unwrap() error { return e.Err }
