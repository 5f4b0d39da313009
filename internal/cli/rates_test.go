package cli

import (
	"math"
	"strings"
	"testing"

	"vae/internal/run"
)

// A figure that was not measured is empty in a table, and NaN of one that is read; the others are numbers.
func TestRatesTable(t *testing.T) {
	const table = "what,quality,bytes,squared_error,ms_ssim\nWebP,1,110.5,0.003,\n'=a,2,0.5,0.01,0.97\n"
	points, err := parseRates(strings.NewReader(table))
	if err != nil {
		t.Fatal(err)
	}
	if len(points) != 2 || !math.IsNaN(points[0].similar) || points[1].similar != 0.97 || points[1].what != "=a" || points[0].bytes != 110.5 {
		t.Errorf("read %+v", points)
	}
	var out strings.Builder
	o := ratesOptions{out: output{format: "csv"}}
	if err := o.draw(&out, points, ""); err != nil || out.String() != table {
		t.Errorf("written %q, %v", out.String(), err)
	}
	for bad, want := range map[string]string{
		"what,quality,bytes,squared_error\nWebP,1,,0.003\n":          `row 1: "" in column bytes`,
		"what,quality,bytes,squared_error,ms_ssim\nWebP,1,1,0.3,x\n": `row 1: "x" in column ms_ssim`,
		"what,quality,bytes,squared_error\n":                         "no rows",
		"what,quality,bytes\nWebP,1,1\n":                             "no column squared_error",
	} {
		if _, err := parseRates(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// The picture has a curve of each coder, by the rate.
func TestRateCurves(t *testing.T) {
	points := []ratePoint{{"a", 1, 20, 0.002, 0.9}, {"b", 1, 5, 0.004, math.NaN()}, {"a", 2, 10, 0.003, 0.8}, {"a", 3, 10, 0.003, 0.8}, {"b", 0, 0, 1, 0}}
	c := rateCurves(points, "", 1)
	s := c.Panels[0].Series
	if len(s) != 2 || s[0].Name != "a" || len(s[0].X) != 2 || s[0].X[0] != 10 || s[0].Y[1] != 0.002 || len(s[1].X) != 1 {
		t.Errorf("%+v", s)
	}
	var out strings.Builder
	if err := c.SVG(&out); err != nil || !c.LogX {
		t.Errorf("%v", err)
	}
}

// A curve is called as the run is, and by the path where a table has that name.
func TestRateNames(t *testing.T) {
	for _, c := range []struct{ file, taken, want string }{
		{"runs/z20/" + run.ModelFile, "", "z20"},
		{"runs/z20/" + run.ModelFile, "z20", "runs/z20/" + run.ModelFile},
		{"some/digits.safetensors", "z20", "digits"},
	} {
		w := &rating{ratesOptions: &ratesOptions{}, reader: &reader{model: &loaded{file: c.file}}, taken: []string{c.taken}}
		if got := w.name(); got != c.want {
			t.Errorf("%s beside %q is called %q, want %q", c.file, c.taken, got, c.want)
		}
	}
}
