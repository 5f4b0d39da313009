// Package rng makes the program's random numbers: named, deterministic
// streams and nothing else.
//
// A stream is a pure function of a seed, a purpose and indices (an epoch, a
// step, an image number). No generator is carried from one draw to the next,
// so a resumed run needs a step number and no generator state, two purposes
// never share numbers, and the order in which goroutines draw cannot matter.
package rng

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// domain separates these streams from any other use of the same hash. A
// change of how streams are derived must change it.
const domain = "vae random stream v1"

// Stream returns the generator of one purpose, for example
// Stream(seed, "reparameterization noise", step). The key of the underlying
// ChaCha8 generator is the SHA-256 of its arguments.
func Stream(seed uint64, purpose string, index ...uint64) *rand.Rand {
	key := make([]byte, 0, 64)
	key = append(key, domain...)
	key = binary.LittleEndian.AppendUint64(key, seed)
	key = binary.LittleEndian.AppendUint64(key, uint64(len(purpose)))
	key = append(key, purpose...)
	for _, i := range index {
		key = binary.LittleEndian.AppendUint64(key, i)
	}
	return rand.New(rand.NewChaCha8(sha256.Sum256(key)))
}

// Normal fills dst with independent standard normal draws.
func Normal(dst []float32, r *rand.Rand) {
	for i := range dst {
		dst[i] = float32(r.NormFloat64())
	}
}

// Uniform fills dst with independent draws from [-bound, bound).
func Uniform(dst []float32, bound float64, r *rand.Rand) {
	for i := range dst {
		dst[i] = float32((2*r.Float64() - 1) * bound)
	}
}

// Permutation fills dst with a uniform permutation of 0..len(dst)-1
// (Fisher-Yates).
func Permutation(dst []int, r *rand.Rand) {
	for i := range dst {
		dst[i] = i
	}
	r.Shuffle(len(dst), func(i, j int) { dst[i], dst[j] = dst[j], dst[i] })
}
