package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/render"
)

// Limits of --delay, in milliseconds; browsers take less for 100.
const (
	leastDelay = 20
	maxDelay   = 600_000
)

// filmPause is for how many frames a film stands still at an end.
const filmPause = 6

// filmOptions are the flags of a film.
type filmOptions struct {
	loop  bool
	delay int // milliseconds
}

func filmFlags(c *cobra.Command, o *filmOptions) {
	c.Flags().BoolVar(&o.loop, "loop", false, "a film goes there and back, instead of only there again and again")
	delayFlag(c, o)
}

func delayFlag(c *cobra.Command, o *filmOptions) {
	o.delay = 10 * render.DefaultDelay
	intFlag(c.Flags(), &o.delay, "delay", "", "milliseconds that an image of a film stands, in tens")
}

// check refuses flags of a film where there is none.
func (o *filmOptions) check(out *output) error {
	for _, name := range []string{"loop", "delay"} {
		if out.flags.Changed(name) && out.format != "gif" {
			return usagef("--%s is for a film, and %s is none: use -o FILE.gif or --format gif, or leave it out", name, out.format)
		}
	}
	if o.delay < leastDelay || o.delay > maxDelay {
		return usagef("--delay %d: must be from %d to %d milliseconds", o.delay, leastDelay, maxDelay)
	}
	return nil
}

// hundredths is how long a frame stands in the units of GIF.
func (o *filmOptions) hundredths() int { return (o.delay + 5) / 10 }

// filmOrder says which of n images each frame shows: it stands still at the ends, and goes back
// where it is to.
func filmOrder(n int, back bool) [][]int {
	var frames [][]int
	for i := range n {
		frames = append(frames, []int{i})
		if i == 0 || i == n-1 {
			for range filmPause {
				frames = append(frames, []int{i})
			}
		}
	}
	if back {
		for i := n - 2; i > 0; i-- {
			frames = append(frames, []int{i})
		}
	}
	return frames
}

// leastFilmCell is how large the longer side of an image is at least in a film of several at once.
const leastFilmCell = 84

// reel writes a film: of each frame the numbers of its images, as many in all, among images [N,D].
func (o *output) reel(ctx context.Context, s console.Streams, shape config.Shape, images []float32, frames [][]int, delay int) error {
	cells, pixels := len(frames[0]), shape.Pixels()
	grid := render.Grid{Width: shape.Width, Height: shape.Height, Channels: shape.Channels, Scale: o.enlarged(shape, leastFilmSide)}
	if cells > 1 {
		grid.Scale, grid.Padding = o.enlarged(shape, leastFilmCell), render.DefaultPadding
	}
	if err := grid.Validate(cells); err != nil {
		return console.Usage(err)
	}
	return o.write(ctx, s, func(w io.Writer) error {
		return grid.GIF(w, len(frames), cells, delay, func(dst []float32, frame, cell int) error {
			copy(dst, images[frames[frame][cell]*pixels:])
			return ctx.Err()
		})
	})
}
