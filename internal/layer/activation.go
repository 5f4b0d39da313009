package layer

import (
	"fmt"

	"vae/internal/config"
	"vae/internal/kernel"
)

// Activation is a nonlinearity of a layer: its name, and the kernel that computes it.
type Activation struct {
	Name   config.Activation
	Kernel kernel.Activation
}

// activations are the kernels of the names in config.Activations.
var activations = map[config.Activation]kernel.Activation{
	config.Linear:    kernel.Linear,
	config.ReLU:      kernel.ReLU,
	config.LeakyReLU: kernel.LeakyReLU,
	config.Tanh:      kernel.Tanh,
	config.Sigmoid:   kernel.Sigmoid,
	config.Softplus:  kernel.Softplus,
	config.ELU:       kernel.ELU,
	config.SiLU:      kernel.SiLU,
	config.GELU:      kernel.GELU,
}

// NewActivation returns the activation of a name, which must be one of
// config.Activations.
func NewActivation(name config.Activation) (Activation, error) {
	k, ok := activations[name]
	if !ok {
		return Activation{}, fmt.Errorf("unknown activation %q", name)
	}
	return Activation{name, k}, nil
}

// Linear is the activation that changes nothing.
var Linear = Activation{config.Linear, kernel.Linear}
