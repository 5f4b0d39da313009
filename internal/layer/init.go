package layer

import (
	"fmt"
	"math"
	"math/rand/v2"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/rng"
)

// initialize draws the initial weights, and biases, of a layer of which a unit sees fanIn
// numbers, and a number is seen by fanOut units.
func initialize(weight, bias *graph.Param, scheme config.Init, fanIn, fanOut float64, r *rand.Rand) error {
	var bound, biases float64
	switch scheme {
	case config.Kaiming: // Kaiming-uniform with a = sqrt 5
		bound = 1 / math.Sqrt(fanIn)
		biases = bound
	case config.Glorot:
		bound = math.Sqrt(6 / (fanIn + fanOut))
	case config.He:
		bound = math.Sqrt(6 / fanIn)
	default:
		return fmt.Errorf("unknown initial weights %q", scheme)
	}
	rng.Uniform(weight.Value, bound, r)
	if biases == 0 {
		clear(bias.Value)
	} else {
		rng.Uniform(bias.Value, biases, r)
	}
	return nil
}
