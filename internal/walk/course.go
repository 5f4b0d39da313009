package walk

import (
	"math"

	"vae/internal/kernel"
)

// Place is a place on a path: the part T, 0 to 1, of the way from point From to the next.
type Place struct {
	From int
	T    float64
}

// Even are n places on a path, at least two, that lie evenly by its length, both ends among them.
func (p Path) Even(n int) []Place {
	until := []float64{0} // [N] the length of the path up to each point
	for i := range p.Len() - 1 {
		until = append(until, until[i]+math.Sqrt(kernel.SquaredDistance(p.At(i), p.At(i+1))))
	}
	places, last := make([]Place, n), len(until)-1
	from := 0
	for i := range places {
		want := until[last] * float64(i) / float64(n-1)
		for from < last-1 && until[from+1] <= want {
			from++
		}
		places[i].From = from
		if last > 0 && until[from+1] > until[from] {
			places[i].T = min((want-until[from])/(until[from+1]-until[from]), 1)
		}
	}
	if last > 0 {
		places[n-1] = Place{last - 1, 1}
	}
	return places
}

// Among are the points of a path at places of it, or at those of another of as many points.
func (p Path) Among(places []Place) Path {
	q := NewPath(len(places), p.Latent)
	for i, at := range places {
		z := q.At(i)
		copy(z, p.At(at.From))
		if at.T == 0 {
			continue
		}
		for j, v := range p.At(at.From + 1) {
			z[j] = float32(float64((1-at.T)*float64(z[j])) + float64(at.T*float64(v)))
		}
	}
	return q
}

// Rows is the path through some rows of x [n,l], in that order.
func Rows(x []float32, l int, rows []int) Path {
	p := NewPath(len(rows), l)
	for i, row := range rows {
		copy(p.At(i), x[row*l:(row+1)*l])
	}
	return p
}

// Between makes a path of n points from a to b.
type Between func(a, b []float32, n int) Path

// Corners is the grid of points [rows*columns] that lies between four, row by row: the first at the top
// left, the second at the top right, the others below them. The edges at the left and the right
// are paths, and each row is one from edge to edge; of straight ones that is bilinear.
func Corners(corners [4][]float32, rows, columns int, between Between) Path {
	left := between(corners[0], corners[2], rows)
	right := between(corners[1], corners[3], rows)
	p := Path{Latent: len(corners[0])}
	for i := range rows {
		p.Z = append(p.Z, between(left.At(i), right.At(i), columns).Z...)
	}
	return p
}
