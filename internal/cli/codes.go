package cli

import (
	"context"
	"errors"

	"vae/internal/dataset"
	"vae/internal/infer"
)

// maxCodes is the most latents of all images whose codes are kept in memory.
const maxCodes = 1 << 28

// encodeOne is the code of an image: the mean of q(z|x).
func (r *reader) encodeOne(item dataset.Item, class []int) ([]float32, error) {
	encoder, err := infer.NewEncoderOf(r.model.Model, 1)
	if err != nil {
		return nil, err
	}
	codes, err := encoder.Encode([]dataset.Pixels{item.Pixels}, class)
	if err != nil {
		return nil, err
	}
	return codes[0].Mu, r.model.finite(item.Name, codes[0].Mu)
}

// encodeAll encodes all images that the reader reads.
func (r *reader) encodeAll(ctx context.Context) (*infer.Codes, error) {
	return r.encodeEach(ctx, func(dataset.Item) {})
}

// encodeEach is encodeAll, and tells of each image.
func (r *reader) encodeEach(ctx context.Context, tell func(dataset.Item)) (*infer.Codes, error) {
	encoder, err := infer.NewEncoder(r.model.Model)
	if err != nil {
		return nil, err
	}
	codes := &infer.Codes{Latent: r.model.Latent()}
	for {
		batch := r.batch()
		if len(batch) == 0 {
			return codes, r.finish(ctx)
		}
		if len(codes.Mu)+len(batch)*codes.Latent > maxCodes {
			return nil, errors.New("the codes of so many images take too much memory: name fewer")
		}
		encoded, err := encoder.Encode(pixelsOf(batch), r.labels.ofAll(batch))
		if err != nil {
			return nil, err
		}
		for i, code := range encoded {
			if err := r.model.finite(batch[i].Name, code.Mu, code.Logvar...); err != nil {
				return nil, err
			}
			tell(batch[i])
			codes.Mu, codes.Logvar = append(codes.Mu, code.Mu...), append(codes.Logvar, code.Logvar...)
		}
	}
}
