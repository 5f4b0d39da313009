package model

import (
	"vae/internal/layer"
	"vae/internal/likelihood"
)

// dense is the fully connected layer of a name.
func (m *Model) dense(name string) *layer.Dense {
	for _, l := range m.layers() {
		if d, ok := l.(*layer.Dense); ok && d.Name == name {
			return d
		}
	}
	panic("no layer " + name)
}

// decoderLayer is layer i of the decoder.
func (m *Model) decoderLayer(i int) *layer.Dense { return m.decoder[i].(*layer.Dense) }

// logvarOfPixels is the parameter of a learned sigma; nil of another likelihood.
func (m *Model) logvarOfPixels() *Param {
	if g, ok := m.likelihood.(*likelihood.Gaussian); ok && len(g.Params()) > 0 {
		return g.Params()[0]
	}
	return nil
}
