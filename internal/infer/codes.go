package infer

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/kernel"
	"vae/internal/model"
	"vae/internal/rng"
)

// Codes are those of a split's images: mean and log-variance [N,L] of q(z|x). Of
// an autoencoder Mu is the code and Logvar is nil.
type Codes struct {
	Mu, Logvar []float32
	Latent     int // L
}

// ErrNotFinite says that a model's figures are none.
var ErrNotFinite = errors.New("the result is no finite number: the model is damaged, or its training has diverged")

// EncodeSplit returns the codes of all images of a split, black and white ones of a
// dynamic split being drawn with the seed and the purpose. Errors: images that the
// model cannot take, figures that are no numbers.
func EncodeSplit(m *model.Model, split dataset.Split, seed uint64, purpose string) (*Codes, error) {
	c := &Codes{Latent: m.Latent()}
	return c, eachCode(m, split, seed, purpose, c, nil)
}

// ReconstructSplit is EncodeSplit, and the mean squared error a pixel of the images that
// are decoded from Mu.
func ReconstructSplit(m *model.Model, split dataset.Split, seed uint64, purpose string) (c *Codes, mse float64, err error) {
	d, err := m.NewDecoder(Rows(m))
	if err != nil {
		return nil, 0, err
	}
	c = &Codes{Latent: m.Latent()}
	pixels := m.Shape().Pixels()
	var squares float64
	err = eachCode(m, split, seed, purpose, c, func(e *model.Encoder, mu []float32, n int) error {
		copy(d.Labels, e.Labels)
		copy(d.Z, mu)
		mean, err := d.Run()
		if err == nil {
			squares += kernel.SquaredDistance(e.X[:n*pixels], mean)
		}
		return err
	})
	return c, squares / float64(split.Len()*pixels), err
}

// eachCode encodes batch after batch of n images, and hands the means to use.
func eachCode(m *model.Model, split dataset.Split, seed uint64, purpose string, c *Codes, use func(e *model.Encoder, mu []float32, n int) error) error {
	if err := Fits(m, split); err != nil {
		return err
	}
	batch := Rows(m)
	e, err := m.NewEncoder(batch)
	if err != nil {
		return err
	}
	for first := 0; first < split.Len(); first += batch {
		n := min(batch, split.Len()-first)
		rows := dataset.Between(first, first+n)
		split.Fill(e.X[:n*m.Shape().Pixels()], rows, Binarization(rows, seed, purpose))
		if e.Labels != nil {
			split.OneHot(e.Labels[:n*len(m.Classes())], rows)
		}
		mu, logvar, err := e.Run()
		if err != nil {
			return err
		}
		if err := c.add(mu, logvar, n); err != nil {
			return err
		}
		if use == nil {
			continue
		}
		if err := use(e, mu, n); err != nil {
			return err
		}
	}
	return nil
}

// add appends the codes of the first n rows.
func (c *Codes) add(mu, logvar []float32, n int) error {
	if !kernel.Finite(mu) || !kernel.Finite(logvar) {
		return ErrNotFinite
	}
	c.Mu = append(c.Mu, mu[:n*c.Latent]...)
	if logvar != nil {
		c.Logvar = append(c.Logvar, logvar[:n*c.Latent]...)
	}
	return nil
}

// Draw returns a draw from q(z|x) of each of the first n images [n,L], which belongs to the
// seed; of an autoencoder the codes.
func (c *Codes) Draw(n int, seed uint64) []float32 {
	z := make([]float32, n*c.Latent)
	if c.Logvar == nil {
		copy(z, c.Mu)
		return z
	}
	rng.Normal(z, rng.Stream(seed, "draws from q(z|x)"))
	kernel.Reparameterize(z, c.Mu, c.Logvar, z)
	return z
}

// Binarization are the streams of the black and white pixels of some images of a split.
func Binarization(rows []int, seed uint64, purpose string) func(i int) *rand.Rand {
	return func(i int) *rand.Rand { return rng.Stream(seed, purpose+": binarization", uint64(rows[i])) }
}

// Fits reports images that a model cannot take: of another shape, or without the
// labels that a conditional model was told.
func Fits(m *model.Model, split dataset.Split) error {
	if split.Set.Shape != m.Shape() {
		return fmt.Errorf("images of %v for a model of %v", split.Set.Shape, m.Shape())
	}
	known := m.Classes()
	if len(known) == 0 {
		return nil
	}
	if split.Set.Labels == nil {
		return fmt.Errorf("the model is conditional on %s, and the images have none", console.Count(len(known), "label"))
	}
	if !slices.Equal(known, split.Set.Classes) {
		return fmt.Errorf("the model is conditional on %s, and the images have %d others", console.Count(len(known), "label"), len(split.Set.Classes))
	}
	return nil
}
