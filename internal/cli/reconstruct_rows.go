package cli

import (
	"context"
	"io"

	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/render"
)

// figures writes errors as CSV or Parquet, or reconstructions as NPY.
func (r *reconstructing) figures(ctx context.Context, w io.Writer) error {
	columns := []string{"mse"}
	probabilities := r.model.Likelihood().Facts().Probabilities
	if probabilities {
		columns = append(columns, "bce")
	}
	var table interface {
		Row(texts []string, values []float32) error
		Close() error
	}
	texts := r.texts
	switch r.out.format {
	case "npy":
		return r.array(ctx, w)
	case "parquet":
		parquet, err := render.NewParquet(w, r.parquetColumns(columns...))
		if err != nil {
			return err
		}
		table = parquet
	default:
		table, texts = render.NewCSV(w, r.header(columns...)), r.cells
	}
	err := r.each(ctx, func(item dataset.Item, pair infer.Reconstruction) error {
		values := []float32{float32(pair.MSE)}
		if probabilities {
			values = append(values, float32(pair.BCE))
		}
		return table.Row(texts(item), values)
	})
	if err != nil {
		return err
	}
	return table.Close()
}

func (r *reconstructing) array(ctx context.Context, w io.Writer) error {
	spool, err := render.NewNPYSpool(w, imageAxes(r.model.Shape())...)
	if err != nil {
		return err
	}
	defer spool.Abort()
	if err := r.each(ctx, func(_ dataset.Item, pair infer.Reconstruction) error { return spool.Write(pair.Image) }); err != nil {
		return err
	}
	return spool.Close()
}
