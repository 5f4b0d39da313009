package network

import (
	"slices"
	"strconv"
	"strings"
)

// Summary says in a few words what layers with weights a list has: "conv 32-64, 2 residual, dense 256, relu". Neighbors of
// one kind are put together, and the activation comes at the end if all have the same.
func (l List) Summary() string {
	var groups []string
	var last Kind
	residuals := 0
	for _, layer := range l {
		switch layer.Kind {
		case Conv, ConvTranspose, GatedConv, Dense, GatedDense, Latents:
			if layer.Kind == last {
				groups[len(groups)-1] += "-" + layer.units()
				continue
			}
			groups = append(groups, string(layer.Kind)+" "+layer.units())
		case Residual:
			if last != Residual {
				residuals = 0
				groups = append(groups, "")
			}
			residuals++
			groups[len(groups)-1] = strconv.Itoa(residuals) + " residual"
		default:
			continue
		}
		last = layer.Kind
	}
	if names := l.activations(nil); len(names) == 1 {
		groups = append(groups, names[0])
	}
	return strings.Join(groups, ", ")
}

// activations are those of a list, each once, behind those known already.
func (l List) activations(known []string) []string {
	for _, layer := range l {
		if layer.Kind == Activation && !slices.Contains(known, layer.Name) {
			known = append(known, layer.Name)
		}
		known = layer.Shortcut.activations(layer.Body.activations(known))
	}
	return known
}
