package walk

import (
	"container/heap"
	"context"
	"slices"

	"vae/internal/knn"
)

// maxRouteNeighbors is to how many neighbors a graph grows that does not join two points.
const maxRouteNeighbors = 320

// Route is the shortest way from one row of codes [N,l] to another along the graph of their k
// nearest neighbors, in which two are joined where either is a neighbor of the other, by an edge
// of the length of their distance: a path that stays near codes (as the geodesics of Tenenbaum,
// de Silva and Langford 2000, "A global geometric framework for nonlinear dimensionality
// reduction"). It returns the rows that are passed, both ends among them. Where k neighbors do
// not join the two, twice as many are taken, and so on up to 320; used is how many it came to.
// There are no rows where all of these do not join them. Errors: those of [knn.Self].
func Route(ctx context.Context, codes []float32, l, k, from, to int, progress func(done, of int)) (rows []int, used int, err error) {
	if from == to {
		return []int{from}, k, nil
	}
	for most := len(codes)/l - 1; ; k *= 2 {
		k = min(k, most)
		g, err := knn.Self(ctx, codes, l, k, progress)
		if err != nil {
			return nil, k, err
		}
		rows := shortest(newRoads(g), from, to)
		if rows != nil || k == most || 2*k > maxRouteNeighbors {
			return rows, k, nil
		}
	}
}

// roads are the edges of a graph of neighbors, seen from both ends: those of row i are
// from first[i] on, up to first[i+1].
type roads struct {
	first  []int // [N+1]
	to     []int32
	length []float32
}

func newRoads(g *knn.Graph) *roads {
	n := len(g.Index) / g.K
	r := &roads{first: make([]int, n+1), to: make([]int32, 2*len(g.Index)), length: make([]float32, 2*len(g.Index))}
	for i, other := range g.Index {
		r.first[i/g.K+1]++
		r.first[other+1]++
	}
	for i := range n {
		r.first[i+1] += r.first[i]
	}
	next := slices.Clone(r.first)
	put := func(from, to int32, length float32) {
		r.to[next[from]], r.length[next[from]] = to, length
		next[from]++
	}
	for i, other := range g.Index {
		put(int32(i/g.K), other, g.Distance[i])
		put(other, int32(i/g.K), g.Distance[i])
	}
	return r
}

// shortest is Dijkstra's algorithm (1959); nil where no road leads there. Of equally long ways it
// takes that which it finds first, by the numbers of the rows.
func shortest(r *roads, from, to int) []int {
	n := len(r.first) - 1
	before, length := make([]int32, n), make([]float64, n)
	for i := range before {
		before[i] = -1
	}
	before[from] = int32(from)
	done := make([]bool, n)
	open := &front{{int32(from), 0}}
	for open.Len() > 0 {
		at := heap.Pop(open).(reached)
		if done[at.row] {
			continue
		}
		if done[at.row] = true; int(at.row) == to {
			return wayBack(before, to)
		}
		for e := r.first[at.row]; e < r.first[at.row+1]; e++ {
			other, total := r.to[e], at.length+float64(r.length[e])
			if before[other] < 0 || total < length[other] {
				before[other], length[other] = at.row, total
				heap.Push(open, reached{other, total})
			}
		}
	}
	return nil
}

// wayBack follows the rows before each, from the end to the beginning, and turns them round.
func wayBack(before []int32, to int) []int {
	rows := []int{to}
	for int(before[to]) != to {
		to = int(before[to])
		rows = append(rows, to)
	}
	slices.Reverse(rows)
	return rows
}

// reached is a row and the length of a way there.
type reached struct {
	row    int32
	length float64
}

// front is a heap of what is reached, the nearest first.
type front []reached

func (f front) Len() int { return len(f) }
func (f front) Less(i, j int) bool {
	return f[i].length < f[j].length || f[i].length == f[j].length && f[i].row < f[j].row
}
func (f front) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f *front) Push(x any)   { *f = append(*f, x.(reached)) }
func (f *front) Pop() any {
	last := (*f)[len(*f)-1]
	*f = (*f)[:len(*f)-1]
	return last
}
