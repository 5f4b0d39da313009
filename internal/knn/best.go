package knn

import (
	"math"
	"slices"
)

// candidate is a row and the square of its distance, or an estimate of it.
type candidate struct {
	squared float64
	index   int
}

// compare is by distance, never NaN, and then by index.
func compare(a, b candidate) int {
	switch {
	case a.squared < b.squared:
		return -1
	case a.squared > b.squared:
		return 1
	}
	return a.index - b.index
}

// best gathers the k rows nearest to one query. While estimates tell the rows apart it
// keeps all that may be among them, and computes no distance; once they do not it is
// exact, and each row that is taken has its distance computed.
type best struct {
	query  []float32 // [L]
	among  *rows
	k      int
	length float64     // squared, of the query
	bound  float64     // of the error of an estimate
	guess  float64     // rows with a greater estimate were never taken
	reach  float64     // rows with a greater estimate are not taken any more
	near   float32     // the same as a limit of half less product
	exact  bool        // found has distances, not estimates
	worst  candidate   // the k-th of them, when exact and there are k
	found  []candidate // in no order; of fixed capacity, above k
}

func (b *best) begin(query []float32, length, bound float64) {
	b.query, b.length, b.bound = query, length, bound
	b.found, b.exact = b.found[:0], math.IsInf(bound, 1)
	b.guess, b.reach, b.near = math.Inf(1), math.Inf(1), float32(math.Inf(1))
	b.worst = candidate{math.Inf(1), math.MaxInt}
}

// within lowers the reach.
func (b *best) within(reach float64) {
	b.reach = min(b.reach, reach)
	b.near = b.limit(0)
}

// limit is the difference of half and product above which a row is out of reach, where
// estimates are off by more than the query's bound if more is greater than 0.
func (b *best) limit(more float64) float32 {
	if math.IsInf(b.reach, -1) {
		return float32(b.reach)
	}
	return up((b.reach + more - b.length) / 2)
}

// up is the least float32 that is not below x.
func up(x float64) float32 {
	v := float32(x)
	if float64(v) < x {
		v = math.Nextafter32(v, float32(math.Inf(1)))
	}
	return v
}

// offer takes a row if it is within reach. precise says that its estimate is off by no more
// than the query's bound.
func (b *best) offer(index int, estimate float64, precise bool) {
	if precise && estimate > b.reach {
		return
	}
	c := candidate{estimate, index}
	if b.exact || !precise {
		c.squared = squaredDistance(b.query, b.among.row(index))
		if b.exact && compare(c, b.worst) > 0 || c.squared > b.reach {
			return
		}
	}
	b.found = append(b.found, c)
	if len(b.found) == cap(b.found) {
		b.narrow()
	}
}

// narrow drops what cannot be among the k nearest.
func (b *best) narrow() {
	if !b.exact {
		b.drop()
		if len(b.found) <= cap(b.found)*3/4 {
			return
		}
		b.settle()
	}
	b.sort()
	b.found = b.found[:min(b.k, len(b.found))]
	if len(b.found) < b.k {
		return
	}
	b.worst = b.found[b.k-1]
	b.within(b.worst.squared + b.bound)
	if b.worst.squared == 0 { // and rows come by rising index: none will be nearer
		b.within(math.Inf(-1))
	}
}

// drop leaves out what the k-th smallest estimate puts out of reach.
func (b *best) drop() {
	b.within(kth(b.found, b.k) + 2*b.bound)
	kept := 0
	for _, c := range b.found {
		b.found[kept] = c
		if c.squared <= b.reach {
			kept++
		}
	}
	b.found = b.found[:kept]
}

// settle computes all distances, of four rows at a time.
func (b *best) settle() {
	b.exact = true
	rest := b.found
	for ; len(rest) >= 4; rest = rest[4:] {
		d := squaredDistances(b.query, b.among.row(rest[0].index), b.among.row(rest[1].index), b.among.row(rest[2].index), b.among.row(rest[3].index))
		rest[0].squared, rest[1].squared, rest[2].squared, rest[3].squared = d[0], d[1], d[2], d[3]
	}
	for i, c := range rest {
		rest[i].squared = squaredDistance(b.query, b.among.row(c.index))
	}
}

func (b *best) sort() { slices.SortFunc(b.found, compare) }

// finish reports whether the k nearest were found: by rising distance, equal ones by rising
// index. They are not where the guess was too small.
func (b *best) finish() bool {
	if len(b.found) < b.k {
		return false
	}
	if !b.exact {
		b.drop()
		b.settle()
	}
	b.sort()
	b.found = b.found[:b.k]
	return math.IsInf(b.guess, 1) || b.found[b.k-1].squared+b.bound <= b.guess
}

// kth is the k-th smallest number of the candidates, 1 being the first, in an order that it
// changes (Hoare's quickselect, with pivots at places that no order is made for).
func kth(x []candidate, k int) float64 {
	at := uint32(len(x))
	place := func() float64 {
		at = at*1664525 + 1013904223
		return x[uint64(at)*uint64(len(x))>>32].squared
	}
	for len(x) > 1 {
		pivot := median(place(), place(), place())
		lower := below(x, pivot)
		if k <= lower {
			x = x[:lower]
			continue
		}
		x, k = x[lower:], k-lower
		same := equal(x, pivot)
		if k <= same {
			return pivot
		}
		x, k = x[same:], k-same
	}
	return x[0].squared
}

func median(a, b, c float64) float64 { return max(min(a, b), min(max(a, b), c)) }

// below moves what is below a number to the front, and counts it.
func below(x []candidate, number float64) int {
	n := 0
	for i, c := range x {
		x[i], x[n] = x[n], c
		if c.squared < number {
			n++
		}
	}
	return n
}

// equal moves what is equal to a number to the front, and counts it.
func equal(x []candidate, number float64) int {
	n := 0
	for i, c := range x {
		x[i], x[n] = x[n], c
		if c.squared == number {
			n++
		}
	}
	return n
}
