package embed

import (
	"context"
	"math"
	"strings"
	"testing"

	"vae/internal/rng"
	"vae/internal/stats"
)

func TestPCAIsTheProjectionOnItsComponents(t *testing.T) {
	x, _ := clusters(1, 300, 6, 4)
	m, err := PCA{}.Map(t.Context(), x, 6)
	if err != nil {
		t.Fatal(err)
	}
	p, err := stats.FitPCA(t.Context(), func(dst []float32, i int) { copy(dst, x[6*i:]) }, 300, 6, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float32, 600)
	if err := p.Encode(want, x); err != nil {
		t.Fatal(err)
	}
	for i, v := range m.Places {
		closeTo(t, "a coordinate", float64(v), float64(want[i]), 1e-5)
	}
	if !strings.HasPrefix(m.Axes[0], "component 1 (") || !math.IsNaN(m.KL) || len(m.Notes) > 0 {
		t.Errorf("%q, KL %v, notes %q", m.Axes, m.KL, m.Notes)
	}
}

// TestLDABeatsOtherDirections: no direction has a greater scatter between the classes, by
// that within them, than the first, and none is better than the second among those that are
// uncorrelated with the first within the classes.
func TestLDABeatsOtherDirections(t *testing.T) {
	const n, l = 400, 5
	x, labels := clusters(2, n, l, 4)
	for i := 0; i < n*l; i += l { // scatter that is not the same in all directions
		x[i] *= 3
		x[i+1] += 0.5 * x[i]
	}
	m, err := LDA{labels}.Map(t.Context(), x, l)
	if err != nil {
		t.Fatal(err)
	}
	first, second := ratio(m.Places[:], 2, 0, labels), ratio(m.Places, 2, 1, labels)
	if !(first >= second) {
		t.Errorf("the first discriminant has %g, the second %g", first, second)
	}
	direction := make([]float32, l)
	r := rng.Stream(3, "test of embed")
	for range 500 {
		rng.Normal(direction, r)
		along := make([]float32, n)
		for i := range along {
			for j, d := range direction {
				along[i] += d * x[i*l+j]
			}
		}
		if got := ratio(along, 1, 0, labels); !(got <= first*(1+5*ridge)) {
			t.Fatalf("a direction parts the classes by %g, the first discriminant by %g", got, first)
		}
	}
	closeTo(t, "the scatter within a class", variances(m.Places, 2, 0, labels), 1, 0.01)
	closeTo(t, "the scatter within a class", variances(m.Places, 2, 1, labels), 1, 0.01)
}

// variances is the mean over the classes of the variance of a column.
func variances(x []float32, step, column int, labels []int) float64 {
	sum, mean, count := 0.0, map[int]float64{}, map[int]float64{}
	for i, c := range labels {
		mean[c] += float64(x[i*step+column])
		count[c]++
	}
	for i, c := range labels {
		d := float64(x[i*step+column]) - mean[c]/count[c]
		sum += d * d
	}
	return sum / float64(len(labels))
}

// ratio is the variance between classes of a column by that within them.
func ratio(x []float32, step, column int, labels []int) float64 {
	all := variances(x, step, column, make([]int, len(labels)))
	within := variances(x, step, column, labels)
	return (all - within) / within
}

func TestLDAOfTwoClasses(t *testing.T) {
	x, labels := clusters(4, 200, 4, 2)
	m, err := LDA{labels}.Map(t.Context(), x, 4)
	if err != nil {
		t.Fatal(err)
	}
	checkMap(t, m, 200)
	if m.Axes[1] != "the largest component beside it" {
		t.Errorf("the axes are %q", m.Axes)
	}
	if first, second := ratio(m.Places, 2, 0, labels), ratio(m.Places, 2, 1, labels); !(first > 20*second) {
		t.Errorf("the classes are parted by %g along the first axis and %g along the second", first, second)
	}
}

// TestLDAOfManyColumns has more columns than rows, of which some are constant.
func TestLDAOfManyColumns(t *testing.T) {
	x, labels := clusters(5, 30, 50, 3)
	for i := range 30 {
		x[i*50+7] = 1
	}
	labels[3], labels[4] = -1, -1
	m, err := LDA{labels}.Map(t.Context(), x, 50)
	if err != nil {
		t.Fatal(err)
	}
	checkMap(t, m, 30)
}

func TestLDARefuses(t *testing.T) {
	x, labels := clusters(6, 20, 3, 4)
	_, err := LDA{labels[:19]}.Map(t.Context(), x, 3)
	fails(t, err, "19 labels for 20 rows")
	_, err = LDA{make([]int, 20)}.Map(t.Context(), x, 3)
	fails(t, err, "1 classes: at least 2")
	same := []float32{1, 2, 1, 2, 5, 5, 5, 5}
	_, err = LDA{[]int{0, 0, 1, 1}}.Map(t.Context(), same, 2)
	fails(t, err, "do not differ")
	_, err = LDA{[]int{0, 1}}.Map(t.Context(), make([]float32, 2*(mostColumns+1)), mostColumns+1)
	fails(t, err, "4097 columns")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (LDA{labels}).Map(ctx, x, 3); err != context.Canceled {
		t.Errorf("an interruption gives %v", err)
	}
}
