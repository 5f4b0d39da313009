package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
)

// JoinPlanes returns [B*K,P·(M+C)], maps of P pixels: those of x [B*K,P·M], each pixel of
// which is followed by the row of y [B,C] that belongs to it, K rows of x in succession
// for each of y: a layer's input and what it is conditioned on. A one-hot label so becomes C
// planes of ones and zeros behind the channels of an image; a vector is a map of one pixel. y is
// data and has no gradient.
func JoinPlanes(x, y *gorgonia.Node, pixels int) (*gorgonia.Node, error) {
	const name = "join"
	shapes, err := shapesOf(name, wanted{x, 2}, wanted{y, 2})
	if err != nil {
		return nil, err
	}
	xs, ys := shapes[0], shapes[1]
	if ys[0] == 0 || xs[0]%ys[0] != 0 || pixels < 1 || xs[1]%pixels != 0 {
		return nil, fmt.Errorf("%s: %v and %v do not fit, with %d pixels", name, xs, ys, pixels)
	}
	j := &joined{rows: xs[0], pixels: pixels, left: xs[1] / pixels, right: ys[1], samples: xs[0] / ys[0]}
	j.y, j.dx = newBuffer(j.rows, pixels*(j.left+j.right)), newBuffer(j.rows, xs[1])
	part := max(1, 1<<13/max(1, j.y.Len()/max(1, j.rows))) // rows, at least 8,192 numbers
	return apply(&fused{
		name: name, result: j.y, wrt: []bool{true, false},
		run: inParts(j.rows, part, j.row),
		back: func(b backward) (g gradients) {
			g.add(apply(&fused{name: "joinBackward", result: j.dx, run: inParts(j.rows, part, j.rowBackward)}, b.grad))
			g.add(nil, nil)
			return g
		},
	}, x, y)
}

type joined struct {
	rows, pixels int // of x
	left, right  int // numbers of a pixel of x, and of a row of y
	samples      int // rows of x for one of y
	y, dx        *Buffer
}

func (j *joined) row(i int, in [][]float32) {
	width := j.left + j.right
	x, label, y := in[0][i*j.pixels*j.left:], in[1][i/j.samples*j.right:][:j.right], j.y.data[i*j.pixels*width:]
	for p := range j.pixels {
		copy(y[p*width:], x[p*j.left:][:j.left])
		copy(y[p*width+j.left:], label)
	}
}

// rowBackward takes the columns of x from the gradient.
func (j *joined) rowBackward(i int, in [][]float32) {
	width := j.left + j.right
	dx, dy := j.dx.data[i*j.pixels*j.left:], in[0][i*j.pixels*width:]
	for p := range j.pixels {
		copy(dx[p*j.left:][:j.left], dy[p*width:])
	}
}
