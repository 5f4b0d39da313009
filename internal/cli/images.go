package cli

import (
	"strconv"

	"vae/internal/config"
)

// imageAxes are the dimensions of an image in an array: those of color have a third.
func imageAxes(shape config.Shape) []int {
	if shape.Channels > 1 {
		return []int{shape.Height, shape.Width, shape.Channels}
	}
	return []int{shape.Height, shape.Width}
}

const pixelColumn = "pixel_" // how the names of columns of pixels begin

// pixelColumns names the pixels of an image in a table.
func pixelColumns(shape config.Shape) []string {
	columns := make([]string, shape.Pixels())
	for i := range columns {
		columns[i] = pixelColumn + strconv.Itoa(i)
	}
	return columns
}
