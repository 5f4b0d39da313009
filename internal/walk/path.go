// Package walk holds the geometry of walks through a latent space, and decodes them: paths
// between codes, traversals along latents or axes, grids over two of them. It reads no
// flag and draws no picture.
//
// Shapes: N points of a path, L latents, D pixels of an image.
package walk

import (
	"math"

	"vae/internal/kernel"
)

// Path is points of a latent space in the order in which they are passed.
type Path struct {
	Latent int       // L
	Z      []float32 // [N,L]
}

// NewPath makes room for n points of so many latents.
func NewPath(n, latent int) Path { return Path{latent, make([]float32, n*latent)} }

// Len returns N.
func (p Path) Len() int { return len(p.Z) / p.Latent }

// At is point i, in the path's memory.
func (p Path) At(i int) []float32 { return p.Z[i*p.Latent : (i+1)*p.Latent : (i+1)*p.Latent] }

// Line is the straight path from a to b [L] in n points, at least two, evenly spaced and
// both ends among them.
func Line(a, b []float32, n int) Path {
	p := NewPath(n, len(a))
	for i := range n {
		t := float32(i) / float32(n-1)
		for j, z := 0, p.At(i); j < len(z); j++ {
			z[j] = float32((1-t)*a[j]) + float32(t*b[j])
		}
	}
	return p
}

// Spherical is the path from a to b [L] on a sphere around a center, nil for the origin, in n
// points, at least two, both ends among them (Shoemake 1985, "Animating rotation with quaternion
// curves"; White 2016, "Sampling generative networks"). The direction turns evenly, and the
// distance to the center goes evenly from that of a to that of b. Where the two directions do
// not say which way to turn, one being none or the opposite of the other, the path is straight.
func Spherical(a, b, center []float32, n int) Path {
	if center == nil {
		center = make([]float32, len(a))
	}
	u, v := direction(a, center), direction(b, center)
	angle := u.angle(v)
	if !(math.Sin(angle) > 1e-6) {
		return Line(a, b, n)
	}
	p := NewPath(n, len(a))
	for i := range n {
		t := float64(i) / float64(n-1)
		radius := (1-t)*u.length + t*v.length
		f, g := radius*math.Sin((1-t)*angle)/math.Sin(angle), radius*math.Sin(t*angle)/math.Sin(angle)
		for j, z := 0, p.At(i); j < len(z); j++ {
			z[j] = float32(float64(center[j]) + f*u.unit[j] + g*v.unit[j])
		}
	}
	copy(p.At(0), a) // to the bit
	copy(p.At(n-1), b)
	return p
}

// ray is a direction from a center, and how far it goes; unit is zero where it goes nowhere.
type ray struct {
	unit   []float64 // [L]
	length float64
}

func direction(z, center []float32) ray {
	r := ray{unit: make([]float64, len(z)), length: math.Sqrt(kernel.SquaredDistance(z, center))}
	for j := range z {
		if r.length > 0 {
			r.unit[j] = (float64(z[j]) - float64(center[j])) / r.length
		}
	}
	return r
}

// angle is that between two directions, 0 to pi; 0 where one is none. It is exact near both ends
// too, which the arc cosine is not (Kahan).
func (r ray) angle(s ray) float64 {
	var difference, sum float64
	for j := range r.unit {
		difference += (r.unit[j] - s.unit[j]) * (r.unit[j] - s.unit[j])
		sum += (r.unit[j] + s.unit[j]) * (r.unit[j] + s.unit[j])
	}
	if r.length == 0 || s.length == 0 {
		return 0
	}
	return 2 * math.Atan2(math.Sqrt(difference), math.Sqrt(sum))
}

// MeasuredSteps is in how many steps the evenness of a path is measured, wherever it is.
const MeasuredSteps = 10

// Evenness says how evenly the images [N,D] of a path change: the length of the path in
// pixel space over (N-1) times its longest step, from 1/(N-1), where the image jumps in one step,
// to 1.
func Evenness(images []float32, pixels int) float64 {
	var length, longest float64
	steps := len(images)/pixels - 1
	for step := range steps {
		change := math.Sqrt(kernel.SquaredDistance(images[step*pixels:(step+1)*pixels], images[(step+1)*pixels:]))
		length += change
		longest = max(longest, change)
	}
	if longest == 0 { // nothing changes: as even as can be
		return 1
	}
	return length / (float64(steps) * longest)
}
