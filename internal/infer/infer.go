// Package infer uses a trained model: it encodes, decodes, samples and
// reconstructs, image by image on the outside and in batches on the inside.
//
// Every result is a function of the model, the image and, where there is noise,
// of the seed and the image's number: neither the batch size nor the number of
// threads nor the company of other images changes it.
//
// Shapes: B rows of a batch, D pixels of an image, L latents, C classes of a
// conditional model. There a label is the index of a class in Model.Classes.
package infer

import (
	"errors"
	"fmt"

	"vae/internal/dataset"
	"vae/internal/kernel"
	"vae/internal/model"
	"vae/internal/rng"
)

// Code is q(z|x) of one image: the means and log-variances [L] of its latents. The
// code of an autoencoder that is not variational is a point: Mu, and Logvar is nil.
type Code struct{ Mu, Logvar []float32 }

// Draw writes to z [L] a draw from the code, which of a point is the point; number
// is the image's place among the inputs.
func (c Code) Draw(z []float32, seed, number uint64) {
	if c.Logvar == nil {
		copy(z, c.Mu)
		return
	}
	rng.Normal(z, rng.Stream(seed, "draw from q(z|x)", number))
	kernel.Reparameterize(z, c.Mu, c.Logvar, z)
}

// Encoder encodes images.
type Encoder struct {
	model *model.Model
	graph *model.Encoder
}

// NewEncoder prepares the encoder of a model, for Rows of it at a time.
func NewEncoder(m *model.Model) (*Encoder, error) { return NewEncoderOf(m, Rows(m)) }

// NewEncoderOf is NewEncoder for so many images at a time.
func NewEncoderOf(m *model.Model, rows int) (*Encoder, error) {
	graph, err := m.NewEncoder(rows)
	if err != nil {
		return nil, err
	}
	return &Encoder{m, graph}, nil
}

// Encode returns the codes of as many images of D pixels each as it is for, or fewer. A
// conditional model needs the label of each image, another takes nil. The codes are
// valid until the next call.
func (e *Encoder) Encode(images []dataset.Pixels, labels []int) ([]Code, error) {
	d, l := e.model.Shape().Pixels(), e.model.Latent()
	if rows := e.graph.Rows(); len(images) > rows {
		return nil, fmt.Errorf("%d images in a batch of %d", len(images), rows)
	}
	if err := fillLabels(e.graph.Labels, e.model, labels, len(images)); err != nil {
		return nil, err
	}
	for i, pixels := range images {
		if pixels.Len() != d {
			return nil, fmt.Errorf("an image of %d values for a model of %v", pixels.Len(), e.model.Shape())
		}
		pixels.Floats(e.graph.X[i*d : (i+1)*d])
	}
	mu, logvar, err := e.graph.Run()
	if err != nil {
		return nil, err
	}
	codes := make([]Code, len(images))
	for i := range codes {
		codes[i].Mu = mu[i*l : (i+1)*l : (i+1)*l]
		if logvar != nil {
			codes[i].Logvar = logvar[i*l : (i+1)*l : (i+1)*l]
		}
	}
	return codes, nil
}

// pixels are those of image i of the last call [D].
func (e *Encoder) pixels(i int) []float32 {
	d := e.model.Shape().Pixels()
	return e.graph.X[i*d : (i+1)*d]
}

// Decoder decodes latents.
type Decoder struct {
	model *model.Model
	graph *model.Decoder
	rows  int
}

// NewDecoder prepares the decoder of a model, for Rows of it at a time.
func NewDecoder(m *model.Model) (*Decoder, error) { return NewDecoderOf(m, Rows(m)) }

// NewDecoderOf is NewDecoder for so many latents at a time.
func NewDecoderOf(m *model.Model, rows int) (*Decoder, error) {
	graph, err := m.NewDecoder(rows)
	if err != nil {
		return nil, err
	}
	return &Decoder{m, graph, rows}, nil
}

// Rows is how many latents it decodes at a time.
func (d *Decoder) Rows() int { return d.rows }

// Decode returns the mean images [D] of p(x|z) for as many latents [L] as it is for, or fewer. A
// conditional model needs the label of each, another takes nil. The images are
// valid until the next call.
func (d *Decoder) Decode(latents [][]float32, labels []int) ([][]float32, error) {
	if len(latents) > d.rows {
		return nil, fmt.Errorf("%d latents in a batch of %d", len(latents), d.rows)
	}
	if err := fillLabels(d.graph.Labels, d.model, labels, len(latents)); err != nil {
		return nil, err
	}
	return d.decode(latents)
}

// DecodeMixed is Decode for a conditional model, of which each latent has a mix of labels: the
// weights of the classes [n,C].
func (d *Decoder) DecodeMixed(latents [][]float32, mix []float32) ([][]float32, error) {
	if n, c := len(latents), len(d.model.Classes()); n > d.rows || c == 0 || len(mix) != n*c {
		return nil, fmt.Errorf("%d weights of %d latents for a model of %d classes and batches of %d", len(mix), n, c, d.rows)
	}
	copy(d.graph.Labels, mix)
	return d.decode(latents)
}

// decode decodes latents whose labels are in place.
func (d *Decoder) decode(latents [][]float32) ([][]float32, error) {
	l, pixels := d.model.Latent(), d.model.Shape().Pixels()
	for i, z := range latents {
		if len(z) != l {
			return nil, fmt.Errorf("%d latents for a model of %d", len(z), l)
		}
		copy(d.graph.Z[i*l:(i+1)*l], z)
	}
	mean, err := d.graph.Run()
	if err != nil {
		return nil, err
	}
	images := make([][]float32, len(latents))
	for i := range images {
		images[i] = mean[i*pixels : (i+1)*pixels]
	}
	return images, nil
}

// output is the decoder's output for row i of the last call, as the likelihood takes it.
func (d *Decoder) output(i int) []float32 {
	all := d.graph.Output()
	n := len(all) / d.rows
	return all[i*n : (i+1)*n]
}

// fillLabels writes n labels as rows [C] of one-hot to dst [B,C]; dst is nil unless
// the model is conditional.
func fillLabels(dst []float32, m *model.Model, labels []int, n int) error {
	classes := len(m.Classes())
	switch {
	case classes == 0 && labels != nil:
		return errors.New("labels for a model that is not conditional")
	case classes == 0:
		return nil
	case len(labels) != n:
		return fmt.Errorf("%d labels for %d rows of a conditional model", len(labels), n)
	}
	for i, label := range labels {
		if label < 0 || label >= classes {
			return fmt.Errorf("label %d for a model of %d classes", label, classes)
		}
		row := dst[i*classes : (i+1)*classes]
		clear(row)
		row[label] = 1
	}
	return nil
}
