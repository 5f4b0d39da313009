package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"vae/internal/render"
	"vae/internal/render/plot"
)

var rateColumns = []string{"what", "quality", "bytes", "squared_error", "ms_ssim"}

// draw writes points as a table or a picture.
func (o *ratesOptions) draw(to io.Writer, points []ratePoint, note string) error {
	switch o.out.format {
	case "csv":
		table := render.NewCSV(to, rateColumns)
		for _, p := range points {
			if err := table.Row(append(o.out.cells(p.what), p.cells()...), nil); err != nil {
				return err
			}
		}
		return table.Flush()
	case "svg":
		return rateCurves(points, note, 1).SVG(to)
	default:
		return rateCurves(points, note, o.scale).PNG(to)
	}
}

// cells are the numbers of a row; what was not measured is empty.
func (p ratePoint) cells() (all []string) {
	for _, v := range []float64{p.quality, p.bytes, p.error, p.similar} {
		cell := ""
		if !math.IsNaN(v) {
			cell = strconv.FormatFloat(v, 'g', -1, 32)
		}
		all = append(all, cell)
	}
	return all
}

// rateCurves are those of the squared error and of MS-SSIM, over the rate.
func rateCurves(points []ratePoint, note string, scale int) plot.Curves {
	c := plot.Curves{Title: "What an image takes, and what is lost", Note: note, XLabel: "bytes an image", LogX: true, Scale: scale}
	c.Panels = []plot.Panel{
		{Label: "mean squared error of a pixel", Log: true, Series: rateSeries(points, func(p ratePoint) float64 { return p.error })},
		{Label: "MS-SSIM", Series: rateSeries(points, func(p ratePoint) float64 { return p.similar })},
	}
	return c
}

// rateSeries is a curve of each coder, by the rate.
func rateSeries(points []ratePoint, of func(ratePoint) float64) (all []plot.Series) {
	var names []string
	for _, p := range points {
		if !slices.Contains(names, p.what) {
			names = append(names, p.what)
		}
	}
	for _, name := range names {
		own := slices.DeleteFunc(slices.Clone(points), func(p ratePoint) bool { return p.what != name || !(p.bytes > 0) })
		slices.SortStableFunc(own, func(a, b ratePoint) int { return int(math.Copysign(1, a.bytes-b.bytes)) })
		s := plot.Series{Name: name}
		for i, p := range own {
			if i > 0 && p.bytes == own[i-1].bytes {
				continue
			}
			s.X, s.Y = append(s.X, p.bytes), append(s.Y, of(p))
		}
		all = append(all, s)
	}
	return all
}

// parseRates reads a table as draw writes it, whose last column may be missing, or empty in rows that it was not measured of.
func parseRates(from io.Reader) (points []ratePoint, err error) {
	rows, err := csv.NewReader(from).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) < 2 {
		return nil, errors.New("has no rows")
	}
	var places [5]int
	for i, column := range rateColumns {
		if places[i] = slices.Index(rows[0], column); places[i] < 0 && i < len(rateColumns)-1 {
			return nil, fmt.Errorf("has no column %s: the columns are what, quality, bytes, squared_error, ms_ssim", column)
		}
	}
	for number, row := range rows[1:] {
		p := ratePoint{what: render.Unguarded(row[places[0]]), similar: math.NaN()}
		for i, to := range []*float64{&p.quality, &p.bytes, &p.error, &p.similar} {
			if places[i+1] < 0 || to == &p.similar && row[places[i+1]] == "" {
				continue
			}
			if *to, err = strconv.ParseFloat(row[places[i+1]], 64); err != nil {
				return nil, fmt.Errorf("row %d: %q in column %s is no number", number+1, row[places[i+1]], rateColumns[i+1])
			}
		}
		points = append(points, p)
	}
	return points, nil
}
