package embed

import (
	"context"

	"vae/internal/kernel"
)

// relabeled gives row order[r] of the graph the number r, and lists of a length that the kernel
// takes: they are filled up with edges of no weight from a row to itself. It uses the memory
// of spare, if it is not nil.
func relabeled(ctx context.Context, e *edges, order []int32, spare *edges) (*edges, error) {
	n := len(order)
	if spare == nil {
		spare = &edges{from: make([]int, n), to: make([]int, n)}
	}
	number, at := make([]int32, n), 0
	for r, i := range order {
		number[i] = int32(r)
		spare.from[r] = at
		at += padded(e.to[i] - e.from[i])
		spare.to[r] = at
	}
	if cap(spare.other) < at {
		spare.other, spare.weight = make([]int32, at), make([]float32, at)
	}
	spare.other, spare.weight = spare.other[:at], spare.weight[:at]
	err := eachRows(ctx, n, func(from, to int) {
		for r := from; r < to; r++ {
			toOther, toWeight := spare.of(r)
			other, weight := e.of(int(order[r]))
			for k, j := range other {
				toOther[k] = number[j]
			}
			copy(toWeight, weight)
			for k := len(other); k < len(toOther); k++ {
				toOther[k], toWeight[k] = int32(r), 0
			}
		}
	})
	return spare, err
}

func padded(n int) int {
	return (n + kernel.AttractionPad - 1) / kernel.AttractionPad * kernel.AttractionPad
}

// gathered writes to dst [N, 2] the pairs of src in an order.
func gathered(dst, src []float32, order []int32) {
	for r, i := range order {
		dst[2*r], dst[2*r+1] = src[2*i], src[2*i+1]
	}
}
