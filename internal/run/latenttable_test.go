package run

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const exampleLatentTable = "epoch,kl_0,kl_1\n1,2.5,1e-07\n2,0.333333,\n"

func TestLatentTable(t *testing.T) {
	d := newDir(t)
	rows := []LatentRow{{1, []float64{2.5, 1e-7}}, {2, []float64{0.333333, math.NaN()}}}
	for _, row := range rows {
		must(t, d.AppendLatents(false, row))
	}
	file := filepath.Join(d.Path(), LatentsFile)
	if got := string(read(t, file)); got != exampleLatentTable {
		t.Errorf("%q", got)
	}
	must(t, os.WriteFile(file, []byte(exampleLatentTable+"3,0.1,0"), 0o666)) // a line under way
	got, err := ReadLatents(d.Path())
	must(t, err)
	if diff := cmp.Diff(&LatentTable{Rows: rows}, got, cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"", "epo", "epoch,top_kl_0"} {
		must(t, os.WriteFile(file, []byte(text), 0o666))
		if got, err := ReadLatents(d.Path()); err != nil || len(got.Rows) > 0 {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	must(t, os.Remove(file))
	must(t, d.AppendLatents(true, LatentRow{7, []float64{1}}))
	if got, err := ReadLatents(d.Path()); err != nil || !got.Top || got.Rows[0].Epoch != 7 {
		t.Errorf("%v, %v", got, err)
	}
	wantError(t, d.AppendLatents(false, LatentRow{8, []float64{1}}), file, "its first line is not the header that this version writes")
}

// A table that is as long as may be grows no more, and is no error.
func TestLatentTableIsBounded(t *testing.T) {
	d := newDir(t)
	must(t, d.AppendLatents(false, LatentRow{1, []float64{1, 2}}))
	file := filepath.Join(d.Path(), LatentsFile)
	before := read(t, file)
	g := latentTable(false, 2)
	g.most = int64(len(before))
	must(t, d.grow(g, "2,1,2\n"))
	if got := read(t, file); string(got) != string(before) {
		t.Errorf("it became %q", got)
	}
}

func TestKeepLatents(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		epochs int
		want   string
	}{
		"all":        {exampleLatentTable, 2, exampleLatentTable},
		"too many":   {exampleLatentTable, 1, exampleLatentTable[:len(exampleLatentTable)-len("2,0.333333,\n")]},
		"none":       {exampleLatentTable, 0, "epoch,kl_0,kl_1\n"},
		"cut":        {exampleLatentTable + "3,1", 3, exampleLatentTable},
		"cut header": {"epoch,kl", 3, ""},
		"upper":      {"epoch,top_kl_0\n3,1\n4,1\n", 3, "epoch,top_kl_0\n3,1\n"},
	} {
		d := newDir(t)
		file := filepath.Join(d.Path(), LatentsFile)
		must(t, os.WriteFile(file, []byte(c.text), 0o666))
		must(t, d.KeepLatents(c.epochs))
		if got := string(read(t, file)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	d := newDir(t)
	must(t, d.KeepLatents(3))
	if got := files(t, d.Path()); len(got) > 0 {
		t.Errorf("of no table %v is made", got)
	}
}

func TestLatentTableRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"name,kl_0\n":            "its columns are not epoch and the KL of 1 to 4096 latents",
		"epoch\n1\n":             "its columns are not epoch and the KL of 1 to 4096 latents",
		"epoch,kl_0,kl_2\n":      "its column 3 should be kl_1",
		"epoch,top_kl_0,kl_1\n":  "its column 3 should be top_kl_1",
		"epoch,kl_0\nx,1\n":      `line 2: epoch is "x", not a whole number from 0`,
		"epoch,kl_0\n1,1\n2,y\n": `line 3: kl_0 is "y", not a number`,
		"epoch,kl_0\n1,1,2\n":    "wrong number of fields",
		"epoch" + strings.Repeat(",kl_0", 5000) + "\n": "1 to 4096 latents",
	} {
		d := newDir(t)
		file := filepath.Join(d.Path(), LatentsFile)
		must(t, os.WriteFile(file, []byte(text), 0o666))
		_, err := ReadLatents(d.Path())
		wantError(t, err, file, want)
		wantError(t, d.KeepLatents(1), file, want)
		if got := string(read(t, file)); got != text {
			t.Errorf("the file became %q", got)
		}
	}
	_, err := ReadLatents(t.TempDir())
	wantError(t, err, LatentsFile, ": no such file")
}

// While a training writes, the last line may be under way.
func TestMetricsSoFar(t *testing.T) {
	for text, rows := range map[string]int{"": 0, "epoch,st": 0, exampleMetrics: 2, exampleMetrics + "3,1": 2} {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, MetricsFile), []byte(text), 0o666))
		if got, err := MetricsSoFar(dir); err != nil || len(got) != rows {
			t.Errorf("%q: %d rows, %v; want %d", text, len(got), err, rows)
		}
	}
}

// FuzzLatentTable parses any text: no panic, and what is taken is written and parsed back equal.
func FuzzLatentTable(f *testing.F) {
	f.Add(exampleLatentTable)
	f.Add("epoch,top_kl_0\n3,\"1\"\n\n4,-Inf\n")
	f.Fuzz(func(t *testing.T, text string) {
		first, err := parseLatents([]byte(text))
		if err != nil || len(first.Rows) == 0 {
			return
		}
		g := latentTable(first.Top, len(first.Rows[0].KL))
		again := g.header + "\n"
		for i, row := range first.Rows {
			again += row.line()
			for j, v := range row.KL { // the file keeps six digits
				first.Rows[i].KL[j], _ = parseCell(cell(v, 'g', 6))
			}
		}
		second, err := parseLatents([]byte(again))
		must(t, err)
		if diff := cmp.Diff(first, second, cmpopts.EquateNaNs()); diff != "" {
			t.Fatal(diff)
		}
	})
}
