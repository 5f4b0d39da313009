package walk

import (
	"math"
)

// Axis is a direction in which a walk goes: along one latent, along a channel of a map of latents, or along a unit vector.
type Axis struct {
	Latent int       // the latent, or the channel, where Vector is nil
	Places int       // of a map of latents, of which a channel is moved at all places at once; 0 of one latent alone
	Vector []float64 // [L] a unit vector, or nil
	Mean   []float64 // [L] the place on the axis that is 0, where Vector is not nil
}

// Coordinate is where on the axis a point [L] is: the value of the latent, the mean of the channel, or the length of
// the point's projection, counted from the mean.
func (a Axis) Coordinate(z []float32) float64 {
	switch {
	case a.Places > 0:
		var sum float64
		for _, j := range a.latents(len(z)) {
			sum += float64(z[j])
		}
		return sum / float64(a.Places)
	case a.Vector == nil:
		return float64(z[a.Latent])
	}
	var sum float64
	for j, v := range a.Vector {
		sum += float64(v * (float64(z[j]) - a.Mean[j]))
	}
	return sum
}

// Move moves a point [L] along the axis, so that its coordinate there becomes the value. What
// is across the axis stays.
func (a Axis) Move(z []float32, value float64) {
	if a.Vector == nil && a.Places == 0 {
		z[a.Latent] = float32(value)
		return
	}
	way := value - a.Coordinate(z)
	if a.Places > 0 {
		for _, j := range a.latents(len(z)) {
			z[j] = float32(float64(z[j]) + way)
		}
		return
	}
	for j, v := range a.Vector {
		z[j] = float32(float64(z[j]) + float64(way*v))
	}
}

// Traverse walks from a point [L] along each axis to its values in turn, all else staying as it
// is: the points of the first axis, then those of the second, and so on.
func Traverse(from []float32, axes []Axis, values [][]float64) Path {
	p := Path{Latent: len(from)}
	for i, a := range axes {
		for _, v := range values[i] {
			p.Z = append(p.Z, from...)
			a.Move(p.At(p.Len()-1), v)
		}
	}
	return p
}

// Grid is the points of a plane through a point [L], row by row: across and up are moved to each
// of their values, across from the left and up from the last value, which stands on top. The two
// axes are at right angles.
func Grid(from []float32, across, up Axis, xs, ys []float64) Path {
	p := Path{Latent: len(from)}
	for i := range ys {
		for _, x := range xs {
			p.Z = append(p.Z, from...)
			z := p.At(p.Len() - 1)
			across.Move(z, x)
			up.Move(z, ys[len(ys)-1-i])
		}
	}
	return p
}

// Spaced are n evenly spaced numbers from one to another, both among them; of one the middle.
func Spaced(from, to float64, n int) []float64 {
	if n == 1 {
		return []float64{from + (to-from)/2}
	}
	values := make([]float64, n)
	for i := range values {
		t := float64(i) / float64(n-1)
		values[i] = float64((1-t)*from) + float64(t*to)
	}
	return values
}

// Normal is the number that a standard normal one is below with a probability, which lies
// between 0 and 1.
func Normal(probability float64) float64 { return math.Sqrt2 * math.Erfinv(2*probability-1) }

// Middles are the middles of n equal parts of 0 to 1: at these quantiles the points of a grid
// stand for parts of the distribution that weigh the same, as in figure 4 of Kingma and
// Welling 2014.
func Middles(n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = (float64(i) + 0.5) / float64(n)
	}
	return values
}
