package codec

import (
	"math"

	"vae/internal/ans"
	"vae/internal/causal"
	"vae/internal/exact"
	"vae/internal/pmf"
)

// fitted is by how many images the weights of a mixer are chosen, at most, and fewestFitted at least.
const (
	fitted       = 192
	fewestFitted = 8
)

// mixGain is which part of the pixels' bits mixing has to spare to be used, for it takes time.
const mixGain = 0.005

// fitMix chooses the weights of a mixer by some of the images, with latents that are drawn from q; nil where mixing spares
// too little, unless always. The sums are of exact products, so that the weights are the same on every machine.
func (c *chain) fitMix(shape causal.Shape, b images, logits [][]int16, always bool) ([]int, error) {
	n := len(b.values)
	if n < fewestFitted && !always {
		return nil, nil
	}
	f := fit{m: newMixer(shape, make([]int, weightCount))}
	rows, every := c.encoder.Rows(), max(1, n/fitted)
	for from := n % every; from < n; {
		var chosen images
		var context [][]int16
		for ; from < n && len(chosen.values) < rows; from += every {
			chosen.values = append(chosen.values, b.values[from])
			context = append(context, logits[from])
			if b.classes != nil {
				chosen.classes = append(chosen.classes, b.classes[from])
			}
		}
		out, err := c.drawn(chosen)
		if err != nil {
			return nil, err
		}
		for j, image := range chosen.values {
			f.add(out[j*c.outputs():][:c.outputs()], image, context[j])
		}
	}
	weights, spared := f.weights()
	if spared *= float64(n) / float64(f.images); !always && !(spared > 8*float64(weightCount+1) && spared > mixGain*f.before*float64(n)/float64(f.images)) {
		return nil, nil
	}
	return weights, nil
}

// drawn is the decoder's output for a draw of the latents of some images.
func (c *chain) drawn(b images) ([]float32, error) {
	var s ans.Stack
	l := &c.levels[0]
	for i := range uint64(len(b.values)*l.latents + 1) {
		s.Push(mixed(i)&(gridTotal-1), 1, pmf.GridPrecision)
	}
	q, err := c.encode(b.values, b.classes)
	if err != nil {
		return nil, err
	}
	l.each(len(b.values), true, func(at int) bool { l.pop(&s, q, at); return true })
	return c.decode(l.z[:len(b.values)*l.latents], b.classes)
}

// fit is a logistic regression.
type fit struct {
	m      *mixer
	rows   [][weightCount]float32 // what is added up for a pixel
	bits   []bool
	images int
	before float64 // bits of the images without mixing
}

// add takes an image in. What is certain beforehand adds next to nothing, and is left out.
func (f *fit) add(out []float32, image []uint16, logits []int16) {
	const certain = 8 << causal.LogitBits
	f.images++
	m, i := f.m, 0
	for y := range m.shape.Height {
		at := m.begin(y)
		for range m.shape.Width * m.shape.Channels {
			model := logit(out[i])
			if context := int64(logits[i]); model*model < certain*certain || context*context < certain*certain {
				row := [weightCount]float32{float32(model), float32(context), 1 << causal.LogitBits}
				for k, step := range m.steps {
					row[3+k] = float32(m.rest[at+step])
				}
				for k := range row {
					row[k] /= 1 << causal.LogitBits
				}
				f.rows, f.bits = append(f.rows, row), append(f.bits, image[i] != 0)
			}
			m.rest[at] = left(image[i], model)
			i++
			at++
		}
	}
}

// weights are the best, rounded, and how many bits they spare of the images.
func (f *fit) weights() (rounded []int, spared float64) {
	w := [weightCount]float64{1}
	f.before = f.loss(w) / math.Ln2
	for range 6 {
		w = f.newton(w)
	}
	for i := range w {
		weight := math.Round(min(max(w[i], -16), 16) * (1 << weightUnit))
		rounded = append(rounded, int(weight))
		w[i] = weight / (1 << weightUnit)
	}
	return rounded, f.before - f.loss(w)/math.Ln2
}

// dot is a row times weights.
func dot(row *[weightCount]float32, w *[weightCount]float64) (sum float64) {
	for i, v := range row {
		sum += float64(float64(v) * w[i])
	}
	return sum
}

// loss is -log p of all pixels, in nats.
func (f *fit) loss(w [weightCount]float64) (sum float64) {
	for i := range f.rows {
		l := dot(&f.rows[i], &w)
		if f.bits[i] {
			l = -l
		}
		sum += max(l, 0) + math.Log1p(exact.Exp(-math.Abs(l)))
	}
	return sum
}

// newton is a step of Newton's method.
func (f *fit) newton(w [weightCount]float64) [weightCount]float64 {
	var gradient [weightCount]float64
	var hessian [weightCount][weightCount]float64
	for i := range f.rows {
		row := &f.rows[i]
		p := exact.Sigmoid(dot(row, &w))
		slope := p
		if f.bits[i] {
			slope--
		}
		for a, v := range row {
			x := float64(v)
			gradient[a] += float64(slope * x)
			x *= float64(p * (1 - p))
			for b := range a + 1 {
				hessian[a][b] += float64(x * float64(row[b]))
			}
		}
	}
	for a := range hessian {
		hessian[a][a]++
	}
	step := solve(hessian, gradient)
	for i := range w {
		w[i] -= step[i]
	}
	return w
}

// solve solves a x = b for a symmetric positive definite a, of which the lower triangle counts, by Cholesky's factor.
func solve(a [weightCount][weightCount]float64, b [weightCount]float64) [weightCount]float64 {
	for i := range a {
		for j := range i + 1 {
			sum := a[i][j]
			for k := range j {
				sum -= float64(a[i][k] * a[j][k])
			}
			if i == j {
				a[i][i] = math.Sqrt(max(sum, 1e-12))
			} else {
				a[i][j] = sum / a[j][j]
			}
		}
	}
	for i := range b {
		for k := range i {
			b[i] -= float64(a[i][k] * b[k])
		}
		b[i] /= a[i][i]
	}
	for i := len(b) - 1; i >= 0; i-- {
		for k := i + 1; k < len(b); k++ {
			b[i] -= float64(a[k][i] * b[k])
		}
		b[i] /= a[i][i]
	}
	return b
}
