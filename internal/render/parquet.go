package render

import (
	"fmt"
	"io"
	"math"
	"reflect"

	"github.com/parquet-go/parquet-go"
)

const (
	parquetGroup  = 122_880 // most rows of a row group, of which DuckDB gives one to a thread
	parquetValues = 1 << 22 // most values of one: memory does not grow with the columns
	parquetBatch  = 256     // rows that are handed on together
)

// Column is one of a Parquet table: of texts, or of float32. An optional one may have rows without: an empty text, or NaN.
type Column struct {
	Name           string
	Text, Optional bool
}

// Parquet writes a table in Apache Parquet, row after row, a row group at a time. The same rows give the same bytes: nothing in the file
// tells of when or by which version it was written. Texts are packed by Zstandard; numbers stay as they are, for they would hardly
// become fewer.
type Parquet struct {
	writer  *parquet.Writer
	columns []Column
	rows    []parquet.Row // to be handed on
}

// NewParquet starts a table.
func NewParquet(w io.Writer, columns []Column) *Parquet {
	fields := make([]reflect.StructField, len(columns))
	for i, c := range columns {
		tag, kind := ",plain", reflect.TypeFor[float32]()
		if c.Text {
			tag, kind = ",zstd", reflect.TypeFor[string]()
		}
		if c.Optional {
			tag += ",optional"
		}
		fields[i] = reflect.StructField{Name: fmt.Sprint("C", i), Type: kind, Tag: reflect.StructTag(fmt.Sprintf("parquet:%q", c.Name+tag))}
	}
	schema := parquet.NewSchema("vae", parquet.SchemaOf(reflect.New(reflect.StructOf(fields)).Interface()))
	rows := int64(min(parquetGroup, max(1, parquetValues/len(columns))))
	return &Parquet{parquet.NewWriter(w, schema, parquet.CreatedBy("vae", "1", "0"), parquet.MaxRowsPerRowGroup(rows)), columns, nil}
}

// Row writes one row, its texts and its numbers each in the order of their columns.
func (p *Parquet) Row(text []string, values []float32) error {
	row := make(parquet.Row, 0, len(p.columns))
	for i, c := range p.columns {
		var v parquet.Value
		switch {
		case c.Text && len(text) > 0:
			if text[0] != "" || !c.Optional {
				v = parquet.ByteArrayValue([]byte(text[0]))
			}
			text = text[1:]
		case !c.Text && len(values) > 0:
			if !math.IsNaN(float64(values[0])) || !c.Optional {
				v = parquet.FloatValue(values[0])
			}
			values = values[1:]
		default:
			return fmt.Errorf("parquet row without a value of %s", c.Name)
		}
		level := 0
		if c.Optional && !v.IsNull() {
			level = 1
		}
		row = append(row, v.Level(0, level, i))
	}
	if len(text)+len(values) > 0 {
		return fmt.Errorf("parquet row of more than %d values", len(p.columns))
	}
	if p.rows = append(p.rows, row); len(p.rows) == parquetBatch {
		return p.hand()
	}
	return nil
}

// hand hands the rows on.
func (p *Parquet) hand() error {
	_, err := p.writer.WriteRows(p.rows)
	p.rows = p.rows[:0]
	return err
}

// Close writes what is left, and the end of the file. It must be called after the last row.
func (p *Parquet) Close() error {
	if err := p.hand(); err != nil {
		return err
	}
	return p.writer.Close()
}
