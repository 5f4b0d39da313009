package codec

import (
	"math"
	"sort"

	"vae/internal/exact"
	"vae/internal/likelihood"
	"vae/internal/model"
)

// Lossy says how near to the originals images are to come: by the one or by the other.
type Lossy struct {
	Quality float64 // BestQuality for what is lost to rounding to be about a level of 256; 16 less for twice as much
	Bytes   float64 // that an image takes in the mean, names and the rest of the file left out; 0 for by Quality
}

// The ends of a quality.
const (
	WorstQuality = 1
	BestQuality  = 100
)

// Distortion is how far the images are from the originals.
type Distortion struct {
	Quality      float64 // that was asked for, or that has come of a number of bytes
	SquaredError float64 // mean of a value, 0 black to 1 white
	Beyond       int     // 1 where as many bytes as were asked for are no use to the model, -1 where it cannot do with as few; else 0
}

// PSNR is the ratio of the largest error that a value may have to the root of the mean square, in decibels.
func (d Distortion) PSNR() float64 { return -10 * math.Log10(d.SquaredError) }

// LossyLevels is how many levels the values have of images that are coded near to the originals. The error is of a model whose images are
// not the same on every machine.
func LossyLevels(m *model.Model) (int, error) {
	if _, err := likelihood.ExactMean(m.Likelihood()); err != nil {
		return 0, err
	}
	if levels := m.Likelihood().Facts().Levels; levels > 0 {
		return levels, nil
	}
	return 256, nil
}

// toLevels rounds values of 0 to 1; what is no number is 0.
func toLevels(dst []uint16, mean []float32, levels int) {
	top := float64(levels - 1)
	for i, v := range mean {
		dst[i] = 0
		if v == v {
			dst[i] = uint16(math.Floor(float64(float64(v)*top) + 0.5))
		}
	}
}

// lossyGrid is where latents may be: latent l is at (8 n + middle) steps/8, for a whole number n.
type lossyGrid struct {
	steps   []byte // [L] of each, see stepOf
	middles []int  // [L] eighths of a step
}

// Steps are powers of the eighth root of 2.
const (
	stepParts = 8
	stepOne   = 128 // the step that is 1
)

// roots are 2^(i/8).
var roots = [stepParts]float64{1, 1.0905077326652577, 1.189207115002721, 1.2968395546510096, 1.4142135623730951, 1.5422108254079407, 1.681792830507429, 1.8340080864093424}

func stepOf(b byte) float64 {
	at := int(b) - stepOne
	part := at & (stepParts - 1)
	return math.Ldexp(roots[part], (at-part)/stepParts)
}

// nearestStep is that of a width, which is at least 0.
func nearestStep(width float64) byte {
	const half = 1.0442737824274138 // of the way to the next
	return byte(sort.Search(math.MaxUint8, func(i int) bool { return stepOf(byte(i))*half > width }))
}

// mostMiddle bounds a middle, and with mostReach what is an exact number.
const mostMiddle = 1 << 24

// value is where latent l with a whole number is.
func (g *lossyGrid) value(l, n int) float32 {
	return float32(float64(8*n+g.middles[l]) * (stepOf(g.steps[l]) / 8))
}

// nearest is the whole number of a latent, at most mostReach in size.
func (g *lossyGrid) nearest(l int, z float32) int {
	at := float64(z)/stepOf(g.steps[l]) - float64(g.middles[l])/8
	return int(math.Floor(min(max(at, -mostReach), mostReach) + 0.5))
}

// roundingLoss is the root of the mean square of what a value loses to rounding at a quality.
func roundingLoss(quality float64) float64 {
	return exact.Exp((BestQuality-quality)/16*math.Ln2) / 256
}

// widthOf is how far a step moves an image, so that what all latents lose at a quality is that: a latent loses a twelfth of the square.
func widthOf(quality float64, values, latents int) float64 {
	return roundingLoss(quality) * math.Sqrt(12*float64(values)/float64(latents))
}
