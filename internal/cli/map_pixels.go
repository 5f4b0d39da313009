package cli

import (
	"context"
	"fmt"
	"math"
	"slices"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/stats"
)

// Of pixels a map takes the first principal components, which hold nearly all that can be
// seen of small images and none of their noise; and of large images smaller ones, as the
// time for the components grows with the cube of the pixels.
const (
	pixelComponents = 50
	pixelComponent  = "component_" // how the names of their columns begin
	maxPixelValues  = 1024
)

// pixelBasis turns pixels into what is mapped.
type pixelBasis struct {
	shape config.Shape
	d     int        // values of an image
	pca   *stats.PCA // nil where there is nothing to leave out
}

// pixelShape is the shape that all images are brought to: that of the first, or a smaller one
// of its proportions.
func pixelShape(ctx context.Context, args []string, maxPixels int, notes console.Notes) (config.Shape, error) {
	own, err := dataset.FirstShape(ctx, args, maxPixels)
	if err != nil {
		return own, err
	}
	shape := own
	if own.Pixels() > maxPixelValues {
		by := math.Sqrt(maxPixelValues / float64(own.Pixels()))
		shape.Width, shape.Height = max(1, int(by*float64(own.Width))), max(1, int(by*float64(own.Height)))
		for shape.Pixels() > maxPixelValues { // one side is 1
			shape.Width, shape.Height = (shape.Width+1)/2, (shape.Height+1)/2
		}
		notes.Printf("images of %s are mapped as %s\n", own, shape)
	}
	return shape, nil
}

// fit finds the components of the rows, whose values become those along them.
func (b *pixelBasis) fit(ctx context.Context, rows *mapRows, method mapMethod) (err error) {
	b.d = rows.width()
	b.keep(rows, method)
	n := rows.len()
	if min(n-1, b.d) <= pixelComponents || allAlike(rows.values, b.d) {
		return nil
	}
	at := func(dst []float32, i int) { copy(dst, rows.values[i*b.d:(i+1)*b.d]) }
	if b.pca, err = stats.FitPCA(ctx, at, n, b.d, pixelComponents); err != nil {
		return fmt.Errorf("principal components of the pixels: %w", err)
	}
	return b.apply(rows)
}

// keep keeps the pixels of rows where it is they that are mapped.
func (b *pixelBasis) keep(rows *mapRows, method mapMethod) {
	if method == mapPCA { // whose percentages are of all pixels
		rows.raw = rows.values
	}
}

// apply turns the pixels of rows into what is mapped.
func (b *pixelBasis) apply(rows *mapRows) error {
	if b.pca == nil {
		return nil
	}
	codes := make([]float32, rows.len()*pixelComponents)
	if err := b.pca.Encode(codes, rows.values); err != nil {
		return err
	}
	rows.values, rows.columns = codes, make([]string, pixelComponents)
	for i := range rows.columns {
		rows.columns[i] = fmt.Sprint(pixelComponent, i)
	}
	return nil
}

func allAlike(values []float32, l int) bool {
	return slices.Equal(values[l:], values[:len(values)-l])
}
