// Package trace keeps where a panic came from when it is turned into an error.
package trace

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// PanicError is a panic that was turned into an error: a mistake in the program, which
// the user can only report.
type PanicError struct {
	Value any    // what panic was called with
	Stack []byte // of the goroutine that panicked, as [debug.Stack] has it
}

func (e *PanicError) Error() string { return fmt.Sprint(e.Value) }

// Unwrap returns the value where it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Recovered makes a [PanicError] of what recover returned; nil stays nil. It is for the
// function that calls recover, whose goroutine still has the stack of the panic:
//
//	defer func() {
//		if r := recover(); r != nil {
//			err = fmt.Errorf("running the graph: %w", trace.Recovered(r))
//		}
//	}()
//
// A panic with a PanicError, as another goroutine hands it on, keeps the first stack
// and has the others behind it.
func Recovered(value any) error {
	if value == nil {
		return nil
	}
	stack := debug.Stack()
	if err, ok := value.(error); ok {
		if first := Stack(err); first != nil {
			return &PanicError{err, fmt.Appendf(nil, "%s\nhanded on to:\n%s", first, stack)}
		}
	}
	return &PanicError{value, stack}
}

// Stack returns the stack of the panic that an error comes from; nil where it comes
// from none.
func Stack(err error) []byte {
	var panicked *PanicError
	if errors.As(err, &panicked) {
		return panicked.Stack
	}
	return nil
}
