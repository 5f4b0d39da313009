// Package world is the processes that work on one training or one measurement together, each of which
// holds a World. Every sum over processes is a balanced binary tree over their ranks,
// (0+1)+(2+3) of four, so that it does not depend on how it travelled, nor, where each
// brings the sum of an aligned subtree, on how many processes there are.
package world

// World is one process among those that work together. Calls are collective: all processes make the same
// ones in the same order, each from one goroutine at a time. After an error every call returns one, and nothing else can be done.
type World interface {
	// Rank is this process's number, from 0, which alone opens, prints and saves.
	Rank() int
	// Size is how many there are, a power of two.
	Size() int

	// Begin lets x become the sum of all processes' x, which are of equal length, while the caller goes on
	// with something else: it is done when Finish returns, and x must be left alone until then.
	Begin(x []float32)
	// Finish waits for all that was begun.
	Finish() error

	// Gather returns what each process has given, by rank, which must be of the same length everywhere.
	// What was begun before goes on meanwhile. The result is valid until the next call.
	Gather(own []byte) ([][]byte, error)
	// Broadcast returns what rank 0 has given; what the others give is not looked at.
	Broadcast(b []byte) ([]byte, error)

	// Memory is how many bytes it takes at most, beside the numbers themselves, to have so many under way at once.
	Memory(numbers int) int
	// Sent is how many bytes this process has given to others so far.
	Sent() int64
}

// Alone is the world of a single process, in which a sum is what it was.
type Alone struct{}

func (Alone) Rank() int                           { return 0 }
func (Alone) Size() int                           { return 1 }
func (Alone) Begin([]float32)                     {}
func (Alone) Finish() error                       { return nil }
func (Alone) Gather(own []byte) ([][]byte, error) { return [][]byte{own}, nil }
func (Alone) Broadcast(b []byte) ([]byte, error)  { return b, nil }
func (Alone) Memory(int) int                      { return 0 }
func (Alone) Sent() int64                         { return 0 }
