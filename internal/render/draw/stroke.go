package draw

import (
	"math"
	"slices"
)

// Ellipse implements [Canvas]. Coverage is that of a straight line at the pixel's distance, to
// first order; where it can only be none, more than reach away, nothing more is worked out.
func (s *sheet) Ellipse(clip Box, cx, cy, rx, ry float64, st Stroke) {
	left, right := s.columns(float64(clip.X0), float64(clip.X1))
	top, bottom := s.rows(float64(clip.Y0), float64(clip.Y1))
	cx, cy = s.at(cx, cy)
	rx, ry = rx*s.scale, ry*s.scale
	reach := (st.Width*s.scale/2 + 1.5) / min(rx, ry) // as a part of the radius, a pixel more than it is
	inside, outside := 1-reach, 1+reach
	for y := top; y < bottom; y++ {
		v := (float64(y) + 0.5 - cy) / ry
		for x := left; x < right; x++ {
			u := (float64(x) + 0.5 - cx) / rx
			square := u*u + v*v
			if square > outside*outside || inside > 0 && square < inside*inside {
				continue
			}
			radius := math.Sqrt(square)
			slope := math.Sqrt(u*u/(rx*rx) + v*v/(ry*ry)) // of radius, times radius
			if slope == 0 {
				continue
			}
			distance := math.Abs(radius-1) * radius / slope
			s.blend(x, y, st.Color, coverage(st.Width*s.scale/2+0.5-distance, st.Opacity))
		}
	}
}

// Line implements [Canvas]. The coverage of a pixel is that by the nearest part of the line, so
// that nothing lies twice over itself.
func (s *sheet) Line(through []Place, st Stroke) {
	places := make([]Place, len(through))
	for i, p := range through {
		places[i].X, places[i].Y = s.at(p.X, p.Y)
	}
	reach := st.Width*s.scale/2 + 0.5
	box := s.around(places, reach)
	width, height := box.X1-box.X0, box.Y1-box.Y0
	if width <= 0 || height <= 0 {
		return
	}
	s.cover = append(s.cover[:0], make([]uint8, width*height)...)
	for _, piece := range dashes(places, st.Dash*s.scale) {
		for i := range max(len(piece)-1, 1) {
			s.segment(box, piece[i], piece[min(i+1, len(piece)-1)], reach, st.Opacity)
		}
	}
	for y := range height {
		for x, opacity := range s.cover[y*width:][:width] {
			if opacity > 0 {
				s.blend(box.X0+x, box.Y0+y, st.Color, opacity)
			}
		}
	}
}

// around is the part of the sheet that lies at most reach from the box of the places.
func (s *sheet) around(places []Place, reach float64) Box {
	left, top, right, bottom := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, p := range places {
		left, right = min(left, p.X), max(right, p.X)
		top, bottom = min(top, p.Y), max(bottom, p.Y)
	}
	if !(left <= right && top <= bottom) {
		return Box{}
	}
	return Box{
		within(math.Floor(left-reach), s.width), within(math.Floor(top-reach), s.height),
		within(math.Ceil(right+reach), s.width), within(math.Ceil(bottom+reach), s.height),
	}
}

// segment raises the coverage in s.cover, which is that of a box, to that of the line from a to b.
func (s *sheet) segment(box Box, a, b Place, reach, opacity float64) {
	near := s.around([]Place{a, b}, reach)
	width := box.X1 - box.X0
	for y := near.Y0; y < near.Y1; y++ {
		row := s.cover[(y-box.Y0)*width:][:width]
		for x := near.X0; x < near.X1; x++ {
			d := distance(Place{float64(x) + 0.5, float64(y) + 0.5}, a, b)
			row[x-box.X0] = max(row[x-box.X0], coverage(reach-d, opacity))
		}
	}
}

// distance is that of p to the line from a to b.
func distance(p, a, b Place) float64 {
	dx, dy := b.X-a.X, b.Y-a.Y
	part := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		part = min(max(((p.X-a.X)*dx+(p.Y-a.Y)*dy)/length, 0), 1)
	}
	ex, ey := p.X-a.X-part*dx, p.Y-a.Y-part*dy
	return math.Sqrt(ex*ex + ey*ey)
}

// dashes cuts a line into pieces of a length with gaps as long between them; without a length it is
// one piece.
func dashes(through []Place, length float64) (pieces [][]Place) {
	if !(length > 0) {
		return [][]Place{through}
	}
	var piece []Place
	left, on := length, true // of the dash or gap that has begun
	for i, to := range through {
		if i == 0 {
			piece = []Place{to}
			continue
		}
		from := through[i-1]
		for rest := math.Hypot(to.X-from.X, to.Y-from.Y); rest > left; {
			part := left / rest
			from = Place{from.X + part*(to.X-from.X), from.Y + part*(to.Y-from.Y)}
			if rest, left = rest-left, length; on {
				pieces = append(pieces, append(piece, from))
			}
			piece, on = []Place{from}, !on
		}
		left -= math.Hypot(to.X-from.X, to.Y-from.Y)
		if on {
			piece = append(piece, to)
		}
	}
	if on {
		pieces = append(pieces, piece)
	}
	return pieces
}

// bandSamples is how many lines of a column of pixels are looked at for a band.
const bandSamples = 4

// Band implements [Canvas].
func (s *sheet) Band(xs, top, bottom []float64, c RGB, opacity float64) {
	if len(xs) == 0 {
		return
	}
	left, right := s.columns(math.Floor(xs[0]), math.Ceil(xs[len(xs)-1]))
	at := 0
	for x := left; x < right; x++ {
		var y0, y1 [bandSamples]float64
		for k := range bandSamples {
			px := (float64(x)+(float64(k)+0.5)/bandSamples)/s.scale + s.x0
			for at+2 < len(xs) && xs[at+1] < px {
				at++
			}
			if px >= xs[0] && px <= xs[len(xs)-1] {
				a, b := between(xs, top, at, px), between(xs, bottom, at, px)
				_, y0[k] = s.at(0, min(a, b))
				_, y1[k] = s.at(0, max(a, b))
			}
		}
		s.bandColumn(x, y0, y1, c, opacity)
	}
}

// bandColumn fills a column of pixels between y0 and y1 of each sample.
func (s *sheet) bandColumn(x int, y0, y1 [bandSamples]float64, c RGB, opacity float64) {
	high, low := within(math.Floor(slices.Min(y0[:])), s.height), within(math.Ceil(slices.Max(y1[:])), s.height)
	full, end := math.Ceil(slices.Max(y0[:])), math.Floor(slices.Min(y1[:])) // covered in all samples
	whole := coverage(1, opacity)
	for y := high; y < low; y++ {
		if fy := float64(y); fy >= full && fy < end {
			s.blend(x, y, c, whole)
			continue
		}
		part := 0.0
		for k := range y0 {
			part += max(0, min(y1[k], float64(y+1))-max(y0[k], float64(y)))
		}
		s.blend(x, y, c, coverage(part/bandSamples, opacity))
	}
}

// between is the value at x of the line through (xs[i], ys[i]) and the next.
func between(xs, ys []float64, i int, x float64) float64 {
	if i+1 >= len(xs) || !(xs[i+1] > xs[i]) {
		return ys[i]
	}
	part := (x - xs[i]) / (xs[i+1] - xs[i])
	return ys[i] + part*(ys[i+1]-ys[i])
}
