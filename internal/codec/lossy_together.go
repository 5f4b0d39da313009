package codec

import (
	"math"

	"vae/internal/kernel"
)

// together changes many whole numbers of an image at once: of what a step of each latent does to the image where it is, it is worked out which
// changes together are best, and then seen whether they are.
type together struct {
	*searching
	bases    []float32 // [n,D] what the numbers are decoded to
	slopes   []float32 // [L,D] what a step more of a latent adds to that, of an image
	products []float32 // [L,L] of slopes
	left     []float64 // [L] products of the slopes and what is left of the image
	at       []int     // [L] the numbers of the image
	changes  []int     // [L]
	reach    int       // of a change
	steps    []float64 // [2L] what a step down of each latent costs, and what one up
	tries    [][]int   // [n,L] numbers of all images, of those that reach furthest first
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
	latents, values, n := s.latents, s.press.values(), len(s.images.values)
	if latents*values > mostSlopes {
		return nil
	}
	t := &together{searching: s, bases: make([]float32, n*values), slopes: make([]float32, latents*values), products: make([]float32, latents*latents),
		left: make([]float64, latents), changes: make([]int, latents), steps: make([]float64, 2*latents)}
	for i := range togetherTimes {
		if err := t.improve(max(1, s.stride>>i)); err != nil {
			return err
		}
	}
	return nil
}

// improve changes the numbers by slopes over so many steps on both sides, by some times as many at most, and by fewer where that makes them worse.
func (t *together) improve(width int) error {
	n := len(t.images.values)
	if err := t.decodeNumbers(t.numbers); err != nil {
		return err
	}
	copy(t.bases, t.mean)
	t.tries = nil
	for reach := 4 * width; reach > 0; reach /= 2 {
		t.tries = append(t.tries, make([]int, n*t.latents))
	}
	for from := 0; from < n*t.latents; from += t.rows {
		if err := t.measureSlopes(from, min(from+t.rows, n*t.latents), width); err != nil {
			return err
		}
	}
	better := make([]bool, n)
	for _, numbers := range t.tries {
		if err := t.decodeNumbers(numbers); err != nil {
			return err
		}
		for i, image := range t.images.values {
			before, moved := t.numbers[i*t.latents:][:t.latents], numbers[i*t.latents:][:t.latents]
			if better[i] {
				continue
			}
			if e := t.errorOf(i, image); e+t.costOf(moved) < t.least[i]+t.costOf(before) {
				copy(before, moved)
				t.least[i], better[i] = e, true
			}
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

// place puts the numbers of an image into a row that is decoded.
func (t *together) place(row int, numbers []int) {
	for l, n := range numbers {
		t.z[row*t.latents+l] = t.grid.value(l, n)
	}
}

// decodeNumbers decodes numbers of all images.
func (t *together) decodeNumbers(numbers []int) error {
	for i := range t.images.values {
		t.place(i, numbers[i*t.latents:][:t.latents])
	}
	return t.decodeMeans(len(t.images.values), t.classes)
}

// measureSlopes works out slopes from one on to another, of all latents of an image after the other, and where those of an image are all there, what is
// to be tried of it.
func (t *together) measureSlopes(from, to, width int) error {
	var classes []int
	for v := from; v < to; v++ {
		image, l := v/t.latents, v%t.latents
		for side := range 2 {
			row, numbers := 2*(v-from)+side, t.numbers[image*t.latents:][:t.latents]
			t.place(row, numbers)
			t.z[row*t.latents+l] = t.grid.value(l, numbers[l]+width*(2*side-1))
			if t.classes != nil {
				classes = append(classes, t.classes[image])
			}
		}
	}
	if err := t.decodeMeans(2*(to-from), classes); err != nil {
		return err
	}
	values := t.press.values()
	for v := from; v < to; v++ {
		l := v % t.latents
		down, up := t.row(2*(v-from)), t.row(2*(v-from)+1)
		for i := range down {
			t.slopes[l*values+i] = (up[i] - down[i]) / float32(2*width)
		}
		if l == t.latents-1 {
			t.settle(v/t.latents, 4*width)
		}
	}
	return nil
}

// settle writes what is to be tried of an image, by its slopes.
func (t *together) settle(image, reach int) {
	values := t.press.values()
	pixels, base := t.images.values[image], t.bases[image*values:][:values]
	for l := range t.left {
		sum := 0.
		for i, v := range t.slopes[l*values:][:values] {
			sum += float64(float64(v) * float64(t.pixels[pixels[i]]-base[i]))
		}
		t.left[l] = sum
	}
	kernel.MatMulNT(t.products, t.slopes, t.slopes, t.latents, t.latents, values, false)
	t.at = t.numbers[image*t.latents:][:t.latents]
	clear(t.changes)
	for i, numbers := range t.tries {
		t.reach = reach >> i
		t.choose()
		for l, n := range t.at {
			numbers[image*t.latents+l] = n + t.changes[l]
		}
	}
}

// choose finds changes under which the squared error, as it is by the slopes, with the bits weighed is least: of one latent, and where none is better,
// of two.
func (t *together) choose() {
	for l, change := range t.changes {
		t.move(l, -change)
	}
	for range sweeps {
		if !t.alone() && !t.inPairs() {
			break
		}
	}
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
	at, change, f := t.at[l]+t.changes[l], t.changes[l]+by, float64(by)
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
