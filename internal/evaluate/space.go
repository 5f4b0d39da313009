package evaluate

import (
	"fmt"
	"math"

	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/rng"
	"vae/internal/stats"
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
	pathSteps     = 10
	pathPairs     = 500
	spaceImages   = 2000
	manifoldOrder = 3
)

// MeasureSpace measures the latent space of a model with the codes of the images
// of a split, of which it takes the first 2,000. Errors: fewer than 4 images, images
// that the model cannot take.
func MeasureSpace(m *model.Model, split dataset.Split, codes *Codes, seed uint64) (*Space, error) {
	n := min(split.Len(), spaceImages)
	if n <= manifoldOrder {
		return nil, fmt.Errorf("%d images are too few to measure a latent space", n)
	}
	if err := fits(m, split); err != nil {
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
	s.Completeness, s.Coverage, err = stats.ManifoldCoverage(codes.draw(n, seed), drawn, codes.Latent, manifoldOrder)
	return s, err
}

// draw returns a draw from q(z|x) of each of the first n images [n,L]; of an
// autoencoder the codes.
func (c *Codes) draw(n int, seed uint64) []float32 {
	z := make([]float32, n*c.Latent)
	if c.Logvar != nil {
		rng.Normal(z, rng.Stream(seed, "draws from q(z|x)"))
	}
	for i := range z {
		if c.Logvar != nil {
			z[i] *= float32(math.Exp(0.5 * float64(c.Logvar[i])))
		}
		z[i] += c.Mu[i]
	}
	return z
}

// drawPrior returns n draws of z from the prior [n,L].
func drawPrior(m *model.Model, n int, seed uint64) ([]float32, error) {
	z := make([]float32, n*m.Latent())
	rng.Normal(z, rng.Stream(seed, "draws from the prior"))
	if p := m.Prior(); p != nil {
		for i := range n {
			p.Draw(z[i*m.Latent() : (i+1)*m.Latent()])
		}
	}
	if m.Config().TopLatent == 0 {
		return z, nil
	}
	d, err := m.NewTopDecoder(n)
	if err != nil {
		return nil, err
	}
	rng.Normal(d.Z, rng.Stream(seed, "draws from the prior: top"))
	mu, logvar, err := d.Run()
	if err != nil {
		return nil, err
	}
	for i := range z {
		z[i] = mu[i] + float32(math.Exp(0.5*float64(logvar[i])))*z[i]
	}
	return z, nil
}

// continuity walks between the codes of random pairs of the first n images; of a
// conditional model both ends have the label of the first.
func continuity(m *model.Model, split dataset.Split, codes *Codes, n int, seed uint64) (float64, error) {
	d, err := m.NewDecoder(pathSteps + 1)
	if err != nil {
		return 0, err
	}
	r := rng.Stream(seed, "pairs of codes")
	pixels, l := m.Shape().Pixels(), codes.Latent
	var sum float64
	for range pathPairs {
		a, b := r.IntN(n), r.IntN(n-1)
		if b >= a {
			b++
		}
		for step := range pathSteps + 1 {
			t := float32(step) / pathSteps
			for j := range l {
				d.Z[step*l+j] = (1-t)*codes.Mu[a*l+j] + t*codes.Mu[b*l+j]
			}
			if d.Labels != nil {
				classes := len(m.Classes())
				split.OneHot(d.Labels[step*classes:(step+1)*classes], []int{a})
			}
		}
		images, err := d.Run()
		if err != nil {
			return 0, err
		}
		var length, longest float64
		for step := range pathSteps {
			change := math.Sqrt(squaredDistance(images[step*pixels:(step+1)*pixels], images[(step+1)*pixels:]))
			length += change
			longest = max(longest, change)
		}
		if longest == 0 { // nothing changes: as even as can be
			sum++
			continue
		}
		sum += length / (pathSteps * longest)
	}
	return sum / pathPairs, nil
}
