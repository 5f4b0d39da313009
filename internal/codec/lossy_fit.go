package codec

import (
	"math"
)

// gridImages are the images by which the grid of a file is chosen, at most.
const gridImages = 512

// few are some of many, evenly.
func (b images) few(most int) (some images) {
	n := min(most, len(b.values))
	for i := range n {
		at := i * len(b.values) / n
		some.values = append(some.values, b.values[at])
		if b.classes != nil {
			some.classes = append(some.classes, b.classes[at])
		}
	}
	return some
}

// survey is what is known of the latents of some images.
type survey struct {
	*press
	images images
	codes  []float32 // [n,L]
	mean   []float64 // [L]
	spread []float64 // [L] standard deviation
	moves  []float64 // [L] how far an image moves for a latent that does by 1: root of the mean of the squared change, summed over values
}

func (p *press) survey(b images) (*survey, error) {
	f := &survey{press: p, images: b.few(gridImages)}
	var err error
	if f.codes, err = p.codes(f.images); err != nil {
		return nil, err
	}
	n := len(f.images.values)
	for l := range p.latents {
		var sum, square float64
		for i := range n {
			z := float64(f.codes[i*p.latents+l])
			sum += z
			square += float64(z * z)
		}
		mean := sum / float64(n)
		f.mean = append(f.mean, mean)
		f.spread = append(f.spread, math.Sqrt(max(0, square/float64(n)-float64(mean*mean))))
	}
	return f, f.measure()
}

// measured are the images by which it is seen how far latents move them.
const measured = 64

// MostSearched are the most latents of a model that each is looked at of: a search decodes an image some times for each.
const MostSearched = 512

// measure works out moves, of many latents one for all.
func (f *survey) measure() error {
	if f.latents > MostSearched {
		return f.measureTogether()
	}
	for l := range f.latents {
		h := f.spread[l] / 2
		if h < 1e-9 {
			f.moves = append(f.moves, 0)
			continue
		}
		moved, err := f.moved(func(_ int, z []float32, sign float64) { z[l] += float32(h * sign) })
		if err != nil {
			return err
		}
		f.moves = append(f.moves, math.Sqrt(moved)/(2*h))
	}
	return nil
}

// measureTogether moves all latents at once, each up or down by chance, as if each moved an image as far.
func (f *survey) measureTogether() error {
	var squares float64
	for _, spread := range f.spread {
		squares += float64(spread * spread)
	}
	moved, err := f.moved(func(image int, z []float32, sign float64) {
		for l := range z {
			up := float64(int(mixed(uint64(image*f.latents+l))&2) - 1)
			z[l] += float32(float64(f.spread[l]/2) * float64(sign*up))
		}
	})
	for range f.latents {
		f.moves = append(f.moves, math.Sqrt(moved/max(squares, 1e-18)))
	}
	return err
}

// moved is the mean of the squared distance of images whose latents are changed by something and by its opposite.
func (f *survey) moved(change func(image int, z []float32, sign float64)) (float64, error) {
	b, classes := f.images.few(min(measured, f.rows)), []int(nil)
	for i := range b.values {
		at := i * len(f.images.values) / len(b.values)
		for v := range 2 {
			z := f.z[(2*i+v)*f.latents:][:f.latents]
			copy(z, f.codes[at*f.latents:])
			change(i, z, float64(2*v-1))
		}
		if b.classes != nil {
			classes = append(classes, b.classes[i], b.classes[i])
		}
	}
	if err := f.decodeMeans(2*len(b.values), classes); err != nil {
		return 0, err
	}
	var sum float64
	for i := range b.values {
		sum += between(f.row(2*i), f.row(2*i+1))
	}
	return sum / float64(len(b.values)), nil
}

// between is the squared distance of two images.
func between(a, b []float32) (sum float64) {
	for i, v := range a {
		d := float64(v - b[i])
		sum += float64(d * d)
	}
	return sum
}

// widest is the largest step, in standard deviations of the latent.
const widest = 6

// at chooses the grid for a quality.
func (f *survey) at(quality float64) {
	width := widthOf(quality, f.values(), f.latents)
	g := &lossyGrid{}
	for l, moves := range f.moves {
		most := widest * f.spread[l]
		step := most
		if moves > 0 {
			step = min(width/moves, most)
		}
		b := nearestStep(step)
		g.steps = append(g.steps, b)
		at := math.Floor(8*f.mean[l]/stepOf(b) + 0.5)
		g.middles = append(g.middles, int(min(max(at, -mostMiddle), mostMiddle)))
	}
	f.grid = g
	f.weight = bitWeight * width * width
	f.stride = 1 << int(min(max((quality-coarse)/16, 0), 4))
}

// coarse is the quality up to which steps are as large as what a search need change.
const coarse = 40

// bitWeight is what a bit weighs beside the squared error, in squares of a step's: at high rates a step of half the size takes a bit more of each
// latent and loses a quarter, of a twelfth, of the square.
const bitWeight = 0.1155245

// bytes is what an image of those takes at a quality.
func (f *survey) bytes(quality float64) (float64, error) {
	f.at(quality)
	numbers, err := f.numbers(f.images)
	if err != nil {
		return 0, err
	}
	return float64(len(encodeNumbers(numbers, f.latents))) / float64(len(f.images.values)), nil
}

// The qualities among which that of a rate is sought.
const (
	leastSought = WorstQuality - 64
	mostSought  = BestQuality + 64
)

// beyondReach is on which side of the qualities among which it was sought a rate is: -1, 1, or 0 within.
func beyondReach(quality float64) int {
	const atEnd = 0.5
	switch {
	case quality < leastSought+atEnd:
		return -1
	case quality > mostSought-atEnd:
		return 1
	}
	return 0
}

// seek finds the quality at which an image takes so many bytes: without a search by halves, which is quick, and from there with it by how the rate
// rises without.
func (f *survey) seek(bytes float64) (quality float64, err error) {
	const near, steps = 4., 6
	search := f.search
	f.search = false
	quality, rises, err := f.halve(bytes, near)
	f.search = search
	best, off := quality, math.Inf(1)
	for range steps {
		if err != nil || !search {
			break
		}
		var got float64
		got, err = f.bytes(quality)
		if d := math.Abs(got - bytes); d < off {
			best, off = quality, d
		}
		quality = min(max(quality+min(max((bytes-got)/rises, -3*near), 3*near), leastSought), mostSought)
	}
	return best, err
}

// halve finds a quality, and by how many bytes one more takes more, over so many on both sides.
func (f *survey) halve(bytes, near float64) (quality, rises float64, err error) {
	low, high := float64(leastSought), float64(mostSought)
	for range 12 {
		quality = (low + high) / 2
		got, err := f.bytes(quality)
		if err != nil {
			return 0, 0, err
		}
		if got > bytes {
			high = quality
		} else {
			low = quality
		}
	}
	below, err := f.bytes(quality - near)
	if err != nil {
		return 0, 0, err
	}
	above, err := f.bytes(quality + near)
	return quality, max((above-below)/(2*near), 1e-3), err
}
