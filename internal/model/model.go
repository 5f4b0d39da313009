// Package model composes an autoencoder, variational or not, of its parts, states the
// objectives that train it, and makes the graphs that score images with it, encode and
// decode.
//
// Shapes: B rows of a batch, K draws an image, D pixels of an image, H hidden
// units, L latents, C classes of a conditional model.
package model

import (
	"fmt"
	"slices"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/layer"
	"vae/internal/likelihood"
	"vae/internal/posterior"
	"vae/internal/prior"
	"vae/internal/run"
)

// Param is one named parameter.
type Param = graph.Param

// Model is an autoencoder: levels of latents, of which a plain autoencoder has one, a
// decoder from the lowest level to the pixels, and a likelihood. Where the model
// is conditional, the label joins the inputs of the lowest encoder and of the decoder.
type Model struct {
	config     config.Model
	shape      config.Shape
	levels     []Level // the lowest first
	planes     bool    // labels join an image as channels of it, not behind its pixels
	codePixels int     // of a map of latents, of which labels join each as channels; 1 of a vector
	decoder    layer.Stack
	likelihood likelihood.Likelihood
	params     []*Param
	fixed      []*Param // saved with the model and not trained
}

// Level is one level of latents: what the encoder makes of the level below, or of the
// pixels, and what its latents are drawn from.
type Level struct {
	Latents     int // L
	Posterior   posterior.Posterior
	Prior       prior.Prior        // of the uppermost level; nil where it is not known
	Conditional *prior.Conditional // p(z|z above), of a level below another
}

// New builds a model for images of the given shape with the initial weights
// that belong to the seed.
func New(c config.Model, shape config.Shape, seed uint64) (*Model, error) {
	m, err := build(c, shape)
	if err != nil {
		return nil, err
	}
	return m, m.layers().Init(c.Init, seed)
}

// Restore builds the model that a run has saved. The saved tensors must be
// exactly those that the configuration calls for.
func Restore(saved *run.Model) (*Model, error) {
	shape, err := saved.Config.Data.Shape()
	if err != nil {
		return nil, err
	}
	if shape.Pixels() == 0 {
		return nil, fmt.Errorf("image size %v is incomplete: a model's own configuration must give image_size and channels", shape)
	}
	if c := saved.Config.Model; c.Conditional != (len(c.Classes) > 0) {
		return nil, fmt.Errorf("its configuration contradicts itself: conditional is %v, with %d classes", c.Conditional, len(c.Classes))
	}
	if err := saved.Config.Data.Contradiction(); err != nil {
		return nil, fmt.Errorf("its configuration contradicts itself: %w", err)
	}
	m, err := build(saved.Config.Model, shape)
	if err != nil {
		return nil, err
	}
	if err := m.Load(saved.Tensors); err != nil {
		return nil, err
	}
	if err := m.config.Contradiction(); err != nil { // the tensors do not show every one
		return nil, fmt.Errorf("its configuration contradicts itself: %w", err)
	}
	return m, nil
}

// Config returns the configuration that the model was built from.
func (m *Model) Config() config.Model { return m.config }

// Shape returns the shape of an image.
func (m *Model) Shape() config.Shape { return m.shape }

// Latent returns L, of the lowest level: what an image is encoded to.
func (m *Model) Latent() int { return m.levels[0].Latents }

// Levels returns the levels of latents, the lowest first.
func (m *Model) Levels() []Level { return m.levels }

// Top returns the uppermost level.
func (m *Model) Top() Level { return m.levels[len(m.levels)-1] }

// Likelihood returns p(x|z).
func (m *Model) Likelihood() likelihood.Likelihood { return m.likelihood }

// Variational reports whether q(z|x) is a distribution, and not a point.
func (m *Model) Variational() bool { return !m.levels[0].Posterior.Point() }

// StandardNormal reports whether the latents that an image is encoded to have the
// standard normal for a prior.
func (m *Model) StandardNormal() bool {
	p := m.levels[0].Prior
	return p != nil && p.StandardNormal()
}

// Fitted returns the distribution, fitted to codes, that z is drawn from; nil of a model
// that has another, or none.
func (m *Model) Fitted() *prior.Fitted {
	f, _ := m.Top().Prior.(*prior.Fitted)
	return f
}

// LatentPlaces is how many places the map has that the latents are; 1 where they are none.
func (m *Model) LatentPlaces() int { return m.codePixels }

// Classes returns the names of the labels of a conditional model, else nothing.
func (m *Model) Classes() []string { return m.config.Classes }

// Params returns the parameters that are trained in the order of PyTorch's state_dict.
func (m *Model) Params() []*Param { return m.params }

// Fixed returns what is saved with the model beside its parameters and no gradient trains, such
// as running moments, in the order of PyTorch's state_dict.
func (m *Model) Fixed() []*Param { return m.fixed }

// InEncoder reports whether a parameter is one of q(z|x).
func (m *Model) InEncoder(p *Param) bool {
	return slices.ContainsFunc(m.levels, func(l Level) bool {
		return slices.Contains(l.Posterior.Layers().Params(), p)
	})
}
