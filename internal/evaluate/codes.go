package evaluate

import (
	"vae/internal/infer"
	"vae/internal/model"
	"vae/internal/prior"
	"vae/internal/stats"
)

// Unit is what one latent does.
type Unit struct {
	KL       float64 `json:"kl"`       // mean of KL(q(z_j|x) || p(z_j)) over the images, in nats
	Variance float64 `json:"variance"` // of the posterior mean over the images
}

// Active reports whether the posterior mean varies with the image, more than by
// 0.01 in variance (Burda et al. 2015, section 5.2).
func (u Unit) Active() bool { return stats.Active(u.Variance) }

// Units returns what each latent does. KL is 0 for an autoencoder, and without a closed form
// of the divergence from the prior.
func Units(c *infer.Codes, p prior.ClosedKL) []Unit {
	n := len(c.Mu) / c.Latent
	units := make([]Unit, c.Latent)
	for j := range units {
		var sum, squares float64
		for i := j; i < len(c.Mu); i += c.Latent {
			sum += float64(c.Mu[i])
			units[j].KL += divergence(c, p, j, i)
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

// divergence is that of latent j in a code, whose number there is i.
func divergence(c *infer.Codes, p prior.ClosedKL, j, i int) float64 {
	if c.Logvar == nil || p == nil {
		return 0
	}
	return p.LatentKL(j, float64(c.Mu[i]), float64(c.Logvar[i]))
}

// reference is what the KL of each latent of a level is measured from: its prior, nil
// without a closed form. A level below another, whose prior is no other for all images, is
// held against the standard normal all the same.
func reference(l model.Level) prior.ClosedKL {
	if l.Conditional != nil {
		return prior.StandardNormal{}
	}
	p, _ := l.Prior.(prior.ClosedKL)
	return p
}
