package embed

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"vae/internal/kernel"
	"vae/internal/knn"
	"vae/internal/rng"
)

// affinitiesOf are P of some rows, and places for them.
func affinitiesOf(t testing.TB, seed uint64, n int, spread float32) (p *edges, places []float32) {
	t.Helper()
	x, _ := clusters(seed, n, 4, 3)
	k, perplexity := neighborsOf(10, n)
	g, err := knn.Self(t.Context(), x, 4, k, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = joint(t.Context(), g, perplexity); err != nil {
		t.Fatal(err)
	}
	places = make([]float32, 2*n)
	rng.Normal(places, rng.Stream(seed, "places"))
	for i := range places {
		places[i] *= spread
	}
	return p, places
}

// TestGradientAgainstDifferences: the gradient of the paper, four times ours, is the derivative
// of the divergence, computed here from its definition.
func TestGradientAgainstDifferences(t *testing.T) {
	const n = 60
	p, places := affinitiesOf(t, 30, n, 3)
	dense := make([]float64, n*n)
	for i := range n {
		other, weight := p.of(i)
		for k, j := range other {
			dense[i*n+int(j)] = float64(weight[k])
		}
	}
	y := make([]float64, 2*n)
	for i, v := range places {
		y[i] = float64(v)
	}
	kl := func() float64 {
		q, z := make([]float64, n*n), 0.0
		for i := range n {
			for j := range n {
				if i != j {
					q[i*n+j] = 1 / (1 + (y[2*i]-y[2*j])*(y[2*i]-y[2*j]) + (y[2*i+1]-y[2*j+1])*(y[2*i+1]-y[2*j+1]))
					z += q[i*n+j]
				}
			}
		}
		sum := 0.0
		for at, v := range dense {
			if v > 0 {
				sum += v * math.Log(v*z/q[at])
			}
		}
		return sum
	}
	got, err := divergence(t.Context(), p, places)
	if err != nil {
		t.Fatal(err)
	}
	relative(t, "KL", got, kl(), 1e-5)
	gradient := gradientAt(t, p, places, 0, 1)
	const h = 1e-4
	for i := range y {
		was := y[i]
		y[i] = was + h
		above := kl()
		y[i] = was - h
		below := kl()
		y[i] = was
		closeTo(t, "a derivative", 4*gradient[i], (above-below)/(2*h), 1e-6)
	}
}

// TestTreeGoesToTheExactForces as theta goes to 0, also where places coincide or lie far off.
func TestTreeGoesToTheExactForces(t *testing.T) {
	for name, change := range map[string]func(y []float32){
		"spread":     func([]float32) {},
		"small":      func(y []float32) { scaleBy(y, 1e-6) },
		"coincident": func(y []float32) { copy(y[200:600], slices.Repeat([]float32{1, 2}, 200)) },
		"one far":    func(y []float32) { y[6] = 1e5 },
		"a line":     func(y []float32) { zeroEvery(y, 2) },
		"one place":  func(y []float32) { scaleBy(y, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			places := make([]float32, 2*700)
			rng.Normal(places, rng.Stream(31, "places"))
			scaleBy(places, 20)
			change(places)
			exactZ, exact := forcesAt(t, places, 0)
			before := math.Inf(1)
			for _, c := range []struct{ theta, tolerance float64 }{{0.5, 3e-2}, {0.2, 4e-3}, {0.05, 3e-4}, {1e-4, 1e-5}} {
				z, forces := forcesAt(t, places, c.theta)
				relative(t, "Z", z, exactZ, c.tolerance)
				if off := apart(forces, exact); !(off <= c.tolerance) || !(off <= before+1e-6) {
					t.Errorf("theta %g: the forces are off by %g", c.theta, off)
				} else {
					before = off
				}
			}
		})
	}
}

func scaleBy(y []float32, f float32) {
	for i := range y {
		y[i] *= f
	}
}

func zeroEvery(y []float32, step int) {
	for i := 0; i < len(y); i += step {
		y[i] = 0
	}
}

func forcesAt(t *testing.T, places []float32, theta float64) (float64, []float32) {
	t.Helper()
	r := newRepulsion(len(places)/2, theta)
	z, err := r.run(t.Context(), places)
	if err != nil {
		t.Fatal(err)
	}
	return z, r.force
}

// apart is the length of the difference of two vectors by that of the second, or where that
// is 0 by 1.
func apart(a, b []float32) float64 {
	difference, length := 0.0, 0.0
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		difference += d * d
		length += float64(b[i]) * float64(b[i])
	}
	if length == 0 {
		length = 1
	}
	return math.Sqrt(difference / length)
}

// TestExactForces computes them from their definition.
func TestExactForces(t *testing.T) {
	const n = 37 // no multiple of a group
	places := make([]float32, 2*n)
	rng.Normal(places, rng.Stream(32, "places"))
	z, forces := forcesAt(t, places, 0)
	wantZ := 0.0
	for i := range n {
		var fx, fy float64
		for j := range n {
			if i == j {
				continue
			}
			dx, dy := float64(places[2*i]-places[2*j]), float64(places[2*i+1]-places[2*j+1])
			q := 1 / (1 + dx*dx + dy*dy)
			wantZ += q
			fx += q * q * dx
			fy += q * q * dy
		}
		closeTo(t, "a force", float64(forces[2*i]), fx, 1e-5)
		closeTo(t, "a force", float64(forces[2*i+1]), fy, 1e-5)
	}
	relative(t, "Z", z, wantZ, 1e-6)
}

// TestTreesOfPartsAreTheSame, however great the parts.
func TestTreesOfPartsAreTheSame(t *testing.T) {
	const n = 3000
	places := make([]float32, 2*n)
	rng.Normal(places, rng.Stream(35, "places"))
	copy(places[200:1000], slices.Repeat([]float32{1, 2}, 400))
	tree := newQuadtree(n, theta)
	tree.build(places)
	whole := slices.Clone(tree.nodes)
	if len(whole) < n/leafRows {
		t.Fatalf("%d rows have %d nodes", n, len(whole))
	}
	box := boxOf(places)
	for _, rows := range []int{n, 1000, 100, leafRows} {
		tree.grow(max(box.x1-box.x0, box.y1-box.y0), rows)
		if !slices.Equal(tree.nodes, whole) {
			t.Errorf("parts of %d rows make another tree", rows)
		}
	}
	mass := float32(0)
	for k := 0; k < len(whole); k++ {
		if whole[k].count > 0 {
			mass += whole[k].mass
		}
	}
	if mass != n || whole[0].mass != n {
		t.Errorf("the leaves have %g rows and the root %g, of %d", mass, whole[0].mass, n)
	}
}

func TestHilbertCurveHasNoJumps(t *testing.T) {
	const side = 64
	type cell struct{ x, y uint32 }
	curve := map[uint32]cell{}
	for x := range uint32(side) {
		for y := range uint32(side) {
			curve[hilbert(x, y)] = cell{x, y}
		}
	}
	for k := range uint32(side * side) {
		a, ok := curve[k]
		b := curve[min(k+1, side*side-1)]
		if dx, dy := int(a.x)-int(b.x), int(a.y)-int(b.y); !ok || k+1 < side*side && dx*dx+dy*dy != 1 {
			t.Fatalf("place %d of the curve is %v (%v), the next %v", k, a, ok, b)
		}
	}
	// A cell of the tree has keys of its own: those of its rows differ in the last bits alone.
	if a, b := hilbert(0x1234, 0xabcd)>>8, hilbert(0x123f, 0xabc0)>>8; a != b {
		t.Errorf("two rows of a cell have the keys %x and %x", a, b)
	}
}

func TestEntropyIsThePerplexity(t *testing.T) {
	for _, squared := range [][]float64{
		{0, 1, 2, 3, 4, 5, 6, 7},
		{0, 1e-20, 2e-20, 1e-19, 1e-18, 1},
		{0, 1e12, 2e12, 3e12, 4e12, 1e20},
		{0, 0, 1, 1, 1, 1e-3, 50, 100, 1000},
	} {
		slices.Sort(squared)
		for _, perplexity := range []float64{2.5, 3.3, 4} {
			p := make([]float64, len(squared))
			conditional(p, squared, math.Log(perplexity))
			h := 0.0
			for _, v := range p {
				if v > 0 {
					h -= v * math.Log(v)
				}
			}
			closeTo(t, fmt.Sprint("the entropy of ", squared), h, math.Log(perplexity), 1e-7)
		}
	}
	p := make([]float64, 4)
	conditional(p, []float64{0, 0, 0, 0}, math.Log(2)) // can have no other entropy
	if !slices.Equal(p, []float64{0.25, 0.25, 0.25, 0.25}) {
		t.Errorf("of equal distances %v", p)
	}
	conditional(p, []float64{0, 0, 0, 5}, math.Log(2)) // at least that of three
	for i, want := range []float64{1. / 3, 1. / 3, 1. / 3, 0} {
		closeTo(t, "a probability", p[i], want, 1e-6)
	}
}

// TestGainsAndSteps follows openTSNE's rule by hand.
func TestGainsAndSteps(t *testing.T) {
	d := newDescent(nil, make([]float32, 6), theta)
	d.update = []float32{1, 1, 0, 0, 30, 40}
	d.move(0, 2, 0.5)
	closeTo(t, "a gain with the gradient's sign", float64(d.gains[0]), 0.81, 1e-6)
	closeTo(t, "a step", float64(d.update[0]), 0.8-0.5*0.81*2, 1e-6)
	d.move(1, -2, 0.5)
	closeTo(t, "a gain against the gradient's sign", float64(d.gains[1]), 1.2, 1e-6)
	closeTo(t, "a step", float64(d.update[1]), 0.8+0.5*1.2*2, 1e-6)
	d.move(2, 1, 0.5)
	closeTo(t, "a gain of a row that stood still", float64(d.gains[2]), 1.2, 1e-6)
	d.shorten(2)
	closeTo(t, "a step that was too long", float64(d.update[4]), 3, 1e-6)
	closeTo(t, "a step that was too long", float64(d.update[5]), 4, 1e-6)
}

func TestTheMiddleStaysAt0(t *testing.T) {
	p, places := affinitiesOf(t, 33, 700, 3)
	places[0] += 500
	d := newDescent(p, places, theta)
	if err := d.run(t.Context(), 1, 1, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	x, y := 0.0, 0.0
	for i := 0; i < len(d.y); i += 2 {
		x += float64(d.y[i])
		y += float64(d.y[i+1])
	}
	closeTo(t, "the mean", x/700, 0, 1e-4)
	closeTo(t, "the mean", y/700, 0, 1e-4)
}

// AVX2 and AVX-512 do the same operations in the same order.
func TestMapsHaveTheSameBitsOnVectorPaths(t *testing.T) {
	defer func(path string) { _ = kernel.SelectPath(path) }(kernel.Path())
	x, labels := clusters(34, 200, 5, 3)
	for name, m := range methods(labels) {
		var first []float32
		for _, path := range kernel.Paths() {
			if path == "portable" {
				continue
			}
			if err := kernel.SelectPath(path); err != nil {
				t.Fatal(err)
			}
			got, err := m.Map(t.Context(), x, 5)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = got.Places
			}
			if !slices.Equal(first, got.Places) {
				t.Errorf("%s: another map on %s", name, path)
			}
		}
	}
}
