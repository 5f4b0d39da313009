package run

// Terms are the parts of a loss, in nats. Of the negative evidence lower bound, Loss =
// Reconstruction + beta KL; of the importance-weighted bound, Loss is that bound, below
// the sum of the others.
type Terms struct {
	Loss           float64 `json:"loss,omitzero"`
	Reconstruction float64 `json:"reconstruction,omitzero"` // -log p(x|z), the mean over the draws of z
	KL             float64 `json:"kl,omitzero"`             // KL(q(z|x) || p(z)), without beta
	Activation     float64 `json:"activation,omitzero"`     // mean absolute activation of the code of an autoencoder; 0 or NaN for other models
}
