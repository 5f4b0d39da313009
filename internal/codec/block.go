package codec

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"vae/internal/ans"
	"vae/internal/causal"
	"vae/internal/vaez"
)

// Methods of a block.
const (
	byContext = 0 // each image by those before and its own pixels before, without a model
	byModel   = 1
	byLatents = 2 // by its latents on a grid, from which an image is decoded that is near to it
	picked    = 3 // by the model, in an order that tells something else
)

// learned is from how many images before them those learn that are coded by context in a block coded with a model.
const learned = 64

// plainCounts are how many images at the end of a block are coded by context, to be drawn from: the fewest with which the rest can be coded.
var plainCounts = []int{1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024}

// paces are how many images have to be on the stack already for one of a step: they have to hold what its latents are drawn with.
var paces = []int{1, 2, 4, 8, 16}

// steps are the images of each step in the order of coding, which is from the last to the first: one for each pace on the stack, and
// at most rows.
func steps(images, plain, pace, rows int) (all []int) {
	for done := plain; done < images; {
		n := min(max(1, done/pace), rows, images-done)
		all = append(all, n)
		done += n
	}
	return all
}

// images are some in succession, as levels of their values, with the classes of a conditional model.
type images struct {
	values  [][]uint16
	classes []int
}

func (b images) class(from, to int) []int {
	if b.classes == nil {
		return nil
	}
	return b.classes[from:to]
}

// encodeBlock codes a block with the model. errDry is of one whose images are too few to draw latents from.
func (c *chain) encodeBlock(shape causal.Shape, b images, logits [][]int16) (block vaez.Block, start int, err error) {
	n := len(b.values)
	for _, plain := range plainCounts {
		if plain >= n {
			break
		}
		var pushed ans.Stack
		if c.mixer != nil {
			pushForetold(&pushed, logits[n-plain:], b.values[n-plain:])
		} else {
			choices, err := contextChoices(c.ctx, shape, b.values, plain)
			if err != nil {
				return block, 0, err
			}
			choices.push(&pushed)
		}
		start = pushed.Bits()
		for _, pace := range paces {
			s := pushed.Clone()
			c.spent = Spent{}
			if err = c.encodeRest(s, b, logits, n-plain, steps(n, plain, pace, c.encoder.Rows())); err != errDry {
				return vaez.Block{Images: n, Method: byModel, Plain: plain, Pace: pace, Payload: s.Append(nil)}, start, err
			}
		}
	}
	return block, 0, errDry
}

// encodeRest codes the first n images, the last of them first.
func (c *chain) encodeRest(s *ans.Stack, b images, logits [][]int16, n int, steps []int) error {
	for _, m := range steps {
		if c.mixer != nil {
			c.mixer.logits = logits[n-m : n]
		}
		if err := c.push(s, b.values[n-m:n], b.class(n-m, n), n-m); err != nil {
			return err
		}
		n -= m
	}
	return nil
}

var errDecoded = errors.New("is damaged: what is decoded does not end where it should")

// decodeBlock decodes a block into images that have their size.
func decodeBlock(ctx context.Context, c *chain, shape causal.Shape, block vaez.Block, b images) error {
	s, err := ans.Parse(block.Payload)
	if err != nil {
		return fmt.Errorf("is damaged: %w", err)
	}
	switch n := len(b.values); {
	case block.Method == byContext:
		err = decodeByContext(ctx, s, shape, b.values, n)
	case !ByModel(block):
		return fmt.Errorf("is coded by method %d, which this program does not know: use a newer one", block.Method)
	case block.Plain == 0 || block.Pace == 0:
		return errDecoded
	case block.Method == picked && c.mixer != nil: // whose context goes by the order
		return errCoding
	default:
		all := steps(n, block.Plain, block.Pace, c.encoder.Rows())
		c.broken = false
		if block.Method == picked {
			err = c.decodePicked(s, shape, b, all)
		} else {
			err = c.decodeSteps(s, shape, b, all)
		}
	}
	if err == nil && (!s.Empty() || c != nil && c.broken) {
		err = errDecoded
	}
	return err
}

// decodeSteps decodes images that encodeRest has coded, and behind them those that are coded by context.
func (c *chain) decodeSteps(s *ans.Stack, shape causal.Shape, b images, steps []int) error {
	if c.mixer != nil {
		c.mixer.context, c.mixer.logits = causal.New(shape, len(b.values)), nil
	}
	first := 0
	for _, n := range slices.Backward(steps) {
		if err := c.pop(s, b.values[first:first+n], b.class(first, first+n), first); err != nil {
			return err
		}
		first += n
	}
	if c.mixer == nil {
		return decodeByContext(c.ctx, s, shape, b.values, len(b.values)-first)
	}
	return each(c.ctx, b.values[first:], func(image []uint16) { c.mixer.context.Pop(s, image) })
}
