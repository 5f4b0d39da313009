package dataset

import (
	"fmt"

	"vae/internal/config"
	"vae/internal/memory"
)

// memoryLimit is the most bytes that the images of a data set may take: half of
// the memory, for a network of such images takes some too.
var memoryLimit = func() float64 { return memory.Available().Bytes / 2 }

// besides is what is kept of an image besides its pixels: label, place in a split.
const besides = 24

// checkMemory refuses n images of a shape that do not fit into memory, before
// anything is allocated for them; advice says what to do.
func checkMemory(n int, shape config.Shape, advice string) error {
	need := float64(n) * (float64(shape.Width)*float64(shape.Height)*float64(shape.Channels) + besides)
	if limit := memoryLimit(); need > limit {
		return fmt.Errorf("%s images of %v need %s of memory, more than the %s that they may take here: %s",
			thousands(n), shape, gigabytes(need), gigabytes(limit), advice)
	}
	return nil
}

func gigabytes(bytes float64) string { return fmt.Sprintf("%.3g GB", bytes/1e9) }

// thousands writes n, 0 or more, with commas.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
