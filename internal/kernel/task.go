package kernel

import "sync"

// elements is one call of an elementwise kernel, a task of the worker pool:
// units, rows or elements, cut into runs of equal length. The cut depends on the
// shape alone.
type elements struct {
	work          func(e *elements, from, to int)
	units, length int

	a, b, c, d []float32
	n          int // width of a row
	sumRows    int // rows of a column
	samples    int // rows of the model for each of the data
	act        Activation
	sigma      float64
}

func (e *elements) run(i int) { e.work(e, i*e.length, min((i+1)*e.length, e.units)) }

var elementTasks = sync.Pool{New: func() any { return new(elements) }}

// fewestElements is the least work that is worth another thread.
const fewestElements = 1 << 13

// inParts runs the task over its units, each of size elements.
func (e *elements) inParts(size int) {
	e.length = max(1, fewestElements/max(size, 1))
	if e.units > 0 {
		parallel(ceilDiv(e.units, e.length), e)
	}
	*e = elements{}
	elementTasks.Put(e)
}
