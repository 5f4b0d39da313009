package render

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

var parquetColumns = []Column{{Name: "name", Text: true}, {Name: "label", Text: true, Optional: true}, {Name: "percentile", Optional: true}, {Name: "z_10"}, {Name: "z_2"}}

// parquetOf is a table of n rows, of which some have no label and some no percentile.
func parquetOf(t *testing.T, w io.Writer, n int) {
	t.Helper()
	p := begun(w, parquetColumns)
	for i := range n {
		text, values := []string{fmt.Sprint("é/", i, ".png"), fmt.Sprint(i % 3)}, []float32{float32(i), float32(math.Inf(1)), math.Float32frombits(uint32(i))}
		if i%3 == 0 {
			text[1], values[0], values[2] = "", float32(math.NaN()), float32(math.NaN())
		}
		if err := p.Row(text, values); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

// The columns are in their order, and have the names, texts and bits that they were given.
func TestParquet(t *testing.T) {
	for _, n := range []int{0, 1, parquetBatch, 1000} {
		var b bytes.Buffer
		parquetOf(t, &b, n)
		r := parquet.NewReader(bytes.NewReader(b.Bytes()))
		for i, field := range r.Schema().Fields() {
			if c := parquetColumns[i]; field.Name() != c.Name || field.Optional() != c.Optional || c.Text != (field.Type().LogicalType() != nil) {
				t.Errorf("column %d is %v, want %+v", i, field, c)
			}
		}
		rows := make([]parquet.Row, n+1)
		if got, err := r.ReadRows(rows); got != n || err != nil && err != io.EOF {
			t.Fatalf("%d rows of %d: %v", got, n, err)
		}
		for i, row := range rows[:n] {
			want := fmt.Sprintf("é/%d.png %d %g +Inf %x", i, i%3, float32(i), i)
			if i%3 == 0 {
				want = fmt.Sprintf("é/%d.png <null> <null> +Inf %x", i, math.Float32bits(float32(math.NaN())))
			}
			if got := fmt.Sprintf("%s %v %v %v %x", row[0], row[1], row[2], row[3], math.Float32bits(row[4].Float())); got != want {
				t.Errorf("row %d: %s, want %s", i, got, want)
			}
		}
	}
}

// The same rows have the same bytes, on every machine and with every version of this program.
func TestParquetBytesStayAsTheyAre(t *testing.T) {
	const want = "ffe47bd0cc857f10e940f323fb2b16dd60bff79e87ab7f889059bcf52e0b1f1b"
	var b bytes.Buffer
	parquetOf(t, &b, 1000)
	if got := fmt.Sprintf("%x", sha256.Sum256(b.Bytes())); got != want {
		t.Errorf("%d bytes: %s, want %s", b.Len(), got, want)
	}
}

// A row group is written when it is full: memory does not grow with the rows.
func TestParquetStreams(t *testing.T) {
	columns := make([]Column, 64)
	for i := range columns {
		columns[i].Name = fmt.Sprint("z_", i)
	}
	written := &tally{}
	p := begun(written, columns)
	values, group := make([]float32, len(columns)), parquetValues/len(columns)
	for range 3 * group {
		if err := p.Row(nil, values); err != nil {
			t.Fatal(err)
		}
	}
	if least := int64(2 * 4 * group * len(columns)); written.n < least {
		t.Errorf("%d bytes written before the end, of %d", written.n, 3*4*group*len(columns))
	}
}

type tally struct{ n int64 }

func (t *tally) Write(b []byte) (int, error) {
	t.n += int64(len(b))
	return len(b), nil
}

func TestParquetRefusesOtherRows(t *testing.T) {
	for _, row := range []struct {
		text   []string
		values int
	}{{[]string{"a"}, 3}, {[]string{"a", "b"}, 2}, {[]string{"a", "b", "c"}, 3}, {[]string{"a", "b"}, 4}} {
		if err := begun(io.Discard, parquetColumns).Row(row.text, make([]float32, row.values)); err == nil {
			t.Errorf("a row of %d texts and %d numbers was taken", len(row.text), row.values)
		}
	}
}

func TestParquetReportsWhatCannotBeWritten(t *testing.T) {
	full := errors.New("disk full")
	p := begun(failing{full}, parquetColumns)
	if err := p.Row([]string{"a", "b"}, make([]float32, 3)); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); !errors.Is(err, full) {
		t.Errorf("%v, want %v", err, full)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// begun is a table of few columns.
func begun(w io.Writer, columns []Column) *Parquet {
	p, err := NewParquet(w, columns)
	if err != nil {
		panic(err)
	}
	return p
}

// More columns than the format's writer can name are an error, not a panic.
func TestParquetOfTooManyColumns(t *testing.T) {
	if _, err := NewParquet(io.Discard, make([]Column, 70_000)); err == nil || !strings.Contains(err.Error(), "70000 columns") {
		t.Errorf("%v", err)
	}
}
