package embed

import (
	"context"
	"math"

	"vae/internal/rng"
)

// layout moves the rows of UMAP's graph.
type layout struct {
	graph    *edges
	rate     []uint32  // beside the edges: in which part of the epochs an edge pulls, by 2^31
	y        []float32 // [N, 2]
	gradient []float32 // [N, 2]
	m, v     []float32 // [N, 2] Adam's moments
	forces   *forces
	key      uint64 // of the rows that are drawn
}

// newLayout keeps the edges that pull at least once, the heaviest in each epoch.
func newLayout(e *edges, y []float32, c curve, seed uint64) *layout {
	l := &layout{graph: e, y: y, gradient: make([]float32, len(y)), m: make([]float32, len(y)), v: make([]float32, len(y))}
	l.forces, l.key = c.forces(), rng.Stream(seed, "negative samples of umap").Uint64()
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
			for i := from; i < to; i++ {
				l.gradient[2*i], l.gradient[2*i+1] = l.force(i, e)
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

// force is what moves row i in an epoch. An edge is in the list of both its ends, in each of
// which umap-learn moves both.
func (l *layout) force(i, epoch int) (fx, fy float32) {
	x, y := l.y[2*i], l.y[2*i+1]
	n := uint64(len(l.y) / 2)
	other := l.graph.other[l.graph.from[i]:l.graph.to[i]]
	rate := l.rate[l.graph.from[i]:l.graph.to[i]]
	now := uint64(epoch) + 1
	for k, j := range other {
		due := now * uint64(rate[k])
		if due>>31 == (due-uint64(rate[k]))>>31 {
			continue
		}
		dx, dy := x-l.y[2*j], y-l.y[2*j+1]
		if square := float32(dx*dx) + float32(dy*dy); square > 0 {
			c := -2 * at(&l.forces.pull, square)
			fx += clipTo(c*dx, 8)
			fy += clipTo(c*dy, 8)
		}
		counter := l.key ^ mix(now<<32|uint64(i))
		for s := range uint64(negatives+1) / 2 {
			bits := mix(counter + (uint64(k)*negatives+s)*0x9e3779b97f4a7c15)
			gx, gy := l.pushed(i, x, y, bits>>32*n>>32)
			fx, fy = fx+gx, fy+gy
			if 2*s+1 < negatives {
				gx, gy = l.pushed(i, x, y, bits&0xffffffff*n>>32)
				fx, fy = fx+gx, fy+gy
			}
		}
	}
	return fx, fy
}

// pushed is how row j, drawn, pushes row i at x, y.
func (l *layout) pushed(i int, x, y float32, j uint64) (fx, fy float32) {
	dx, dy := x-l.y[2*j], y-l.y[2*j+1]
	square := float32(dx*dx) + float32(dy*dy)
	if j == uint64(i) || !(square > 0) {
		return 0, 0
	}
	c := at(&l.forces.push, square)
	return clipTo(c*dx, 4), clipTo(c*dy, 4)
}

func clipTo(v, most float32) float32 {
	if v > most {
		return most
	}
	if v < -most {
		return -most
	}
	return v
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
