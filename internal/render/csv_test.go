package render

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
)

func TestCSVExact(t *testing.T) {
	var b bytes.Buffer
	c := NewCSV(&b, []string{"name", "label", "mu_0", "mu_1"})
	rows := []struct {
		text   []string
		values []float32
	}{
		{[]string{"a.png", "7"}, []float32{0.1, -2}},
		{[]string{"a,\"b\".png", ""}, []float32{float32(math.NaN()), float32(math.Inf(-1))}},
		{[]string{"=1+1", "-3"}, []float32{1e-9, 16777216}},
		{[]string{"@x", "+1"}, []float32{1. / 3, 0}},
		{[]string{"\tx", "\rx"}, []float32{math.MaxFloat32, float32(math.Copysign(0, -1))}},
		{[]string{"'quoted'", " space "}, []float32{float32(math.Inf(1)), 1e30}},
		{[]string{" =1", "\v+1"}, []float32{0, 0}},
		{[]string{"＝1", "\ufeff@x"}, []float32{0, 0}},
	}
	for _, r := range rows {
		if err := c.Row(r.text, r.values); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "name,label,mu_0,mu_1\n" +
		"a.png,7,0.1,-2\n" +
		"\"a,\"\"b\"\".png\",,NaN,-Inf\n" +
		"'=1+1,'-3,1e-09,1.6777216e+07\n" +
		"'@x,'+1,0.33333334,0\n" +
		"\"'\tx\",\"'\rx\",3.4028235e+38,-0\n" +
		"''quoted',\" space \",+Inf,1e+30\n" +
		"\"' =1\",\"'\v+1\",0,0\n" +
		"'＝1,'\ufeff@x,0,0\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestCSVErrors(t *testing.T) {
	c := NewCSV(io.Discard, []string{"a", "b"})
	if err := c.Row([]string{"x"}, nil); err == nil || err.Error() != "csv row of 1 cells in a table of 2 columns" {
		t.Errorf("short row: %v", err)
	}
	c = NewCSV(&limited{10}, []string{"a", "b"})
	var err error
	for i := 0; i < 100_000 && err == nil; i++ {
		err = c.Row([]string{"x"}, []float32{1})
	}
	if !errors.Is(err, errFull) || !errors.Is(c.Flush(), errFull) || !errors.Is(c.Row(nil, []float32{1, 2}), errFull) {
		t.Errorf("full disk: %v, then %v", err, c.Flush())
	}
}

func TestCSVStreams(t *testing.T) {
	var b bytes.Buffer
	c := NewCSV(&b, []string{"v"})
	for range csvBuffer {
		if err := c.Row(nil, []float32{1}); err != nil {
			t.Fatal(err)
		}
	}
	if b.Len() == 0 {
		t.Error("nothing written before Flush")
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("name", "label", float32(1.5))
	f.Add("=cmd|' /C calc'!A0", "", float32(-0.1))
	f.Add("''", "\"", float32(math.NaN()))
	f.Add("a\r\nb,c", "\\.", float32(math.Inf(1)))
	f.Add("\u00a0x ", "\xff\x00", float32(5e-45))
	f.Fuzz(func(t *testing.T, a, b string, v float32) {
		for _, text := range [][]string{{a}, {a, b}} {
			var out bytes.Buffer
			c := NewCSV(&out, []string{b, a, "v"}[3-len(text)-1:])
			if err := c.Row(text, []float32{v}); err != nil {
				t.Fatal(err)
			}
			if err := c.Flush(); err != nil {
				t.Fatal(err)
			}
			rows, err := csv.NewReader(&out).ReadAll()
			if err != nil || len(rows) != 2 {
				t.Fatalf("%d rows, %v", len(rows), err)
			}
			checkRow(t, rows[1], text, v)
		}
		checkLone(t, a)
	})
}

func checkRow(t *testing.T, row, text []string, v float32) {
	for i, want := range text {
		// encoding/csv reads a quoted CR LF as LF.
		if got := Unguarded(row[i]); got != strings.ReplaceAll(want, "\r\n", "\n") {
			t.Fatalf("text %q read back as %q", want, got)
		}
		if row[i] != "" && strings.Contains("=+-@\t\r\n", row[i][:1]) {
			t.Fatalf("cell %q begins a formula", row[i])
		}
	}
	got, err := strconv.ParseFloat(row[len(text)], 32)
	if err != nil || math.Float32bits(float32(got)) != math.Float32bits(v) && v == v {
		t.Fatalf("float %g read back as %g, %v", v, got, err)
	}
}

// checkLone writes a table of a single text column, where an empty cell must not vanish.
func checkLone(t *testing.T, a string) {
	var out bytes.Buffer
	c := NewCSV(&out, []string{"name"})
	if err := errors.Join(c.Row([]string{a}, nil), c.Flush()); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 2 || Unguarded(rows[1][0]) != strings.ReplaceAll(a, "\r\n", "\n") {
		t.Fatalf("lone cell %q: %q, %v", a, rows, err)
	}
}

func BenchmarkCSVRow(b *testing.B) {
	text := []string{"images/0001.png", "7"}
	values := make([]float32, 20)
	for i := range values {
		values[i] = float32(math.Sin(float64(i)))
	}
	c := NewCSV(io.Discard, make([]string, 22))
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Row(text, values); err != nil {
			b.Fatal(err)
		}
	}
}
