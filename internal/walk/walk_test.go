package walk

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/infer"
	"vae/internal/model"
	"vae/internal/rng"
)

var shape = config.Shape{Width: 5, Height: 3, Channels: 1}

// newModel builds a small model that differs from the default in what change does.
func newModel(t *testing.T, change func(c *config.Model)) *model.Model {
	t.Helper()
	c := config.Default().Model
	c.Latent, c.Hidden = 3, []int{7}
	change(&c)
	m, err := model.New(c, shape, 2)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func normal(n int, number uint64) []float32 {
	z := make([]float32, n)
	rng.Normal(z, rng.Stream(5, "test points", number))
	return z
}

func within(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %g, want %g within %g", what, got, want, tolerance)
	}
}

// radius is the distance of a point to a center.
func radius(z, center []float32) float64 {
	var sum float64
	for j := range z {
		sum += math.Pow(float64(z[j])-float64(center[j]), 2)
	}
	return math.Sqrt(sum)
}

// The ends of a path are the points themselves, to the bit.
func TestEndsAreExact(t *testing.T) {
	for number := range uint64(20) {
		a, b, center := normal(7, number), normal(7, 100+number), normal(7, 200+number)
		for name, p := range map[string]Path{"line": Line(a, b, 11), "sphere": Spherical(a, b, nil, 11), "other center": Spherical(a, b, center, 11), "two": Line(a, b, 2)} {
			if !slices.Equal(p.At(0), a) || !slices.Equal(p.At(p.Len()-1), b) {
				t.Errorf("%s from %v to %v: ends %v and %v", name, a, b, p.At(0), p.At(p.Len()-1))
			}
		}
	}
}

func TestLine(t *testing.T) {
	p := Line([]float32{0, 8}, []float32{4, 0}, 5)
	if want := []float32{0, 8, 1, 6, 2, 4, 3, 2, 4, 0}; !slices.Equal(p.Z, want) {
		t.Errorf("got %v, want %v", p.Z, want)
	}
}

// On a sphere the distance to the center and the angle between neighbors stay; between two
// spheres the distance goes evenly.
func TestSpherical(t *testing.T) {
	const n = 9
	for number := range uint64(20) {
		center, a, b := normal(6, 300+number), normal(6, 400+number), normal(6, 500+number)
		p := Spherical(a, b, center, n)
		from, to := radius(a, center), radius(b, center)
		var first float64
		for i := range n {
			t1 := float64(i) / (n - 1)
			within(t, "radius", radius(p.At(i), center), (1-t1)*from+t1*to, 1e-5)
			if i == 0 {
				continue
			}
			angle := direction(p.At(i-1), center).angle(direction(p.At(i), center))
			if i == 1 {
				first = angle
			}
			within(t, "angle", angle, first, 1e-5)
		}
		within(t, "whole angle", first*(n-1), direction(a, center).angle(direction(b, center)), 1e-4)
	}
	quarter := Spherical([]float32{2, 0}, []float32{0, 2}, nil, 3).At(1)
	within(t, "x", float64(quarter[0]), math.Sqrt2, 1e-6)
	within(t, "y", float64(quarter[1]), math.Sqrt2, 1e-6)
}

// Where it cannot be said which way to turn, the path is straight and finite.
func TestSphericalWithoutADirection(t *testing.T) {
	for _, c := range [][2][]float32{{{1, 2}, {1, 2}}, {{1, 2}, {2, 4}}, {{1, 2}, {-1, -2}}, {{0, 0}, {1, 2}}, {{1, 2}, {0, 0}}, {{0, 0}, {0, 0}}} {
		if got, want := Spherical(c[0], c[1], nil, 5), Line(c[0], c[1], 5); !slices.Equal(got.Z, want.Z) {
			t.Errorf("from %v to %v: %v, want %v", c[0], c[1], got.Z, want.Z)
		}
	}
}

func TestEvenness(t *testing.T) {
	for _, c := range []struct {
		images []float32 // of two pixels
		want   float64
	}{
		{[]float32{0, 0, 1, 0, 1, 1, 2, 1}, 1},
		{[]float32{0, 0, 0, 0, 3, 4, 3, 4}, 1. / 3},
		{[]float32{0, 0, 3, 4, 6, 8, 16, 8}, 20. / 30},
		{[]float32{1, 2, 1, 2, 1, 2}, 1},
	} {
		within(t, "evenness", Evenness(c.images, 2), c.want, 1e-12)
	}
}

// An axis moves its own coordinate alone: what is at right angles stays.
func TestAxes(t *testing.T) {
	mean := []float64{1, -2, 0.5}
	tilted := Axis{Vector: []float64{0.6, 0, 0.8}, Mean: mean}
	across := Axis{Vector: []float64{0.8, 0, -0.6}, Mean: mean}
	third := Axis{Latent: 1}
	z := normal(3, 1)
	x, y := across.Coordinate(z), third.Coordinate(z)
	tilted.Move(z, 2.5)
	within(t, "moved", tilted.Coordinate(z), 2.5, 1e-6)
	within(t, "across", across.Coordinate(z), x, 1e-6)
	within(t, "latent 1", third.Coordinate(z), y, 0)
	third.Move(z, -7)
	if z[1] != -7 {
		t.Errorf("latent 1 is %g, want -7", z[1])
	}
	within(t, "tilted", tilted.Coordinate(z), 2.5, 1e-6)
	at := []float32{1, -2, 0.5}
	within(t, "the mean", tilted.Coordinate(at), 0, 1e-7)
}

func TestTraverse(t *testing.T) {
	from := []float32{9, 8, 7}
	p := Traverse(from, []Axis{{Latent: 2}, {Latent: 0}}, [][]float64{{1, 2}, {3, 4}})
	if want := []float32{9, 8, 1, 9, 8, 2, 3, 8, 7, 4, 8, 7}; !slices.Equal(p.Z, want) {
		t.Errorf("got %v, want %v", p.Z, want)
	}
	if !slices.Equal(from, []float32{9, 8, 7}) {
		t.Errorf("the point became %v", from)
	}
}

// A grid has the largest value of the axis that goes up in its first row.
func TestGrid(t *testing.T) {
	p := Grid([]float32{9, 8, 7}, Axis{Latent: 2}, Axis{Latent: 0}, []float64{1, 2}, []float64{3, 4, 5})
	if want := []float32{5, 8, 1, 5, 8, 2, 4, 8, 1, 4, 8, 2, 3, 8, 1, 3, 8, 2}; !slices.Equal(p.Z, want) {
		t.Errorf("got %v, want %v", p.Z, want)
	}
}

func TestSpaced(t *testing.T) {
	if got, want := Spaced(-3, 3, 7), []float64{-3, -2, -1, 0, 1, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, ends := range [][2]float64{{0.1, 0.7}, {3, -0.1}, {-1e300, 1e300}} {
		got := Spaced(ends[0], ends[1], 12)
		if got[0] != ends[0] || got[11] != ends[1] {
			t.Errorf("from %g to %g: ends %g and %g", ends[0], ends[1], got[0], got[11])
		}
	}
	if got := Spaced(2, 5, 1); !slices.Equal(got, []float64{3.5}) {
		t.Errorf("one number: %v", got)
	}
}

// Quantiles of the standard normal, from its tables; the middles are symmetric.
func TestNormal(t *testing.T) {
	for probability, want := range map[float64]float64{0.5: 0, 0.975: 1.959963984540054, 0.05: -1.6448536269514722, 0.8413447460685429: 1} {
		within(t, "quantile", Normal(probability), want, 1e-12)
	}
	if got, want := Middles(4), []float64{0.125, 0.375, 0.625, 0.875}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// What a path decodes to is what the decoder makes of each point alone, in more than one batch too.
func TestDecode(t *testing.T) {
	m := newModel(t, func(c *config.Model) { c.Conditional, c.Classes = true, []string{"cat", "dog"} })
	const n = 2*decodeRows + 3
	p := Path{Latent: 3, Z: normal(3*n, 1)}
	labels := make([]int, n)
	for i := range labels {
		labels[i] = i % 2
	}
	got, err := Decode(t.Context(), m, p, labels)
	if err != nil {
		t.Fatal(err)
	}
	d, err := infer.NewDecoder(m)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		want, err := d.Decode([][]float32{p.At(i)}, labels[i:i+1])
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got[i*15:(i+1)*15], want[0]) {
			t.Fatalf("point %d is decoded to %v, want %v", i, got[i*15:(i+1)*15], want[0])
		}
	}
}

func TestDecodeFaults(t *testing.T) {
	m := newModel(t, func(*config.Model) {})
	if _, err := Decode(t.Context(), m, NewPath(2, 4), nil); err == nil {
		t.Error("a path of other latents was decoded")
	}
	if _, err := Decode(t.Context(), m, NewPath(2, 3), []int{0, 0}); err == nil {
		t.Error("labels for a model without classes were taken")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Decode(ctx, m, NewPath(2, 3), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("an interruption gives %v", err)
	}
	p := NewPath(1, 3)
	p.Z[0] = float32(math.NaN())
	if _, err := Decode(t.Context(), m, p, nil); !errors.Is(err, infer.ErrNotFinite) {
		t.Errorf("NaN gives %v", err)
	}
}

// TestDecodeMixed: weights of one class are its label, and half of each is neither.
func TestDecodeMixed(t *testing.T) {
	ctx := context.Background()
	m := newModel(t, func(c *config.Model) { c.Conditional, c.Classes = true, []string{"cat", "dog", "owl"} })
	n := decodeRows + 5
	p := Line(normal(3, 1), normal(3, 2), n)
	mix, labels := NewPath(n, 3), make([]int, n)
	for i := range n {
		labels[i] = i % 3
		mix.At(i)[i%3] = 1
	}
	want, err := Decode(ctx, m, p, labels)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeMixed(ctx, m, p, mix)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("weights of one class are not its label (%v)", err)
	}
	for i := range n {
		copy(mix.At(i), []float32{0.5, 0.5, 0})
	}
	if got, err = DecodeMixed(ctx, m, p, mix); err != nil || slices.Equal(got[:15], want[:15]) {
		t.Errorf("half of two classes is one of them (%v)", err)
	}
	if _, err = DecodeMixed(ctx, m, p, NewPath(n, 2)); err == nil {
		t.Error("weights of two classes for three are no error")
	}
	plain := newModel(t, func(*config.Model) {})
	if _, err = DecodeMixed(ctx, plain, p, mix); err == nil {
		t.Error("weights for a model without classes are no error")
	}
	got, err = DecodeMixed(ctx, plain, p, Path{})
	alone, errAlone := Decode(ctx, plain, p, nil)
	if err != nil || errAlone != nil || !slices.Equal(got, alone) {
		t.Errorf("no weights: %v, %v", err, errAlone)
	}
}
