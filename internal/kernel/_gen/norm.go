package main

import "github.com/mmcloughlin/avo/reg"

// The kernels of normalizations, over rows of n numbers in which pixels lie side by side. What
// belongs to a channel (scale, shift, ...) is an array of one row, the same for each.

func normalizations() []elementwise {
	all := []elementwise{deviations(), addPixels()}
	for _, a := range activations {
		all = append(all, normalize(a), normalizeSums(a))
		if !a.ofInput { // whose dz is kept by the sums
			all = append(all, normalizeGradient(a))
		}
	}
	return all
}

// ofSum are the activations whose derivative is computed from what they are applied to, here
// x scale + shift: those of their input, and those for which its sign is enough.
func (a activation) ofSum() bool { return a.ofInput || a.name == "ReLU" || a.name == "LeakyReLU" }

// normalize writes the activation of x scale + shift.
func normalize(a activation) elementwise {
	return elementwise{
		name: "normalize" + a.name, arrays: []string{"y", "x", "scale", "shift"}, rows: true, steps: []string{"y", "x"},
		doc: []string{"sets the elements of each row y [n] to act(x scale + shift), where act x is " + a.doc + ".", "The steps from row to row are in bytes."},
		body: func(e *emitter, at registers) {
			e.store(a.apply(e, e.scaled(at)), at["y"])
		},
	}
}

// scaled is x scale + shift.
func (e *emitter) scaled(at registers) reg.VecVirtual {
	return e.madd(e.load(at["x"]), e.load(at["scale"]), e.load(at["shift"]))
}

// slope is the gradient before the activation.
func (a activation) slope(e *emitter, at registers) reg.VecVirtual {
	dy := e.load(at["dy"])
	switch {
	case a.derivative == nil:
		return dy
	case a.ofSum():
		return a.derivative(e, dy, e.scaled(at))
	}
	return a.derivative(e, dy, e.load(at["y"]))
}

// normalizeSums adds up what the gradients of a normalization are made of.
func normalizeSums(a activation) elementwise {
	return elementwise{
		name: "normalizeSums" + a.name, arrays: []string{"sum", "product", "dz", "dy", "x", "y", "scale", "shift", "center"}, rows: true, steps: []string{"dz", "dy", "x", "y"},
		doc: []string{"adds, for each row, dz to sum [n] and dz (x - center) to product [n]. dz is the gradient before an",
			"activation, given dy after it: " + docSlope(a) + ". The steps from row to row are in bytes."},
		body: func(e *emitter, at registers) {
			dz := a.slope(e, at)
			if a.ofInput {
				e.store(dz, at["dz"])
			}
			e.store(e.add(e.load(at["sum"]), dz), at["sum"])
			d := e.sub(e.load(at["x"]), e.load(at["center"]))
			e.store(e.madd(dz, d, e.load(at["product"])), at["product"])
		},
	}
}

// normalizeGradient is the gradient by what was normalized.
func normalizeGradient(a activation) elementwise {
	return elementwise{
		name: "normalizeGradient" + a.name, arrays: []string{"dx", "dy", "x", "y", "scale", "shift", "slope", "offset"}, rows: true, steps: []string{"dx", "dy", "x", "y"},
		doc: []string{"sets each row dx [n] to dz scale + (x slope + offset). dz is the gradient before an",
			"activation, given dy after it: " + docSlope(a) + ". The steps from row to row are in bytes."},
		body: func(e *emitter, at registers) {
			dz := a.slope(e, at)
			rest := e.madd(e.load(at["x"]), e.load(at["slope"]), e.load(at["offset"]))
			e.store(e.madd(dz, e.load(at["scale"]), rest), at["dx"])
		},
	}
}

func docSlope(a activation) string {
	switch {
	case a.derivative == nil:
		return "dy"
	case a.ofInput:
		return a.docGrad + ", with x scale + shift for x, and is set too"
	case a.ofSum():
		return a.docGrad + ", with x scale + shift for y"
	}
	return a.docGrad
}

// addPixels adds pixels of another map.
func addPixels() elementwise {
	return elementwise{
		name: "addPixels", arrays: []string{"sum", "row"}, rows: true, steps: []string{"sum", "row"},
		doc:  []string{"adds to each row sum [n] the row beside it. The steps from row to row are in bytes."},
		body: func(e *emitter, at registers) { e.store(e.add(e.load(at["sum"]), e.load(at["row"])), at["sum"]) },
	}
}

// deviations adds up the differences from a center, and their squares.
func deviations() elementwise {
	return elementwise{
		name: "deviations", arrays: []string{"sum", "square", "row", "center"}, rows: true, steps: []string{"row"},
		doc: []string{"adds, for each row, d = row - center to sum [n] and d d to square [n]. The step from row to row is", "in bytes."},
		body: func(e *emitter, at registers) {
			d := e.sub(e.load(at["row"]), e.load(at["center"]))
			e.store(e.add(e.load(at["sum"]), d), at["sum"])
			e.store(e.madd(d, d, e.load(at["square"])), at["square"])
		},
	}
}
