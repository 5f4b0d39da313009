package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"vae/internal/console"
	"vae/internal/serve"
)

// argumentsOf are those of the command that draws a picture, and the inputs behind them.
func argumentsOf(d serve.Drawing) (args, inputs []string) {
	args = []string{d.Kind, "--model", d.Model}
	if d.Film {
		args = append(args, "--format", "gif")
	}
	if d.Steps > 0 {
		args = append(args, "-n", fmt.Sprint(d.Steps))
	}
	if d.Path != "" {
		args = append(args, "--path", d.Path)
	}
	if d.Among != "" {
		args = append(args, "--among", d.Among)
	}
	if d.Label != "" {
		args = append(args, "--label", d.Label)
	}
	if len(d.Latents) > 0 {
		args = append(args, "--latent", strings.Trim(strings.Join(strings.Fields(fmt.Sprint(d.Latents)), ","), "[]"))
	}
	if d.Seed > 0 {
		args = append(args, "--seed", fmt.Sprint(d.Seed))
	}
	if d.Kind == "manifold" && len(d.Images) > 0 {
		return append(args, "--from", d.Images[0]), nil
	}
	return args, d.Images
}

// lineOf is the command as a person writes it.
func lineOf(d serve.Drawing) string {
	args, inputs := argumentsOf(d)
	line := "vae"
	for _, arg := range slices.Concat(args, inputs) {
		if !strings.HasPrefix(arg, "-") || slices.Contains(inputs, arg) {
			arg = console.ShellWord(arg)
		}
		line += " " + arg
	}
	return line + " > " + d.Kind + map[bool]string{false: ".png", true: ".gif"}[d.Film]
}

// drawPicture runs the command, whose picture goes to out.
func drawPicture(ctx context.Context, d serve.Drawing, out io.Writer) error {
	args, inputs := argumentsOf(d)
	var fault bytes.Buffer
	s := console.Streams{In: bytes.NewReader(nil), Out: out, Err: &fault, Size: func() (int, int) { return 80, 24 }, Env: func(string) string { return "" }}
	if code := Run(ctx, slices.Concat(args, []string{"--quiet", "--"}, inputs), s); code != 0 {
		return errors.New(string(bytes.TrimSpace(bytes.TrimPrefix(fault.Bytes(), []byte("vae: ")))))
	}
	return nil
}

// stillBytes is about how much the images of a page without a server may take, and stillImages how many they are at most, unless a number is asked for.
const (
	stillBytes  = 4 << 20
	stillImages = 2000
)

// writePage writes the page of a run to a file.
func (o *exploreOptions) writePage(ctx context.Context, args []string, notes console.Notes, s console.Streams) error {
	if len(args) > 1 {
		return usagef("--export: a page without a server is of one run, and %d are named", len(args))
	}
	if err := sparesRuns("--export", o.export); err != nil {
		return err
	}
	m, err := loadModelOf("vae explore", args[0])
	if err != nil {
		return err
	}
	if !o.images.counted() {
		o.images.limit = max(1, min(stillImages, stillBytes/m.Shape().Pixels()))
	}
	source, err := o.source(ctx, args[0], notes)
	if err != nil {
		return err
	}
	return console.WriteFile(ctx, o.export, func(w io.Writer) error { return serve.Still(ctx, source, true, w) })
}
