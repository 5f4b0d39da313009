package trace

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

// caught is the error that a panic of f is turned into.
func caught(f func()) (err error) {
	defer func() { err = Recovered(recover()) }()
	f()
	return nil
}

func deepInside(value any) { panic(value) }

func TestRecovered(t *testing.T) {
	for _, value := range []any{"index out of range", fs.ErrInvalid, 17} {
		err := fmt.Errorf("running: %w", caught(func() { deepInside(value) }))
		if want := fmt.Sprintf("running: %v", value); err.Error() != want {
			t.Errorf("%v is told as %q", value, err)
		}
		if !strings.Contains(string(Stack(err)), "trace.deepInside") {
			t.Errorf("%v: the stack does not lead to the panic:\n%s", value, Stack(err))
		}
		if is, ok := value.(error); ok && !errors.Is(err, is) {
			t.Errorf("%v is no %v", err, is)
		}
	}
	if err := caught(func() {}); err != nil {
		t.Errorf("no panic is the error %v", err)
	}
	if Stack(fs.ErrInvalid) != nil || Stack(nil) != nil {
		t.Error("an error without a panic has a stack")
	}
}

// TestRecoveredAgain: the panic of another goroutine keeps its own stack.
func TestRecoveredAgain(t *testing.T) {
	first := make(chan error)
	go func() { first <- caught(func() { deepInside("bad") }) }()
	inner := <-first
	err := caught(func() { panic(inner) })
	if err.Error() != "bad" {
		t.Errorf("told as %q", err)
	}
	helper, caller, found := strings.Cut(string(Stack(err)), "handed on to:")
	if !found || !strings.Contains(helper, "trace.deepInside") || strings.Contains(caller, "trace.deepInside") || !strings.Contains(caller, "TestRecoveredAgain") {
		t.Errorf("stack:\n%s", Stack(err))
	}
}
