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
	Hint  string              // behind a usage error: where the help is; not in JSON
	JSON  bool                // an error is a JSON object on one line
	Debug bool                // the stack of a panic is printed too
	Word  func(string) string // says a message in words of its reader; nil for as it is
}

// Report prints an error as one line and returns the exit code. A panic that was turned
// into an error is called internal.
func (r Reporter) Report(ctx context.Context, err error) int {
	code := exitCode(ctx, err)
	var said SaidError
	switch {
	case code == ExitDone || code == ExitUnread || errors.As(err, &said):
		return code
	case r.JSON:
		r.object(code, r.message(err))
	case code == ExitUsage:
		fmt.Fprintf(r.W, "vae: %s; %s\n", r.message(err), r.Hint)
	default:
		fmt.Fprintf(r.W, "vae: %s\n", r.message(err))
	}
	if r.Debug {
		r.W.Write(trace.Stack(err))
	}
	return code
}

// object prints an error for a program.
func (r Reporter) object(code int, message string) {
	encoder := NewJSON(r.W)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(struct { // there is nowhere else to say it
		Error string `json:"error"`
		Kind  string `json:"kind"`
		Exit  int    `json:"exit"`
	}{message, kind(code), code})
}

// kind names the class of an error by its exit code.
func kind(code int) string {
	switch code {
	case ExitFailed:
		return "failed"
	case ExitUsage:
		return "usage"
	case ExitPartial:
		return "partial"
	case ExitFound:
		return "found"
	}
	return "interrupted" // 128 and the number of a signal
}

// message is the one line that says what an error is.
func (r Reporter) message(err error) string {
	if canceled(err) {
		return "interrupted"
	}
	message := err.Error()
	if r.Word != nil {
		message = r.Word(message)
	}
	message = clipped(OneLine(message))
	if trace.Stack(err) == nil {
		return message
	}
	message = fmt.Sprintf("internal error: %s, please report it", message)
	if !r.Debug {
		message += "; " + DebugVariable + "=1 shows where"
	}
	return message
}

// exitCode is the code of each class of errors.
func exitCode(ctx context.Context, err error) int {
	var usage UsageError
	var partial PartialError
	var found FoundError
	switch {
	case err == nil:
		return ExitDone
	case unread(ctx, err):
		return ExitUnread
	case errors.As(err, &usage):
		return ExitUsage
	case errors.As(err, &partial):
		return ExitPartial
	case errors.As(err, &found):
		return ExitFound
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
