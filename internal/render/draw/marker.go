package draw

import "math"

// Marker is the shape of a point.
type Marker int

// The markers. All have nearly the area of the disc.
const (
	Disc Marker = iota
	Diamond
	Triangle
	Square
	Markers // how many there are
)

// covers tells whether the place (x, y), y downward, lies in a marker of radius 1 around the origin.
func (m Marker) covers(x, y float64) bool {
	switch m {
	case Diamond:
		return max(x, -x)+max(y, -y) <= 1.25
	case Triangle:
		return y <= 0.8 && 1.8*max(x, -x) <= y+1.5
	case Square:
		return max(x, -x, y, -y) <= 0.886
	}
	return x*x+y*y <= 1
}

// corners are those of a marker of radius 1, none of the disc.
func (m Marker) corners() []Place {
	switch m {
	case Diamond:
		return []Place{{0, -1.25}, {1.25, 0}, {0, 1.25}, {-1.25, 0}}
	case Triangle:
		return []Place{{0, -1.5}, {2.3 / 1.8, 0.8}, {-2.3 / 1.8, 0.8}}
	case Square:
		return []Place{{-0.886, -0.886}, {0.886, -0.886}, {0.886, 0.886}, {-0.886, 0.886}}
	}
	return nil
}

const (
	stampSteps   = 8 // places of a stamp within a pixel, each way
	stampSamples = 8 // samples of a pixel's coverage, each way
)

// stamps are the masks of a marker of one radius and opacity, for places within a pixel.
type stamps struct {
	marker          Marker
	radius, opacity float64
	side            int                              // pixels of a mask
	masks           [stampSteps * stampSteps][]uint8 // nil until first used
}

func newStamps(m Marker, radius, opacity float64) *stamps {
	return &stamps{marker: m, radius: radius, opacity: opacity, side: 2*int(math.Ceil(1.5*radius)) + 3}
}

// mask is one of the masks. Each is centered on its pixel side/2, moved right and down by a part of
// a pixel.
func (s *stamps) mask(i int) []uint8 {
	if s.masks[i] == nil {
		s.masks[i] = make([]uint8, s.side*s.side)
		cx := float64(s.side/2) + (float64(i%stampSteps)+0.5)/stampSteps
		cy := float64(s.side/2) + (float64(i/stampSteps)+0.5)/stampSteps
		for at := range s.masks[i] {
			x, y := float64(at%s.side)-cx, float64(at/s.side)-cy
			s.masks[i][at] = coverage(s.marker.coverage(x, y, s.radius), s.opacity)
		}
	}
	return s.masks[i]
}

// coverage is the part of the pixel with its top left at (x, y) that the marker covers.
func (m Marker) coverage(x, y, radius float64) float64 {
	inside := 0
	for i := range stampSamples * stampSamples {
		dx, dy := (float64(i%stampSamples)+0.5)/stampSamples, (float64(i/stampSamples)+0.5)/stampSamples
		if m.covers((x+dx)/radius, (y+dy)/radius) {
			inside++
		}
	}
	return float64(inside) / (stampSamples * stampSamples)
}

// stamp draws a marker with its center at (x, y), in pixels. Nothing is drawn outside, or at NaN.
func (s *sheet) stamp(st *stamps, x, y float64, c RGB) {
	if !(x >= 0 && y >= 0 && x <= float64(s.width) && y <= float64(s.height)) {
		return
	}
	px, py := math.Floor(x), math.Floor(y)
	i, j := int((x-px)*stampSteps), int((y-py)*stampSteps)
	mask := st.mask(j*stampSteps + i)
	left, top := int(px)-st.side/2, int(py)-st.side/2
	for at, opacity := range mask {
		if opacity > 0 {
			s.blend(left+at%st.side, top+at/st.side, c, opacity)
		}
	}
}
