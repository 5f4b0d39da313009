package cli

import (
	"context"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/render"
	"vae/internal/render/plot"
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
	return checkDelay(o.delay)
}

// checkDelay refuses milliseconds that no frame of a film should stand.
func checkDelay(delay int) error {
	if delay < leastDelay || delay > maxDelay {
		return usagef("--delay %d: must be from %d to %d milliseconds", delay, leastDelay, maxDelay)
	}
	return nil
}

// hundredths are milliseconds in the units of GIF.
func hundredths(delay int) int { return (delay + 5) / 10 }

// filmOrder says which of n images each frame shows: it stands still at the ends, and goes back
// where it is to.
func filmOrder(n int, back bool) []int {
	var frames []int
	for i := range n {
		frames = append(frames, i)
		if i == 0 || i == n-1 {
			frames = append(frames, slices.Repeat([]int{i}, filmPause)...)
		}
	}
	if back {
		for i := n - 2; i > 0; i-- {
			frames = append(frames, i)
		}
	}
	return frames
}

// leastFilmCell is how large the longer side of an image is at least in a film of several at once.
const leastFilmCell = 84

// reel writes a film: of each frame the numbers of its images, as many in all, among images [N,D],
// and what stands below.
func (o *output) reel(ctx context.Context, s console.Streams, shape config.Shape, images []float32, frames [][]int, texts []string, delay int) error {
	cells, pixels := len(frames[0]), shape.Pixels()
	grid := render.Grid{Width: shape.Width, Height: shape.Height, Channels: shape.Channels, Scale: o.enlarged(shape, leastFilmSide)}
	if cells > 1 {
		grid.Scale, grid.Padding = o.enlarged(shape, leastFilmCell), render.DefaultPadding
	}
	if err := grid.Validate(cells); err != nil {
		return console.Usage(err)
	}
	film, paint, err := grid.Film(cells, delay)
	if err != nil {
		return err
	}
	return o.captioned(ctx, s, plot.Captions{Film: film, Texts: texts}, func(dst []uint8, frame int) error {
		return paint(dst, func(dst []float32, cell int) error {
			copy(dst, images[frames[frame][cell]*pixels:])
			return nil
		})
	})
}

// captioned writes a film.
func (o *output) captioned(ctx context.Context, s console.Streams, film plot.Captions, picture func(dst []uint8, frame int) error) error {
	if err := film.Validate(); err != nil {
		return console.Usage(err)
	}
	return o.write(ctx, s, func(w io.Writer) error {
		return film.GIF(w, func(dst []uint8, frame int) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return picture(dst, frame)
		})
	})
}

// columnFrames are a film of all rows at once of a picture of so many columns, a column a frame,
// there and back: the columns, and of each frame the numbers of its images.
func columnFrames(rows, columns int) (order []int, frames [][]int) {
	order = filmOrder(columns, true)
	for _, column := range order {
		var all []int
		for row := range rows {
			all = append(all, row*columns+column)
		}
		frames = append(frames, all)
	}
	return order, frames
}

// captions are the texts of frames, each with something before it.
func captions(before string, texts []string, order []int) []string {
	var all []string
	for _, i := range order {
		all = append(all, before+texts[i])
	}
	return all
}
