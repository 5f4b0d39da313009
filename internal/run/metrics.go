package run

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
)

// metricsHeader is the first line of metrics.csv. Later versions may add columns at
// its end, so that readers of the file take more.
const metricsHeader = "epoch,step,seconds,images_per_second," +
	"train_loss,train_reconstruction,train_kl,val_loss,val_reconstruction,val_kl,learning_rate,code_activation"

// maxMetrics is the largest metrics.csv that is read, in bytes: room for the rows of
// more epochs than can be configured.
const maxMetrics = 1 << 28

// A Row holds the figures of one epoch, losses in nats per image. The validation
// figures are NaN where there are no validation images. NaN is an empty cell.
type Row struct {
	Epoch, Step       int     // both counted from the start of the run
	Seconds           float64 // of the epoch's training, without validation; kept to the millisecond
	ImagesPerSecond   float64 // in that time; kept to the unit
	Train, Validation Terms   // means over the images; of the validation images the file keeps no activation
	LearningRate      float64 // at the end of the epoch
}

// metricsTable is metrics.csv, of which eachRow reads the rows.
var metricsTable = grown{MetricsFile, metricsHeader, maxMetrics, func(data []byte, use func(int, int64)) error {
	return eachRow(data, func(row Row, end int64) { use(row.Epoch, end) })
}}

// AppendMetrics adds a row to metrics.csv, and the header before the first. The
// line is on the disk when it returns; on an error the file is as it was.
func (d *Dir) AppendMetrics(row Row) error { return d.grow(metricsTable, row.line()) }

// KeepMetrics shortens metrics.csv to the rows of the first epochs of the run, which
// goes on after them. Rows that are missing are no error: it returns how many there
// are. On an error the file is as it was.
func (d *Dir) KeepMetrics(epochs int) (rows int, err error) {
	return d.keep(MetricsFile, epochs, func([]byte) (grown, error) { return metricsTable, nil })
}

// MetricsColumns are the names of the columns of metrics.csv.
func MetricsColumns() []string { return strings.Split(metricsHeader, ",") }

// line returns the row as a line of the file.
func (r Row) line() string { return strings.Join(r.Cells(), ",") + "\n" }

// Cells are the cells of the row in metrics.csv.
func (r Row) Cells() []string {
	cells := []string{
		strconv.Itoa(r.Epoch), strconv.Itoa(r.Step),
		cell(r.Seconds, 'f', 3), cell(r.ImagesPerSecond, 'f', 0),
	}
	for _, v := range []float64{
		r.Train.Loss, r.Train.Reconstruction, r.Train.KL,
		r.Validation.Loss, r.Validation.Reconstruction, r.Validation.KL, r.LearningRate, r.Train.Activation,
	} {
		cells = append(cells, cell(v, 'g', -1))
	}
	return cells
}

func cell(v float64, format byte, precision int) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, format, precision, 64)
}

// ReadMetrics reads metrics.csv of the run in the directory dir. Columns after those
// of this version are ignored.
func ReadMetrics(dir string) ([]Row, error) {
	return readMetrics(dir, func(data []byte) []byte { return data })
}

// MetricsSoFar is ReadMetrics of a run that may be training: a last line that is not whole yet is
// no row, and a file that is not begun has none.
func MetricsSoFar(dir string) ([]Row, error) {
	return readMetrics(dir, func(data []byte) []byte {
		if data = wholeLines(data); len(data) == 0 {
			return []byte(metricsHeader + "\n")
		}
		return data
	})
}

func readMetrics(dir string, part func(data []byte) []byte) ([]Row, error) {
	file := filepath.Join(dir, MetricsFile)
	data, err := readTable(file, maxMetrics)
	if err != nil {
		return nil, inFile(file, err)
	}
	rows, err := parseMetrics(part(data))
	if err != nil {
		return nil, inFile(file, err)
	}
	return rows, nil
}

func parseMetrics(data []byte) (rows []Row, err error) {
	err = eachRow(data, func(row Row, _ int64) { rows = append(rows, row) })
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// eachRow calls use with each row and the offset of the byte behind it.
func eachRow(data []byte, use func(row Row, end int64)) error {
	if n := len(data); n > 0 && data[n-1] != '\n' {
		return errors.New("its last line is cut short")
	}
	r := csv.NewReader(bytes.NewReader(data))
	header, err := r.Read()
	if err == io.EOF {
		return errors.New("is empty")
	}
	if err != nil {
		return err
	}
	columns := strings.Split(metricsHeader, ",")
	for i, name := range columns {
		if i >= len(header) || header[i] != name {
			return fmt.Errorf("its column %d should be %s", i+1, name)
		}
	}
	for {
		record, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		row, err := parseRow(record, columns)
		if err != nil {
			line, _ := r.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
		use(row, r.InputOffset())
	}
}

// parseRow decodes a record that has at least the given columns.
func parseRow(record, columns []string) (row Row, err error) {
	for i, v := range []*int{&row.Epoch, &row.Step} {
		if *v, err = strconv.Atoi(record[i]); err != nil || *v < 0 {
			return row, fmt.Errorf("%s is %.80q, not a whole number from 0", columns[i], record[i])
		}
	}
	for i, v := range []*float64{
		&row.Seconds, &row.ImagesPerSecond,
		&row.Train.Loss, &row.Train.Reconstruction, &row.Train.KL,
		&row.Validation.Loss, &row.Validation.Reconstruction, &row.Validation.KL, &row.LearningRate, &row.Train.Activation,
	} {
		if *v, err = parseCell(record[i+2]); err != nil {
			return row, fmt.Errorf("%s is %.80q, not a number", columns[i+2], record[i+2])
		}
	}
	return row, nil
}

func parseCell(s string) (float64, error) {
	if s == "" {
		return math.NaN(), nil
	}
	return strconv.ParseFloat(s, 64)
}
