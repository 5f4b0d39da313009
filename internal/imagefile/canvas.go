package imagefile

import (
	"image"
	"image/draw"
	"slices"
)

// disposal is what becomes of a frame when the next one comes.
type disposal int

const (
	keep disposal = iota
	clearAway
	undo
)

// canvas is what the frames of an animation are drawn on, transparent at first. After
// each frame it shows what a browser shows.
type canvas struct {
	img   draw.Image // an *image.NRGBA or *image.NRGBA64
	pix   []byte     // of img
	saved []byte     // what a frame that is undone was drawn on
	after disposal   // of the frame before
	at    image.Rectangle
}

func newCanvas(w, h int, deep bool) *canvas {
	if deep {
		img := image.NewNRGBA64(image.Rect(0, 0, w, h))
		return &canvas{img: img, pix: img.Pix}
	}
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	return &canvas{img: img, pix: img.Pix}
}

// draw shows a frame at a place, blended with what is there or instead of it.
func (c *canvas) draw(frame image.Image, at image.Rectangle, blend bool, after disposal) {
	switch c.after {
	case clearAway:
		draw.Draw(c.img, c.at, image.Transparent, image.Point{}, draw.Src)
	case undo:
		copy(c.pix, c.saved)
	}
	if after == undo {
		c.saved = slices.Grow(c.saved[:0], len(c.pix))[:len(c.pix)]
		copy(c.saved, c.pix)
	}
	op := draw.Src
	if blend {
		op = draw.Over
	}
	draw.Draw(c.img, at, frame, frame.Bounds().Min, op)
	c.at, c.after = at, after
}

// show hands what the canvas shows to the job's user.
func (j *job) show(page int, c *canvas) error {
	return j.give(page, upright(convert(c.img, j.o.Channels), j.exif.orientation(j.data)))
}

// onCanvas lays the first frame of an animation on its canvas: what it leaves
// out is transparent.
func onCanvas(frame image.Image, at image.Rectangle, w, h int) image.Image {
	canvas := image.Rect(0, 0, w, h)
	if at == canvas {
		return frame
	}
	whole := image.NewNRGBA(canvas)
	draw.Draw(whole, at, frame, frame.Bounds().Min, draw.Src)
	return whole
}
