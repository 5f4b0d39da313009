package plot

import (
	"fmt"
	"math"
)

// survey is what must be known of all points before the first is drawn.
type survey struct {
	n      int
	x, y   spread
	counts []int // points of each class
	none   int   // points of NoClass
}

// spread is the extent of the points along one axis.
type spread struct {
	min, max  float64
	low, high float64 // as min and max, without the trimmed points at each end
}

// trimmed is the number of points at each end of an axis that may be left outside.
func trimmed(n int) int {
	if n < 20 {
		return 0
	}
	return max(1, n/1000)
}

// survey validates the points and measures them, in constant memory: an order statistic of float32
// takes two counts of 2^16 bins each, of the upper and of the lower half of the bits.
func (s Scatter) survey(n int, at func(i int) Point) (survey, error) {
	v := survey{n: n, counts: make([]int, len(s.Classes))}
	x, y := newRanker(), newRanker()
	for i := range n {
		p := at(i)
		if err := s.checkPoint(i, p); err != nil {
			return v, err
		}
		x.coarse[rankKey(p.X)>>16]++
		y.coarse[rankKey(p.Y)>>16]++
		if p.Class == NoClass {
			v.none++
		} else {
			v.counts[p.Class]++
		}
	}
	ranks := [4]int{0, trimmed(n), n - 1 - trimmed(n), n - 1}
	x.locate(ranks)
	y.locate(ranks)
	for i := range n {
		p := at(i)
		x.count(p.X)
		y.count(p.Y)
	}
	v.x, v.y = x.spread(), y.spread()
	return v, s.surveyMarks(&v)
}

func (s Scatter) checkPoint(i int, p Point) error {
	if !finite(p.X) || !finite(p.Y) {
		return fmt.Errorf("scatter plot: point %d is (%g, %g), only finite points can be drawn", i, p.X, p.Y)
	}
	if p.Class != NoClass && (p.Class < 0 || p.Class >= len(s.Classes)) {
		return fmt.Errorf("scatter plot: point %d has class %d, but there are %d class names (%d is for no class)",
			i, p.Class, len(s.Classes), NoClass)
	}
	return nil
}

func finite(v float32) bool { return math.Abs(float64(v)) <= math.MaxFloat32 }

// rankKey maps a finite float32 to an integer of the same order; both zeros are one.
func rankKey(v float32) uint32 {
	b := math.Float32bits(v + 0)
	if b>>31 != 0 {
		return ^b
	}
	return b | 1<<31
}

// rankValue is the inverse of rankKey.
func rankValue(key uint32) float32 {
	if key>>31 != 0 {
		return math.Float32frombits(key &^ (1 << 31))
	}
	return math.Float32frombits(^key)
}

// ranker finds four order statistics of values that are shown to it twice.
type ranker struct {
	coarse []int // by the upper 16 bits of the key
	bins   [4]struct {
		upper uint32 // of the key sought
		rank  int    // among the values with that upper half
		fine  []int  // those by their lower 16 bits; shared by equal uppers
	}
}

func newRanker() *ranker { return &ranker{coarse: make([]int, 1<<16)} }

// locate finds the coarse bin of each rank. Ranks ascend.
func (r *ranker) locate(ranks [4]int) {
	for i, rank := range ranks {
		b := &r.bins[i]
		b.upper, b.rank = binOf(r.coarse, rank)
		if i > 0 && r.bins[i-1].upper == b.upper {
			b.fine = r.bins[i-1].fine
			continue
		}
		b.fine = make([]int, 1<<16)
	}
}

// count takes a value the second time.
func (r *ranker) count(v float32) {
	key := rankKey(v)
	for i := range r.bins {
		if b := &r.bins[i]; b.upper == key>>16 {
			b.fine[key&0xffff]++
			return
		}
	}
}

func (r *ranker) spread() spread {
	var v [4]float64
	for i, b := range r.bins {
		lower, _ := binOf(b.fine, b.rank)
		v[i] = float64(rankValue(b.upper<<16 | lower))
	}
	return spread{min: v[0], low: v[1], high: v[2], max: v[3]}
}

// binOf is the bin that holds the value of a rank, and the rank within that bin.
func binOf(counts []int, rank int) (bin uint32, within int) {
	for i, c := range counts {
		if rank < c {
			return uint32(i), rank
		}
		rank -= c
	}
	return uint32(len(counts) - 1), 0 // the values were others the second time
}
