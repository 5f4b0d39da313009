package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"syscall"
)

// The exit codes. After SIGTERM and SIGHUP it is 143 and 129 instead of 130, and
// ExitUnread, which is that of a program that SIGPIPE ends, where nobody reads the
// output any more.
const (
	ExitDone        = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitPartial     = 3
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

// InterruptedError is an interruption of which there is more to say than that it was
// one: what was saved, and how it goes on.
type InterruptedError struct{ Err error }

func (e InterruptedError) Error() string { return e.Err.Error() }
func (e InterruptedError) Unwrap() error { return e.Err }

// Report prints an error as one line and returns the exit code. The hint says behind a
// usage error where the help is.
func Report(ctx context.Context, w io.Writer, hint string, err error) int {
	code := exitCode(ctx, err)
	if code == ExitDone || code == ExitUnread {
		return code
	}
	message := OneLine(err.Error())
	if canceled(err) {
		message = "interrupted"
	}
	if code == ExitUsage {
		message += "; " + hint
	}
	fmt.Fprintf(w, "vae: %s\n", message)
	return code
}

// exitCode is the code of each class of errors.
func exitCode(ctx context.Context, err error) int {
	var usage UsageError
	var partial PartialError
	switch {
	case err == nil:
		return ExitDone
	case unread(ctx, err):
		return ExitUnread
	case errors.As(err, &usage):
		return ExitUsage
	case errors.As(err, &partial):
		return ExitPartial
	case interrupted(err):
		return interruptedCode(ctx)
	}
	return ExitFailed
}

// canceled tells whether an error comes from a Ctrl-C.
func canceled(err error) bool { return errors.Is(err, context.Canceled) }

// interrupted is canceled, or an [InterruptedError].
func interrupted(err error) bool {
	var more InterruptedError
	return canceled(err) || errors.As(err, &more)
}

// unread tells whether a command ended because the reader of its output has gone,
// as head does: no mistake, and nobody to tell.
func unread(ctx context.Context, err error) bool {
	isErr := func(closed error) bool { return errors.Is(err, closed) }
	return slices.ContainsFunc(closedPipe, isErr) || interrupted(err) && interruptedCode(ctx) == ExitUnread
}
