package stats

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"
)

type probeReference struct {
	L, Classes int
	Codes      []float32
	Labels     []int
	Fits       []struct {
		L2, Loss     float64
		Weight, Bias []float64
		Predicted    []int
	}
}

// TestProbeAgainstNewton compares with testdata/export_probe.py: Newton's method
// in numpy.
func TestProbeAgainstNewton(t *testing.T) {
	data, err := os.ReadFile("testdata/probe.json")
	if err != nil {
		t.Fatal(err)
	}
	var ref probeReference
	if err := json.Unmarshal(data, &ref); err != nil || len(ref.Fits) != 3 {
		t.Fatal(len(ref.Fits), err)
	}
	for _, want := range ref.Fits {
		t.Run(fmt.Sprint("l2=", want.L2), func(t *testing.T) {
			p := must[*Probe](t)(FitProbe(ref.Codes, ref.Labels, ref.L, ref.Classes, ProbeOptions{L2: want.L2, Tolerance: 1e-7}))
			if !p.Converged {
				t.Errorf("not converged: %d steps to a gradient of %g", p.Iterations, p.Gradient)
			}
			near(t, "loss", p.Loss, want.Loss, 2e-7)
			tolerance := 1e-6 + 1e-8/want.L2 // what a gradient off by 1e-8 moves the flattest direction
			for i, w := range want.Weight {
				near(t, fmt.Sprint("weight ", i), p.Weight[i], w, tolerance)
			}
			for i, b := range want.Bias {
				near(t, fmt.Sprint("bias ", i), p.Bias[i], b, tolerance)
			}
			if got := must[[]int](t)(p.Predict(ref.Codes)); !slices.Equal(got, want.Predicted) {
				t.Errorf("predicted %v, want %v", got, want.Predicted)
			}
		})
	}
}

// clusters are n rows of l columns around a center for each class, far apart.
func clusters(seed uint64, n, l, classes int, distance float32) (x []float32, labels []int) {
	x, centers := normals(seed, n*l), normals(99, classes*l)
	labels = make([]int, n)
	for i := range labels {
		labels[i] = i % classes
		for j := range l {
			x[i*l+j] += distance * centers[labels[i]*l+j]
		}
	}
	return x, labels
}

func TestProbeGradientAgainstDifferences(t *testing.T) {
	const n, l, classes = 600, 4, 3
	x, y := clusters(30, n, l, classes, 1)
	standardize(x, l)
	s := newSoftmax(x, y, l, classes, 0.01)
	at := make([]float64, classes*(l+1))
	for i, v := range normals(31, len(at)) {
		at[i] = float64(v)
	}
	g, other := make([]float64, len(at)), make([]float64, len(at))
	s.evaluate(at, g)
	for i := range at {
		const h = 1.0 / 256
		at[i] += h
		up := s.evaluate(at, other)
		at[i] -= 2 * h
		down := s.evaluate(at, other)
		at[i] += h
		near(t, fmt.Sprint("derivative ", i), g[i], (up-down)/(2*h), 2e-5)
	}
}

func TestProbeOfSeparableClasses(t *testing.T) {
	x, labels := clusters(32, 300, 5, 3, 20)
	p := must[*Probe](t)(FitProbe(x, labels, 5, 3, ProbeOptions{L2: DefaultL2}))
	if !p.Converged || !(p.Loss > 0 && p.Loss < 0.05) {
		t.Errorf("loss %g, gradient %g after %d steps", p.Loss, p.Gradient, p.Iterations)
	}
	near(t, "accuracy", must[float64](t)(p.Accuracy(x, labels)), 1, 0)
	// Without a penalty the weights grow without end; it must end nevertheless.
	p = must[*Probe](t)(FitProbe(x, labels, 5, 3, ProbeOptions{Iterations: 20, Tolerance: 1e-300}))
	if p.Converged || p.Iterations > 20 {
		t.Errorf("converged %v after %d steps", p.Converged, p.Iterations)
	}
	for i, w := range p.Weight {
		if w-w != 0 {
			t.Errorf("weight %d is %g", i, w)
		}
	}
}

func TestProbeLeavesOutRowsWithoutLabel(t *testing.T) {
	const l = 3
	x, labels := clusters(33, 120, l, 3, 1)
	mixed, mixedLabels := make([]float32, 0, 2*len(x)), make([]int, 0, 2*len(labels))
	for i, c := range labels {
		mixed = append(append(mixed, x[i*l:(i+1)*l]...), 100, float32(i), -3)
		mixedLabels = append(mixedLabels, c, -1)
	}
	o := ProbeOptions{L2: 0.01}
	want := must[*Probe](t)(FitProbe(x, labels, l, 3, o))
	got := must[*Probe](t)(FitProbe(mixed, mixedLabels, l, 3, o))
	if !slices.Equal(got.Weight, want.Weight) || !slices.Equal(got.Bias, want.Bias) || !slices.Equal(got.Mean, want.Mean) {
		t.Error("rows without a label changed the fit")
	}
	accuracy := must[float64](t)(got.Accuracy(mixed, mixedLabels))
	near(t, "accuracy", accuracy, must[float64](t)(want.Accuracy(x, labels)), 0)
	if !(accuracy > 0.4 && accuracy < 1) {
		t.Errorf("accuracy %g of overlapping classes", accuracy)
	}
}

// TestProbeStandardizes rescales columns by powers of two and moves one: neither
// changes the fit.
func TestProbeStandardizes(t *testing.T) {
	const l = 3
	x, labels := clusters(34, 200, l, 4, 1)
	for i := range x {
		x[i] = float32(math.Round(float64(x[i])*1024) / 1024)
	}
	other := slices.Clone(x)
	for i := range other {
		other[i] = (other[i] + []float32{0, 4, -1}[i%l]) * []float32{64, 1, 0.125}[i%l]
	}
	o := ProbeOptions{L2: 0.01, Tolerance: 1e-6}
	a := must[*Probe](t)(FitProbe(x, labels, l, 4, o))
	b := must[*Probe](t)(FitProbe(other, labels, l, 4, o))
	for i := range a.Weight {
		near(t, fmt.Sprint("weight ", i), b.Weight[i], a.Weight[i], 1e-4)
	}
	if !slices.Equal(must[[]int](t)(a.Predict(x)), must[[]int](t)(b.Predict(other))) {
		t.Error("other predictions")
	}
}

func TestProbeOfConstantColumn(t *testing.T) {
	const l = 3
	x, labels := clusters(35, 90, l, 3, 5)
	for i := range labels {
		x[i*l+1] = 0.1
	}
	p := must[*Probe](t)(FitProbe(x, labels, l, 3, ProbeOptions{L2: 0.01}))
	if p.Scale[1] != 1 {
		t.Errorf("scale %g", p.Scale[1])
	}
	for c := range 3 {
		near(t, fmt.Sprint("weight of class ", c), p.Weight[c*l+1], 0, 1e-6)
	}
}

func TestCrossEntropyOfLargeNumbers(t *testing.T) {
	residual, sum := make([]float32, 3), make([]float64, 3)
	got := crossEntropy(residual, []float32{0, 2, -1e6}, []float64{1e6, 1e6, 900}, 0, sum)
	near(t, "cross-entropy", got, 2+math.Log1p(math.Exp(-2)), 1e-9)
	for c, want := range []float64{1/(1+math.Exp(2)) - 1, 1 / (1 + math.Exp(-2)), 0} {
		near(t, fmt.Sprint("residual ", c), float64(residual[c]), want, 1e-7)
		near(t, fmt.Sprint("sum ", c), sum[c], want, 1e-9)
	}
}

func TestBestOfEqualClasses(t *testing.T) {
	if got := best([]float32{1, 3, 2, 3}, []float64{0, 0, 1, 0}); got != 1 {
		t.Errorf("class %d, want the first of three equals", got)
	}
}

func TestProbeIsTheSameForAnyThreadCount(t *testing.T) {
	x, labels := clusters(36, 3000, 8, 5, 1)
	sameForAnyThreadCount(t, func() any {
		p := must[*Probe](t)(FitProbe(x, labels, 8, 5, ProbeOptions{L2: DefaultL2}))
		return []any{p, must[[]int](t)(p.Predict(x))}
	})
}

// TestSoftmaxCutsItsRows counts every row once, whatever the number of parts.
func TestSoftmaxCutsItsRows(t *testing.T) {
	for _, n := range []int{1, 255, 256, 257, 64*256 + 1, 100 * 256} {
		s := newSoftmax(make([]float32, n), make([]int, n), 1, 2, 0)
		next := 0
		for _, part := range s.tasks {
			if part.first != next || part.end <= part.first {
				t.Errorf("n=%d: a part [%d, %d) after row %d", n, part.first, part.end, next)
			}
			next = part.end
		}
		if next != n || len(s.tasks) > softmaxTasks {
			t.Errorf("n=%d: %d parts end at %d", n, len(s.tasks), next)
		}
	}
	if s := newSoftmax(make([]float32, 1000), make([]int, 1000), 1, 1<<20, 0); len(s.tasks) != 1 {
		t.Errorf("%d parts for a million classes", len(s.tasks))
	}
}

func TestProbeErrors(t *testing.T) {
	x, labels := clusters(37, 10, 2, 2, 1)
	nan := slices.Clone(x)
	nan[3] = float32(math.NaN())
	with := func(i, c int) []int {
		other := slices.Clone(labels)
		other[i] = c
		return other
	}
	for _, tt := range []struct {
		codes      []float32
		labels     []int
		l, classes int
		o          ProbeOptions
		text       string
	}{
		{x, labels, 3, 2, ProbeOptions{}, "no rows of 3 columns"},
		{nil, nil, 2, 2, ProbeOptions{}, "0 numbers"},
		{x, labels, 0, 2, ProbeOptions{}, "rows of 0 columns"},
		{x, labels[1:], 2, 2, ProbeOptions{}, "9 labels for 10 rows"},
		{x, labels, 2, 1, ProbeOptions{}, "1 classes"},
		{x, labels, 2, 1 << 40, ProbeOptions{}, "classes of codes of 2"},
		{x, with(4, 2), 2, 2, ProbeOptions{}, "label 2 of row 4"},
		{x, with(4, -2), 2, 2, ProbeOptions{}, "label -2 of row 4"},
		{x, make([]int, 10), 2, 2, ProbeOptions{}, "all labels are 0"},
		{x, slices.Repeat([]int{-1}, 10), 2, 2, ProbeOptions{}, "no row has a label"},
		{nan, labels, 2, 2, ProbeOptions{}, "row 1, column 1 is NaN"},
		{x, labels, 2, 2, ProbeOptions{L2: -1}, "penalty -1"},
		{x, labels, 2, 2, ProbeOptions{L2: math.NaN()}, "penalty NaN"},
		{x, labels, 2, 2, ProbeOptions{Tolerance: -1}, "tolerance -1"},
		{x, labels, 2, 2, ProbeOptions{Iterations: -1}, "-1 iterations"},
	} {
		_, err := FitProbe(tt.codes, tt.labels, tt.l, tt.classes, tt.o)
		fails(t, err, tt.text)
	}
	p := must[*Probe](t)(FitProbe(x, labels, 2, 2, ProbeOptions{L2: 1}))
	_, err := p.Accuracy(x, labels[1:])
	fails(t, err, "9 labels for 10 rows")
	_, err = p.Accuracy(nan, labels)
	fails(t, err, "row 1, column 1 is NaN")
	_, err = (&Probe{}).Predict(x)
	fails(t, err, "do not fit together")
}

func BenchmarkFitProbe(b *testing.B) {
	for _, l := range []int{20, 784} {
		b.Run(fmt.Sprintf("n=55000/l=%d/classes=10", l), func(b *testing.B) {
			x, labels := clusters(38, 55000, l, 10, 0.5)
			for b.Loop() {
				p, err := FitProbe(x, labels, l, 10, ProbeOptions{L2: DefaultL2})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(p.Iterations), "steps/op")
			}
		})
	}
}
