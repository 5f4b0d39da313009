package infer

import (
	"testing"

	"vae/internal/config"
	"vae/internal/model"
)

// Of large images and networks fewer go through a graph at once, so that it stays small.
func TestRows(t *testing.T) {
	for _, c := range []struct {
		encoder string
		size    int
		want    int
	}{
		{"", 28, BatchRows},
		{"conv:32:4:2:1,relu,conv:32:4:2:1,relu", 64, BatchRows},
		{"conv:32:4:2:1,relu,conv:32:4:2:1,relu", 512, 16},
		{"5*[conv:32:4:2:1,relu]", 2048, 1},
	} {
		cfg := config.Default().Model
		cfg.Encoder = c.encoder
		shape := config.Shape{Width: c.size, Height: c.size, Channels: 3}
		r, err := config.Config{Model: cfg, Data: config.Default().Data, Train: config.Default().Train}.Resolve(config.DataFacts{Name: "images", Shape: shape, Train: 1000, Levels: 256})
		if err != nil {
			t.Fatal(err)
		}
		m, err := model.Plan(r.Model, shape)
		if err != nil {
			t.Fatal(err)
		}
		rows := Rows(m)
		encoder, err := m.EncoderSize(rows)
		if err != nil {
			t.Fatal(err)
		}
		if rows != c.want || rows > 1 && encoder > batchBytes {
			t.Errorf("%q of %v: %d rows, want %d; their graph takes %d bytes", c.encoder, shape, rows, c.want, encoder)
		}
	}
}
