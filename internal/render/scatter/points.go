package scatter

import "math"

const (
	stampSteps   = 8 // places of a stamp within a pixel, each way
	stampSamples = 8 // samples of a pixel's coverage, each way
)

// stamps are the masks of a marker of one radius and opacity, for places within a pixel.
type stamps struct {
	side  int // pixels of a mask
	masks [stampSteps * stampSteps][]uint8
}

// newStamps prepares a marker's masks. Each is centered on its pixel side/2, moved right and down by
// a part of a pixel.
func newStamps(m marker, radius, opacity float64) *stamps {
	s := &stamps{side: 2*int(math.Ceil(1.5*radius)) + 3}
	for i := range s.masks {
		s.masks[i] = make([]uint8, s.side*s.side)
		cx := float64(s.side/2) + (float64(i%stampSteps)+0.5)/stampSteps
		cy := float64(s.side/2) + (float64(i/stampSteps)+0.5)/stampSteps
		for at := range s.masks[i] {
			x, y := float64(at%s.side)-cx, float64(at/s.side)-cy
			s.masks[i][at] = coverage(m.coverage(x, y, radius), opacity)
		}
	}
	return s
}

// coverage is the part of the pixel with its top left at (x, y) that the marker covers.
func (m marker) coverage(x, y, radius float64) float64 {
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
func (s *sheet) stamp(st *stamps, x, y float64, c rgb) {
	if limit := float64(s.size); !(x >= 0 && y >= 0 && x <= limit && y <= limit) {
		return
	}
	px, py := math.Floor(x), math.Floor(y)
	i, j := int((x-px)*stampSteps), int((y-py)*stampSteps)
	mask := st.masks[j*stampSteps+i]
	left, top := int(px)-st.side/2, int(py)-st.side/2
	for at, opacity := range mask {
		if opacity > 0 {
			s.blend(left+at%st.side, top+at/st.side, c, opacity)
		}
	}
}

// dotRadius and dotOpacity make n points readable on a square of that many pixels: the more, the
// smaller and the more translucent.
func dotRadius(n int, side float64) float64 {
	return max(side/750, 0.5) * min(max(4.2*math.Pow(float64(n)/100, -0.14), 0.9), 4.2)
}

func dotOpacity(n int) float64 {
	return min(max(0.7*math.Pow(float64(n)/1e4, -0.22), 0.2), 0.85)
}

// order visits 0..n-1 in steps of about n over the golden ratio: any part of the way has gone
// through all regions evenly, so that points sorted by class are drawn with their classes mixed.
func order(n int, visit func(i int)) {
	step := max(1, int(float64(n)*0.6180339887498949))
	for gcd(step, n) > 1 {
		step--
	}
	i := 0
	for range n {
		visit(i)
		if i -= n - step; i < 0 {
			i += n
		}
	}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
