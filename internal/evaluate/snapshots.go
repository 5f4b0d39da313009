package evaluate

import (
	"io"
	"slices"

	"vae/internal/infer"
	"vae/internal/model"
	"vae/internal/render"
)

// Snapshots draws the same images of a model again and again, as its parameters change: the draws
// of z belong to the seed. They are the images, and the picture, that a sampler draws of the finished model
// with this seed.
type Snapshots struct {
	model   *model.Model
	n       int
	sampler *infer.Sampler
}

// NewSnapshots prepares to draw n images of a variational autoencoder; of a conditional one not
// of the classes that training has not seen.
func NewSnapshots(m *model.Model, n int, seed uint64, unseen []string) (*Snapshots, error) {
	o := infer.SampleOptions{Seed: seed, Temperature: 1}
	var known []int
	for class, name := range m.Classes() {
		if !slices.Contains(unseen, name) {
			known = append(known, class)
		}
	}
	if len(known) > 0 {
		o.Plan = infer.AnyClass(seed, len(known)).Of(known)
	}
	sampler, err := infer.NewSampler(m, o)
	return &Snapshots{m, n, sampler}, err
}

// PNG draws the images with the parameters as they are.
func (s *Snapshots) PNG(w io.Writer) error {
	s.sampler.Restart()
	shape := s.model.Shape()
	g := render.Grid{Width: shape.Width, Height: shape.Height, Channels: shape.Channels, Scale: render.DefaultScale, Padding: render.DefaultPadding}
	return g.PNG(w, s.n, s.sampler.Next)
}

// SnapshotsSize is how many bytes the graphs of NewSnapshots take, of a model that need not have
// memory of its own.
func SnapshotsSize(m *model.Model) (int, error) { return m.DecoderSize(infer.Rows(m)) }
