package embed

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"vae/internal/rng"
)

func TestPlace(t *testing.T) {
	x, _ := clusters(12, 100, 4, 5)
	places := make([]float32, 200)
	rng.Normal(places, rng.Stream(13, "test of embed"))
	m := &Map{Places: places}
	got, err := m.Place(t.Context(), x, 4, x)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, places) {
		t.Error("rows of the map do not lie where they are")
	}
	// Of four rows the two at 0 are nearest and weigh most.
	four := &Map{Places: []float32{5, 0, 6, 1, 7, 2, 900, 900}}
	got, err = four.Place(t.Context(), []float32{0, 1, 2, 40}, 1, []float32{0.9})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, []float32{6, 1}) {
		t.Errorf("a new row lies at %v", got)
	}
	_, err = (&Map{Places: places[:20]}).Place(t.Context(), x, 4, x)
	fails(t, err, "20 numbers of places for 100 rows")
	_, err = m.Place(t.Context(), x, 4, []float32{1, 2, 3, float32(math.NaN())})
	fails(t, err, "new rows: row 0, column 3 is NaN")
	_, err = m.Place(t.Context(), x, 4, x[:3])
	fails(t, err, "new rows: 3 numbers are no rows of 4")
}

// On a map of principal components or discriminants new rows are projected: rows of the map lie
// where they are, and one as far beyond another as a second is before it lies so on the map,
// where no median of places would be.
func TestPlaceProjects(t *testing.T) {
	const l = 4
	x, labels := clusters(14, 90, l, 3)
	two := make([]int, len(labels))
	for i, label := range labels {
		two[i] = min(label, 1)
	}
	for name, lay := range map[string]func(context.Context, []float32, int) (*Map, error){
		"pca": PCA{}.Map, "lda": LDA{Labels: labels}.Map, "lda of two": LDA{Labels: two}.Map,
	} {
		m, err := lay(t.Context(), x, l)
		if err != nil {
			t.Fatal(err)
		}
		own, err := m.Place(t.Context(), x, l, x)
		if err != nil || !slices.Equal(own, m.Places) {
			t.Errorf("%s: rows of the map do not lie where they are (%v)", name, err)
		}
		beyond := make([]float32, l)
		for j := range beyond {
			beyond[j] = 11*x[l+j] - 10*x[j]
		}
		got, err := m.Place(t.Context(), x, l, beyond)
		if err != nil {
			t.Fatal(err)
		}
		for c, v := range got {
			want := 11*float64(m.Places[2+c]) - 10*float64(m.Places[c])
			if math.Abs(float64(v)-want) > 1e-4*(1+math.Abs(want)) {
				t.Errorf("%s: the new row lies at %v, want %g in coordinate %d", name, got, want, c)
			}
		}
		_, err = m.Place(t.Context(), x, 2*l, x) // half as many rows of twice the columns
		fails(t, err, "180 numbers of places for 45 rows")
		m.Places = m.Places[:90]
		_, err = m.Place(t.Context(), x, 2*l, x)
		fails(t, err, "rows of 8 columns on a map of 4")
	}
}

func TestPlaceInterrupted(t *testing.T) {
	x, _ := clusters(15, 3000, 4, 5)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m, err := PCA{}.Map(t.Context(), x, 4)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*Map{m, {Places: m.Places}} {
		if got, err := m.Place(ctx, x, 4, x); got != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted: %d places, %v", len(got), err)
		}
	}
}

// A row that is moved to a place of a linear map lies there, and keeps what is across its directions.
func TestMoveIsTheWayBack(t *testing.T) {
	x := make([]float32, 60*5)
	labels := make([]int, 60)
	for i := range x {
		x[i] = float32((i*i*7+i*13)%29)/7 - 2
	}
	for i := range labels {
		labels[i] = i % 3
	}
	for name, method := range map[string]interface {
		Map(context.Context, []float32, int) (*Map, error)
	}{"pca": PCA{}, "lda": LDA{Labels: labels}} {
		m, err := method.Map(context.Background(), x, 5)
		if err != nil {
			t.Fatal(err)
		}
		z := []float32{0.5, -1, 2, 0, 1}
		before := append([]float32(nil), z...)
		if !m.Move(z, 0.75, -1.25) {
			t.Fatalf("%s: is no linear map", name)
		}
		place, err := m.Place(context.Background(), x, 5, z)
		if err != nil || math.Abs(float64(place[0])-0.75) > 1e-4 || math.Abs(float64(place[1])+1.25) > 1e-4 {
			t.Errorf("%s: lies at %v, %v", name, place, err)
		}
		there := append([]float32(nil), z...)
		if m.Move(z, float64(place[0]), float64(place[1])); math.Abs(float64(z[0]-there[0])) > 1e-4 {
			t.Errorf("%s: moved to where it is it moves from %v to %v", name, there, z)
		}
		back, err := m.Place(context.Background(), x, 5, before)
		if err != nil {
			t.Fatal(err)
		}
		m.Move(z, float64(back[0]), float64(back[1]))
		for j := range z {
			if math.Abs(float64(z[j]-before[j])) > 1e-4 {
				t.Errorf("%s: and back it is %v, not %v", name, z, before)
				break
			}
		}
	}
	if (&Map{}).Move([]float32{1}, 0, 0) {
		t.Error("a map without directions")
	}
}
