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
	return decode(ctx, m, p, func(d *infer.Decoder, latents [][]float32, first int) ([][]float32, error) {
		if labels == nil {
			return d.Decode(latents, nil)
		}
		return d.Decode(latents, labels[first:first+len(latents)])
	})
}

// DecodeMixed is Decode for a conditional model where a point has a mix of labels: weights of
// the classes [N,C], which add up to 1, a label alone being a 1 among zeros. A model that is not
// conditional takes none.
func DecodeMixed(ctx context.Context, m *model.Model, p, mix Path) ([]float32, error) {
	if mix.Latent == 0 {
		return Decode(ctx, m, p, nil)
	}
	return decode(ctx, m, p, func(d *infer.Decoder, latents [][]float32, first int) ([][]float32, error) {
		return d.DecodeMixed(latents, mix.Z[first*mix.Latent:(first+len(latents))*mix.Latent])
	})
}

// decode has the points decoded by use, some at a time, the first of which has a number.
func decode(ctx context.Context, m *model.Model, p Path, use func(d *infer.Decoder, latents [][]float32, first int) ([][]float32, error)) ([]float32, error) {
	n, pixels := p.Len(), m.Shape().Pixels()
	if p.Latent != m.Latent() {
		return nil, fmt.Errorf("a path of %d latents for a model of %d", p.Latent, m.Latent())
	}
	d, err := infer.NewDecoderOf(m, min(max(n, 1), decodeRows, infer.Rows(m)))
	if err != nil {
		return nil, err
	}
	images := make([]float32, 0, n*pixels)
	for first := 0; first < n; first += d.Rows() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var batch [][]float32
		for i := first; i < min(first+d.Rows(), n); i++ {
			batch = append(batch, p.At(i))
		}
		decoded, err := use(d, batch, first)
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
