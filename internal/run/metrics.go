package run

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"vae/internal/atomicfile"
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

// AppendMetrics adds a row to metrics.csv, and the header before the first. The
// line is on the disk when it returns; on an error the file is as it was.
func (d *Dir) AppendMetrics(row Row) error {
	file := filepath.Join(d.path, MetricsFile)
	err := d.owned()
	if err == nil {
		err = appendLine(file, row.line())
	}
	if err != nil {
		return fmt.Errorf("cannot save %s: %w", file, reason(err))
	}
	return nil
}

// KeepMetrics shortens metrics.csv to the rows of the first epochs of the run, which
// goes on after them. Rows that are missing are no error: it returns how many there
// are. On an error the file is as it was.
func (d *Dir) KeepMetrics(epochs int) (rows int, err error) {
	file := filepath.Join(d.path, MetricsFile)
	data, err := readMetricsFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, inFile(file, err)
	}
	kept, rows, err := firstRows(data, epochs)
	if err != nil {
		return 0, inFile(file, fmt.Errorf("%w; put that right, or remove the file, and the run goes on without its past", err))
	}
	if len(kept) == len(data) {
		return rows, inFile(file, writable(file))
	}
	return rows, d.save(MetricsFile, func(w io.Writer) error {
		_, err := w.Write(kept)
		return err
	})
}

// writable says why a file cannot be written.
func writable(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// firstRows returns the part of the file that ends with the last row of the first
// epochs, and the number of rows in it. A last line that is cut short is no row.
func firstRows(data []byte, epochs int) (part []byte, rows int, err error) {
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	if len(whole) == 0 {
		return nil, 0, nil
	}
	if !bytes.HasPrefix(whole, []byte(metricsHeader+"\n")) {
		return nil, 0, errHeader
	}
	end, last := int64(len(metricsHeader)+1), 0
	var disorder error
	err = eachRow(whole, func(row Row, offset int64) {
		if row.Epoch <= last && disorder == nil {
			disorder = fmt.Errorf("its row of epoch %d comes after that of epoch %d: one of them is not of this training", row.Epoch, last)
		}
		if last = row.Epoch; last <= epochs {
			end, rows = offset, rows+1
		}
	})
	return whole[:end], rows, errors.Join(err, disorder)
}

func appendLine(file, line string) (err error) {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if end == 0 {
		line = metricsHeader + "\n" + line
	} else if err := checkMetricsFile(f, end); err != nil {
		return err
	}
	_, err = f.WriteAt([]byte(line), end)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Truncate(end))
	}
	if end == 0 {
		atomicfile.SyncDir(filepath.Dir(file))
	}
	return nil
}

var errHeader = errors.New("its first line is not the header that this version writes")

// checkMetricsFile reports whether a row may follow the file's size bytes: that they
// begin with this version's header and end with a line.
func checkMetricsFile(f io.ReaderAt, size int64) error {
	header := metricsHeader + "\n"
	start := make([]byte, len(header))
	if _, err := f.ReadAt(start, 0); err != nil && err != io.EOF {
		return err
	}
	if string(start) != header {
		return errHeader
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, size-1); err != nil && err != io.EOF {
		return err
	}
	if last[0] != '\n' {
		return errors.New("its last line is cut short; remove that line")
	}
	return nil
}

// line returns the row as a line of the file.
func (r Row) line() string {
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
	return strings.Join(cells, ",") + "\n"
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
	file := filepath.Join(dir, MetricsFile)
	data, err := readMetricsFile(file)
	if err != nil {
		return nil, inFile(file, err)
	}
	rows, err := parseMetrics(data)
	if err != nil {
		return nil, inFile(file, err)
	}
	return rows, nil
}

func readMetricsFile(file string) ([]byte, error) {
	f, size, err := openRegular(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > maxMetrics {
		return nil, fmt.Errorf("takes %d bytes, more than any table of metrics (%d)", size, maxMetrics)
	}
	return io.ReadAll(io.LimitReader(f, maxMetrics))
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
