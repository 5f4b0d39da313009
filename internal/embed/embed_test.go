package embed

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// methods are all of them, for what each must do.
func methods(labels []int) map[string]method {
	return map[string]method{
		"pca": PCA{}, "lda": LDA{labels},
		"t-sne": TSNE{Perplexity: DefaultPerplexity, Seed: 1},
		"umap":  UMAP{Neighbors: DefaultNeighbors, MinDist: DefaultMinDist, Seed: 1},
	}
}

func TestMapsOfFewRows(t *testing.T) {
	for name, m := range methods([]int{0, 1, 0, 1}) {
		t.Run(name, func(t *testing.T) {
			x := []float32{1, 2, 3, 4, 5, 6.5, 7, 1}
			got, err := m.Map(t.Context(), x, 2)
			if err != nil {
				t.Fatal(err)
			}
			checkMap(t, got, 4)
			column, err := m.Map(t.Context(), x[:4], 1)
			if err != nil {
				t.Fatal(err)
			}
			checkMap(t, column, 4)
			_, err = m.Map(t.Context(), []float32{1, 2, 3, float32(math.NaN()), 5, 6, 7, 8}, 2)
			fails(t, err, "row 1, column 1 is NaN")
			if name == "t-sne" || name == "umap" {
				_, err = m.Map(t.Context(), []float32{-3e38, 0, 1, 1, 2, 2, 3e38, 0}, 2)
				fails(t, err, "is farther than 3.4e+38 from row")
			}
			_, err = m.Map(t.Context(), x[:3], 2)
			fails(t, err, "3 numbers are no rows of 2 columns")
		})
	}
}

func TestMapsOfRowsThatAreAlike(t *testing.T) {
	for name, m := range methods(nil) {
		if name == "lda" {
			continue // refuses them, as it has nothing to measure classes by
		}
		t.Run(name, func(t *testing.T) {
			one, err := m.Map(t.Context(), []float32{3, 4}, 2)
			if err != nil || len(one.Places) != 2 || len(one.Notes) != 0 {
				t.Fatalf("one row: %v, %v", one, err)
			}
			same, err := m.Map(t.Context(), []float32{3, 4, 3, 4, 3, 4}, 2)
			if err != nil {
				t.Fatal(err)
			}
			checkMap(t, same, 3)
			for _, v := range same.Places {
				if v != 0 {
					t.Errorf("places %v", same.Places)
				}
			}
			if len(same.Notes) != 1 {
				t.Errorf("notes %q", same.Notes)
			}
		})
	}
}

// TestMapsOfDuplicates has more copies of a row than it has neighbors.
func TestMapsOfDuplicates(t *testing.T) {
	x, labels := clusters(14, 200, 3, 3)
	for i := range 100 {
		copy(x[3*i:3*i+3], x[:3])
	}
	for name, m := range methods(labels) {
		t.Run(name, func(t *testing.T) {
			got, err := m.Map(t.Context(), x, 3)
			if err != nil {
				t.Fatal(err)
			}
			checkMap(t, got, 200)
		})
	}
}

// TestMapsOfAnySize: a factor on all rows changes nothing that matters, but where the rounding
// of numbers without a normal form does.
func TestMapsOfAnySize(t *testing.T) {
	for _, f := range []float32{5e37, 1e20, 1e-20, 1e-37} {
		x, labels := clusters(27, 60, 3, 3)
		scaleBy(x, f)
		for name, m := range methods(labels) {
			got, err := m.Map(t.Context(), x, 3)
			if err != nil {
				t.Fatalf("%s of rows of about %g: %v", name, f, err)
			}
			checkMap(t, got, 60)
			q, err := Measure(t.Context(), x, 3, got, labels, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !(q.Labels > 0.95 && q.Trustworthiness > 0.85) {
				t.Errorf("%s of rows of about %g: %+v", name, f, *q)
			}
		}
	}
}

func TestMapsOfTwoAndThreeRows(t *testing.T) {
	x := []float32{1, 2, 3, 4, 7, 6}
	for name, m := range methods(nil) {
		if name == "lda" {
			continue // which needs rows with labels
		}
		for _, n := range []int{2, 3} {
			got, err := m.Map(t.Context(), x[:2*n], 2)
			if err != nil {
				t.Fatalf("%s of %d rows: %v", name, n, err)
			}
			checkMap(t, got, n)
			if got.Places[0] == got.Places[2] && got.Places[1] == got.Places[3] {
				t.Errorf("%s: two rows of %d share a place", name, n)
			}
		}
	}
}

func TestMapsOfConstantColumns(t *testing.T) {
	x, labels := clusters(15, 60, 4, 2)
	for i := range 60 {
		x[4*i], x[4*i+2] = 5, 0
	}
	for name, m := range methods(labels) {
		t.Run(name, func(t *testing.T) {
			got, err := m.Map(t.Context(), x, 4)
			if err != nil {
				t.Fatal(err)
			}
			checkMap(t, got, 60)
		})
	}
}

// TestMapsPartClusters: neighbors stay together.
func TestMapsPartClusters(t *testing.T) {
	x, labels := clusters(16, 320, 10, 8)
	for name, m := range methods(labels) {
		got, err := m.Map(t.Context(), x, 10)
		if err != nil {
			t.Fatal(err)
		}
		q, err := Measure(t.Context(), x, 10, got, labels, nil)
		if err != nil {
			t.Fatal(err)
		}
		linear := name == "pca" || name == "lda"
		if !linear && !(q.Labels > 0.99 && q.Recall > 0.3 && q.Trustworthiness > 0.95 && q.Continuity > 0.95) {
			t.Errorf("%s: %+v", name, *q)
		}
		if linear && !(q.Labels > 0.7 && q.Trustworthiness > 0.8) {
			t.Errorf("%s: %+v", name, *q)
		}
	}
}

func TestMapsAreTheSameForAnyThreadCount(t *testing.T) {
	x, labels := clusters(17, 520, 6, 5)
	for name, m := range methods(labels) {
		t.Run(name, func(t *testing.T) {
			sameForAnyThreadCount(t, func() any {
				got, err := m.Map(context.Background(), x, 6)
				if err != nil {
					t.Fatal(err)
				}
				return got.Places
			})
		})
	}
}

func TestSeedsGiveOtherMaps(t *testing.T) {
	x, _ := clusters(18, 50, 3, 3)
	for name, seeded := range map[string]func(seed uint64) method{
		"t-sne": func(seed uint64) method { return TSNE{Perplexity: 5, Seed: seed} },
		"umap":  func(seed uint64) method { return UMAP{Neighbors: 5, MinDist: 0.1, Seed: seed} },
	} {
		var maps [2][]float32
		for i := range maps {
			m, err := seeded(uint64(i)).Map(t.Context(), x, 3)
			if err != nil {
				t.Fatal(err)
			}
			maps[i] = m.Places
		}
		if slices.Equal(maps[0], maps[1]) {
			t.Errorf("%s: two seeds give one map", name)
		}
	}
}

func TestMapsSayWhatTheyLowered(t *testing.T) {
	x, _ := clusters(19, 12, 3, 3)
	for name, want := range map[string]string{"t-sne": "12 rows have too few neighbors for a perplexity of 30: 3.67 was taken", "umap": "12 rows have no 15 neighbors: 11 were taken"} {
		m, err := methods(nil)[name].Map(t.Context(), x, 3)
		if err != nil {
			t.Fatal(err)
		}
		checkMap(t, m, 12)
		if !slices.Equal(m.Notes, []string{want}) {
			t.Errorf("%s: notes %q, want %q", name, m.Notes, want)
		}
	}
}

func TestMapsTellHowFarTheyAre(t *testing.T) {
	x, _ := clusters(20, 40, 3, 3)
	var heard []string
	hear := func(stage string, done, of int) {
		if done == of {
			heard = append(heard, stage)
		}
	}
	for _, m := range []method{TSNE{Perplexity: 5, Progress: hear}, UMAP{Neighbors: 5, Progress: hear}} {
		if _, err := m.Map(t.Context(), x, 3); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := strings.Join(heard, "; "), "neighbors; t-SNE, first stage; t-SNE, second stage; neighbors; UMAP"; got != want {
		t.Errorf("heard %q, want %q", got, want)
	}
}

func TestMapsStopWhenInterrupted(t *testing.T) {
	x, _ := clusters(21, 600, 3, 3)
	for _, last := range []string{"t-SNE, first stage", "t-SNE, second stage", "UMAP"} {
		ctx, cancel := context.WithCancel(t.Context())
		stop := func(stage string, done, _ int) {
			if stage == last && done == 3 {
				cancel()
			}
			if stage == last && done > 3 {
				t.Errorf("%s went on", stage)
			}
		}
		var m method = TSNE{Perplexity: 5, Progress: stop}
		if last == "UMAP" {
			m = UMAP{Neighbors: 5, Progress: stop}
		}
		if _, err := m.Map(ctx, x, 3); !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted in %s: %v", last, err)
		}
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	x, _ := clusters(22, 40, 3, 3)
	for _, c := range []struct {
		m    method
		text string
	}{
		{TSNE{}, "a perplexity of 0"},
		{TSNE{Perplexity: math.NaN()}, "a perplexity of NaN"},
		{TSNE{Perplexity: math.Inf(1)}, "a perplexity of +Inf"},
		{UMAP{Neighbors: 1}, "1 neighbors"},
		{UMAP{Neighbors: 15, MinDist: -0.1}, "a least distance of -0.1"},
		{UMAP{Neighbors: 15, MinDist: 1.5}, "a least distance of 1.5"},
		{UMAP{Neighbors: 15, MinDist: math.NaN()}, "a least distance of NaN"},
	} {
		_, err := c.m.Map(t.Context(), x, 3)
		fails(t, err, c.text)
	}
	_, err := TSNE{}.KL(t.Context(), x, 3, x[:80])
	fails(t, err, "a perplexity of 0")
	_, err = TSNE{Perplexity: 5}.KL(t.Context(), x, 3, x[:70])
	fails(t, err, "70 numbers of places for 40 rows")
}

// TestMapsOfVeryManyRows takes few to be many.
func TestMapsOfVeryManyRows(t *testing.T) {
	defer func(was int) { exactNeighbors = was }(exactNeighbors)
	exactNeighbors = 99
	x, labels := clusters(26, 100, 3, 3)
	for _, name := range []string{"t-sne", "umap"} {
		m, err := methods(labels)[name].Map(t.Context(), x, 3)
		if err != nil {
			t.Fatal(err)
		}
		checkMap(t, m, 100)
		if want := []string{"of 100 rows, more than 99, nearly all nearest neighbors were found, not all"}; !slices.Equal(m.Notes, want) {
			t.Errorf("%s: notes %q, want %q", name, m.Notes, want)
		}
	}
}

func TestMapsThatDoNotFitIntoMemory(t *testing.T) {
	defer func(was func() float64) { available = was }(available)
	available = func() float64 { return 30_000 }
	x, _ := clusters(23, 40, 3, 3)
	_, err := TSNE{Perplexity: 5}.Map(t.Context(), x, 3)
	fails(t, err, "t-sne: 40 rows with 15 neighbors each need 42.9 kB of memory, and there is 30 kB: take fewer rows")
	_, err = UMAP{Neighbors: 20}.Map(t.Context(), x, 3)
	fails(t, err, "umap: 40 rows with 19 neighbors each need 49.9 kB of memory")
	_, err = UMAP{Neighbors: 5}.Map(t.Context(), x[:30], 3)
	if err != nil {
		t.Error(err)
	}
}

func BenchmarkMaps(b *testing.B) {
	for _, n := range []int{1000, 5000} {
		x, labels := clusters(24, n, 20, 10)
		for _, name := range []string{"pca", "lda", "umap", "t-sne"} {
			b.Run(fmt.Sprintf("method=%s/n=%d", name, n), func(b *testing.B) {
				for b.Loop() {
					if _, err := methods(labels)[name].Map(b.Context(), x, 20); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkMeasure(b *testing.B) {
	const n = 5000
	x, labels := clusters(25, n, 20, 10)
	m, err := PCA{}.Map(b.Context(), x, 20)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Measure(b.Context(), x, 20, m, labels, nil); err != nil {
			b.Fatal(err)
		}
	}
}
