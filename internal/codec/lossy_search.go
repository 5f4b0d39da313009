package codec

// searchRounds are how often numbers are improved under what they take, which is worked out anew for each.
const searchRounds = 2

// improve changes whole numbers of images where that makes the squared error, with the bits weighed, less: the rounding of a latent
// alone knows neither what the others lose nor that q's mean is not the code whose image is nearest.
func (p *press) improve(b images, numbers []int) error {
	for round := range searchRounds {
		bits := make([][]float64, p.latents)
		for l := range bits {
			of := column(numbers, l, p.latents)
			bits[l] = costs(of, spreadFor(of))
		}
		for from := 0; from < len(b.values); from += p.rows {
			to := min(from+p.rows, len(b.values))
			s := searching{press: p, images: images{b.values[from:to], b.class(from, to)}, numbers: numbers[from*p.latents : to*p.latents], bits: bits, together: round > 0}
			if err := s.run(); err != nil {
				return err
			}
		}
	}
	return nil
}

// searching is for the whole numbers of some images, as many as a press has rows.
type searching struct {
	*press
	images
	numbers  []int       // [n,L]
	bits     [][]float64 // [L] of each number
	together bool        // they are changed together too, from where they are near
	least    []float64   // squared error of each image as it is
}

// run changes all latents together, and then each by a number of steps, and by half as many, down to one.
func (s *searching) run() error {
	if err := s.measureLeast(); err != nil {
		return err
	}
	if s.together {
		if err := s.runTogether(); err != nil {
			return err
		}
	}
	for stride := s.stride; stride > 0; stride /= 2 {
		for l := range s.latents {
			if err := s.try(l, stride); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *searching) measureLeast() error {
	if err := s.decodeVariants(1, 0, 0); err != nil {
		return err
	}
	for i, image := range s.images.values {
		s.least = append(s.least, s.errorOf(i, image))
	}
	return nil
}

// decodeVariants decodes each image so many times, with latent l changed by -by, by it and so on.
func (s *searching) decodeVariants(variants, l, by int) error {
	rows, classes := len(s.images.values)*variants, []int(nil)
	for i := range rows {
		image := i / variants
		z := s.z[i*s.latents:][:s.latents]
		for j := range z {
			z[j] = s.grid.value(j, s.numbers[image*s.latents+j])
		}
		z[l] = s.grid.value(l, s.numbers[image*s.latents+l]+by*(2*(i%variants)-1))
		if s.classes != nil {
			classes = append(classes, s.classes[image])
		}
	}
	return s.decodeMeans(rows, classes)
}

// try changes latent l of the images by a number of steps, where that is better.
func (s *searching) try(l, by int) error {
	if err := s.decodeVariants(2, l, by); err != nil {
		return err
	}
	for i, image := range s.images.values {
		n := &s.numbers[i*s.latents+l]
		old := *n
		best := s.least[i] + float64(s.weight*s.cost(l, old))
		for v := range 2 {
			to := old + by*(2*v-1)
			if !s.within(l, to) {
				continue
			}
			e := s.errorOf(2*i+v, image)
			if total := e + float64(s.weight*s.cost(l, to)); total < best {
				best, *n, s.least[i] = total, to, e
			}
		}
	}
	return nil
}

func (s *searching) within(l, n int) bool {
	reach := len(s.bits[l]) / 2
	return n >= -reach && n <= reach
}

// cost is the bits of a whole number; many of one that is out of reach.
func (s *searching) cost(l, n int) float64 {
	if !s.within(l, n) {
		return 64
	}
	return s.bits[l][n+len(s.bits[l])/2]
}
