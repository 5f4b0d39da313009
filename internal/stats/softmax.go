package stats

import (
	"math"

	"vae/internal/kernel"
)

// softmaxRows is how many rows are multiplied at a time.
const softmaxRows = 256

// The rows are cut into up to softmaxTasks parts, each with sums of its own;
// fewer where those would have more than softmaxNumbers numbers in all.
const (
	softmaxTasks   = 64
	softmaxNumbers = 1 << 25
)

// softmax is the objective of a probe. The products are float32, all else
// float64: an entry of the gradient is known to about 1e-8.
type softmax struct {
	x          []float32 // [N, L], standardized
	y          []int     // [N]
	l, classes int
	l2         float64
	weight     []float32 // [C, L], of the point that is evaluated
	tasks      []softmaxTask
}

// softmaxTask is a range of rows and their sums.
type softmaxTask struct {
	first, end                int
	loss                      float64
	gradient                  []float64 // [C, L] and [C]
	logits, residual, product []float32
}

func newSoftmax(x []float32, y []int, l, classes int, l2 float64) *softmax {
	s := &softmax{x: x, y: y, l: l, classes: classes, l2: l2}
	n := len(y)
	blocks := (n + softmaxRows - 1) / softmaxRows
	tasks := max(min(blocks, softmaxTasks, softmaxNumbers/(classes*(l+softmaxRows))), 1)
	for t := range tasks {
		s.tasks = append(s.tasks, softmaxTask{
			first: blocks * t / tasks * softmaxRows, end: min(blocks*(t+1)/tasks*softmaxRows, n),
			gradient: make([]float64, classes*(l+1)),
			logits:   make([]float32, softmaxRows*classes), residual: make([]float32, softmaxRows*classes),
			product: make([]float32, classes*l),
		})
	}
	return s
}

// evaluate is the objective at the parameters, weights [C, L] and then biases
// [C], and its gradient.
func (s *softmax) evaluate(parameters, gradient []float64) float64 {
	weight, bias := parameters[:s.classes*s.l], parameters[s.classes*s.l:]
	s.weight = narrow(s.weight, weight)
	kernel.Parallel(len(s.tasks), func(t int) { s.run(&s.tasks[t], bias) })
	clear(gradient)
	loss, n := 0.0, float64(len(s.y))
	for _, t := range s.tasks {
		loss += t.loss / n
		for i, g := range t.gradient {
			gradient[i] += g / n
		}
	}
	for i, w := range weight {
		loss += s.l2 / 2 * w * w
		gradient[i] += s.l2 * w
	}
	return loss
}

func (s *softmax) run(t *softmaxTask, bias []float64) {
	clear(t.gradient)
	t.loss = 0
	for first := t.first; first < t.end; first += softmaxRows {
		end := min(first+softmaxRows, t.end)
		n, x := end-first, s.x[first*s.l:end*s.l]
		logits, residual := t.logits[:n*s.classes], t.residual[:n*s.classes]
		kernel.MatMulNT(logits, x, s.weight, n, s.classes, s.l, false)
		for i := range n {
			row := i * s.classes
			t.loss += crossEntropy(residual[row:row+s.classes], logits[row:row+s.classes], bias, s.y[first+i], t.gradient[s.classes*s.l:])
		}
		kernel.MatMulTN(t.product, residual, x, s.classes, s.l, n, false)
		for i, g := range t.product {
			t.gradient[i] += float64(g)
		}
	}
}

// crossEntropy returns -log softmax(logits + bias)[label] and writes to residual
// its derivative with respect to the logits, which it adds to sum too.
func crossEntropy(residual, logits []float32, bias []float64, label int, sum []float64) float64 {
	highest := math.Inf(-1)
	for c, v := range logits {
		highest = max(highest, float64(v)+bias[c])
	}
	total := 0.0
	for c, v := range logits {
		total += math.Exp(float64(v) + bias[c] - highest)
	}
	logTotal := highest + math.Log(total)
	for c, v := range logits {
		r := math.Exp(float64(v) + bias[c] - logTotal)
		if c == label {
			r -= 1
		}
		residual[c] = float32(r)
		sum[c] += r
	}
	return logTotal - float64(logits[label]) - bias[label]
}

// narrow copies src to dst as float32.
func narrow(dst []float32, src []float64) []float32 {
	dst = dst[:0]
	for _, v := range src {
		dst = append(dst, float32(v))
	}
	return dst
}
