package walk

import (
	"math"

	"vae/internal/stats"
)

// mostFolds is by how many parts a difference is cross-validated.
const mostFolds = 5

// Difference is the way from the mean of some codes to that of others, an attribute vector, and
// how sure it is.
type Difference struct {
	Vector []float64 // [L] the mean of the codes with the attribute, less that of those without
	Length float64
	// Error is the standard error of the vector: the root of the sum over latents of the variance of
	// each difference of means. A direction of chance has a length of about as much. NaN where
	// there are fewer than two codes of either kind.
	Error float64
	// AUROC is the probability that a code with the attribute lies further in the direction than
	// one without; Right is the part of codes, the mean over both kinds, on their own side of
	// the middle between the means. Both are of codes that are held out, by five parts, or as many
	// as there are codes of a kind. NaN where there are fewer than two of either.
	AUROC, Right float64
}

// Differ compares codes [n,l] that have an attribute with others that have not; there must be one
// of each.
func Differ(with, without []float32, l int) Difference {
	a, b := newSpread(with, l), newSpread(without, l)
	d := Difference{Vector: difference(a.mean(), b.mean()), AUROC: math.NaN(), Right: math.NaN()}
	d.Length = math.Sqrt(dot(d.Vector, d.Vector))
	d.Error = math.Sqrt(a.meanError() + b.meanError())
	if folds := min(mostFolds, a.n, b.n); folds > 1 {
		d.validate(with, without, l, folds)
	}
	return d
}

// validate measures directions of the codes outside of each part by those within. Code i is of
// part i modulo folds.
func (d *Difference) validate(with, without []float32, l, folds int) {
	var area, right float64
	for fold := range folds {
		kept := func(i int) bool { return i%folds != fold }
		held := func(i int) bool { return i%folds == fold }
		a, b := newSpread(chosen(with, l, kept), l).mean(), newSpread(chosen(without, l, kept), l).mean()
		way := difference(a, b)
		middle := (dot(a, way) + dot(b, way)) / 2
		above, below := project(chosen(with, l, held), way), project(chosen(without, l, held), way)
		area += stats.AUROC(above, below)
		right += (1 - side(above, middle) + side(below, middle)) / 2
	}
	d.AUROC, d.Right = area/float64(folds), right/float64(folds)
}

// side is the part of values below a middle, those on it by half.
func side(values []float64, middle float64) float64 {
	var n float64
	for _, v := range values {
		switch {
		case v < middle:
			n++
		case v == middle:
			n += 0.5
		}
	}
	return n / float64(len(values))
}

// chosen are the rows [.,l] whose numbers are taken.
func chosen(x []float32, l int, take func(i int) bool) []float32 {
	var rows []float32
	for i := range len(x) / l {
		if take(i) {
			rows = append(rows, x[i*l:(i+1)*l]...)
		}
	}
	return rows
}

// project are the coordinates of rows [n,L] along a direction [L].
func project(x []float32, way []float64) []float64 {
	l := len(way)
	values := make([]float64, len(x)/l)
	for i := range values {
		for j, v := range x[i*l : (i+1)*l] {
			values[i] += float64(float64(v) * way[j])
		}
	}
	return values
}

// Mean is the mean [l] of codes [n,l], at least one.
func Mean(codes []float32, l int) []float64 { return newSpread(codes, l).mean() }

// spread is the sum of n rows, and of their squared distances to the mean.
type spread struct {
	n    int
	sum  []float64 // [L]
	from []float64 // [L] sum of squared distances to the mean
}

func newSpread(x []float32, l int) spread {
	s := spread{n: len(x) / l, sum: make([]float64, l), from: make([]float64, l)}
	for i, v := range x {
		s.sum[i%l] += float64(v)
	}
	for i, v := range x {
		d := float64(v) - s.sum[i%l]/float64(s.n)
		s.from[i%l] += float64(d * d)
	}
	return s
}

func (s spread) mean() []float64 {
	mean := make([]float64, len(s.sum))
	for j, v := range s.sum {
		mean[j] = v / float64(s.n)
	}
	return mean
}

// meanError is the sum over latents of the squared standard error of the mean; NaN of one row.
func (s spread) meanError() float64 {
	if s.n < 2 {
		return math.NaN()
	}
	var sum float64
	for _, v := range s.from {
		sum += v / float64(s.n-1) / float64(s.n)
	}
	return sum
}

func difference(a, b []float64) []float64 {
	d := make([]float64, len(a))
	for j := range d {
		d[j] = a[j] - b[j]
	}
	return d
}

func dot(a, b []float64) float64 {
	var sum float64
	for j, v := range a {
		sum += float64(v * b[j])
	}
	return sum
}
