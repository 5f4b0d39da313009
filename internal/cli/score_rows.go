package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/render"
)

// scoreRows is a table of scores in one of the output formats.
type scoreRows interface {
	row(scored) error
	close() error
	abort() // after an error; nothing after close
}

func (w *scoring) newRows(out io.Writer) (scoreRows, error) {
	switch w.out.format {
	case "npy":
		spool, err := render.NewNPYSpool(out, 1+len(w.names))
		return scoreArray{spool}, err
	case "parquet":
		columns := w.parquetColumns(append([]string{percentileColumn}, w.names...)...)
		columns[len(columns)-1-len(w.names)].Optional = true
		table, err := render.NewParquet(out, columns)
		return scoreParquet{w, table}, err
	case "json":
		return &scoreObject{scoring: w, w: out}, nil
	}
	columns := append([]string{percentileColumn}, w.names...)
	return &scoreTable{scoring: w, table: render.NewCSV(out, w.header(columns...))}, nil
}

const percentileColumn = "percentile"

// percentText writes a percentile, "" where there is none.
func percentText(percentile float64) string {
	if math.IsNaN(percentile) {
		return ""
	}
	return strconv.FormatFloat(math.Round(percentile*100)/100, 'f', -1, 64)
}

// scoreTable is CSV.
type scoreTable struct {
	*scoring
	table *render.CSV
}

func (t *scoreTable) row(s scored) error {
	return t.table.Row(append(t.cells(s.Item), percentText(s.percentile)), s.values)
}

func (t *scoreTable) close() error { return t.table.Flush() }
func (t *scoreTable) abort()       {}

// scoreArray is NPY: the percentile, then the scores.
type scoreArray struct{ spool *render.NPYSpool }

func (a scoreArray) row(s scored) error {
	return a.spool.Write(append([]float32{float32(s.percentile)}, s.values...))
}

func (a scoreArray) close() error { return a.spool.Close() }
func (a scoreArray) abort()       { _ = a.spool.Abort() }

// scoreParquet is Parquet, whose percentile is that of NPY, or null for none.
type scoreParquet struct {
	*scoring
	table *render.Parquet
}

func (p scoreParquet) row(s scored) error {
	return p.table.Row(p.texts(s.Item), append([]float32{float32(s.percentile)}, s.values...))
}

func (p scoreParquet) close() error { return p.table.Close() }
func (p scoreParquet) abort()       {}

// scoreObject is JSON, an object whose images are written as they come.
type scoreObject struct {
	*scoring
	w    io.Writer
	rows int
}

// row writes an image with its scores in their order.
func (o *scoreObject) row(s scored) error {
	before := ",\n"
	if o.rows++; o.rows == 1 {
		before = o.head()
	}
	fields := []string{field("name", console.ValidText(s.Name))}
	if o.stream.Labelled() {
		fields = append(fields, field("label", console.ValidText(s.Label)))
	}
	percentile := "null"
	if text := percentText(s.percentile); text != "" {
		percentile = text
	}
	fields = append(fields, `"percentile": `+percentile)
	for i, v := range s.values {
		fields = append(fields, field(o.names[i], v))
	}
	_, err := fmt.Fprintf(o.w, "%s    {%s}", before, strings.Join(fields, ", "))
	return err
}

func (o *scoreObject) head() string {
	return fmt.Sprintf("{\n  %s,\n  %s,\n  \"images\": [\n", field("model", console.ValidText(o.model.file)), field("by", o.names[o.ranking]))
}

func (o *scoreObject) close() error {
	text := "\n  ]"
	if o.rows == 0 {
		text = o.head() + "  ]"
	}
	if len(o.anomaly) > 0 {
		areas := make([]string, len(o.names))
		for i, name := range o.names {
			areas[i] = field(name, o.apart.area(o.anomaly, i))
		}
		text += fmt.Sprintf(",\n  %s,\n  \"auroc\": {%s}", field("anomaly", o.anomaly), strings.Join(areas, ", "))
	}
	_, err := io.WriteString(o.w, text+"\n}\n")
	return err
}

func (o *scoreObject) abort() {}

// field is a part of a JSON object; the value is a text, texts, or a finite number.
func field(name string, value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return strconv.Quote(name) + ": " + string(text)
}

// printAreas says how well the scores tell the images of --anomaly from the others.
func (w *scoring) printAreas() {
	if len(w.anomaly) == 0 {
		return
	}
	ours := 0
	for _, label := range w.apart.labels {
		if slices.Contains(w.anomaly, label) {
			ours++
		}
	}
	var areas []string
	for i, name := range w.names {
		areas = append(areas, fmt.Sprintf("%s %.4f", name, w.apart.area(w.anomaly, i)))
	}
	fmt.Fprintf(w.notes.W, "AUROC of label %s, %s of %s: %s\n", console.Listed(w.anomaly),
		console.Comma(ours), console.Count(len(w.apart.labels), "image"), console.Join(areas))
}

// rank scores all images and keeps the top ones.
func (w *scoring) rank() (*infer.Nearest[scored], error) {
	ranked := infer.NewNearest[scored](nil, w.top)
	err := w.all(func(s scored) error {
		distance := -float64(s.values[w.ranking])
		if !ranked.Takes(distance) {
			return nil
		}
		if s.Pixels = (dataset.Pixels{}); w.out.format == "png" {
			s.original, s.image = slices.Clone(s.original), slices.Clone(s.image)
		} else {
			s.original, s.image = nil, nil
		}
		ranked.Add(s, distance)
		return nil
	})
	return ranked, err
}

// picture draws the most unusual images above their reconstructions.
func (w *scoring) picture() error {
	var pairs []infer.Reconstruction
	err := w.each(func(s scored) error {
		text := fmt.Sprintf("%s %.6g", w.names[w.ranking], s.values[w.ranking])
		if percentile := percentText(s.percentile); percentile != "" {
			text += ", percentile " + percentile
		}
		w.notes.Printf("%s: %s\n", console.OneLine(s.Name), text)
		pairs = append(pairs, infer.Reconstruction{Original: s.original, Image: s.image})
		return nil
	})
	if err != nil {
		return err
	}
	w.printAreas()
	if len(pairs) == 0 {
		w.notes.Printf("no image is at or above %s: there is nothing to draw\n", w.barText())
		return nil
	}
	return drawPairs(w.ctx, &w.out, w.model, pairs, w.streams)
}
