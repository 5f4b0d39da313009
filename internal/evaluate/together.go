package evaluate

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"vae/internal/world"
)

// rounds has the processes of a world do n pieces of work in turns, as many at once as there are processes: piece by
// piece of the own ones gives figures, at most so many, and all figures of a round are used, in the order of the pieces.
// Where one process fails, or is asked to stop, all do.
func rounds(ctx context.Context, w world.World, n, most int, work func(piece int) ([]float64, error), use func(piece int, figures []float64)) error {
	if w == nil || w.Size() == 1 {
		return alone(ctx, n, work, use)
	}
	own := make([]byte, 0, 1+8+8*most)
	for first := 0; first < n; first += w.Size() {
		var figures []float64
		err := ctx.Err()
		if piece := first + w.Rank(); err == nil && piece < n {
			figures, err = work(piece)
		}
		own = append(own[:0], outcome(err))
		own = binary.LittleEndian.AppendUint64(own, uint64(len(figures)))
		for _, v := range figures {
			own = binary.LittleEndian.AppendUint64(own, math.Float64bits(v))
		}
		all, failed := w.Gather(own[:cap(own)])
		if failed != nil {
			return failed
		}
		if err := together(all, err); err != nil {
			return err
		}
		for rank := range min(w.Size(), n-first) {
			given := all[rank][9:]
			figures := make([]float64, binary.LittleEndian.Uint64(all[rank][1:]))
			for i := range figures {
				figures[i] = math.Float64frombits(binary.LittleEndian.Uint64(given[8*i:]))
			}
			use(first+rank, figures)
		}
	}
	return nil
}

// alone is rounds of one process.
func alone(ctx context.Context, n int, work func(piece int) ([]float64, error), use func(piece int, figures []float64)) error {
	for piece := range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		figures, err := work(piece)
		if err != nil {
			return err
		}
		use(piece, figures)
	}
	return nil
}

// How a piece of work ended.
const (
	done = iota
	stopped
	broken
)

func outcome(err error) byte {
	switch {
	case err == nil:
		return done
	case errors.Is(err, context.Canceled):
		return stopped
	}
	return broken
}

// together is the error of all processes: a process's own, or what another has met.
func together(all [][]byte, own error) error {
	if own != nil {
		return own
	}
	for rank, given := range all {
		switch given[0] {
		case stopped:
			return context.Canceled
		case broken:
			return fmt.Errorf("process %d has failed", rank)
		}
	}
	return nil
}

// width is how many figures an image has.
func (l *Loss) width() int {
	if l.model.Variational() {
		return 3
	}
	return 3 + l.model.Latent()
}

// figures are the terms of each of n images of the last run, and its code, if that counts.
func (l *Loss) figures(n int) (all []float64) {
	code := l.objective.Code()
	latents := len(code) / l.objective.Rows()
	for i := range n {
		t := imageTerms(l.objective, i, l.model.Config().Beta)
		all = append(all, t.Reconstruction, t.KL, t.Loss)
		all = appendFloats(all, code[i*latents:(i+1)*latents])
	}
	return all
}

// add adds what figures returns, with so many numbers an image.
func (t *Totals) add(figures []float64, width int) {
	for ; len(figures) > 0; figures = figures[width:] {
		t.sum.Reconstruction += figures[0]
		t.sum.KL += figures[1]
		t.sum.Loss += figures[2]
		for _, v := range figures[3:width] {
			t.sum.Activation += math.Abs(v) / float64(width-3)
		}
		t.images++
	}
}

func appendFloats(to []float64, values []float32) []float64 {
	for _, v := range values {
		to = append(to, float64(v))
	}
	return to
}

func float32s(values []float64) []float32 {
	all := make([]float32, len(values))
	for i, v := range values {
		all[i] = float32(v)
	}
	return all
}
