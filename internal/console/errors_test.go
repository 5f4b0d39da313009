package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"vae/internal/trace"
)

// TestReport is the table of errors, exit codes and what is printed.
func TestReport(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
		want string
	}{
		{nil, 0, ""},
		{errors.New("no space"), 1, "vae: no space\n"},
		{fmt.Errorf("a: %w", fs.ErrNotExist), 1, "vae: a: file does not exist\n"},
		{Usagef("-n 0: bad"), 2, "vae: -n 0: bad; see 'vae sample --help'\n"},
		{fmt.Errorf("in: %w", Usagef("bad")), 2, "vae: in: bad; see 'vae sample --help'\n"},
		{PartialError{1, 2}, 3, "vae: 1 input of 3 failed; the others are done\n"},
		{PartialError{1000, 2000}, 3, "vae: 1,000 inputs of 3,000 failed; the others are done\n"},
		{fmt.Errorf("run: %w", InterruptedError{errors.New("interrupted; saved in runs/1")}), 130, "vae: run: interrupted; saved in runs/1\n"},
		{fmt.Errorf("write: %w", context.Canceled), 130, "vae: interrupted\n"},
		{errors.New("a\nb\r\x1b[31m\tc\x7f"), 1, "vae: a b  [31m c \n"},
	} {
		var stderr bytes.Buffer
		code := Reporter{W: &stderr, Hint: "see 'vae sample --help'"}.Report(t.Context(), c.err)
		if code != c.code || stderr.String() != c.want {
			t.Errorf("%v: exit code %d and %q, want %d and %q", c.err, code, stderr.String(), c.code, c.want)
		}
	}
}

// TestReportPanic: a panic is an internal error on one line, and its stack is printed
// where that is wanted.
func TestReportPanic(t *testing.T) {
	panicked := func() (err error) {
		defer func() { err = fmt.Errorf("running the graph: %w", trace.Recovered(recover())) }()
		panic("index out of range\n[3]")
	}()
	for _, c := range []struct {
		debug bool
		want  string
		stack bool
	}{
		{false, "vae: internal error: running the graph: index out of range [3], please report it; VAE_DEBUG=1 shows where\n", false},
		{true, "vae: internal error: running the graph: index out of range [3], please report it\n", true},
	} {
		var stderr strings.Builder
		code := Reporter{W: &stderr, Hint: "see 'vae sample --help'", Debug: c.debug}.Report(t.Context(), panicked)
		stack, ok := strings.CutPrefix(stderr.String(), c.want)
		if code != 1 || !ok || strings.Contains(stack, "TestReportPanic.func") != c.stack || (stack != "") != c.stack {
			t.Errorf("debug %v: exit code %d and %q", c.debug, code, stderr.String())
		}
	}
}

func TestReportJSON(t *testing.T) {
	terminated, cancel := context.WithCancelCause(t.Context())
	cancel(interruption{syscall.SIGTERM})
	for _, c := range []struct {
		ctx  context.Context
		err  error
		want string
	}{
		{t.Context(), nil, ""},
		{t.Context(), errors.New("a <b>\n\"c\" \xff"), `{"error":"a <b> \"c\" �","kind":"failed","exit":1}`},
		{t.Context(), Usagef("-n 0: bad"), `{"error":"-n 0: bad","kind":"usage","exit":2}`},
		{t.Context(), PartialError{1, 2}, `{"error":"1 input of 3 failed; the others are done","kind":"partial","exit":3}`},
		{t.Context(), context.Canceled, `{"error":"interrupted","kind":"interrupted","exit":130}`},
		{terminated, InterruptedError{errors.New("saved")}, `{"error":"saved","kind":"interrupted","exit":143}`},
		{t.Context(), OutputError("stdout", closedPipe[0]), ""},
	} {
		var stderr strings.Builder
		Reporter{W: &stderr, Hint: "see the help", JSON: true}.Report(c.ctx, c.err)
		if got := strings.TrimSuffix(stderr.String(), "\n"); got != c.want {
			t.Errorf("%v: %s, want %s", c.err, got, c.want)
		}
	}
}
