package scatter

// classColors are the colors of classes, those called 0 to 19 in this order. They maximize the least distance in OKLab between
// any two, seen with normal vision, protanopia, deuteranopia and tritanopia (simulated after
// Machado, Oliveira and Fernandes 2009, severity 1), and keep away from white and from the grey of
// points without a class: first among ten colors, then among all twenty. The first ten are ordered
// so that digits often taken for each other, as 4 and 9, are far apart. testdata/palette.py
// chose them.
var classColors = [...]rgb{
	{0x1e, 0x87, 0x4b}, {0xe1, 0xb4, 0x00}, {0xa5, 0x00, 0x78}, {0x00, 0xf0, 0x96}, {0x1e, 0x1e, 0xc3},
	{0x69, 0x2d, 0x00}, {0xff, 0x5a, 0xd2}, {0x4b, 0xa5, 0xff}, {0x96, 0x4b, 0xf0}, {0xf0, 0x1e, 0x00},
	{0xb4, 0x69, 0x78}, {0x5a, 0x00, 0x96}, {0xb4, 0xb4, 0xff}, {0xd2, 0x87, 0x2d}, {0xc3, 0xe1, 0x00},
	{0x69, 0x69, 0xa5}, {0x69, 0xa5, 0x69}, {0xd2, 0x1e, 0xa5}, {0x78, 0xd2, 0xb4}, {0x4b, 0x4b, 0xd2},
}

var noClassColor = rgb{0x96, 0x96, 0x96}

// marker is the shape of a point.
type marker int

const (
	disc marker = iota
	diamond
	triangle
	square
	markers
)

// covers tells whether the place (x, y), y downward, lies in a marker of radius 1 around the origin.
// All markers have nearly the area of the disc.
func (m marker) covers(x, y float64) bool {
	switch m {
	case diamond:
		return max(x, -x)+max(y, -y) <= 1.25
	case triangle:
		return y <= 0.8 && 1.8*max(x, -x) <= y+1.5
	case square:
		return max(x, -x, y, -y) <= 0.886
	}
	return x*x+y*y <= 1
}
