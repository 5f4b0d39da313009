package codec

import (
	"context"
	"math/bits"

	"vae/internal/ans"
	"vae/internal/causal"
)

// each does something with images, unless a context ends before.
func each(ctx context.Context, images [][]uint16, do func(image []uint16)) error {
	for _, image := range images {
		if err := ctx.Err(); err != nil {
			return err
		}
		do(image)
	}
	return nil
}

// choices code images by context, one after the other.
type choices [][]causal.Choice

// choicesOf are those of images of which a model goes on to learn.
func choicesOf(ctx context.Context, m *causal.Model, shape causal.Shape, images [][]uint16) (all choices, err error) {
	room := shape.Width * shape.Height * shape.Channels // for the next image, which takes about what the last did
	if shape.Levels > 2 {
		room *= 2 + bits.Len(uint(shape.Levels-1))
	}
	err = each(ctx, images, func(image []uint16) {
		one := m.Choices(make([]causal.Choice, 0, room), image)
		room = len(one) + len(one)/8
		all = append(all, one)
	})
	return all, err
}

func (c choices) push(s *ans.Stack) {
	for i := len(c) - 1; i >= 0; i-- {
		causal.Push(s, c[i])
	}
}

// cost is as [causal.Cost] has it.
func (c choices) cost() (sum uint64) {
	for _, one := range c {
		sum += causal.Cost(one)
	}
	return sum
}

// beforeLast is a model that has learned from some images before the last ones, and these.
func beforeLast(ctx context.Context, shape causal.Shape, values [][]uint16, last int) (*causal.Model, [][]uint16, error) {
	first := len(values) - last
	before := values[max(0, first-learned):first]
	m := causal.New(shape, len(before)+last)
	return m, values[first:], each(ctx, before, m.Learn)
}

// contextChoices are those of the last images of a block, of which the context coder learns from some before.
func contextChoices(ctx context.Context, shape causal.Shape, values [][]uint16, plain int) (choices, error) {
	m, last, err := beforeLast(ctx, shape, values, plain)
	if err != nil {
		return nil, err
	}
	return choicesOf(ctx, m, shape, last)
}

// decodeByContext decodes into the last images.
func decodeByContext(ctx context.Context, s *ans.Stack, shape causal.Shape, values [][]uint16, plain int) error {
	m, last, err := beforeLast(ctx, shape, values, plain)
	if err != nil {
		return err
	}
	return each(ctx, last, func(image []uint16) { m.Pop(s, image) })
}

// payloadByContext codes images without the model; nil where that takes more than so many bytes, which -1 does not limit.
func (w *Writer) payloadByContext(shape causal.Shape, values [][]uint16, logits [][]int16, most int) ([]byte, error) {
	var s ans.Stack
	if logits != nil {
		pushForetold(&s, logits, values)
	} else {
		choices, err := contextChoices(w.ctx, shape, values, len(values))
		if err != nil || most >= 0 && choices.cost()>>19 > uint64(most)+8 { // beyond what rounding does
			return nil, err
		}
		choices.push(&s)
	}
	payload := s.Append([]byte{})
	if most >= 0 && len(payload) > most {
		return nil, nil
	}
	return payload, nil
}
