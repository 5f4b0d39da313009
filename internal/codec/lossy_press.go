package codec

import (
	"vae/internal/infer"
	"vae/internal/likelihood"
	"vae/internal/model"
)

// press makes latents whole numbers, and images of them.
type press struct {
	*networks
	levels  int
	latents int
	grid    *lossyGrid
	weight  float64   // of a bit beside the squared error of an image
	stride  int       // of the first search
	search  bool      // for numbers whose image is nearer, or that take fewer bits
	rows    int       // images at a time, half of the decoder's
	z       []float32 // [2 rows,L]
	mean    []float32 // [2 rows,D]
	errors  []float64 // [2 rows]
	image   func(mean, out []float32)
}

func pressRows(m *model.Model) int { return max(1, min(stepRows, infer.Rows(m)/2)) }

func newPress(m *model.Model, levels int) (*press, error) {
	rows := pressRows(m)
	n, err := newNetworks(m, levels, rows, 2*rows)
	if err != nil {
		return nil, err
	}
	image, err := likelihood.ExactMean(m.Likelihood())
	if err != nil {
		return nil, err
	}
	latents := m.Levels()[0].Latents
	return &press{image: image, networks: n, levels: levels, latents: latents, rows: rows, z: make([]float32, 2*rows*latents),
		mean: make([]float32, 2*rows*m.Shape().Pixels()), errors: make([]float64, 2*rows)}, nil
}

// codes are the means of q(z|x) of images, or their codes [n,L].
func (p *press) codes(b images) (all []float32, err error) {
	for from := 0; from < len(b.values); from += p.rows {
		to := min(from+p.rows, len(b.values))
		q, err := p.encode(b.values[from:to], b.class(from, to))
		if err != nil {
			return nil, err
		}
		all = append(all, q.mu[:(to-from)*p.latents]...)
	}
	if !finite(all) {
		return nil, infer.ErrNotFinite
	}
	return all, nil
}

// decodeMeans decodes the first n rows of z into mean.
func (p *press) decodeMeans(n int, classes []int) error {
	out, err := p.decode(p.z[:n*p.latents], classes)
	if err != nil {
		return err
	}
	p.image(p.mean[:n*p.values()], out[:n*p.outputs()])
	return nil
}

// values is D.
func (p *press) values() int { return len(p.mean) / (2 * p.rows) }

// row is an image that is decoded.
func (p *press) row(i int) []float32 { return p.mean[i*p.values():][:p.values()] }

// errorOf is the squared error of a row, summed over values of 0 to 1.
func (p *press) errorOf(i int, image []uint16) (sum float64) {
	for j, v := range p.row(i) {
		d := float64(v - p.pixels[image[j]])
		sum += float64(d * d)
	}
	return sum
}

// images decodes whole numbers [n,L] into images that have their size.
func (p *press) images(numbers []int, b images) error {
	n := p.latents
	for from := 0; from < len(b.values); from += 2 * p.rows {
		to := min(from+2*p.rows, len(b.values))
		for i, number := range numbers[from*n : to*n] {
			p.z[i] = p.grid.value(i%n, number)
		}
		if err := p.decodeMeans(to-from, b.class(from, to)); err != nil {
			return err
		}
		for i, image := range b.values[from:to] {
			toLevels(image, p.row(i), p.levels)
		}
	}
	return nil
}

// numbers are those of images [n,L].
func (p *press) numbers(b images) ([]int, error) {
	codes, err := p.codes(b)
	if err != nil {
		return nil, err
	}
	numbers := make([]int, len(codes))
	for i, z := range codes {
		numbers[i] = p.grid.nearest(i%p.latents, z)
	}
	if p.search {
		err = p.improve(b, numbers)
	}
	return numbers, err
}
