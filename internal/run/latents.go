package run

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Latents say where the codes of a sample of the training images lie: the means of q(z|x), or
// of an autoencoder and of principal components the codes, of the images as they are. Of several
// levels they are those of the lowest, which is the one that is decoded. All numbers are float32.
type Latents struct {
	Images int // in the sample
	// KL is the mean over the images of KL(q(z_j|x) || p(z_j)) of each latent [L], in nats. Nil
	// where the prior gives no closed form: of autoencoders, principal components, fitted priors,
	// and of the lowest of several levels, whose prior is another for each image.
	KL []float64
	// TopKL is the same [L2] of the uppermost of several levels. Nil of one level.
	TopKL         []float64
	Mean, SD      []float64   // [L] of the codes; SD with division by Images
	Percent       []float64   // [P] rising, 0 to 100
	Quantiles     [][]float64 // [L][P] of the codes, rising
	Axes          [][]float64 // [A][L] principal axes of the codes, orthonormal; nil where there is no variance, or too many latents
	Variances     []float64   // [A] along them, falling
	AxisQuantiles [][]float64 // [A][P] of (code - Mean) along each, rising
}

const (
	// MaxLatents is the most latents that Latents are kept of.
	MaxLatents = 4096
	// MaxAxes is the most principal axes that are kept.
	MaxAxes = 16
	// axisTolerance is how far from 1 the length of an axis may be, and from 0 the product of two.
	axisTolerance = 1e-3
	// maxLatentsText is the most bytes of them that are read: several times what MaxLatents take.
	maxLatentsText = 8 << 20
)

// latentsJSON is the form in which Latents are kept: float32 has short numbers.
type latentsJSON struct {
	Images        int         `json:"images"`
	KL            []float32   `json:"kl,omitempty"`
	TopKL         []float32   `json:"top_kl,omitempty"`
	Mean          []float32   `json:"mean"`
	SD            []float32   `json:"sd"`
	Percent       []float32   `json:"percent"`
	Quantiles     [][]float32 `json:"quantiles"`
	Axes          [][]float32 `json:"axes,omitempty"`
	Variances     []float32   `json:"variances,omitempty"`
	AxisQuantiles [][]float32 `json:"axis_quantiles,omitempty"`
}

func (l *Latents) encode() (string, error) {
	if err := l.check(); err != nil {
		return "", errors.New("latents of the training images: " + err.Error())
	}
	text, err := json.Marshal(latentsJSON{
		l.Images, convert[float32](l.KL), convert[float32](l.TopKL), convert[float32](l.Mean), convert[float32](l.SD),
		convert[float32](l.Percent), each[float32](l.Quantiles), each[float32](l.Axes), convert[float32](l.Variances), each[float32](l.AxisQuantiles),
	})
	return string(text), err
}

// latents reads what is known of the latents; nil of a model that has none.
func (r *metadataReader) latents() *Latents {
	text, ok := r.values[keyLatents]
	if !ok {
		return nil
	}
	if len(text) > maxLatentsText {
		r.fail(keyLatents, "longer than any description of latents")
		return nil
	}
	var j latentsJSON
	dec := json.NewDecoder(strings.NewReader(text))
	err := dec.Decode(&j)
	if _, end := dec.Token(); err != nil || end != io.EOF {
		r.fail(keyLatents, "not a JSON object of latents")
		return nil
	}
	l := &Latents{
		j.Images, convert[float64](j.KL), convert[float64](j.TopKL), convert[float64](j.Mean), convert[float64](j.SD),
		convert[float64](j.Percent), each[float64](j.Quantiles), each[float64](j.Axes), convert[float64](j.Variances), each[float64](j.AxisQuantiles),
	}
	if err := l.check(); err != nil {
		r.fail(keyLatents, err.Error())
	}
	return l
}

// convert changes the type of numbers. Nil, or nothing, is nil.
func convert[To, From float32 | float64](values []From) (to []To) {
	for _, v := range values {
		to = append(to, To(v))
	}
	return to
}

func each[To, From float32 | float64](rows [][]From) (to [][]To) {
	for _, row := range rows {
		to = append(to, convert[To](row))
	}
	return to
}

// check refuses what no sample of codes has.
func (l *Latents) check() error {
	n, p := len(l.Mean), len(l.Percent)
	switch {
	case l.Images < 1:
		return errors.New("not of any image")
	case n < 1 || n > MaxLatents || len(l.TopKL) > MaxLatents:
		return fmt.Errorf("not of 1 to %d latents", MaxLatents)
	case len(l.SD) != n || len(l.KL) != 0 && len(l.KL) != n || len(l.Quantiles) != n:
		return errors.New("its figures are not as many as its latents")
	case p < 1 || p > maxQuantiles || !rising(l.Percent) || l.Percent[0] < 0 || l.Percent[p-1] > 100:
		return errors.New("its percents do not rise from 0 to 100")
	case !allFloats(l.KL, l.TopKL, l.Mean, l.SD) || slices.ContainsFunc(l.SD, func(v float64) bool { return v < 0 }):
		return errors.New("holds a figure that no codes have")
	}
	if !allRising(l.Quantiles, p) {
		return errors.New("its quantiles do not rise, or are not as many as its percents")
	}
	return l.checkAxes()
}

// checkAxes is check, of the principal axes.
func (l *Latents) checkAxes() error {
	a := len(l.Axes)
	switch {
	case a > min(MaxAxes, len(l.Mean)) || len(l.Variances) != a || len(l.AxisQuantiles) != a:
		return errors.New("its axes are too many, or not as many as its variances")
	case !allFloats(l.Variances) || !slices.IsSortedFunc(l.Variances, func(a, b float64) int { return cmp.Compare(b, a) }) || a > 0 && l.Variances[a-1] < 0:
		return errors.New("its variances do not fall to 0")
	case !allRising(l.AxisQuantiles, len(l.Percent)):
		return errors.New("the quantiles of its axes do not rise, or are not as many as its percents")
	}
	for i, axis := range l.Axes {
		if len(axis) != len(l.Mean) {
			return errors.New("an axis has not as many numbers as there are latents")
		}
		for j, other := range l.Axes[:i+1] {
			want := 0.0
			if i == j {
				want = 1
			}
			if !(math.Abs(product(axis, other)-want) <= axisTolerance) {
				return errors.New("its axes are not orthonormal")
			}
		}
	}
	return nil
}

func product(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// allFloats reports whether all are numbers that float32 has.
func allFloats(lists ...[]float64) bool {
	for _, values := range lists {
		if slices.ContainsFunc(values, func(v float64) bool { return !finite(float64(float32(v))) }) {
			return false
		}
	}
	return true
}

// rising reports whether finite values rise, or stay.
func rising(values []float64) bool { return slices.IsSorted(values) && allFloats(values) }

// allRising reports whether all rows are rising and have n values.
func allRising(rows [][]float64, n int) bool {
	return !slices.ContainsFunc(rows, func(row []float64) bool { return len(row) != n || !rising(row) })
}
