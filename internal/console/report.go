package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"vae/internal/trace"
)

// DebugVariable is the environment variable that has the stack of a panic printed.
const DebugVariable = "VAE_DEBUG"

// Reporter says on stderr how a command ended.
type Reporter struct {
	W     io.Writer
	Hint  string // behind a usage error: where the help is
	Debug bool   // the stack of a panic is printed too
}

// Report prints an error as one line and returns the exit code. A panic that was turned
// into an error is called internal.
func (r Reporter) Report(ctx context.Context, err error) int {
	code := exitCode(ctx, err)
	if code == ExitDone || code == ExitUnread {
		return code
	}
	message := r.message(err)
	if code == ExitUsage {
		message += "; " + r.Hint
	}
	fmt.Fprintf(r.W, "vae: %s\n", message)
	if r.Debug {
		r.W.Write(trace.Stack(err))
	}
	return code
}

// message is the one line that says what an error is.
func (r Reporter) message(err error) string {
	switch {
	case canceled(err):
		return "interrupted"
	case trace.Stack(err) == nil:
		return OneLine(err.Error())
	}
	message := fmt.Sprintf("internal error: %s, please report it", OneLine(err.Error()))
	if !r.Debug {
		message += "; " + DebugVariable + "=1 shows where"
	}
	return message
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
