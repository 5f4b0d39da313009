package cli

import (
	"bytes"
	"strings"
	"testing"

	"vae/internal/console"
)

// TestPanicInCommand: a mistake in the program is one line, without a Go trace unless it
// is asked for, and no output file is left.
func TestPanicInCommand(t *testing.T) {
	file := modelFile(t)
	for _, debug := range []string{"", "0", "false", "1", "true", "yes"} {
		var out, errs bytes.Buffer
		code := Run(t.Context(), []string{"sample", "-m", file, "-q"}, console.Streams{
			In: strings.NewReader(""), Out: &out, Err: &errs,
			Size: func() (int, int) { return 80, 24 },
			Env: func(name string) string {
				if name == console.DebugVariable {
					return debug
				}
				panic("who asks for " + name)
			},
		})
		line, stack, _ := strings.Cut(errs.String(), "\n")
		want := "vae: internal error: who asks for COLORTERM, please report it"
		on := debug != "" && debug != "0" && debug != "false"
		if !on {
			want += "; VAE_DEBUG=1 shows where"
		}
		if code != 1 || line != want || out.Len() > 0 {
			t.Errorf("exit code %d, %q, %d bytes of output", code, errs.String(), out.Len())
		}
		if strings.Contains(stack, "render.ColorFor") != on || (stack != "") != on {
			t.Errorf("VAE_DEBUG=%s: stack %q", debug, stack)
		}
	}
}
