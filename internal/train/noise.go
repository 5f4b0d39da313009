package train

import (
	"fmt"

	"vae/internal/kernel"
	"vae/internal/rng"
)

// noisePart is how many draws come from one stream: enough to pay for another
// thread, and a part of what "the same seed gives the same model" means.
const noisePart = 8192

// Noise fills dst with the standard normal draws, from one on, of a level of latents, the lowest being
// 0, that belong to a step of the training with a seed, however many threads make them.
func Noise(dst []float32, from int, seed uint64, step, level int) {
	purpose, first, end := ofLevel("reparameterization noise", level), from/noisePart, from+len(dst)
	kernel.Parallel((end+noisePart-1)/noisePart-first, func(i int) {
		part := first + i
		begin := part * noisePart
		stream, last := rng.Stream(seed, purpose, uint64(step), uint64(part)), min(begin+noisePart, end)
		if begin >= from {
			rng.Normal(dst[begin-from:last-from], stream)
			return
		}
		all := make([]float32, last-begin) // those before, which are another process's, are drawn on the way
		rng.Normal(all, stream)
		copy(dst, all[from-begin:])
	})
}

// ofLevel is the purpose of the noise of a level.
func ofLevel(purpose string, level int) string {
	switch level {
	case 0:
		return purpose
	case 1:
		return "top " + purpose
	}
	return fmt.Sprintf("%s of level %d", purpose, level)
}
