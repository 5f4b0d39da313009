package walk

import (
	"context"
	"fmt"

	"vae/internal/infer"
	"vae/internal/kernel"
	"vae/internal/model"
)

// decodeRows is how many points are decoded at a time: few, so that a decoder for a short path is
// ready at once.
const decodeRows = 32

// Decode returns the images [N,D] of the points of a path: the means of p(x|z). A conditional model
// needs the label of each point, another takes nil. Errors: a path of other latents than the
// model's, an image that is no finite number ([infer.ErrNotFinite]), an interruption of ctx.
func Decode(ctx context.Context, m *model.Model, p Path, labels []int) ([]float32, error) {
	n, pixels := p.Len(), m.Shape().Pixels()
	if p.Latent != m.Latent() {
		return nil, fmt.Errorf("a path of %d latents for a model of %d", p.Latent, m.Latent())
	}
	d, err := infer.NewDecoderOf(m, min(max(n, 1), decodeRows))
	if err != nil {
		return nil, err
	}
	images := make([]float32, 0, n*pixels)
	for first := 0; first < n; first += decodeRows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		last := min(first+decodeRows, n)
		var batch [][]float32
		for i := first; i < last; i++ {
			batch = append(batch, p.At(i))
		}
		decoded, err := d.Decode(batch, part(labels, first, last))
		if err != nil {
			return nil, err
		}
		for _, image := range decoded {
			images = append(images, image...)
		}
	}
	if !kernel.Finite(images) {
		return nil, infer.ErrNotFinite
	}
	return images, nil
}

// part is labels[first:last], nil of nil.
func part(labels []int, first, last int) []int {
	if labels == nil {
		return nil
	}
	return labels[first:last]
}
