package conv

import (
	"sync"

	"vae/internal/kernel"
)

// The work of a pass is cut into units for the threads, by the shape alone: images, runs of
// them, and where these are few, blocks of their rows.

const (
	// nearFloats is how much of the images of a unit should stay in the second-level cache
	// while the panels of the weights pass.
	nearFloats = 1 << 16
	// fewestUnits is how many units there should be, so that several threads are busy to
	// the end.
	fewestUnits = 8
	// mostUnits is how many runs of images there are where there are more images.
	mostUnits = 32
	// smallWork is the number of multiply-adds below which waking another thread costs
	// more than it brings.
	smallWork = 1 << 18
)

// blocksOf is into how many blocks of rows each of so many images, or runs of them, is cut.
func blocksOf(images, work int) int {
	if images >= fewestUnits || images == 0 || work <= smallWork {
		return 1
	}
	return (fewestUnits + images - 1) / images
}

// share runs the units of so many multiply-adds.
func share(units, work int, body func(unit int)) {
	if work > smallWork {
		kernel.Parallel(units, body)
		return
	}
	for i := range units {
		body(i)
	}
}

// inParts calls f for runs of the numbers below count, of so many elements in all, on
// several threads where that pays.
func inParts(count, elements int, f func(from, to int)) {
	const work = 1 << 14
	parts := min(count, (elements+work-1)/work)
	if parts <= 1 {
		f(0, count)
		return
	}
	kernel.Parallel(parts, func(i int) { f(i*count/parts, (i+1)*count/parts) })
}

// scratch is memory of a unit of work.
type scratch struct{ floats []float32 }

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// size returns n floats that hold anything.
func (s *scratch) size(n int) []float32 {
	if len(s.floats) < n {
		s.floats = make([]float32, n)
	}
	return s.floats[:n]
}

// repeat returns the bias of a row of pixels: vectors are full where it is added at once.
// It is nil where the bias is.
func (s *scratch) repeat(bias []float32, pixels int) []float32 {
	if bias == nil {
		return nil
	}
	wide := s.size(pixels * len(bias))
	for i := range pixels {
		copy(wide[i*len(bias):], bias)
	}
	return wide
}
