package stats

import "math"

// scaleWeights are those of the scales of MS-SSIM, the finest first (Wang et al. 2003, Multiscale structural similarity, section 3.2).
var scaleWeights = []float64{0.0448, 0.2856, 0.3001, 0.2363, 0.1333}

// ssimWindow is the side of the window, and ssimSigma its standard deviation (Wang et al. 2004, Image quality assessment).
const (
	ssimWindow = 11
	ssimSigma  = 1.5
)

// MSSSIM compares images by structure at several scales.
type MSSSIM struct {
	width, height, channels int
	weights                 []float64
	window                  []float64
}

// NewMSSSIM is for images of a size, of interleaved channels. Those too small for all five scales have fewer, whose weights sum up to 1 again; those
// smaller than the window have a smaller one.
func NewMSSSIM(width, height, channels int) *MSSSIM {
	m := &MSSSIM{width: width, height: height, channels: channels}
	side, sum := min(width, height), 0.
	n := min(side, ssimWindow)
	for i := range n {
		d := float64(i) - float64(n-1)/2
		m.window = append(m.window, math.Exp(-d*d/(2*ssimSigma*ssimSigma)))
		sum += m.window[i]
	}
	for i := range m.window {
		m.window[i] /= sum
	}
	sum = 0
	for ; len(m.weights) < len(scaleWeights) && side >= n; side /= 2 {
		w := scaleWeights[len(m.weights)]
		m.weights = append(m.weights, w)
		sum += w
	}
	for i := range m.weights {
		m.weights[i] /= sum
	}
	return m
}

// Scales is at how many scales images are compared.
func (m *MSSSIM) Scales() int { return len(m.weights) }

// Of is the similarity of two images [H,W,C] of values from 0 to 1, the mean over channels: 1 of equal ones.
func (m *MSSSIM) Of(a, b []float64) (sum float64) {
	for c := range m.channels {
		sum += m.plane(channel(a, c, m.channels), channel(b, c, m.channels))
	}
	return sum / float64(m.channels)
}

func channel(image []float64, c, channels int) (plane []float64) {
	for i := c; i < len(image); i += channels {
		plane = append(plane, image[i])
	}
	return plane
}

// plane takes contrast and structure of all scales, and luminance of the coarsest alone.
func (m *MSSSIM) plane(a, b []float64) float64 {
	all, width, height := 1., m.width, m.height
	for i, weight := range m.weights {
		luminance, structure := m.compare(a, b, width, height)
		if i == len(m.weights)-1 {
			structure = luminance
		}
		all *= math.Pow(max(structure, 0), weight)
		a, b = halved(a, width, height), halved(b, width, height)
		width, height = width/2, height/2
	}
	return all
}

// compare is the mean over all places of the window of the whole similarity, and of that without luminance.
func (m *MSSSIM) compare(a, b []float64, width, height int) (whole, structure float64) {
	const c1, c2 = 0.01 * 0.01, 0.03 * 0.03
	product := func(x, y []float64) []float64 {
		z := make([]float64, len(x))
		for i := range x {
			z[i] = x[i] * y[i]
		}
		return m.blur(z, width, height)
	}
	ma, mb := m.blur(a, width, height), m.blur(b, width, height)
	aa, bb, ab := product(a, a), product(b, b), product(a, b)
	for i := range ma {
		both := ma[i] * mb[i]
		squares := ma[i]*ma[i] + mb[i]*mb[i]
		s := (2*(ab[i]-both) + c2) / (aa[i] + bb[i] - squares + c2)
		structure += s
		whole += s * (2*both + c1) / (squares + c1)
	}
	n := float64(len(ma))
	return whole / n, structure / n
}

// blur is the window's mean wherever all of it is within.
func (m *MSSSIM) blur(x []float64, width, height int) []float64 {
	n := len(m.window)
	across := make([]float64, 0, height*(width-n+1))
	for y := range height {
		for left := range width - n + 1 {
			across = append(across, m.mean(x[y*width+left:], 1))
		}
	}
	wide := width - n + 1
	down := make([]float64, 0, wide*(height-n+1))
	for i := range wide * (height - n + 1) {
		down = append(down, m.mean(across[i:], wide))
	}
	return down
}

func (m *MSSSIM) mean(x []float64, step int) (sum float64) {
	for i, w := range m.window {
		sum += w * x[i*step]
	}
	return sum
}

// halved has the mean of each four pixels.
func halved(x []float64, width, height int) (half []float64) {
	for y := 0; y+1 < height; y += 2 {
		for left := 0; left+1 < width; left += 2 {
			i := y*width + left
			half = append(half, (x[i]+x[i+1]+x[i+width]+x[i+width+1])/4)
		}
	}
	return half
}
