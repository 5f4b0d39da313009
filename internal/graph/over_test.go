package graph

import (
	"testing"

	"vae/internal/kernel"
	"vae/internal/norm"
	"vae/internal/op"
)

// A gradient that nobody needs any more is written over, and one that somebody does is not.
func TestGradientsAreWrittenOver(t *testing.T) {
	normalized := func(o *operand, x *Node, data func(...int) *Node) *Node {
		return o.Node(op.BatchNorm(x, o.of(2), o.of(2), data(6), norm.Batch{Act: kernel.ReLU, Epsilon: 0.1}, moments(), true))
	}
	for name, c := range map[string]struct {
		operation func(o *operand, data func(shape ...int) *Node) (*Node, error)
		over      int
	}{
		"one behind the other": {func(o *operand, data func(...int) *Node) (*Node, error) {
			return normalized(o, normalized(o, o.of(6, 4), data), data), nil
		}, 3}, // with that of the layer which poisoned puts behind
		"beside each other": {func(o *operand, data func(...int) *Node) (*Node, error) {
			return op.Add(normalized(o, o.of(6, 4), data), normalized(o, o.of(6, 4), data)) // of one gradient
		}, 2},
	} {
		m, kept := poisoned(t, c.operation)
		over := 0
		for _, s := range m.spans(kept) {
			over += len(s.behind)
			for _, b := range s.behind {
				if b.Len() != s.buffer.Len() {
					t.Errorf("%s: %d numbers in a place of %d", name, b.Len(), s.buffer.Len())
				}
			}
		}
		if over != c.over {
			t.Errorf("%s: %d buffers are written over others, want %d", name, over, c.over)
		}
	}
}
