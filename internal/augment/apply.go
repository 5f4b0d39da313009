package augment

// Apply writes the window to dst [Height, Width, channels], of src, the pixels of the Box, 0 to 1. Where points lie between pixels it is linear
// between the four of them, and a multiple of 1/levels, as images have it whose values are whole numbers; 0 levels are none.
func (p *Place) Apply(dst, src []float32, channels int, levels float64) {
	s := sampler{Place: p, Box: p.Box(), src: src, channels: channels}
	for j := range p.window.Height {
		row := dst[j*p.window.Width*channels:][:p.window.Width*channels]
		if p.mixed {
			s.mix(row, j)
		} else {
			s.take(row, j)
		}
	}
	if l := float32(levels); p.mixed && l > 0 {
		for i, v := range dst {
			dst[i] = float32(int32(float32(v*l)+0.5)) / l
		}
	}
}

// sampler reads pixels of an image of which it has a part.
type sampler struct {
	*Place
	Box
	src      []float32
	channels int
}

// pixel is where pixel (x, y) of the image stands in src; -1 outside, where that is filled.
func (s *sampler) pixel(x, y int) int {
	if s.filled && (uint(x) >= uint(s.image.Width) || uint(y) >= uint(s.image.Height)) {
		return -1
	}
	return s.place(mirrored(x, s.image.Width), mirrored(y, s.image.Height))
}

// place is where a pixel that lies in the box stands in src.
func (s *sampler) place(x, y int) int { return ((y-s.Top)*(s.Right-s.Left) + x - s.Left) * s.channels }

// take writes row j of the window, each pixel one of the image: all points are whole numbers.
func (s *sampler) take(dst []float32, j int) {
	x0, y := s.row(j)
	first, last := int(x0), int(x0)+s.window.Width-1
	if s.a > 0 && first >= 0 && last < s.image.Width && uint(int(y)) < uint(s.image.Height) {
		copy(dst, s.src[s.place(first, int(y)):])
		return
	}
	for i := range s.window.Width {
		at, to := s.pixel(first+int(s.a)*i, int(y)), dst[i*s.channels:][:s.channels]
		for c := range to {
			to[c] = s.value(at, c)
		}
	}
}

// mix writes row j of the window, each pixel of the four around its point.
func (s *sampler) mix(dst []float32, j int) {
	c, step := s.channels, (s.Right-s.Left)*s.channels
	x0, y0 := s.row(j)
	for i := range s.window.Width {
		x, y := x0+s.a*float64(i), y0+s.d*float64(i)
		west, north := floor(x), floor(y)
		u, v, to := float32(x-float64(west)), float32(y-float64(north)), dst[i*c:][:c]
		if west < 0 || north < 0 || west+1 >= s.image.Width || north+1 >= s.image.Height {
			s.mixAtEdge(to, west, north, u, v)
			continue
		}
		at := s.place(west, north)
		a, b := s.src[at:][:c], s.src[at+c:][:c]
		d, e := s.src[at+step:][:c], s.src[at+step+c:][:c]
		for k := range to {
			to[k] = lerp(lerp(a[k], b[k], u), lerp(d[k], e[k], u), v)
		}
	}
}

// mixAtEdge writes one pixel, of four that may lie outside.
func (s *sampler) mixAtEdge(to []float32, west, north int, u, v float32) {
	a, b := s.pixel(west, north), s.pixel(west+1, north)
	c, d := s.pixel(west, north+1), s.pixel(west+1, north+1)
	for k := range to {
		above, below := lerp(s.value(a, k), s.value(b, k), u), lerp(s.value(c, k), s.value(d, k), u)
		to[k] = lerp(above, below, v)
	}
}

// value is channel c of the pixel that stands at a place of src.
func (s *sampler) value(at, c int) float32 {
	if at < 0 {
		return s.fill
	}
	return s.src[at+c]
}

// lerp goes from a to b: a at 0, b at 1.
func lerp(a, b, t float32) float32 { return a + float32(t*(b-a)) }

// floor is math.Floor, of numbers that an int holds.
func floor(x float64) int {
	i := int(x)
	if float64(i) > x {
		i--
	}
	return i
}
