package layer

import "iter"

// Units are those of a layer with an activation: numbers that lie side by side, channel by
// channel in each pixel of a map.
type Units struct {
	Layer      string // its name, by which what it puts out is traced
	Activation Activation
	Count      int
}

// Active is a layer that has units.
type Active interface{ Units() Units }

// costly is a layer that multiplies and adds.
type costly interface{ MACs() float64 }

// container is a layer that is made of others.
type container interface {
	// Parts are they, in the order of their parameters.
	Parts() Stack
}

// Each goes through the layers that a layer is made of down to those that are made of no
// others, in the order of their parameters.
func Each(l Layer) iter.Seq[Layer] {
	return func(yield func(Layer) bool) { each(l, yield) }
}

func each(l Layer, yield func(Layer) bool) bool {
	c, ok := l.(container)
	if !ok {
		return yield(l)
	}
	for _, part := range c.Parts() {
		if !each(part, yield) {
			return false
		}
	}
	return true
}

// MACs is how many numbers a forward pass of a layer, and of all that it is made of,
// multiplies and adds for a row in products.
func MACs(l Layer) (sum float64) {
	for part := range Each(l) {
		if c, ok := part.(costly); ok {
			sum += c.MACs()
		}
	}
	return sum
}
