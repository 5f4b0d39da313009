package embed

import (
	"context"
	"math"
	"slices"

	"vae/internal/kernel"
	"vae/internal/rng"
)

// layout moves the rows of UMAP's graph.
type layout struct {
	graph    *edges
	rate     []uint32  // beside the edges: in which part of the epochs an edge pulls, by 2^31
	y        []float32 // [N, 2]
	gradient []float32 // [N, 2]
	m, v     []float32 // [N, 2] Adam's moments
	key      uint64    // of the rows that are drawn

	pull, push kernel.PowerForce
}

// newLayout keeps the edges that pull at least once, the heaviest in each epoch.
func newLayout(e *edges, y []float32, c curve, seed uint64) *layout {
	l := &layout{graph: e, y: y, gradient: make([]float32, len(y)), m: make([]float32, len(y)), v: make([]float32, len(y))}
	l.pull, l.push = c.forces()
	l.key = rng.Stream(seed, "negative samples of umap").Uint64()
	l.rate = make([]uint32, len(e.other))
	most := float32(0)
	for i := range e.from {
		_, weight := e.of(i)
		for _, w := range weight {
			most = max(most, w)
		}
	}
	for i := range e.from {
		kept := e.from[i]
		for j := e.from[i]; j < e.to[i]; j++ {
			rate := float64(e.weight[j]) / float64(most)
			if rate*epochs < 1 {
				continue
			}
			e.other[kept], l.rate[kept] = e.other[j], uint32(rate*(1<<31))
			kept++
		}
		e.to[i] = kept
	}
	return l
}

// The constants of Adam. A rate of 1 moves a row by about 1 in an epoch, where its force
// keeps its direction.
const (
	beta1   = 0.5
	beta2   = 0.9
	epsilon = 1e-7
)

func (l *layout) run(ctx context.Context, progress func(done, of int)) error {
	n := len(l.y) / 2
	for e := range epochs {
		err := eachRows(ctx, n, func(from, to int) {
			var due, drawn []int32
			for i := from; i < to; i++ {
				due = l.due(due, i, e)
				drawn = l.drawn(drawn[:0], i, e, negatives*len(due))
				l.force(i, due, drawn)
			}
		})
		if err == nil {
			err = l.step(ctx, e)
		}
		if err != nil {
			return err
		}
		progress(e+1, epochs)
	}
	return nil
}

// due are the neighbors that pull row i in an epoch, in the memory of list.
func (l *layout) due(list []int32, i, epoch int) []int32 {
	from, to := l.graph.from[i], l.graph.to[i]
	rate := l.rate[from:to]
	list = slices.Grow(list[:0], to-from+kernel.AttractionPad)[:to-from]
	now, count := uint64(epoch)+1, 0
	for k, j := range l.graph.other[from:to] {
		list[count] = j // written over by the next, unless it is due: no branch to foretell
		after := now * uint64(rate[k])
		count += int(after>>31 - (after-uint64(rate[k]))>>31)
	}
	return list[:count]
}

// drawn appends rows that push row i in an epoch. They are a function of the seed, the epoch
// and the row: two of each 64 bits.
func (l *layout) drawn(list []int32, i, epoch, count int) []int32 {
	const golden = 0x9e3779b97f4a7c15 // steps of splitmix64
	n := uint64(len(l.y) / 2)
	state := l.key ^ mix(uint64(epoch+1)<<32|uint64(i))
	for range count / 2 {
		state += golden
		bits := mix(state)
		list = append(list, int32(bits>>32*n>>32), int32(bits&0xffffffff*n>>32))
	}
	if count%2 == 1 {
		list = append(list, int32(mix(state+golden)>>32*n>>32))
	}
	return list
}

// force writes what moves row i. An edge is in the lists of both its ends, in each of which
// umap-learn moves both; so a pull counts twice. Lists are filled up with the row itself, which
// has no force.
func (l *layout) force(i int, due, drawn []int32) {
	for len(due)%kernel.AttractionPad != 0 {
		due = append(due, int32(i))
	}
	for len(drawn)%kernel.AttractionPad != 0 {
		drawn = append(drawn, int32(i))
	}
	at := [2]float32{l.y[2*i], l.y[2*i+1]}
	pull, push := l.pull.Sum(at, l.y, due), l.push.Sum(at, l.y, drawn)
	for c := range at {
		l.gradient[2*i+c] = 2*pull[c] + push[c]
	}
}

// mix makes bits that look drawn of a counter: the finalizer of splitmix64 (Steele, Lea and
// Flood 2014).
func mix(a uint64) uint64 {
	a ^= a >> 30
	a *= 0xbf58476d1ce4e5b9
	a ^= a >> 27
	a *= 0x94d049bb133111eb
	return a ^ a>>31
}

// step is Adam's, at a rate that falls from 1 to 0.
func (l *layout) step(ctx context.Context, epoch int) error {
	alpha := 1 - float64(epoch)/epochs
	correction := math.Sqrt(1 - math.Pow(beta2, float64(epoch+1)))
	rate := float32(alpha * correction / (1 - math.Pow(beta1, float64(epoch+1))))
	least := float32(epsilon * correction)
	return eachRows(ctx, len(l.y)/2, func(from, to int) {
		for i := 2 * from; i < 2*to; i++ {
			g := l.gradient[i]
			l.v[i] += float32((1 - beta2) * (float32(g*g) - l.v[i]))
			l.m[i] += float32((1 - beta1) * (g - l.m[i]))
			l.y[i] += float32(rate*l.m[i]) / (float32(math.Sqrt(float64(l.v[i]))) + least)
		}
	})
}
