package table

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"vae/internal/npy"
)

// all reads a table to its end: the values of the columns from first on.
func all(r io.Reader, first int) (rows [][]float32, err error) {
	t, err := Open(r, "t")
	if err != nil {
		return nil, err
	}
	for {
		err := t.Next()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		var row []float32
		for column := first; column < t.Width(); column++ {
			v, err := t.Number(column)
			if err != nil {
				return rows, err
			}
			row = append(row, v)
		}
		rows = append(rows, row)
	}
}

// Files that numpy and pandas wrote; testdata/make.py has the figures.
func TestFilesOfOthers(t *testing.T) {
	want := [][]float32{{0.5, -1.25, 3, 1e-7}, {0, 1, 0, 12345.678}, {-3e8, 2.5, 0.1, 7}}
	for _, c := range []struct {
		file  string
		first int
		want  [][]float32
	}{
		{"float32.npy", 0, want},
		{"float64.npy", 0, want},
		{"turned.npy", 0, want},
		{"big-endian.npy", 0, want},
		{"version2.npy", 0, want},
		{"row.npy", 0, want[:1]},
		{"whole.npy", 0, [][]float32{{-300, 0, 300, 7}}},
		{"savetxt.txt", 0, want},
		{"savetxt.csv", 0, want},
		{"pandas.csv", 1, want},
		{"pandas-bare.csv", 0, want},
		{"pandas-named.tsv", 1, want},
	} {
		content, err := os.ReadFile(filepath.Join("testdata", c.file))
		if err != nil {
			t.Fatal(err)
		}
		for name, r := range map[string]io.Reader{"whole": bytes.NewReader(content), "byte by byte": iotest.OneByteReader(bytes.NewReader(content))} {
			got, err := all(r, c.first)
			if err != nil || !slices.EqualFunc(got, c.want, slices.Equal) {
				t.Errorf("%s, %s: %v, %v; want %v", c.file, name, got, err, c.want)
			}
		}
	}
}

// Every type of number, up to the last bit that a number of 32 has.
func TestNumbers(t *testing.T) {
	for dtype, c := range map[string]struct {
		data string
		want []float32
	}{
		"<f2": {"\x00\x3c\x01\x80", []float32{1, -1. / (1 << 24)}}, ">f8": {"\x3f\xb9\x99\x99\x99\x99\x99\x9a\xbf\xf0\x00\x00\x00\x00\x00\x00", []float32{0.1, -1}},
		"|u1": {"\xff\x00", []float32{255, 0}}, "|i1": {"\xff\x7f", []float32{-1, 127}}, "<u2": {"\xff\xff\x01\x00", []float32{65535, 1}}, ">i2": {"\xff\xfe\x00\x01", []float32{-2, 1}},
		">u4": {"\xff\xff\xff\xff\x00\x00\x00\x01", []float32{1 << 32, 1}}, "<i4": {"\xff\xff\xff\xff\x01\x00\x00\x00", []float32{-1, 1}},
		"<u8": {"\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00\x00\x00\x00\x00\x00", []float32{1 << 64, 1}},
		"=i8": {"\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00\x00\x00\x00\x00\x00", []float32{-1, 1}},
	} {
		for _, order := range []string{"False", "True"} {
			text := array("{'descr': '"+dtype+"', 'fortran_order': "+order+", 'shape': (1, 2), }\n", c.data)
			if got, err := all(strings.NewReader(text), 0); err != nil || len(got) != 1 || !slices.Equal(got[0], c.want) {
				t.Errorf("%s: %v, %v; want %v", dtype, got, err, c.want)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	for _, c := range []struct {
		text   string
		header []string
		texts  int
	}{
		{"name,label,mu_0\na,b,1\n", []string{"name", "label", "mu_0"}, 0},
		{"\xef\xbb\xbfname;mu_0\r\na;1\r\n", []string{"name", "mu_0"}, 0},
		{",0,1\n0,0.5,0.25\n", []string{"", "0", "1"}, 0},
		{"# x y\n1 2\n", []string{"", "x", "y"}, 0},
		{"0,1\n", nil, 0},
		{"a.png,0,1\n", nil, 1},
		{"a.png,cat,0,1\n", nil, 2},
		{"1e999 -inf\n", nil, 0},
		{"a;b.png,0.1,0.2\n", nil, 1},
		{"0,1;1;-2e3\n", nil, 0},
		{"mu_0;mu_1\n", []string{"mu_0", "mu_1"}, 0},
		{"nan\n", nil, 0},
		{"  1   2\n 3 4\n", nil, 0},
	} {
		got, err := Open(strings.NewReader(c.text), "t")
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if !slices.Equal(got.Header(), c.header) || c.header == nil && got.Texts() != c.texts {
			t.Errorf("%q: header %q and %d columns of text, want %q and %d", c.text, got.Header(), got.Texts(), c.header, c.texts)
		}
	}
}

// array is one of NumPy by hand.
func array(dict string, data string) string {
	return npy.Magic + "\x01\x00" + string([]byte{byte(len(dict)), byte(len(dict) >> 8)}) + dict + data
}

func TestRefused(t *testing.T) {
	dict := func(descr, turned, shape string) string {
		return "{'descr': '" + descr + "', 'fortran_order': " + turned + ", 'shape': " + shape + ", }\n"
	}
	for text, want := range map[string]string{
		"":                         "t: is empty",
		"\n\n\r\n":                 "t: is empty",
		"PK\x03\x04":               "t: is a zip archive (NPZ, XLSX): save the table as CSV or NPY",
		"\xff\xfe1\x00":            "t: is UTF-16 text: save it as UTF-8",
		"1,\x002":                  "t: is neither text (CSV) nor NPY",
		"1,2\n1,2,3\n":             "t: line 2 has 3 columns, and the first line 2",
		"a,b\n1\n":                 "t: line 2 has 1 column, and the first line 2",
		"1,2\n\n3,x\n":             `t: line 3, column 2: "x" is no number`,
		"a,b\n1,\n":                `t: line 2, column "b": the cell is empty`,
		"a,b\n1,NaN\n":             `t: line 2, column "b": "NaN" is no finite number`,
		"a,b\n1,-Inf\n":            `t: line 2, column "b": "-Inf" is no finite number`,
		"a,b\n1,1e39\n":            `t: line 2, column "b": "1e39" is beyond the range of a number of 32 bits`,
		"a,b\n1,0x1p3\n":           `t: line 2, column "b": "0x1p3" is no number`,
		"a,b\n\"1\n2\",\"3\n4\"\n": `t: line 2, column "a": "1\n2" is no number`,
		"a,b\n1,\u0085\u202e\n":    `t: line 2, column "b": "\u202e" is no number`,
		"a;b\n1;2,5\n":             `t: line 2, column "b": "2,5" has a decimal comma: save the table with points`,
		"1,5;2,5\n":                `t: line 1, column 1: "1,5" has a decimal comma: save the table with points`,
		"a,b\n1,2\"3\n":            "t: line 2: a quotation mark within a cell that does not begin with one",
		"a,b\n1,\"2\n\n":           "t: line 2: a quotation mark within a quoted cell, or one that is never closed",
		"1,2\n" + strings.Repeat("x", maxRecord+1<<13): "t: a row of more than 16 MB: this is no table of numbers",
		npy.Magic:                                                                  "t: is cut short: it ends within its header",
		npy.Magic + "\x01\x00\xff\xff{'d":                                          "t: is cut short: it ends within its header",
		npy.Magic + "\x02\x00\xff\xff\xff\xff{'d":                                  "t: has a header of 4294967295 bytes, more than 65536",
		npy.Magic + "\x09\x00\xff\xff{'d":                                          "t: has version 9.0 of NumPy's format, which is not read",
		array("{}", ""):                                                            "t: has a damaged header: no descr, fortran_order and shape",
		array(dict("<c8", "False", "(1, 1)"), "abcdefgh"):                          `t: has elements of type "<c8", which are not read; save it as uint8, uint16 or float32`,
		array(dict("|b1", "False", "(1, 1)"), "a"):                                 `t: has elements of type "|b1", which are no numbers`,
		array(dict("<U1", "False", "(1, 1)"), "a"):                                 `t: has elements of type "<U1", which are no numbers`,
		array(dict("<U9", "False", "(9000000000000000000, 1)"), ""):                "t: has the shape (9000000000000000000, 1), which no array can have",
		array(dict("<f4", "False", "(1, 1, 1)"), ""):                               "t: has the shape [1, 1, 1]: rows and columns are wanted",
		array(dict("<f4", "False", "()"), ""):                                      "t: has the shape []: rows and columns are wanted",
		array(dict("<f4", "False", "(1, 0)"), ""):                                  "t: has the shape [1, 0]: must have from 1 to 16777216 columns",
		array(dict("<f4", "True", "(1000000000, 1000000)"), ""):                    "t: has the shape [1000000000, 1000000] in Fortran's order, of which there may be 256 MB: save numpy.ascontiguousarray of it",
		array(dict("<f4", "False", "(99999999999999999999, 1)"), ""):               "t: has the shape (99999999999999999999, 1), which no array can have",
		array(dict("<f4", "False", "(2, 2)"), "\x00\x00\x00\x00\x00\x00\x00\x00a"): "t: is cut short: it holds 1 of the 2 rows that its header names",
		array(dict("<f4", "True", "(2, 1)"), "\x00\x00\x00\x00a"):                  "t: is cut short: it holds 1 of the 2 rows that its header names",
		array(dict("<f4", "False", "(1, 1)"), "\x00\x00\x00\x00a"):                 "t: goes on behind the 1 rows that its header names",
		array(dict("<f4", "False", "(1, 2)"), "\x00\x00\x00\x00\x00\x00\xc0\x7f"):  "t: row 0, column 1, counted from 0: NaN is no finite number",
		array(dict("<f8", "False", "(1,)"), "\x00\x00\x00\x00\x00\x00\xe0\x7f"):    "t: row 0, column 0, counted from 0: 8.98846567431158e+307 is beyond the range of a number of 32 bits",
	} {
		if _, err := all(strings.NewReader(text), 0); err == nil || err.Error() != want {
			t.Errorf("%.60q: %v, want %s", text, err, want)
		}
	}
}

// Memory grows with a row, not with the table, nor with what a header claims.
func TestMemory(t *testing.T) {
	const rows = 200_000
	long := io.MultiReader(strings.NewReader("mu_0,mu_1\n"), strings.NewReader(strings.Repeat("0.25,-0.5\n", rows)))
	table, err := Open(long, "t")
	if err != nil {
		t.Fatal(err)
	}
	next := func() {
		if err := table.Next(); err != nil {
			t.Fatal(err)
		}
		if v, err := table.Number(1); err != nil || v != -0.5 {
			t.Fatal(v, err)
		}
	}
	if n := testing.AllocsPerRun(1000, next); n > 2 {
		t.Errorf("%v allocations a row", n)
	}
	claim := array("{'descr': '<f8', 'fortran_order': False, 'shape': (100000000000, 16777216), }\n", "")
	if _, err := Open(strings.NewReader(claim), "t"); err != nil {
		t.Error(err)
	}
}

func FuzzTable(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.[nct]*"))
	if err != nil || len(files) < 5 {
		f.Fatal("no seeds: ", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Add([]byte("a;b\n1;2\n\"3\n4\";5"))
	f.Fuzz(func(t *testing.T, content []byte) {
		table, err := Open(bytes.NewReader(content), "t")
		for err == nil {
			if err = table.Next(); err != nil {
				break
			}
			if h := table.Header(); h != nil && len(h) != table.Width() {
				t.Fatalf("%d columns below %d names", table.Width(), len(h))
			}
			if table.Texts() > table.Width() {
				t.Fatal("more text than columns")
			}
			for column := range min(table.Width(), 100) {
				table.Text(column)
				if v, err := table.Number(column); v != v || v-v != 0 || err != nil && (strings.ContainsAny(err.Error(), "\n\x1b") || v != 0) {
					t.Fatalf("%v, %v", v, err)
				}
			}
		}
		if err != io.EOF && (strings.ContainsAny(err.Error(), "\n\x1b") || !strings.HasPrefix(err.Error(), "t: ")) {
			t.Fatalf("%q", err)
		}
	})
}
