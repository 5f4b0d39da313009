// Package memory knows how much of it a program may take here: what the machine has, and
// what a container or the shell leaves of that.
package memory

import (
	"fmt"
	"math"
)

// Limit is the most bytes that this program may have in memory, and what sets it.
type Limit struct {
	Bytes float64
	Of    string // "this machine", "control group" or a limit of the process
}

// String is "2.4 GB (this machine)".
func (l Limit) String() string { return Text(l.Bytes) + " (" + l.Of + ")" }

// unknown is what there is taken to be where nothing tells.
const unknown = 32 << 30

// Available is the lowest limit that holds now.
func Available() Limit {
	least := Limit{math.Inf(1), ""}
	for _, l := range limits() {
		if l.Bytes < least.Bytes {
			least = l
		}
	}
	if math.IsInf(least.Bytes, 1) {
		return Limit{unknown, "this machine"}
	}
	least.Bytes = max(least.Bytes, 0)
	return least
}

// Text writes a number of bytes for people: "118 MB", "2.4 GB".
func Text(bytes float64) string {
	switch {
	case bytes < 1e6:
		return fmt.Sprintf("%.3g kB", bytes/1e3)
	case bytes < 999.5e6:
		return fmt.Sprintf("%.3g MB", bytes/1e6)
	case bytes < 999.5e9:
		return fmt.Sprintf("%.3g GB", bytes/1e9)
	}
	return fmt.Sprintf("%.0f GB", bytes/1e9)
}
