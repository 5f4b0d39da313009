package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/spf13/cobra"

	"vae/internal/train"
)

// TestReport is the table of errors, exit codes and what is printed.
func TestReport(t *testing.T) {
	command := &cobra.Command{Use: "vae"}
	sub := &cobra.Command{Use: "sample"}
	command.AddCommand(sub)
	for _, c := range []struct {
		err  error
		code int
		want string
	}{
		{nil, 0, ""},
		{errors.New("no space"), 1, "vae: no space\n"},
		{fmt.Errorf("a: %w", fs.ErrNotExist), 1, "vae: a: file does not exist\n"},
		{usagef("-n 0: bad"), 2, "vae: -n 0: bad; see 'vae sample --help'\n"},
		{fmt.Errorf("in: %w", usagef("bad")), 2, "vae: in: bad; see 'vae sample --help'\n"},
		{partialError{1, 2}, 3, "vae: 1 input of 3 failed; the others are done\n"},
		{partialError{1000, 2000}, 3, "vae: 1,000 inputs of 3,000 failed; the others are done\n"},
		{fmt.Errorf("%w; saved in runs/1", train.ErrInterrupted), 130, "vae: interrupted; saved in runs/1\n"},
		{fmt.Errorf("write: %w", context.Canceled), 130, "vae: interrupted\n"},
		{&train.NonFiniteError{Epoch: 2, Step: 7, Part: "KL term", Cause: "too fast"}, 1, "vae: the KL term is no finite number in epoch 2 at step 7: too fast\n"},
		{errors.New("a\nb\r\x1b[31m\tc\x7f"), 1, "vae: a b  [31m c \n"},
	} {
		var stderr bytes.Buffer
		code := report(t.Context(), &stderr, sub, c.err)
		if code != c.code || stderr.String() != c.want {
			t.Errorf("%v: exit code %d and %q, want %d and %q", c.err, code, stderr.String(), c.code, c.want)
		}
	}
}
