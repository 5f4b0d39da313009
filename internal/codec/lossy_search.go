package codec

// searchRounds are how often numbers are improved under what they take, which is worked out anew for each; searchPasses how often each latent is
// looked at in one.
const (
	searchRounds = 2
	searchPasses = 2
)

// improve changes whole numbers of images by one where that makes the squared error, with the bits weighed, less: the rounding of a latent
// alone knows neither what the others lose nor that q's mean is not the code whose image is nearest.
func (p *press) improve(b images, numbers []int) error {
	for range searchRounds {
		bits := make([][]float64, p.latents)
		for l := range bits {
			of := column(numbers, l, p.latents)
			bits[l] = costs(of, spreadFor(of))
		}
		for from := 0; from < len(b.values); from += p.rows {
			to := min(from+p.rows, len(b.values))
			s := searching{p, images{b.values[from:to], b.class(from, to)}, numbers[from*p.latents : to*p.latents], bits, nil}
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
	numbers []int       // [n,L]
	bits    [][]float64 // [L] of each number
	least   []float64   // squared error of each image as it is
}

func (s *searching) run() error {
	live := make([]int, len(s.images.values))
	for i := range live {
		live[i] = i
	}
	if err := s.decodeLive(live, 0); err != nil {
		return err
	}
	for i := range live {
		s.least = append(s.least, s.errorOf(i, s.images.values[i]))
	}
	for range searchPasses {
		changed := make([]bool, len(s.images.values))
		for l := range s.latents {
			if err := s.try(live, l, changed); err != nil {
				return err
			}
		}
		live = live[:0]
		for i, c := range changed {
			if c {
				live = append(live, i)
			}
		}
	}
	return nil
}

// decodeLive decodes images as they are, but for l, one less in every other row and one more in the others; with one row an image as they are.
func (s *searching) decodeLive(live []int, variants int, l ...int) error {
	rows, classes := max(1, variants), []int(nil)
	for k, i := range live {
		for v := range rows {
			z := s.z[(k*rows+v)*s.latents:][:s.latents]
			for j := range z {
				z[j] = s.grid.value(j, s.numbers[i*s.latents+j])
			}
			if variants > 0 {
				z[l[0]] = s.grid.value(l[0], s.numbers[i*s.latents+l[0]]+2*v-1)
			}
			if s.classes != nil {
				classes = append(classes, s.classes[i])
			}
		}
	}
	return s.decodeMeans(len(live)*rows, classes)
}

// try changes latent l of the images that are live, where that is better.
func (s *searching) try(live []int, l int, changed []bool) error {
	if err := s.decodeLive(live, 2, l); err != nil {
		return err
	}
	for k, i := range live {
		n, old := &s.numbers[i*s.latents+l], s.numbers[i*s.latents+l]
		best, found := s.least[i]+float64(s.weight*s.cost(l, old)), false
		for v := range 2 {
			to := old + 2*v - 1
			if !s.within(l, to) {
				continue
			}
			e := s.errorOf(2*k+v, s.images.values[i])
			if total := e + float64(s.weight*s.cost(l, to)); total < best {
				best, *n, s.least[i], found = total, to, e, true
			}
		}
		changed[i] = changed[i] || found
	}
	return nil
}

func (s *searching) within(l, n int) bool {
	reach := len(s.bits[l]) / 2
	return n >= -reach && n <= reach
}

func (s *searching) cost(l, n int) float64 {
	if !s.within(l, n) {
		return 64
	}
	return s.bits[l][n+len(s.bits[l])/2]
}
