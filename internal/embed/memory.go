package embed

import (
	"fmt"

	"vae/internal/memory"
)

// available is how much memory there is.
var available = func() float64 { return memory.Available().Bytes }

// What a map takes at most: of each neighbor of a row its index and distance, a weight, the
// edge in both directions, and that again in another order or its rate; of each row its place,
// its state and that of the tree. The rows may be copied once.
const (
	bytesOfNeighbor = 44
	bytesOfRow      = 400
)

// checkMemory refuses n rows of l columns with k neighbors each that do not fit, before any
// of it is allocated.
func checkMemory(what string, n, l, k int, advice string) error {
	need := float64(n) * (bytesOfNeighbor*float64(k) + bytesOfRow + 4*float64(l))
	if limit := available(); need > limit {
		return fmt.Errorf("%s: %d rows with %d neighbors each need %s of memory, and there is %s: %s", what, n, k, memory.Text(need), memory.Text(limit), advice)
	}
	return nil
}
