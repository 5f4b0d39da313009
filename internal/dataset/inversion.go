package dataset

import "math"

// InversionCheck tells whether inputs look like the negative of the training
// images, dark on light instead of light on dark. The zero value is ready.
type InversionCheck struct {
	total  float64 // of all pixels, each 0 to 1
	pixels float64 // their number
}

// inversionMargin is how much closer to the training mean the inverted mean
// must be, as a share of the whole range of a pixel.
const inversionMargin = 0.2

// Add takes the pixels of one input into account.
func (c *InversionCheck) Add(pixels []uint8) {
	c.total += float64(sum(pixels)) / 255
	c.pixels += float64(len(pixels))
}

// Inverted tells whether the mean pixel of the inputs, inverted, is clearly
// closer to trainMean (0 to 1) than as it is.
func (c *InversionCheck) Inverted(trainMean float64) bool {
	if c.pixels == 0 {
		return false
	}
	mean := c.total / c.pixels
	return math.Abs(mean-trainMean)-math.Abs(1-mean-trainMean) > inversionMargin
}
