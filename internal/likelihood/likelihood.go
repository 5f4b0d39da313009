// Package likelihood holds p(x|z): what the decoder's output says of an image. Whatever
// is asked of a likelihood is asked here.
//
// Shapes: B images of a batch, K draws of z an image, D pixels, whose values are 0 to 1.
package likelihood

import (
	"fmt"
	"math/rand/v2"

	"vae/internal/config"
	"vae/internal/graph"
)

// Likelihood is p(x|z), as a function of the decoder's output.
type Likelihood interface {
	// Outputs is the shape of the decoder's output for images of a shape.
	Outputs(image config.Shape) config.Shape
	// Params are trained with the model, and are no layer's.
	Params() []*graph.Param
	// NLL returns -log p(x|z) of each draw [B*K] in nats, or the squared error of the
	// image, for the decoder's output out [B*K,D'] and images x [B,D], which have no
	// gradient.
	NLL(b *graph.Builder, out, x *graph.Node) *graph.Node
	// PointNLL is NLL of one image x [D] and one output, in float64.
	PointNLL(out, x []float32) float64
	// Mean writes the mean of p(x|z) to dst [D], for rows of outputs of any number.
	Mean(dst, out []float32)
	// Draw writes a draw from p(x|z) of one output [D'] to dst [D]. NaN stays NaN.
	Draw(dst, out []float32, r *rand.Rand)
	// Bias is the bias of the decoder's last layer with which the output for any z is that
	// of images with these mean pixels [D].
	Bias(means []float64) []float64
	// Facts are what else there is to know.
	Facts() Facts
}

// Facts say what the figures of a likelihood mean.
type Facts struct {
	Loss           string  // what its NLL is called where it is but a loss, as in the note on a pretrained layer: "BCE"
	Term           string  // what it is called as a part of a bound, in the line of an epoch: "reconstruction"
	GreyTerm       string  // the same on grey pixels where it is no likelihood of these; "" where it is
	Probabilities  bool    // the mean of a pixel is a probability, of white
	Nats           bool    // NLL is in nats, and not a squared error
	Sigma          float64 // standard deviation of a pixel where that is a setting, to explain a divergence by it; else 0
	Levels         int     // that a pixel may have, where NLL is of the probability of one; 0 of a density, and of black and white
	PixelConstant  float64 // nats a pixel that NLL leaves out of -log of the density
	Description    string  // the end of the line that describes a model: "gaussian likelihood of sigma 0.1"
	Begun          string  // the same before training, where it holds an estimate that says nothing yet; else ""
	Reconstruction string  // the same of an autoencoder, which has no density: "cross-entropy"
}

// asked is what a likelihood is made of.
type asked struct {
	config.LikelihoodForm
	sigma    float64
	channels int // of an image
}

// makers are the likelihoods by name; those of config.Likelihoods.
var makers = map[config.Likelihood]func(a asked) Likelihood{
	config.Bernoulli:    func(asked) Likelihood { return Bernoulli{} },
	config.Gaussian:     newGaussian,
	config.SquaredError: func(asked) Likelihood { return SquaredError{} },
	config.Logistic:     newLogistic,
	config.DMOL:         newMixture,
	config.BetaBinomial: newBetaBinomial,
	config.Categorical:  func(a asked) Likelihood { return Categorical{a.Levels} },
}

// New returns the likelihood that a configuration names, of images of a shape. Its parameters have no memory yet.
func New(c config.Model, image config.Shape) (Likelihood, error) {
	form, err := config.ParseLikelihood(string(c.Likelihood))
	maker, ok := makers[form.Kind]
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, fmt.Errorf("unknown likelihood %q", c.Likelihood)
	case form.OfLevels() && form.Levels == 0:
		return nil, fmt.Errorf("likelihood %s without a number of levels", c.Likelihood)
	case form.Kind == config.DMOL && image.Channels != 1 && image.Channels != 3:
		return nil, fmt.Errorf("likelihood %s of images of %d channels, where it is for 1 and 3", c.Likelihood, image.Channels)
	}
	return maker(asked{form, c.Sigma, image.Channels}), nil
}

// Keeper is a likelihood that saves parameters which are not trained.
type Keeper interface{ Saved() []*graph.Param }

// TermName is what the part of a loss is called: of a model with a density over z, and on
// black and white pixels or others.
func (f Facts) TermName(density, blackAndWhite bool) string {
	switch {
	case !f.Nats:
		return f.Loss
	case f.GreyTerm != "" && !blackAndWhite:
		return f.GreyTerm
	case f.Probabilities && !density:
		return f.Loss
	}
	return f.Term
}
