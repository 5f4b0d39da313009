package console

import (
	"context"
	"syscall"
	"testing"
)

func TestInterruptedCode(t *testing.T) {
	for number, want := range map[syscall.Signal]int{0: 130, syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129, syscall.SIGQUIT: 131} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(interruption{number})
		if got := interruptedCode(ctx); got != want {
			t.Errorf("signal %d: exit code %d, want %d", number, got, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := interruptedCode(ctx); got != 130 {
		t.Errorf("no signal: exit code %d, want 130", got)
	}
}
