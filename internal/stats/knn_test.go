package stats

import (
	"fmt"
	"testing"
)

func TestKNNAccuracyByHand(t *testing.T) {
	train := []float32{0, 1, 2, 10, 11, 30}
	labels := []int{0, 0, 1, 1, 1, 2}
	for _, tt := range []struct {
		name  string
		at    float32
		label int
		k     int
		right bool
	}{
		{"one neighbor", 1.9, 1, 1, true},
		{"majority of three", 1.9, 0, 3, true}, // 2, 1, 0: one vote for 1, two for 0
		{"tie of two, nearest wins", 1.6, 1, 2, true},
		{"tie of two, second loses", 1.6, 0, 2, false},
		{"tie of four: 2 and 1 each have two votes, 1 is nearest", 7, 1, 5, true}, // 10, 11, 2 against 1, 0
		{"equal distances: the lower index is nearer", 1.5, 0, 1, true},
		{"all rows", 30, 1, 6, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := must[float64](t)(KNNAccuracy(train, labels, []float32{tt.at}, []int{tt.label}, 1, tt.k))
			if (got == 1) != tt.right || got != 0 && got != 1 {
				t.Errorf("accuracy %g", got)
			}
		})
	}
}

func TestKNNLeavesOutRowsWithoutLabel(t *testing.T) {
	train, labels := []float32{0, 0.1, 5, 5.1}, []int{0, -1, -1, 1}
	test, testLabels := []float32{0.1, 5, 2, 4.9}, []int{0, 0, -1, 1}
	got := must[float64](t)(KNNAccuracy(train, labels, test, testLabels, 1, 1))
	near(t, "accuracy", got, 2.0/3, 1e-15)
}

func TestKNNOfClusters(t *testing.T) {
	x, labels := clusters(50, 2000, 6, 4, 20)
	test, testLabels := clusters(51, 600, 6, 4, 20)
	near(t, "accuracy", must[float64](t)(KNNAccuracy(x, labels, test, testLabels, 6, 7)), 1, 0)
	for i := range testLabels {
		testLabels[i] = (testLabels[i] + 1) % 4
	}
	near(t, "accuracy of wrong labels", must[float64](t)(KNNAccuracy(x, labels, test, testLabels, 6, 7)), 0, 0)
}

func TestKNNErrors(t *testing.T) {
	x := []float32{1, 2, 3, 4}
	for _, tt := range []struct {
		train, test             []float32
		trainLabels, testLabels []int
		k                       int
		text                    string
	}{
		{x, x, []int{0, 1, -1, -1}, []int{0, 1, 1, 1}, 3, "3 neighbors of each of 4 rows among 2"},
		{x, x, []int{0, 1, 1}, []int{0, 1, 1, 1}, 1, "training rows: 3 labels for 4 rows"},
		{x, x, []int{0, 1, 1, 1}, []int{0, 1}, 1, "test rows: 2 labels for 4 rows"},
		{x, x, []int{0, 1, 1, 1}, []int{-1, -1, -1, -1}, 1, "test rows: no row has a label"},
		{x, x, []int{0, 1, 1, -7}, []int{0, 0, 0, 0}, 1, "label -7 of row 3"},
		{nil, x, nil, []int{0, 0, 0, 0}, 1, "training rows: 0 numbers"},
	} {
		_, err := KNNAccuracy(tt.train, tt.trainLabels, tt.test, tt.testLabels, 1, tt.k)
		fails(t, err, tt.text)
	}
}

func BenchmarkKNNAccuracy(b *testing.B) {
	for _, l := range []int{20, 784} {
		b.Run(fmt.Sprintf("train=60000/test=10000/l=%d/k=5", l), func(b *testing.B) {
			x, labels := clusters(52, 60000, l, 10, 0.5)
			test, testLabels := clusters(53, 10000, l, 10, 0.5)
			for b.Loop() {
				if _, err := KNNAccuracy(x, labels, test, testLabels, l, 5); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
