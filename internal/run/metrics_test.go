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

func exampleRows() []Row {
	return []Row{
		{1, 430, 6.125, 8980, Terms{152.5, 130.25, 22.25, 0.25}, Terms{0.1, 1e-20, 1.0 / 3, 0}, 0.001},
		{2, 860, 0, 0, Terms{1e6, -1, math.MaxFloat64, math.NaN()}, Terms{math.NaN(), math.NaN(), math.NaN(), 0}, 1e-5},
	}
}

const exampleMetrics = `epoch,step,seconds,images_per_second,train_loss,train_reconstruction,train_kl,val_loss,val_reconstruction,val_kl,learning_rate,code_activation
1,430,6.125,8980,152.5,130.25,22.25,0.1,1e-20,0.3333333333333333,0.001,0.25
2,860,0.000,0,1e+06,-1,1.7976931348623157e+308,,,,1e-05,
`

func TestMetrics(t *testing.T) {
	d := newDir(t)
	for _, row := range exampleRows() {
		must(t, d.AppendMetrics(row))
	}
	text, err := os.ReadFile(filepath.Join(d.Path(), MetricsFile))
	must(t, err)
	if diff := cmp.Diff(exampleMetrics, string(text)); diff != "" {
		t.Error(diff)
	}
	got, err := ReadMetrics(d.Path())
	must(t, err)
	if diff := cmp.Diff(exampleRows(), got, cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
}

func TestMetricsRounded(t *testing.T) {
	line := Row{Seconds: 1.23456, ImagesPerSecond: 8979.6}.line()
	if want := "0,0,1.235,8980,0,0,0,0,0,0,0,0\n"; line != want {
		t.Errorf("got %q, want %q", line, want)
	}
}

// TestAppendMetricsRefuses leaves a file that no row may follow as it is.
func TestAppendMetricsRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"epoch,step\n1,2\n":               "its first line is not the header that this version writes",
		"x":                               "its first line is not the header that this version writes",
		strings.TrimSpace(exampleMetrics): "its last line is cut short; remove that line",
		metricsHeader + ",later\n" + "1,2,3,4,5\n": "its first line is not the header that this version writes",
	} {
		d := newDir(t)
		file := filepath.Join(d.Path(), MetricsFile)
		must(t, os.WriteFile(file, []byte(text), 0o666))
		wantError(t, d.AppendMetrics(Row{}), file, want)
		after, err := os.ReadFile(file)
		must(t, err)
		if string(after) != text {
			t.Errorf("the file became %q", after)
		}
	}
}

func TestReadMetricsLaterColumns(t *testing.T) {
	rows, err := parseMetrics([]byte(metricsHeader + ",later\n1,2,3,4,5,6,7,8,9,10,11,12,text\n"))
	must(t, err)
	want := []Row{{1, 2, 3, 4, Terms{5, 6, 7, 12}, Terms{8, 9, 10, 0}, 11}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
}

func TestReadMetricsRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "is empty",
		metricsHeader:               "its last line is cut short",
		"epoch,seconds\n":           "its column 2 should be step",
		"epoch\n":                   "its column 2 should be step",
		metricsHeader + "\n1,2,3\n": "wrong number of fields",
		metricsHeader + "\n1,x,3,4,5,6,7,8,9,10,11,12\n": `line 2: step is "x", not a whole number from 0`,
		metricsHeader + "\n-1,2,3,4,5,6,7,8,9,10,1,12\n": `line 2: epoch is "-1", not a whole number from 0`,
		exampleMetrics + "3,2,3,4,y,6,7,8,9,10,11,12\n":  `line 4: train_loss is "y", not a number`,
		metricsHeader + "\n\"1\n":                        "extraneous or missing",
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, MetricsFile)
		must(t, os.WriteFile(file, []byte(text), 0o666))
		_, err := ReadMetrics(dir)
		wantError(t, err, file, want)
	}
	dir := t.TempDir()
	_, err := ReadMetrics(dir)
	wantError(t, err, filepath.Join(dir, MetricsFile), ": no such file")
}

// TestKeepMetrics: rows beyond the epochs of a checkpoint go, with what a killed
// program left of a line.
func TestKeepMetrics(t *testing.T) {
	third := "3,2,3,4,5,6,7,8,9,10,11,12\n"
	for name, c := range map[string]struct {
		text   string
		epochs int
		want   string
		rows   int
	}{
		"all":            {exampleMetrics, 2, exampleMetrics, 2},
		"more to come":   {exampleMetrics, 9, exampleMetrics, 2},
		"one too many":   {exampleMetrics + third, 2, exampleMetrics, 2},
		"cut":            {exampleMetrics + third[:9], 3, exampleMetrics, 2},
		"cut at its end": {exampleMetrics + third[:len(third)-1], 3, exampleMetrics, 2},
		"none":           {exampleMetrics, 0, metricsHeader + "\n", 0},
		"cut header":     {metricsHeader[:20], 0, "", 0},
		"empty":          {"", 5, "", 0},
		"blank lines":    {metricsHeader + "\n\n" + third + "\n4" + third[1:], 3, metricsHeader + "\n\n" + third, 1},
	} {
		d := newDir(t)
		file := filepath.Join(d.Path(), MetricsFile)
		must(t, os.WriteFile(file, []byte(c.text), 0o666))
		rows, err := d.KeepMetrics(c.epochs)
		must(t, err)
		if got := string(read(t, file)); got != c.want || rows != c.rows {
			t.Errorf("%s: %d rows:\n%q\nwant %d:\n%q", name, rows, got, c.rows, c.want)
		}
	}
	rows, err := newDir(t).KeepMetrics(7)
	if rows != 0 || err != nil {
		t.Errorf("without a file: %d rows, %v", rows, err)
	}
}

func TestKeepMetricsRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"epoch,step\n1,2\n":                                    "its first line is not the header that this version writes",
		metricsHeader + ",later\n":                             "its first line is not the header that this version writes",
		exampleMetrics + exampleMetrics[len(metricsHeader)+1:]: "its row of epoch 1 comes after that of epoch 2: one of them is not of this training",
		exampleMetrics + "x,2,3,4,5,6,7,8,9,1,2,3\n":           `line 4: epoch is "x"`,
	} {
		d := newDir(t)
		file := filepath.Join(d.Path(), MetricsFile)
		must(t, os.WriteFile(file, []byte(text), 0o666))
		_, err := d.KeepMetrics(1)
		wantError(t, err, file, want)
		if got := string(read(t, file)); got != text {
			t.Errorf("the file became %q", got)
		}
	}
}

// FuzzMetrics parses any text: no panic, and what is taken is written and parsed
// back equal, but for the digits that the file does not keep.
func FuzzMetrics(f *testing.F) {
	f.Add(exampleMetrics)
	f.Add(metricsHeader + ",x\n1,2,3,4,5,6,7,8,9,10,11,\"a\nb\"\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if kept, rows, err := metricsTable.firstRows([]byte(text), 3); err == nil && len(kept) > 0 {
			if again, err := parseMetrics(kept); err != nil || len(again) != rows || !strings.HasPrefix(text, string(kept)) {
				t.Fatalf("kept %q as %d rows: %d rows, %v", kept, rows, len(again), err)
			}
		}
		first, err := parseMetrics([]byte(text))
		if err != nil {
			return
		}
		var again strings.Builder
		again.WriteString(metricsHeader + "\n")
		for i := range first {
			again.WriteString(first[i].line())
			first[i].Seconds, first[i].ImagesPerSecond = 0, 0
		}
		second, err := parseMetrics([]byte(again.String()))
		if err != nil {
			t.Fatal(err)
		}
		for i := range second {
			second[i].Seconds, second[i].ImagesPerSecond = 0, 0
		}
		if diff := cmp.Diff(first, second, cmpopts.EquateNaNs()); diff != "" {
			t.Fatal(diff)
		}
	})
}
