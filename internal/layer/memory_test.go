package layer

import (
	"testing"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/kernel"
	"vae/internal/op"
)

// Of a residual block that rectifies, convolves and adds, one map is needed to the end, and
// the gradients of its weights: neither what the convolution gives nor the sum.
func TestResidualBlocksKeepOneMap(t *testing.T) {
	const rows = 16
	shape := config.Shape{Width: 12, Height: 12, Channels: 8}
	size := func(blocks int) int {
		var net Stack
		for i := range blocks {
			name := string(rune('a' + i))
			body := must(NewConv(name, shape, shape.Channels, Window{Kernel: 1, Stride: 1}, Linear))
			net = append(net, must(NewResidual(name, Stack{NewActivate(shape, Activation{config.ReLU, kernel.ReLU}), body}, nil)))
		}
		bytes, err := graph.Size(func(b *graph.Builder) {
			x, _ := b.Input("x", rows, shape.Pixels())
			weight, _ := b.Input("weight", rows)
			y := net.Apply(b, x, false)
			b.Gradients(b.Node(op.Dot(weight, b.Node(op.SquaredError(y, x)))), net.Params())
		})
		if err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	few, many := size(4), size(20)
	kept := 4 * 16 * (rows*shape.Pixels() + 8*8 + 8)
	if grown := many - few; grown < kept/2 || grown > kept+kept/20 {
		t.Errorf("16 blocks more take %d bytes, want %d", grown, kept)
	}
}
