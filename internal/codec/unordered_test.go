package codec

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"vae/internal/ans"
)

// What is picked of a pile comes back, with images that are alike, and of more than one part.
func TestPiles(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 50, 3000} {
		var all []member
		for i := range n {
			all = append(all, member{values: []uint16{uint16(r.IntN(40)), uint16(r.IntN(40))}, class: r.IntN(2), number: i})
		}
		var s ans.Stack
		for range 4 * n {
			s.Push(r.Uint32N(1<<24), 1, 24)
		}
		before := s.Bits()
		written := s.Append(nil)
		p := newPile(slices.Clone(all))
		var order []member
		seen := map[int]bool{}
		for range n {
			m := p.pick(&s)
			if seen[m.number] {
				t.Fatalf("image %d is picked twice", m.number)
			}
			seen[m.number] = true
			order = append(order, m)
		}
		want, _ := math.Lgamma(float64(n + 1)) // log2 n!, less what those that are alike could be exchanged
		counts := map[[3]int]int{}
		for _, m := range all {
			counts[[3]int{int(m.values[0]), int(m.values[1]), m.class}]++
		}
		for _, c := range counts {
			same, _ := math.Lgamma(float64(c + 1))
			want -= same
		}
		if got := float64(before - s.Bits()); math.Abs(got-want/math.Ln2) > 2+0.001*got {
			t.Errorf("the order of %d gives back %g bits, want %g", n, got, want/math.Ln2)
		}
		q := newPile(nil)
		for _, m := range slices.Backward(order) {
			q.giveBack(&s, m)
		}
		if got := s.Append(nil); !slices.Equal(got, written) {
			t.Errorf("%d images: the stack is another", n)
		}
	}
}

// A set without an order is shorter by that, and comes back as a set.
func TestUnordered(t *testing.T) {
	for _, name := range []string{"bernoulli", "conditional", "two levels", "dmol"} {
		k := kinds[name]
		m, all := k.model(t), k.images(600, 3)
		all = append(all, all[:20]...) // the same twice
		h := k.head()
		h.Names, h.Classes, h.Unordered = false, len(m.Classes()) > 0, true
		for _, samples := range []int{1, 3} {
			file, with := compress(t, h, Options{Model: m, Fast: true, Samples: samples}, all)
			r, err := open(file, false, always(m))
			if err != nil {
				t.Fatal(err)
			}
			got, faults := decompress(r)
			if faults != nil {
				t.Fatal(faults)
			}
			sorted := func(images []Image) (keys []string) {
				for _, image := range images {
					label := ""
					if h.Classes {
						label = image.Label
					}
					keys = append(keys, label+string(AppendValues(nil, image.Values, 65536)))
				}
				slices.Sort(keys)
				return keys
			}
			if !slices.Equal(sorted(got), sorted(all)) {
				t.Errorf("%s, %d draws: another set", name, samples)
			}
			ordered := h
			ordered.Unordered = false
			_, without := compress(t, ordered, Options{Model: m, Fast: true, Samples: samples}, all)
			spared := float64(8*(without.Parts.Images-with.Parts.Images)) / float64(len(all))
			if want := math.Log2(620) - 1/math.Ln2; math.Abs(spared-want) > 0.7 {
				t.Errorf("%s, %d draws: %g bits an image spared, want about %g: %+v", name, samples, spared, want, with)
			}
		}
	}
}
