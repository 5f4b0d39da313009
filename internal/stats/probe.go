package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"vae/internal/kernel"
	"vae/internal/knn"
)

// DefaultL2 is the penalty of a probe where the caller has no other in mind.
const DefaultL2 = 1e-4

// maxParameters bounds the size of a probe.
const maxParameters = 1 << 22

// ProbeOptions say how a probe is fitted.
type ProbeOptions struct {
	L2         float64 // weight of the penalty, see FitProbe; 0 for none
	Tolerance  float64 // largest magnitude of the gradient at which fitting ends; 0 for 1e-6
	Iterations int     // most steps; 0 for 500
}

// Probe is a linear classifier of codes: p(c|x) = softmax(W s + b)_c, where s =
// (x - Mean) / Scale.
type Probe struct {
	Mean, Scale []float64 // [L] of the rows it was fitted to; Scale is the standard deviation, 1 where that is zero
	Weight      []float64 // [C, L]
	Bias        []float64 // [C]

	Loss       float64 // mean cross-entropy in nats and penalty
	Gradient   float64 // largest magnitude of an entry of its gradient
	Iterations int
	Converged  bool // Gradient is within the tolerance
}

// FitProbe fits a multinomial logistic regression to codes [N, l] with labels
// [N] in 0..classes-1; rows with label -1 are left out. It minimizes
//
//	1/N sum_n -log p(label_n | code_n)  +  L2/2 |W|^2
//
// with standardized columns, the biases not penalized, by L-BFGS with all rows
// in each step; scikit-learn's C is 1/(L2 N). Without a penalty separable
// classes have no minimum, and fitting ends after o.Iterations. Errors:
// sizes that do not fit, numbers that are not finite, fewer than two classes or
// labels of one class only.
func FitProbe(codes []float32, labels []int, l, classes int, o ProbeOptions) (*Probe, error) {
	n, err := knn.CheckRows("probe", codes, l)
	if err != nil {
		return nil, err
	}
	if err := o.complete(); err != nil {
		return nil, err
	}
	if classes < 2 || classes > maxParameters/(l+1) {
		return nil, fmt.Errorf("probe: %d classes of codes of %d: there may be 2 to %d", classes, l, maxParameters/(l+1))
	}
	if _, err := checkLabels("probe", labels, n, classes); err != nil {
		return nil, err
	}
	x, y := labeledRows(codes, labels, l)
	if only := y[0]; !differ(y) {
		return nil, fmt.Errorf("probe: all labels are %d: at least two classes are needed", only)
	}
	p := &Probe{Weight: make([]float64, classes*l), Bias: make([]float64, classes)}
	p.Mean, p.Scale = standardize(x, l)
	p.fit(newSoftmax(x, y, l, classes, o.L2), o)
	return p, nil
}

func (o *ProbeOptions) complete() error {
	if o.Tolerance == 0 {
		o.Tolerance = 1e-6
	}
	if o.Iterations == 0 {
		o.Iterations = 500
	}
	if !(o.L2 >= 0 && o.L2 <= math.MaxFloat32 && o.Tolerance > 0 && o.Iterations > 0) {
		return fmt.Errorf("probe: penalty %g, tolerance %g and %d iterations: none may be negative", o.L2, o.Tolerance, o.Iterations)
	}
	return nil
}

func (p *Probe) fit(s *softmax, o ProbeOptions) {
	parameters := make([]float64, len(p.Weight)+len(p.Bias))
	m := minimize(s.evaluate, parameters, o.Tolerance, o.Iterations)
	copy(p.Weight, parameters)
	copy(p.Bias, parameters[len(p.Weight):])
	p.Loss, p.Gradient, p.Iterations, p.Converged = m.value, m.gradient, m.steps, m.converged
}

// labeledRows copies the rows that have a label.
func labeledRows(codes []float32, labels []int, l int) (x []float32, y []int) {
	n := 0
	for _, c := range labels {
		if c >= 0 {
			n++
		}
	}
	x, y = make([]float32, 0, n*l), make([]int, 0, n)
	for i, c := range labels {
		if c >= 0 {
			x, y = append(x, codes[i*l:(i+1)*l]...), append(y, c)
		}
	}
	return x, y
}

func differ(labels []int) bool {
	for _, c := range labels {
		if c != labels[0] {
			return true
		}
	}
	return false
}

// standardize gives the columns of x [N, l] mean 0 and variance 1, in place.
func standardize(x []float32, l int) (mean, scale []float64) {
	mean, scale = make([]float64, l), make([]float64, l)
	n := float64(len(x) / l)
	for at := 0; at < len(x); at += l {
		for j, v := range x[at : at+l] {
			mean[j] += float64(v)
		}
	}
	floats.Scale(1/n, mean)
	for at := 0; at < len(x); at += l {
		for j, v := range x[at : at+l] {
			d := float64(v) - mean[j]
			scale[j] += d * d
		}
	}
	for j, v := range scale {
		scale[j] = math.Sqrt(v / n)
		if scale[j] == 0 {
			scale[j] = 1
		}
	}
	rescale(x, mean, scale)
	return mean, scale
}

func rescale(x []float32, mean, scale []float64) {
	l := len(mean)
	for at := 0; at < len(x); at += l {
		row := x[at : at+l]
		for j, v := range row {
			row[j] = float32((float64(v) - mean[j]) / scale[j])
		}
	}
}

// Predict returns the most probable class of each row of codes [n, L], the
// lowest of those that are equally probable.
func (p *Probe) Predict(codes []float32) ([]int, error) {
	l, classes := len(p.Mean), len(p.Bias)
	if l == 0 || len(p.Scale) != l || len(p.Weight) != classes*l || classes == 0 {
		return nil, fmt.Errorf("probe: %d means, %d scales, %d weights and %d biases do not fit together", l, len(p.Scale), len(p.Weight), classes)
	}
	n, err := knn.CheckRows("probe", codes, l)
	if err != nil {
		return nil, err
	}
	predicted := make([]int, n)
	weight := narrow(nil, p.Weight)
	kernel.Parallel((n+softmaxRows-1)/softmaxRows, func(b int) {
		first, end := b*softmaxRows, min((b+1)*softmaxRows, n)
		x := append([]float32(nil), codes[first*l:end*l]...)
		rescale(x, p.Mean, p.Scale)
		logits := make([]float32, (end-first)*classes)
		kernel.MatMulNT(logits, x, weight, end-first, classes, l, false)
		for i := first; i < end; i++ {
			predicted[i] = best(logits[(i-first)*classes:(i-first+1)*classes], p.Bias)
		}
	})
	return predicted, nil
}

// best is the index of the largest sum, the first of equals.
func best(logits []float32, bias []float64) int {
	at, highest := 0, math.Inf(-1)
	for c, v := range logits {
		if sum := float64(v) + bias[c]; sum > highest {
			at, highest = c, sum
		}
	}
	return at
}

// Accuracy is the part of the rows of codes [N, L] whose label is predicted;
// rows with label -1 are left out.
func (p *Probe) Accuracy(codes []float32, labels []int) (float64, error) {
	predicted, err := p.Predict(codes)
	if err != nil {
		return 0, err
	}
	return agreement("probe", predicted, labels, len(p.Bias))
}

// agreement is the part of the labels, -1 left out, that are predicted.
func agreement(what string, predicted, labels []int, classes int) (float64, error) {
	labeled, err := checkLabels(what, labels, len(predicted), classes)
	if err != nil {
		return 0, err
	}
	right := 0
	for i, c := range labels {
		if c >= 0 && predicted[i] == c {
			right++
		}
	}
	return float64(right) / float64(labeled), nil
}
