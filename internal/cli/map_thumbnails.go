package cli

import (
	"fmt"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
)

// maxThumbnail is the longest side of an image as it is drawn on a map.
const maxThumbnail = 64

// thumbnails are small images of the rows of a map, in memory.
type thumbnails struct {
	from    config.Shape
	by      int          // so many pixels each way become one
	shape   config.Shape // of a thumbnail
	pixels  []uint8      // [N, D]
	scratch []float32
}

// newThumbnails is nil where no image is to be drawn.
func (w *mapping) newThumbnails(from config.Shape) *thumbnails {
	if !w.thumbnails {
		return nil
	}
	by := (max(from.Width, from.Height) + maxThumbnail - 1) / maxThumbnail
	t := &thumbnails{from: from, by: by, shape: config.Shape{Width: (from.Width + by - 1) / by, Height: (from.Height + by - 1) / by, Channels: from.Channels}}
	t.scratch = make([]float32, from.Pixels())
	return t
}

// add keeps an image: of large ones the means of squares.
func (t *thumbnails) add(pixels dataset.Pixels) error {
	if len(t.pixels)+t.shape.Pixels() > maxStrip {
		return fmt.Errorf("the thumbnails of more than %s are too many: give fewer with -n, or leave --thumbnails out", console.Count(len(t.pixels)/t.shape.Pixels(), "image"))
	}
	if t.by == 1 {
		t.pixels = append(t.pixels, pixels.Bytes()...)
		return nil
	}
	pixels.Floats(t.scratch)
	for y := 0; y < t.from.Height; y += t.by {
		for x := 0; x < t.from.Width; x += t.by {
			for c := range t.from.Channels {
				t.pixels = append(t.pixels, t.mean(x, y, c))
			}
		}
	}
	return nil
}

// mean is that of the square at x, y, or of what of it lies in the image.
func (t *thumbnails) mean(x, y, channel int) uint8 {
	sum, n := float32(0), 0
	for i := y; i < min(y+t.by, t.from.Height); i++ {
		for j := x; j < min(x+t.by, t.from.Width); j++ {
			sum += t.scratch[(i*t.from.Width+j)*t.from.Channels+channel]
			n++
		}
	}
	return uint8(sum/float32(n)*255 + 0.5)
}

// write writes the thumbnail of row i, 0 to 1, to dst.
func (t *thumbnails) write(dst []float32, i int) {
	for j := range dst {
		dst[j] = float32(t.pixels[i*len(dst)+j]) / 255
	}
}
