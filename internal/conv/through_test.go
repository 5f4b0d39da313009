package conv

import (
	"testing"

	"vae/internal/kernel"
)

// The derivative of an activation at the end of a pass is the one that a pass of its own
// takes, to the bit.
func TestThroughAnActivation(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, g := range append([]Geometry{square(2, 3, 5, 1, 1, 0), square(9, 16, 2, 3, 1, 1)}, known...) {
			for _, rows := range []int{0, 1, 2, 17} {
				x, w, dy := random(rows*g.in(), 1), random(g.Weights(), 2), random(rows*g.out(), 3)
				forward, backward := make([]float32, g.PackedForward()), make([]float32, g.PackedBackward())
				g.PackForward(forward, w)
				g.PackBackward(backward, w)
				y, dx := garbage(rows*g.out()), garbage(rows*g.in())
				wantY, wantDX := garbage(len(y)), garbage(len(dx))
				g.Forward(wantY, x, forward, nil, rows, kernel.Linear)
				g.InputGradient(wantDX, dy, backward, nil, rows, kernel.Linear)
				kernel.ActivationGradient(wantY, wantY, dy, rows, g.out(), kernel.ReLU)
				kernel.ActivationGradient(wantDX, wantDX, x, rows, g.in(), kernel.Tanh)
				g.ForwardThrough(y, x, forward, dy, rows, kernel.ReLU)
				g.InputGradientThrough(dx, dy, backward, x, rows, kernel.Tanh)
				checkSame(t, "y of "+g.String(), y, wantY)
				checkSame(t, "dx of "+g.String(), dx, wantDX)
			}
		}
	})
}
