package plot

import "vae/internal/render/draw"

// classColors are the colors of classes, those called 0 to 19 in this order. They maximize the least distance in OKLab between
// any two, seen with normal vision, protanopia, deuteranopia and tritanopia (simulated after
// Machado, Oliveira and Fernandes 2009, severity 1), and keep away from white and from the grey of
// points without a class: first among ten colors, then among all twenty. The first ten are ordered
// so that digits often taken for each other, as 4 and 9, are far apart. testdata/palette.py
// chose them.
var classColors = [...]draw.RGB{
	draw.Hex(0x1e874b), draw.Hex(0xe1b400), draw.Hex(0xa50078), draw.Hex(0x00f096), draw.Hex(0x1e1ec3),
	draw.Hex(0x692d00), draw.Hex(0xff5ad2), draw.Hex(0x4ba5ff), draw.Hex(0x964bf0), draw.Hex(0xf01e00),
	draw.Hex(0xb46978), draw.Hex(0x5a0096), draw.Hex(0xb4b4ff), draw.Hex(0xd2872d), draw.Hex(0xc3e100),
	draw.Hex(0x6969a5), draw.Hex(0x69a569), draw.Hex(0xd21ea5), draw.Hex(0x78d2b4), draw.Hex(0x4b4bd2),
}

// noClassColor is that of points without a class.
var noClassColor = draw.Hex(0x969696)

// runColors are those of curves, after Okabe and Ito (2008), without their yellow, which is too
// light for a line on white. Further runs have them again, dashed.
var runColors = [...]draw.RGB{
	draw.Hex(0x0072b2), draw.Hex(0xd55e00), draw.Hex(0x009e73), draw.Hex(0xcc79a7), draw.Hex(0xe69f00), draw.Hex(0x56b4e9), draw.Hex(0x222222),
}

func runColor(run int) draw.RGB { return runColors[run%len(runColors)] }

// runDash is the length of dashes in pixels.
func runDash(run int) float64 { return [...]float64{0, 7, 2.5}[run/len(runColors)%3] }

// Colors of a picture's furniture.
var (
	colorGrid  = draw.RGB{R: 236, G: 237, B: 240}
	colorZero  = draw.RGB{R: 206, G: 208, B: 214}
	colorFrame = draw.RGB{R: 150, G: 153, B: 160}
	colorNote  = draw.RGB{R: 92, G: 96, B: 104}
	colorSpan  = draw.RGB{R: 246, G: 241, B: 226}
	colorText  = draw.RGB{R: 24, G: 26, B: 31}
)
