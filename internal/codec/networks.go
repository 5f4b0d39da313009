package codec

import "vae/internal/model"

// networks are those of a model, for so many rows at a time.
type networks struct {
	model   *model.Model
	rows    int
	pixels  []float32 // of each level of a value, 0 to 1
	encoder *model.Encoder
	decoder *model.Decoder
	up      []*model.LevelEncoder // q(z|z below) of each level above the lowest
	down    []*model.PriorDecoder // p(z|z above) of each level below another
}

// newNetworks prepares those of a model of images whose values have so many levels. encoded and decoded are the rows of images
// and of latents; between levels there are the rows of latents.
func newNetworks(m *model.Model, levels, encoded, decoded int) (*networks, error) {
	n := &networks{model: m, rows: decoded, pixels: make([]float32, levels)}
	for i := range n.pixels {
		n.pixels[i] = float32(i) / float32(levels-1)
	}
	var err error
	if n.encoder, err = m.NewEncoder(encoded); err != nil {
		return nil, err
	}
	if n.decoder, err = m.NewDecoder(decoded); err != nil {
		return nil, err
	}
	for level := 1; level < len(m.Levels()); level++ {
		up, err := m.NewLevelEncoder(level, decoded)
		if err != nil {
			return nil, err
		}
		down, err := m.NewPriorDecoder(level-1, decoded)
		if err != nil {
			return nil, err
		}
		n.up, n.down = append(n.up, up), append(n.down, down)
	}
	return n, nil
}

// encode is q(z|x) of the lowest level, for some images.
func (n *networks) encode(images [][]uint16, classes []int) (density, error) {
	for i, image := range images {
		x := n.encoder.X[i*len(image):][:len(image)]
		for j, level := range image {
			x[j] = n.pixels[level]
		}
	}
	n.label(n.encoder.Labels, classes)
	mu, logvar, err := n.encoder.Run()
	return density{mu, logvar, true}, err
}

// decode is the decoder's output for latents of the lowest level.
func (n *networks) decode(z []float32, classes []int) ([]float32, error) {
	copy(n.decoder.Z, z)
	n.label(n.decoder.Labels, classes)
	if err := n.decoder.Forward(); err != nil {
		return nil, err
	}
	return n.decoder.Output(), nil
}

// label writes labels as rows of one-hot; dst is nil unless the model is conditional.
func (n *networks) label(dst []float32, classes []int) {
	if dst == nil {
		return
	}
	clear(dst)
	for i, class := range classes {
		dst[i*len(n.model.Classes())+class] = 1
	}
}

// encodeAbove is q(z|z below) of a level.
func (n *networks) encodeAbove(level int, below []float32) (density, error) {
	copy(n.up[level-1].Below, below)
	mu, logvar, err := n.up[level-1].Run()
	return density{mu, logvar, true}, err
}

// decodeBelow is p(z|z above) of a level.
func (n *networks) decodeBelow(level int, above []float32) (density, error) {
	copy(n.down[level].Above, above)
	mu, logvar, err := n.down[level].Run()
	return density{mu, logvar, false}, err
}

// density is the parameters of normal distributions of latents [rows,L], or with nil the standard one of all.
type density struct {
	mu, logvar []float32
	drawn      bool // it is q, from which latents are drawn before they are pushed under it
}

func (n *networks) outputs() int { return len(n.decoder.Output()) / n.rows }
