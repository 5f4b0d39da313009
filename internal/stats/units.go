package stats

// EmptyKL is the mean KL, in nats, below which a latent carries nothing.
const EmptyKL = 0.01

// activeVariance is above what makes a unit active.
const activeVariance = 0.01

// Active reports whether a latent varies with the image: whether the variance of its posterior mean
// over images is above 0.01 (Burda et al. 2015, section 5.2).
func Active(variance float64) bool { return variance > activeVariance }
