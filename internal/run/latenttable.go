package run

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
)

// maxLatentTable is the largest latents.csv that is written and read, in bytes: 370,000 epochs of 20
// latents, 1,800 of 4,096. It grows no more then.
const maxLatentTable = 1 << 26

// LatentTable is latents.csv: what the latents carry, epoch by epoch. They are those of the level
// whose prior has a closed form: the only one, or the uppermost of several.
type LatentTable struct {
	Top  bool // of several levels
	Rows []LatentRow
}

// A LatentRow holds, of one epoch, the mean KL of each latent over the images that are examined, in
// nats; the file keeps six digits.
type LatentRow struct {
	Epoch int
	KL    []float64 // [L], at most MaxLatents
}

// AppendLatents adds a row to latents.csv, as AppendMetrics does to metrics.csv; top says that the
// latents are those of the uppermost of several levels.
func (d *Dir) AppendLatents(top bool, row LatentRow) error {
	return d.grow(latentTable(top, len(row.KL)), row.line())
}

// KeepLatents shortens latents.csv, as KeepMetrics does metrics.csv.
func (d *Dir) KeepLatents(epochs int) error {
	_, err := d.keep(LatentsFile, epochs, func(data []byte) (grown, error) {
		header, _, _ := bytes.Cut(data, []byte("\n"))
		top, n, err := latentColumns(strings.Split(string(header), ","))
		return latentTable(top, n), err
	})
	return err
}

// ReadLatents reads latents.csv of the run in the directory dir, which may be training: a last line
// that is not whole yet is no row.
func ReadLatents(dir string) (*LatentTable, error) {
	file := filepath.Join(dir, LatentsFile)
	data, err := readTable(file, maxLatentTable)
	if err != nil {
		return nil, inFile(file, err)
	}
	t, err := parseLatents(wholeLines(data))
	return t, inFile(file, err)
}

func parseLatents(data []byte) (*LatentTable, error) {
	t := &LatentTable{}
	if len(data) == 0 {
		return t, nil
	}
	top, _, err := eachLatentRow(data, func(row LatentRow, _ int64) { t.Rows = append(t.Rows, row) })
	if err != nil {
		return nil, err
	}
	t.Top = top
	return t, nil
}

// latentTable is latents.csv of n latents.
func latentTable(top bool, n int) grown {
	names := make([]string, n+1)
	for j := range n {
		names[j+1] = latentColumn(top, j)
	}
	names[0] = "epoch"
	return grown{LatentsFile, strings.Join(names, ","), maxLatentTable, func(data []byte, use func(int, int64)) error {
		_, _, err := eachLatentRow(data, func(row LatentRow, end int64) { use(row.Epoch, end) })
		return err
	}}
}

func latentColumn(top bool, j int) string {
	if top {
		return "top_kl_" + strconv.Itoa(j)
	}
	return "kl_" + strconv.Itoa(j)
}

// latentColumns tells from the names of the columns whose latents they are, and how many.
func latentColumns(names []string) (top bool, n int, err error) {
	n = len(names) - 1
	if n < 1 || n > MaxLatents || names[0] != "epoch" {
		return false, 0, fmt.Errorf("its columns are not epoch and the KL of 1 to %d latents", MaxLatents)
	}
	top = names[1] == latentColumn(true, 0)
	for j, name := range names[1:] {
		if want := latentColumn(top, j); name != want {
			return false, 0, fmt.Errorf("its column %d should be %s", j+2, want)
		}
	}
	return top, n, nil
}

// eachLatentRow calls use with each row and the offset of the byte behind it.
func eachLatentRow(data []byte, use func(row LatentRow, end int64)) (top bool, n int, err error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.ReuseRecord = true
	header, err := r.Read()
	if err == io.EOF {
		err = errors.New("is empty")
	}
	if err == nil {
		top, n, err = latentColumns(header)
	}
	for err == nil {
		var record []string
		if record, err = r.Read(); err != nil {
			break
		}
		var row LatentRow
		if row, err = parseLatentRow(record, top); err != nil {
			line, _ := r.FieldPos(0)
			return top, n, fmt.Errorf("line %d: %w", line, err)
		}
		use(row, r.InputOffset())
	}
	if err == io.EOF {
		err = nil
	}
	return top, n, err
}

func parseLatentRow(record []string, top bool) (row LatentRow, err error) {
	if row.Epoch, err = strconv.Atoi(record[0]); err != nil || row.Epoch < 0 {
		return row, fmt.Errorf("epoch is %.80q, not a whole number from 0", record[0])
	}
	row.KL = make([]float64, len(record)-1)
	for j := range row.KL {
		if row.KL[j], err = parseCell(record[j+1]); err != nil {
			return row, fmt.Errorf("%s is %.80q, not a number", latentColumn(top, j), record[j+1])
		}
	}
	return row, nil
}

// line returns the row as a line of the file.
func (r LatentRow) line() string {
	cells := []string{strconv.Itoa(r.Epoch)}
	for _, v := range r.KL {
		cells = append(cells, cell(v, 'g', 6))
	}
	return strings.Join(cells, ",") + "\n"
}
