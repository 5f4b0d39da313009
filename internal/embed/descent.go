package embed

import (
	"context"
	"math"
	"slices"

	"vae/internal/kernel"
)

// descent is the gradient descent of t-SNE, with the constants of openTSNE: momentum, gains
// (Jacobs 1988), a learning rate of n by the exaggeration (Belkina et al. 2019).
//
// Rows have numbers of their own, which follow a Hilbert curve through their places: so what
// a row's neighbors need is in memory beside what the row needs. From time to time they are
// numbered anew.
type descent struct {
	p, spare  *edges
	repulsion *repulsion
	row       []int32   // [N] that has a number
	y         []float32 // [N, 2]
	update    []float32 // [N, 2] the last step
	gains     []float32 // [N, 2]
	sums      []float64 // [runs, 2] of the places after a step
}

const (
	exaggeration = 12 // of P in the first stage
	earlySteps   = 250
	lateSteps    = 500
	momentum     = 0.8
	theta        = 0.5 // of Barnes and Hut
	longestStep  = 5
	numberEvery  = 50 // steps
)

// newDescent starts at the places y. It makes p its own.
func newDescent(p *edges, y []float32, theta float64) *descent {
	n := len(y) / 2
	d := &descent{p: p, repulsion: newRepulsion(n, theta), row: make([]int32, n), y: slices.Clone(y)}
	d.update, d.gains = make([]float32, 2*n), make([]float32, 2*n)
	d.sums = make([]float64, 2*((n+rowsOfTask-1)/rowsOfTask))
	for i := range d.gains {
		d.gains[i] = 1
	}
	for i := range d.row {
		d.row[i] = int32(i)
	}
	return d
}

// renumber gives the rows the numbers of their order on the curve.
func (d *descent) renumber(ctx context.Context) error {
	tree := d.repulsion.tree
	tree.build(d.y)
	p, err := relabeled(ctx, d.p, tree.order, d.spare)
	if err != nil {
		return err
	}
	d.p, d.spare = p, d.p
	pair := make([]float32, len(d.y))
	for _, state := range []*[]float32{&d.y, &d.update, &d.gains} {
		gathered(pair, *state, tree.order)
		pair, *state = *state, pair
	}
	row := make([]int32, len(d.row))
	for r, i := range tree.order {
		row[r] = d.row[i]
		tree.order[r] = int32(r)
	}
	d.row = row
	return nil
}

// places are those of the rows as they came.
func (d *descent) places() []float32 {
	places := make([]float32, len(d.y))
	for r, i := range d.row {
		places[2*i], places[2*i+1] = d.y[2*r], d.y[2*r+1]
	}
	return places
}

// run takes steps with P exaggerated.
func (d *descent) run(ctx context.Context, steps int, exaggeration float32, progress func(done, of int)) error {
	for s := range steps {
		if s%numberEvery == 0 {
			if err := d.renumber(ctx); err != nil {
				return err
			}
		}
		z, err := d.repulsion.run(ctx, d.y)
		if err == nil {
			err = d.step(ctx, z, exaggeration)
		}
		if err != nil {
			return err
		}
		progress(s+1, steps)
	}
	return nil
}

// step moves all rows against the gradient, and the mean of all back to 0.
func (d *descent) step(ctx context.Context, z float64, exaggeration float32) error {
	n := len(d.y) / 2
	rate, scale := float32(n)/exaggeration, float32(1/z)
	err := eachRows(ctx, n, func(from, to int) {
		for i := from; i < to; i++ {
			gx, gy := d.gradient(i, scale, exaggeration)
			d.move(2*i, gx, rate)
			d.move(2*i+1, gy, rate)
			d.shorten(i)
		}
	})
	if err != nil {
		return err
	}
	return d.apply(ctx)
}

// gradient of a row is a quarter of that of the paper (van der Maaten 2014, equation 5). scale
// is 1/Z.
func (d *descent) gradient(i int, scale, exaggeration float32) (gx, gy float32) {
	other, p := d.p.of(i)
	pull := kernel.Attraction([2]float32{d.y[2*i], d.y[2*i+1]}, d.y, other, p)
	force := d.repulsion.force[2*i : 2*i+2]
	return float32(exaggeration*pull[0]) - float32(force[0]*scale), float32(exaggeration*pull[1]) - float32(force[1]*scale)
}

// move changes the step along one coordinate, against its gradient g. The gain grows where
// the step goes against the gradient's sign, as it does downhill.
func (d *descent) move(at int, g, rate float32) {
	u := d.update[at]
	if sign(u) != sign(g) {
		d.gains[at] += 0.2
	} else {
		d.gains[at] = float32(d.gains[at]*0.8) + 0.01
	}
	d.update[at] = float32(momentum*u) - float32(float32(rate*d.gains[at])*g)
}

func sign(v float32) int {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

// shorten bounds the length of a row's step.
func (d *descent) shorten(i int) {
	u := d.update[2*i : 2*i+2]
	if square := float32(u[0]*u[0]) + float32(u[1]*u[1]); square > longestStep*longestStep {
		f := float32(longestStep / math.Sqrt(float64(square)))
		u[0] *= f
		u[1] *= f
	}
}

// apply adds the steps.
func (d *descent) apply(ctx context.Context) error {
	n := len(d.y) / 2
	err := eachRows(ctx, n, func(from, to int) {
		x, y := 0.0, 0.0
		for i := from; i < to; i++ {
			d.y[2*i] += d.update[2*i]
			d.y[2*i+1] += d.update[2*i+1]
			x += float64(d.y[2*i])
			y += float64(d.y[2*i+1])
		}
		d.sums[2*(from/rowsOfTask)], d.sums[2*(from/rowsOfTask)+1] = x, y
	})
	if err != nil {
		return err
	}
	x, y := 0.0, 0.0
	for r := 0; r < len(d.sums); r += 2 {
		x += d.sums[r]
		y += d.sums[r+1]
	}
	mx, my := float32(x/float64(n)), float32(y/float64(n))
	return eachRows(ctx, n, func(from, to int) {
		for i := from; i < to; i++ {
			d.y[2*i] -= mx
			d.y[2*i+1] -= my
		}
	})
}
