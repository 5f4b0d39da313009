package train

import (
	"fmt"

	"vae/internal/kernel"
	"vae/internal/rng"
)

// noisePart is how many draws come from one stream: enough to pay for another
// thread, and a part of what "the same seed gives the same model" means.
const noisePart = 8192

// Noise fills dst with the standard normal draws of a level of latents, the lowest being
// 0, that belong to a step of the training with a seed, however many threads make them.
func Noise(dst []float32, seed uint64, step, level int) {
	purpose := ofLevel("reparameterization noise", level)
	kernel.Parallel((len(dst)+noisePart-1)/noisePart, func(part int) {
		from, to := part*noisePart, min((part+1)*noisePart, len(dst))
		rng.Normal(dst[from:to], rng.Stream(seed, purpose, uint64(step), uint64(part)))
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
