package codec

import (
	"math"

	"vae/internal/kernel"
)

// together changes many whole numbers of an image at once: of what a step of each latent does to the image where it is, it is worked out which
// changes together are best, and then seen whether they are.
type together struct {
	*searching
	image    int
	numbers  []int     // [L] of the image
	base     []float32 // [D] what these are decoded to
	slopes   []float32 // [L,D] what a step more of a latent adds to that
	products []float32 // [L,L] of slopes
	left     []float64 // [L] products of the slopes and what is left of the image
	changes  []int     // [L]
	reach    int       // of a change
	steps    []float64 // [2L] what a step down of each latent costs, and what one up
}

// mostSlopes bounds slopes, beyond which there is no such search.
const mostSlopes = 1 << 23

// togetherTimes are how often slopes are worked out of an image, and sweeps how often all latents are gone through with them.
const (
	togetherTimes = 2
	sweeps        = 60
)

// runTogether changes the numbers of each image, if they are few enough.
func (s *searching) runTogether() error {
	latents, values := s.latents, s.press.values()
	if latents*values > mostSlopes {
		return nil
	}
	t := &together{searching: s, base: make([]float32, values), slopes: make([]float32, latents*values), products: make([]float32, latents*latents),
		left: make([]float64, latents), changes: make([]int, latents), steps: make([]float64, 2*latents)}
	for t.image = range s.images.values {
		t.numbers = s.numbers[t.image*latents:][:latents]
		for i := range togetherTimes {
			if err := t.improve(max(1, s.stride>>i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// improve changes the numbers by slopes over so many steps on both sides, by some times as many at most, and by fewer where that makes them worse.
func (t *together) improve(width int) error {
	if err := t.measureSlopes(width); err != nil {
		return err
	}
	before := t.least[t.image] + t.costOf(t.numbers)
	moved := make([]int, t.latents)
	for t.reach = 4 * width; t.reach > 0; t.reach /= 2 {
		if !t.choose() {
			return nil
		}
		for l, n := range t.numbers {
			moved[l] = n + t.changes[l]
		}
		t.place(0, moved)
		if err := t.decodePlaced(1); err != nil {
			return err
		}
		if e := t.errorOf(0, t.images.values[t.image]); e+t.costOf(moved) < before {
			copy(t.numbers, moved)
			t.least[t.image] = e
			return nil
		}
	}
	return nil
}

func (t *together) costOf(numbers []int) (sum float64) {
	for l, n := range numbers {
		sum += float64(t.weight * t.cost(l, n))
	}
	return sum
}

// place puts numbers into a row that is decoded.
func (t *together) place(row int, numbers []int) {
	for l, n := range numbers {
		t.z[row*t.latents+l] = t.grid.value(l, n)
	}
}

func (t *together) decodePlaced(rows int) error {
	var classes []int
	for range rows {
		if t.classes != nil {
			classes = append(classes, t.classes[t.image])
		}
	}
	return t.decodeMeans(rows, classes)
}

// measureSlopes works out base, slopes and their products.
func (t *together) measureSlopes(width int) error {
	t.place(0, t.numbers)
	if err := t.decodePlaced(1); err != nil {
		return err
	}
	copy(t.base, t.row(0))
	clear(t.changes)
	for from := 0; from < t.latents; from += t.rows {
		to := min(from+t.rows, t.latents)
		for l := from; l < to; l++ {
			for v := range 2 {
				row := 2*(l-from) + v
				t.place(row, t.numbers)
				t.z[row*t.latents+l] = t.grid.value(l, t.numbers[l]+width*(2*v-1))
			}
		}
		if err := t.decodePlaced(2 * (to - from)); err != nil {
			return err
		}
		for l := from; l < to; l++ {
			down, up := t.row(2*(l-from)), t.row(2*(l-from)+1)
			for i := range t.base {
				t.slopes[l*len(t.base)+i] = (up[i] - down[i]) / float32(2*width)
			}
		}
	}
	image := t.images.values[t.image]
	for l := range t.left {
		slope, sum := t.slopes[l*len(t.base):][:len(t.base)], 0.
		for i, v := range slope {
			sum += float64(float64(v) * float64(t.pixels[image[i]]-t.base[i]))
		}
		t.left[l] = sum
	}
	kernel.MatMulNT(t.products, t.slopes, t.slopes, t.latents, t.latents, len(t.base), false)
	return nil
}

// choose finds changes under which the squared error, as it is by the slopes, with the bits weighed is least: of one latent, and where none is better,
// of two. It is false where there are none.
func (t *together) choose() bool {
	for l, change := range t.changes {
		t.move(l, -change)
	}
	for range sweeps {
		if !t.alone() && !t.inPairs() {
			break
		}
	}
	for _, change := range t.changes {
		if change != 0 {
			return true
		}
	}
	return false
}

// move changes a latent by so many steps more.
func (t *together) move(l, by int) {
	if by == 0 {
		return
	}
	t.changes[l] += by
	for m, v := range t.products[l*t.latents:][:t.latents] {
		t.left[m] -= float64(float64(by) * float64(v))
	}
}

// step is what so many steps more of a latent cost.
func (t *together) step(l, by int) float64 {
	at, change, f := t.numbers[l]+t.changes[l], t.changes[l]+by, float64(by)
	if change > t.reach || change < -t.reach || !t.within(l, at+by) {
		return math.Inf(1)
	}
	bits := t.weight * (t.cost(l, at+by) - t.cost(l, at))
	return float64(f*f*float64(t.products[l*t.latents+l])) - float64(2*f*t.left[l]) + float64(bits)
}

// worth is what a change must save, more than the sums are off by.
const worth = -1e-9

func (t *together) alone() (changed bool) {
	for l := range t.latents {
		best, by := worth, 0
		for _, steps := range [...]int{-2, -1, 1, 2} {
			if c := t.step(l, steps); c < best {
				best, by = c, steps
			}
		}
		t.move(l, by)
		changed = changed || by != 0
	}
	return changed
}

func (t *together) inPairs() (changed bool) {
	t.setSteps()
	for l := range t.latents {
		for m, v := range t.products[l*t.latents:][:l] {
			both := 2 * float64(v)
			if min(t.steps[2*l], t.steps[2*l+1])+min(t.steps[2*m], t.steps[2*m+1]) >= math.Abs(both) {
				continue
			}
			best, byL, byM := worth, 0, 0
			for i := range 4 {
				up, over := i/2, i%2
				c := t.steps[2*l+up] + t.steps[2*m+over]
				if up == over {
					c += both
				} else {
					c -= both
				}
				if c < best {
					best, byL, byM = c, 2*up-1, 2*over-1
				}
			}
			if byL != 0 {
				t.move(l, byL)
				t.move(m, byM)
				t.setSteps()
				changed = true
			}
		}
	}
	return changed
}

func (t *together) setSteps() {
	for l := range t.latents {
		t.steps[2*l], t.steps[2*l+1] = t.step(l, -1), t.step(l, 1)
	}
}
