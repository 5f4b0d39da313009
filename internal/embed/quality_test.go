package embed

import (
	"context"
	"math"
	"slices"
	"testing"

	"vae/internal/rng"
)

// ranksFrom are the other rows in order of their distance from one.
func ranksFrom(x []float32, l, row int) []int {
	var order []int
	for j := range len(x) / l {
		if j != row {
			order = append(order, j)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch da, db := squareBetween(x, l, row, a), squareBetween(x, l, row, b); {
		case da < db:
			return -1
		case da > db:
			return 1
		}
		return 0
	})
	return order
}

// squareBetween is the square of the distance of two rows.
func squareBetween(x []float32, l, i, j int) float64 {
	sum := 0.0
	for c := range l {
		d := float64(x[i*l+c]) - float64(x[j*l+c])
		sum += d * d
	}
	return sum
}

// plainQuality is Quality from the definitions.
func plainQuality(x []float32, l int, places []float32, labels []int, k, labelK int) Quality {
	n := len(x) / l
	q := Quality{K: k, LabelK: labelK}
	for i := range n {
		rows, onMap := ranksFrom(x, l, i), ranksFrom(places, 2, i)
		for r, j := range rows {
			on := slices.Index(onMap, j)
			if on < k && squareBetween(x, l, i, j) <= squareBetween(x, l, i, rows[k-1]) {
				q.Recall++
			}
			if r >= k && on < k {
				q.Trustworthiness += float64(r + 1 - k)
			}
			if r < k && on >= k {
				q.Continuity += float64(on + 1 - k)
			}
		}
		votes := map[int]int{}
		for _, j := range onMap[:labelK] {
			votes[labels[j]]++
		}
		most := 0
		for _, v := range votes {
			most = max(most, v)
		}
		for _, j := range onMap[:labelK] {
			if votes[labels[j]] == most {
				if labels[j] == labels[i] {
					q.Labels++
				}
				break
			}
		}
	}
	norm := 2 / (float64(n*k) * float64(2*n-3*k-1))
	q.Recall /= float64(n * k)
	q.Trustworthiness, q.Continuity = 1-norm*q.Trustworthiness, 1-norm*q.Continuity
	q.Labels /= float64(n)
	return q
}

func TestQualityAgainstItsDefinition(t *testing.T) {
	for _, n := range []int{3, 5, 12, 31, 200} {
		x, labels := clusters(7, n, 3, 3)
		copy(x[3:6], x[:3]) // a pair of equal rows
		places := make([]float32, 2*n)
		rng.Normal(places, rng.Stream(8, "test of embed"))
		for i := range n {
			places[2*i] = x[3*i] + 0.5*places[2*i]
			places[2*i+1] = x[3*i+1] + 0.5*places[2*i+1]
		}
		q, err := Measure(t.Context(), x, 3, &Map{Places: places}, labels, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := plainQuality(x, 3, places, labels, min(15, (n-1)/2), min(10, n-1))
		if q.K != want.K || q.LabelK != want.LabelK {
			t.Errorf("%d rows: neighbors %d and %d, want %d and %d", n, q.K, q.LabelK, want.K, want.LabelK)
		}
		closeTo(t, "recall", q.Recall, want.Recall, 1e-12)
		closeTo(t, "trustworthiness", q.Trustworthiness, want.Trustworthiness, 1e-12)
		closeTo(t, "continuity", q.Continuity, want.Continuity, 1e-12)
		closeTo(t, "labels", q.Labels, want.Labels, 1e-12)
	}
}

// TestQualityOfEqualRows: of rows equally near it does not matter which ones a map has nearest.
func TestQualityOfEqualRows(t *testing.T) {
	const n = 400 // ten different rows, in turn
	x, places := make([]float32, 2*n), make([]float32, 2*n)
	for i := range n {
		x[2*i], x[2*i+1] = float32(i%10), 1
		places[2*i], places[2*i+1] = float32(i%10), float32(n-i)/(100*n) // the last of equal rows beside each other
	}
	q, err := Measure(t.Context(), x, 2, &Map{Places: places}, nil, nil)
	if err != nil || q.Recall != 1 {
		t.Errorf("%v, %+v", err, q)
	}
}

func TestQualityOfThePlaneItself(t *testing.T) {
	x, labels := clusters(9, 700, 2, 3)
	q, err := Measure(t.Context(), x, 2, &Map{Places: x}, labels, nil)
	if err != nil {
		t.Fatal(err)
	}
	if q.Recall != 1 || q.Trustworthiness != 1 || q.Continuity != 1 || q.Labels < 0.99 {
		t.Errorf("%+v", q)
	}
}

// TestQualityOfASample compares some rows' neighbors with all rows'.
func TestQualityOfASample(t *testing.T) {
	const n = 400
	x, labels := clusters(10, n, 3, 3)
	places := make([]float32, 2*n)
	for i := range n {
		copy(places[2*i:2*i+2], x[3*i:])
	}
	r := &comparison{x: x, l: 3, places: places, n: n, sample: sampleOf(n, 200)}
	q := &Quality{K: 15, LabelK: 10}
	if err := r.measure(t.Context(), q, nil, labels); err != nil {
		t.Fatal(err)
	}
	want := plainQuality(x, 3, places, labels, 15, 10)
	closeTo(t, "recall", q.Recall, want.Recall, 0.03)
	closeTo(t, "trustworthiness", q.Trustworthiness, want.Trustworthiness, 0.01)
	closeTo(t, "continuity", q.Continuity, want.Continuity, 0.01)
	closeTo(t, "labels", q.Labels, want.Labels, 0.04)
	sameForAnyThreadCount(t, func() any {
		q := &Quality{K: 15, LabelK: 10}
		return []any{r.measure(context.Background(), q, nil, labels), *q}
	})
}

func TestQualityWithoutLabels(t *testing.T) {
	x, _ := clusters(11, 40, 2, 2)
	none := make([]int, 40)
	for i := range none {
		none[i] = -1
	}
	for _, labels := range [][]int{nil, none} {
		q, err := Measure(t.Context(), x, 2, &Map{Places: x}, labels, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !math.IsNaN(q.Labels) {
			t.Errorf("rows without labels agree in %v", q.Labels)
		}
	}
	if got := majority([]int32{0, 1, 2, 3}, []int{-1, -1, 5, 5}); got != 5 {
		t.Errorf("rows without a label have won: %d", got)
	}
	if got := majority([]int32{3, 0, 1, 2}, []int{1, 1, 2, 2}); got != 2 {
		t.Errorf("of a draw %d has won, not the nearest's class", got)
	}
}

func TestQualityOfFewRows(t *testing.T) {
	one, err := Measure(t.Context(), []float32{1, 2}, 2, &Map{Places: []float32{1, 2}}, []int{0}, nil)
	if err != nil || one.K != 0 || !math.IsNaN(one.Recall) || !math.IsNaN(one.Labels) {
		t.Errorf("one row: %+v, %v", one, err)
	}
	two, err := Measure(t.Context(), []float32{1, 2}, 1, &Map{Places: []float32{1, 2, 3, 4}}, []int{4, 4}, nil)
	if err != nil || two.K != 0 || !math.IsNaN(two.Trustworthiness) || !math.IsNaN(two.Labels) {
		t.Errorf("two rows: %+v, %v", two, err)
	}
}

func TestQualityRefuses(t *testing.T) {
	x := []float32{1, 2, 3, 4}
	_, err := Measure(t.Context(), x, 2, &Map{Places: x[:2]}, nil, nil)
	fails(t, err, "2 numbers of places")
	_, err = Measure(t.Context(), x, 2, &Map{Places: x}, []int{1}, nil)
	fails(t, err, "1 labels for 2 rows")
	_, err = Measure(t.Context(), x, 2, &Map{Places: []float32{0, 0, 0, float32(math.Inf(1))}}, nil, nil)
	fails(t, err, "places: row 1, column 1 is +Inf")
}

func TestWeightedMedian(t *testing.T) {
	for _, c := range []struct {
		value  []float32
		weight []float64
		want   float32
	}{
		{[]float32{3}, []float64{1}, 3},
		{[]float32{3, 1}, []float64{1, 1}, 2},
		{[]float32{3, 1, 2}, []float64{1, 1, 1}, 2},
		{[]float32{3, 1, 2}, []float64{5, 1, 1}, 3},
		{[]float32{9, 1, 2, 0}, []float64{0, 1, 1, 0}, 1.5},
		{[]float32{4, 4, 8, 8}, []float64{1, 1, 1, 1}, 6},
	} {
		if got := weightedMedian(c.value, c.weight); got != c.want {
			t.Errorf("the median of %v with weights %v is %v, want %v", c.value, c.weight, got, c.want)
		}
	}
}

// Of one label, or of few rows that have one, there is no figure.
func TestLabelsThatTellNothing(t *testing.T) {
	for name, c := range map[string]struct {
		labels []int
		want   bool
	}{
		"none": {nil, false}, "one row": {[]int{-1, 3, -1, -1}, false}, "one label": {[]int{2, 2, 2, 2}, false}, "few rows": {[]int{0, 1, -1, -1, -1}, false},
		"half the rows": {[]int{0, 1, -1, -1}, true}, "two": {[]int{0, 0, 1, 1}, true},
	} {
		if got := tell(c.labels); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
