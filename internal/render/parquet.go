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
// tells of when or by which version it was written. Texts are packed by gzip, which takes less memory than Zstandard; numbers stay as they are, for they would hardly
// become fewer.
type Parquet struct {
	writer  *parquet.GenericWriter[any]
	columns []Column
	texts   int           // of them
	rows    []parquet.Row // to be handed on
}

// NewParquet starts a table. Errors: more columns than the format's writer has.
func NewParquet(w io.Writer, columns []Column) (*Parquet, error) {
	if len(columns) > parquet.MaxColumnIndex {
		return nil, fmt.Errorf("a table of %d columns is more than Parquet takes here, %d: CSV and NPY take any", len(columns), parquet.MaxColumnIndex)
	}
	fields, texts := make([]reflect.StructField, len(columns)), 0
	for i, c := range columns {
		tag, kind := ",plain", reflect.TypeFor[float32]()
		if c.Text {
			tag, kind = ",gzip", reflect.TypeFor[string]()
			texts++
		}
		if c.Optional {
			tag += ",optional"
		}
		fields[i] = reflect.StructField{Name: fmt.Sprint("C", i), Type: kind, Tag: reflect.StructTag(fmt.Sprintf("parquet:%q", c.Name+tag))}
	}
	schema := parquet.NewSchema("vae", parquet.SchemaOf(reflect.New(reflect.StructOf(fields)).Interface()))
	rows := int64(min(parquetGroup, max(1, parquetValues/len(columns))))
	return &Parquet{parquet.NewGenericWriter[any](w, schema, parquet.CreatedBy("vae", "1", "0"), parquet.MaxRowsPerRowGroup(rows)), columns, texts, nil}, nil
}

// Row writes one row, its texts and its numbers each in the order of their columns.
func (p *Parquet) Row(text []string, values []float32) error {
	if texts := p.texts; len(text) != texts || len(values) != len(p.columns)-texts {
		return fmt.Errorf("parquet row of %d texts and %d numbers in a table of %d and %d", len(text), len(values), texts, len(p.columns)-texts)
	}
	row := p.next()
	for i, c := range p.columns {
		var v parquet.Value // null
		switch {
		case c.Text:
			if text[0] != "" || !c.Optional {
				v = parquet.ByteArrayValue([]byte(text[0]))
			}
			text = text[1:]
		default:
			if !math.IsNaN(float64(values[0])) || !c.Optional {
				v = parquet.FloatValue(values[0])
			}
			values = values[1:]
		}
		level := 0
		if c.Optional && !v.IsNull() {
			level = 1
		}
		row[i] = v.Level(0, level, i)
	}
	if len(p.rows) == parquetBatch {
		return p.hand()
	}
	return nil
}

// next is another row to be handed on, in the memory of an earlier one.
func (p *Parquet) next() parquet.Row {
	n := len(p.rows)
	if n == cap(p.rows) || p.rows[:n+1][n] == nil {
		p.rows = append(p.rows, make(parquet.Row, len(p.columns)))
	} else {
		p.rows = p.rows[:n+1]
	}
	return p.rows[n]
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
