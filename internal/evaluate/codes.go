package evaluate

import (
	"errors"
	"math/rand/v2"

	"vae/internal/dataset"
	"vae/internal/kernel"
	"vae/internal/model"
	"vae/internal/rng"
)

// Codes are those of a split's images: mean and log-variance [N,L] of q(z|x). Of
// an autoencoder Mu is the code and Logvar is nil.
type Codes struct {
	Mu, Logvar []float32
	Latent     int     // L
	MSE        float64 // mean squared error a pixel of the images decoded from Mu
}

// errNotFinite says that a model's figures are none.
var errNotFinite = errors.New("the result is no finite number: the model is damaged, or its training has diverged")

// rowsAtOnce is how many images go through a graph together.
const rowsAtOnce = 128

// Encode returns the codes of all images of a split, black and white ones of a
// dynamic split being drawn with the seed and the purpose. Errors: images that the
// model cannot take.
func Encode(m *model.Model, split dataset.Split, seed uint64, purpose string) (*Codes, error) {
	if err := fits(m, split); err != nil {
		return nil, err
	}
	e, err := m.NewEncoder(rowsAtOnce)
	if err != nil {
		return nil, err
	}
	d, err := m.NewDecoder(rowsAtOnce)
	if err != nil {
		return nil, err
	}
	c := &Codes{Latent: m.Latent()}
	var squares float64
	pixels := m.Shape().Pixels()
	for first := 0; first < split.Len(); first += rowsAtOnce {
		n := min(rowsAtOnce, split.Len()-first)
		rows := between(first, first+n)
		split.Fill(e.X[:n*pixels], rows, draws(rows, seed, purpose))
		if e.Labels != nil {
			split.OneHot(e.Labels[:n*len(m.Classes())], rows)
			copy(d.Labels, e.Labels)
		}
		mu, logvar, err := e.Run()
		if err != nil {
			return nil, err
		}
		if !kernel.Finite(mu) || !kernel.Finite(logvar) {
			return nil, errNotFinite
		}
		copy(d.Z, mu)
		mean, err := d.Run()
		if err != nil {
			return nil, err
		}
		squares += squaredDistance(e.X[:n*pixels], mean)
		c.Mu = append(c.Mu, mu[:n*c.Latent]...)
		if logvar != nil {
			c.Logvar = append(c.Logvar, logvar[:n*c.Latent]...)
		}
	}
	c.MSE = squares / float64(split.Len()*pixels)
	return c, nil
}

func squaredDistance(a, b []float32) float64 {
	var sum float64
	for i, v := range a {
		d := float64(v) - float64(b[i])
		sum += d * d
	}
	return sum
}

func between(from, to int) []int {
	rows := make([]int, to-from)
	for i := range rows {
		rows[i] = from + i
	}
	return rows
}

// draws are the streams of the black and white pixels of some images of a split.
func draws(rows []int, seed uint64, purpose string) func(i int) *rand.Rand {
	return func(i int) *rand.Rand { return rng.Stream(seed, purpose+": binarization", uint64(rows[i])) }
}

// activeVariance is above what makes a unit active (Burda et al. 2015, section 5.2).
const activeVariance = 0.01

// Unit is what one latent does.
type Unit struct {
	KL       float64 `json:"kl"`       // mean of KL(q(z_j|x) || p(z_j)) over the images, in nats
	Variance float64 `json:"variance"` // of the posterior mean over the images
}

// Active reports whether the posterior mean varies with the image, more than by
// 0.01 in variance (Burda et al. 2015, section 5.2).
func (u Unit) Active() bool { return u.Variance > activeVariance }

// Units returns what each latent does; KL is 0 for an autoencoder, and for the
// lower of two stochastic layers, whose prior is no standard normal, it is against
// the standard normal all the same.
func (c *Codes) Units() []Unit {
	n := len(c.Mu) / c.Latent
	units := make([]Unit, c.Latent)
	for j := range units {
		var sum, squares float64
		for i := j; i < len(c.Mu); i += c.Latent {
			sum += float64(c.Mu[i])
			units[j].KL += c.kl(i)
		}
		mean := sum / float64(n)
		for i := j; i < len(c.Mu); i += c.Latent {
			squares += (float64(c.Mu[i]) - mean) * (float64(c.Mu[i]) - mean)
		}
		units[j].KL /= float64(n)
		units[j].Variance = squares / float64(n)
	}
	return units
}

func (c *Codes) kl(i int) float64 {
	if c.Logvar == nil {
		return 0
	}
	return kernel.StandardNormalKLOf(float64(c.Mu[i]), float64(c.Logvar[i]))
}
