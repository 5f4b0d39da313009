package causal

import "math/bits"

// Borders of planes: rows above the image and columns beside it, which are read and never told.
const (
	border = 3
	lifted = 2
)

// Predictions and residuals have fractionBits bits of fraction.
const (
	fractionBits = 4
	one          = 1 << fractionBits
)

// values predicts images of more than two levels, each value in one of two ways: smooth ones by what they differ by from a
// prediction (smooth.go), sparse ones, where most are 0 or the highest, as they are (sparse.go).
type values struct {
	shape  Shape
	top    int32 // the highest value
	coarse uint  // bits that a value has more than eight
	scale  int64 // by which a value is brought to eight bits, in 2^-32
	stride int
	planes []plane // of each channel
	sparse int     // above 0: the next value is coded as a sparse one

	smooth *mixer
	direct *direct // made when they are first used
	calm   *calm
	count  uint64
}

// plane is what is known of one channel, at each pixel.
type plane struct {
	values   []int32
	residual []int32               // of the prediction, in 1/16
	errors   [predictors][]int32   // sizes of the residuals of each predictor, in 1/16, at most 2^20
	weights  [adaptiveInputs]int64 // of the adaptive predictor, in 2^-16
}

// site is a value to be coded.
type site struct {
	channel, x, y, at int
	near              neighbors
	prediction        int32                 // in 1/16
	guesses           [predictors]int32     // in 1/16
	inputs            [adaptiveInputs]int64 // of the adaptive predictor
	used              int                   // of them
	energy            uint32                // class of how much values vary here
}

func newValues(shape Shape, count uint64) *values {
	top := max(shape.Levels, 1) - 1
	v := &values{shape: shape, top: int32(top), count: count, stride: shape.Width + 2*border}
	v.coarse = uint(max(8, bits.Len(uint(top))) - 8)
	v.scale = 1 << 40 / int64(top+1)
	size := (shape.Height + lifted) * v.stride
	v.planes = make([]plane, shape.Channels)
	for i := range v.planes {
		p := &v.planes[i]
		p.values, p.residual = make([]int32, size), make([]int32, size)
		for k := range p.errors {
			p.errors[k] = make([]int32, size)
		}
		p.weights[0], p.weights[1] = 1<<weightBits/4, 1<<weightBits/4
	}
	v.smooth = newMixer(inputs, added, tableBits(count, 12, 18), smoothNodes*smoothSets, 255, 3000, 500)
	return v
}

func (v *values) code(image []uint16, p *port) {
	if v.direct != nil {
		v.direct.high = [2]int32{}
		v.calm.begin()
	}
	i, at := 0, lifted*v.stride+border
	for y := range v.shape.Height {
		for x := range v.shape.Width {
			for c := range v.planes {
				image[i] = uint16(v.value(&site{channel: c, x: x, y: y, at: at + x}, uint32(image[i]), p))
				i++
			}
		}
		at += v.stride
	}
}

// value codes one value, and adapts to it.
func (v *values) value(s *site, known uint32, p *port) uint32 {
	var x uint32
	sparse := v.sparse > 0 && v.top > 0
	if sparse && v.direct == nil {
		v.direct, v.calm = newDirect(v.count), newCalm()
	}
	switch {
	case sparse && v.isCalm(s):
		x = v.codeCalm(s, known, p)
	case sparse:
		v.predict(s)
		x = v.codeSparse(s, known, p)
	default:
		v.predict(s)
		x = v.codeSmooth(s, known, p)
	}
	v.learn(s, int32(x))
	return x
}

// learn notes a value.
func (v *values) learn(s *site, x int32) {
	p := &v.planes[s.channel]
	p.values[s.at], p.residual[s.at] = x, x*one-s.prediction
	for k, guess := range s.guesses {
		p.errors[k][s.at] = abs(x*one - guess)
	}
	p.adapt(s, x)
	if x == 0 || x == v.top {
		v.sparse = min(v.sparse+1, 1000)
	} else {
		v.sparse = max(v.sparse-2, -1000)
	}
}

// within brings a prediction to where values are.
func (v *values) within(prediction int32) int32 { return clamp(prediction, 0, v.top*one) }

// byte brings a value to eight bits.
func (v *values) byte(x int32) uint64 { return uint64(int64(x)*v.scale>>32) & 255 }

func abs(x int32) int32 { return max(x, -x) }

func clamp(x, least, most int32) int32 { return max(least, min(most, x)) }

func flag(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
