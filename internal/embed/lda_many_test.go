package embed

import (
	"context"
	"errors"
	"math"
	"testing"

	"vae/internal/stats"
)

// Of very many columns the maps are those of all eigenvectors.
func TestMapsOfManyColumns(t *testing.T) {
	const n, l = 90, manyColumns + 3
	for classes, name := range map[int]string{2: "two classes", 3: "three", 7: "seven"} {
		x, labels := clusters(7, n, l, classes)
		s, err := LDA{labels}.scatter(t.Context(), x, l)
		if err != nil {
			t.Fatal(err)
		}
		values, directions, err := s.search(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all, want, err := s.solve()
		if err != nil {
			t.Fatal(err)
		}
		sum, total := 0.0, 0.0
		for _, v := range values {
			sum += v
		}
		for _, v := range all {
			total += v
		}
		closeTo(t, name+": the sum of the values", sum/total, 1, 1e-6)
		for i := range min(2, classes-1) {
			closeTo(t, name+": a value", values[i]/all[i], 1, 1e-6)
			for j := range want[i] {
				closeTo(t, name+": a direction", directions[i][j], want[i][j], 1e-5*math.Abs(want[i][0])+1e-4)
			}
		}
		if classes == 2 {
			found, err := s.searchBeside(t.Context(), want[0])
			if err != nil {
				t.Fatal(err)
			}
			wanted, err := s.beside(want[0])
			if err != nil {
				t.Fatal(err)
			}
			for j := range found {
				closeTo(t, "the direction beside", found[j], wanted[j], 1e-5)
			}
		}
		m, err := LDA{labels}.Map(t.Context(), x, l)
		if err != nil {
			t.Fatal(err)
		}
		checkMap(t, m, n)
	}
	x, _ := clusters(8, n, l, 4)
	m, err := PCA{}.Map(t.Context(), x, l)
	if err != nil {
		t.Fatal(err)
	}
	checkMap(t, m, n)
	p, err := stats.FitPCA(t.Context(), func(dst []float32, i int) { copy(dst, x[l*i:]) }, n, l, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float32, 2*n)
	if err := p.Encode(want, x); err != nil {
		t.Fatal(err)
	}
	for i, v := range m.Places {
		closeTo(t, "a coordinate", float64(v), float64(want[i]), 1e-4)
	}
}

func TestMapsOfManyColumnsOfManyThreads(t *testing.T) {
	x, labels := clusters(9, 60, manyColumns, 3)
	two := make([]int, len(labels))
	for i := range two {
		two[i] = i % 2
	}
	for _, m := range []method{PCA{}, LDA{labels}, LDA{two}} {
		sameForAnyThreadCount(t, func() any {
			laid, err := m.Map(t.Context(), x, manyColumns)
			if err != nil {
				t.Fatal(err)
			}
			return laid.Places
		})
	}
}

// ending is a context that is interrupted when it is asked for the n-th time.
type ending struct {
	context.Context
	left chan struct{}
}

func (e ending) Err() error {
	select {
	case <-e.left:
		return nil
	default:
		return context.Canceled
	}
}

// Wherever an interruption comes, it ends the map: nothing goes on behind it.
func TestMapsOfManyColumnsInterrupted(t *testing.T) {
	x, labels := clusters(9, 60, manyColumns, 3)
	for _, m := range []method{PCA{}, LDA{labels}} {
		for _, after := range []int{0, 1, 5, 20, 60} {
			ctx := ending{t.Context(), make(chan struct{}, after)}
			for range after {
				ctx.left <- struct{}{}
			}
			if _, err := m.Map(ctx, x, manyColumns); !errors.Is(err, context.Canceled) {
				t.Errorf("%T interrupted at question %d: %v", m, after, err)
			}
		}
	}
}
