package evaluate

import (
	"fmt"

	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/model"
	"vae/internal/rng"
	"vae/internal/stats"
	"vae/internal/walk"
)

// Space says how good a latent space is to walk in and to draw from: the two
// properties by which introductions to the VAE tell it from an autoencoder (Rocca
// 2019, "Understanding Variational Autoencoders"), here in figures.
type Space struct {
	// Continuity: close codes have similar images. Along the straight line between
	// the codes of two images, in ten steps, the image should change evenly: it is
	// the mean over pairs of (length of the path in pixel space) / (10 x its longest
	// step), from 0.1, where the image jumps in one step, to 1.
	Continuity float64 `json:"continuity"`
	// Completeness: a point drawn from the latent space decodes to something
	// meaningful, which a decoder can only do where it has met codes. It is the part
	// of the draws from the prior that lie within the manifold of the codes of real
	// images, a ball around each up to its third neighbor: the precision of
	// Kynkäänniemi et al. 2019, in the latent space. Holes in the latent space lower it.
	Completeness float64 `json:"completeness"`
	// Coverage is the part of the codes within the manifold of the draws: the recall of
	// the same paper. A prior far narrower than the codes is complete and covers little.
	Coverage float64 `json:"coverage"`
	// Images is how many codes and draws were compared.
	Images int `json:"images"`
}

const (
	pathSteps     = walk.MeasuredSteps
	pathPairs     = 500
	spaceImages   = 2000
	manifoldOrder = 3
)

// MeasureSpace measures the latent space of a model with the codes of the images
// of a split, of which it takes the first 2,000. Errors: fewer than 4 images, images
// that the model cannot take.
func MeasureSpace(m *model.Model, split dataset.Split, codes *infer.Codes, seed uint64) (*Space, error) {
	n := min(split.Len(), spaceImages)
	if n <= manifoldOrder {
		return nil, fmt.Errorf("%d images are too few to measure a latent space", n)
	}
	if err := infer.Fits(m, split); err != nil {
		return nil, err
	}
	s := &Space{Images: n}
	var err error
	if s.Continuity, err = continuity(m, split, codes, n, seed); err != nil {
		return nil, err
	}
	drawn, err := drawPrior(m, n, seed)
	if err != nil {
		return nil, err
	}
	s.Completeness, s.Coverage, err = stats.ManifoldCoverage(codes.Draw(n, seed), drawn, codes.Latent, manifoldOrder)
	return s, err
}

// drawPrior returns n draws of z from the prior [n,L].
func drawPrior(m *model.Model, n int, seed uint64) ([]float32, error) {
	p, err := infer.NewLatents(m, n)
	if err != nil {
		return nil, err
	}
	noise := p.Noise()
	for level, dst := range noise {
		rng.Normal(dst, rng.Stream(seed, ofLevel("draws from the prior", level)))
	}
	return noise[0], p.Draw(noise)
}

// continuity walks between the codes of random pairs of the first n images; of a
// conditional model both ends have the label of the first.
func continuity(m *model.Model, split dataset.Split, codes *infer.Codes, n int, seed uint64) (float64, error) {
	d, err := m.NewDecoder(pathSteps + 1)
	if err != nil {
		return 0, err
	}
	r := rng.Stream(seed, "pairs of codes")
	var sum float64
	for range pathPairs {
		a, b := r.IntN(n), r.IntN(n-1)
		if b >= a {
			b++
		}
		layPath(d, split, codes, a, b)
		images, err := d.Run()
		if err != nil {
			return 0, err
		}
		sum += walk.Evenness(images, m.Shape().Pixels())
	}
	return sum / pathPairs, nil
}

// layPath feeds the decoder the straight line between the codes of images a and b.
func layPath(d *model.Decoder, split dataset.Split, codes *infer.Codes, a, b int) {
	l, classes := codes.Latent, len(d.Labels)/d.Rows()
	copy(d.Z, walk.Line(codes.Mu[a*l:(a+1)*l], codes.Mu[b*l:(b+1)*l], pathSteps+1).Z)
	if d.Labels == nil {
		return
	}
	for step := range pathSteps + 1 {
		split.OneHot(d.Labels[step*classes:(step+1)*classes], []int{a})
	}
}
