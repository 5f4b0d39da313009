package conv

// span is a run of positions along one side of a map that see the same taps of the kernel:
// those in the middle see all of them, those near a border what lies inside. Leaving out
// what lies outside is to add products with zeros.
type span struct {
	at, count int // the first position, of those of its phase, and their number
	from      int // what the first sees first
	tap, taps int // the taps that see something
}

// phase is every step-th position along one side of a map that is computed, beginning with
// first. A convolution has one phase. Its input gradient has as many as the stride: the
// positions of each see every stride-th tap, and neighboring ones neighboring pixels of dy.
type phase struct {
	first, step int
	stride      int   // from what a position sees to what the next one sees
	taps        []int // positions of the kernel, in the order in which the weights lie
	spans       []span
}

// forwardPhase is that of the outputs along a side of size pixels.
func forwardPhase(size, outputs, k, stride, padding int) phase {
	p := phase{step: 1, stride: stride, spans: spans(size, outputs, k, stride, padding)}
	for tap := range k {
		p.taps = append(p.taps, tap)
	}
	return p
}

// backwardPhases are those of the size inputs along a side with that many outputs, the
// taps of each so that what they see rises.
func backwardPhases(size, outputs, k, stride, padding int) []phase {
	var phases []phase
	for r := range stride {
		p := phase{first: (r - padding%stride + stride) % stride, step: stride, stride: 1}
		for tap := r; tap < k; tap += stride {
			p.taps = append([]int{tap}, p.taps...)
		}
		if p.first >= size {
			continue // the map is smaller than the stride
		}
		see := (p.first + padding - r) / stride // what the first position sees by tap r
		p.spans = spans(outputs, (size-p.first-1)/stride+1, len(p.taps), 1, len(p.taps)-1-see)
		phases = append(phases, p)
	}
	return phases
}

// spans cuts outputs positions, which see k pixels each of a side of size, the first
// beginning padding pixels before it.
func spans(size, outputs, k, stride, padding int) []span {
	var all []span
	for i := range outputs {
		from := i*stride - padding
		tap := min(max(0, -from), k)
		taps := max(0, min(k, size-from)-tap)
		if n := len(all); n > 0 && all[n-1].tap == tap && all[n-1].taps == taps {
			all[n-1].count++
			continue
		}
		all = append(all, span{i, 1, from + tap, tap, taps})
	}
	return all
}

// plan is how a pass that computes maps goes over the two sides.
type plan struct{ vertical, horizontal []phase }
