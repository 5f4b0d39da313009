package pmf

import (
	"sync"

	"vae/internal/exact"
)

// GridPrecision is that of the distributions of latents.
const GridPrecision = 24

// Latents beyond gridEnd, of either sign, are in the outer cells.
const gridEnd = 8

// Grid is how latents are rounded: to cells of a width of 2^-Shift, from -8 to 8. Shift is LeastShift to MostShift.
type Grid struct{ Shift uint }

// The shifts that a grid may have.
const (
	LeastShift = 1
	MostShift  = 12
)

// Cells is how many there are.
func (g Grid) Cells() int { return 2 * gridEnd << g.Shift }

// Value is the middle of a cell.
func (g Grid) Value(i int) float32 {
	return (float32(i)+0.5)/float32(uint(1)<<g.Shift) - gridEnd
}

// Range of a log-variance, beyond which it is taken for the end.
const (
	leastLogvar = -30
	mostLogvar  = 20
)

// Normal are the frequencies of the cells under a normal distribution, of which each is at least 1. What is no number is 0.
func (g Grid) Normal(mu, logvar float32) Rounded { return g.normal(mu, logvar, 1) }

// Drawn is Normal of a distribution that cells are drawn from before they are pushed under it, and under which cells far from the mean
// have no number: at 1 each these would be drawn, once in 2^14 latents, and an image with a latent from anywhere takes many bits.
func (g Grid) Drawn(mu, logvar float32) Rounded { return g.normal(mu, logvar, 0) }

func (g Grid) normal(mu, logvar float32, own int) Rounded {
	const most = 1 << 20
	if mu != mu {
		mu = 0
	}
	if logvar != logvar {
		logvar = 0
	}
	mu, logvar = min(max(mu, -most), most), min(max(logvar, leastLogvar), mostLogvar)
	cells := float64(uint(1) << g.Shift)
	inverse := exact.Exp(float64(-0.5*float64(logvar))) / cells
	return newRounded(Normal(), gridEnd*cells+float64(float64(mu)*cells), inverse, g.Cells(), own, GridPrecision)
}

// Table are frequencies that are worked out.
type Table struct {
	starts []uint32 // F
	first  []uint16 // symbol of the numbers u << jump
	jump   uint
}

// standards are the tables of Standard by the shift.
var standards [MostShift + 1]struct {
	once  sync.Once
	table *Table
}

// Standard are those of Normal(0, 0), the standard normal distribution.
func (g Grid) Standard() *Table {
	s := &standards[g.Shift]
	s.once.Do(func() {
		n := g.Normal(0, 0)
		s.table = newTable(n.n, GridPrecision, n.start)
	})
	return s.table
}

// newTable has n symbols, at most 65536, by F.
func newTable(n int, precision uint, start func(int) uint32) *Table {
	const most = 10
	t := &Table{starts: make([]uint32, n+1), jump: precision - most}
	for i := range t.starts {
		t.starts[i] = start(i)
	}
	i := 0
	for u := uint64(0); u < 1<<precision; u += 1 << t.jump {
		for uint64(t.starts[i+1]) <= u {
			i++
		}
		t.first = append(t.first, uint16(i))
	}
	t.first = append(t.first, uint16(n-1))
	return t
}

// Part is which numbers a symbol has.
func (t *Table) Part(i int) (start, frequency uint32) {
	return t.starts[i], t.starts[i+1] - t.starts[i]
}

// At is the symbol of a number below 2^precision, and which numbers it has.
func (t *Table) At(u uint32) (i int, start, frequency uint32) {
	low, high := int(t.first[u>>t.jump]), int(t.first[u>>t.jump+1])+1
	for high-low > 1 {
		if middle := int(uint(low+high) / 2); t.starts[middle] <= u {
			low = middle
		} else {
			high = middle
		}
	}
	start, frequency = t.Part(low)
	return low, start, frequency
}
