package train

import (
	"vae/internal/kernel"
	"vae/internal/rng"
)

// noisePart is how many draws come from one stream: enough to pay for another
// thread, and a part of what "the same seed gives the same model" means.
const noisePart = 8192

// Noise fills dst with the standard normal draws that belong to a step of the
// training with a seed, however many threads make them.
func Noise(dst []float32, seed uint64, step int) {
	noise(dst, seed, "reparameterization noise", step)
}

func noise(dst []float32, seed uint64, purpose string, step int) {
	kernel.Parallel((len(dst)+noisePart-1)/noisePart, func(part int) {
		from, to := part*noisePart, min((part+1)*noisePart, len(dst))
		rng.Normal(dst[from:to], rng.Stream(seed, purpose, uint64(step), uint64(part)))
	})
}
