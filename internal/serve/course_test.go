package serve

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"vae/internal/run"
	"vae/internal/walk"
)

// What latents carry is told from the one that carries the most down, of as many epochs as a page has room for.
func TestCourse(t *testing.T) {
	table, fault := &run.LatentTable{}, error(fs.ErrNotExist)
	rows := []run.Row{{Epoch: 1, Train: run.Terms{Loss: 3, KL: 1}, Validation: run.Terms{Loss: math.NaN()}}}
	p := newPage(t, newRun(t, nil), func(o *Options) {
		o.Runs[0].Course = func() ([]run.Row, error) { return rows, nil }
		o.Runs[0].Carried = func() (*run.LatentTable, error) { return table, fault }
	})
	c := into[map[string]any](t, p.get("/api/runs/0/course"))
	if v := c["validation"].([]any); len(v) != 1 || v[0] != nil || c["train"].([]any)[0] != 3.0 {
		t.Errorf("%v", c)
	}
	if latents := c["carried"].(map[string]any)["latents"].([]any); len(latents) != 0 {
		t.Errorf("a run that has no such table has %v", latents)
	}
	fault = nil
	for i := range 600 {
		table.Rows = append(table.Rows, run.LatentRow{Epoch: i + 1, KL: []float64{1, float64(i), math.NaN()}})
	}
	got := into[struct{ Carried carriedOfAPage }](t, p.get("/api/runs/0/course")).Carried
	if n := len(got.Epochs); n != 201 || got.Epochs[n-1] != 600 || got.Epochs[0] != 1 {
		t.Errorf("epochs %v", got.Epochs)
	}
	if len(got.Latents) != 3 || got.Latents[0].Number != 1 || got.Latents[1].Number != 0 || *got.Latents[0].KL[200] != 599 || *got.Latents[0].KL[1] != 3 || got.Latents[2].KL[5] != nil {
		t.Errorf("latents %+v", got.Latents)
	}
	fault = errors.New("latents.csv: line 2: no number")
	p.refused("GET", "/api/runs/0/course", nil, http.StatusUnprocessableEntity, "line 2")
}

func TestThinned(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 255, 256, 257, 511, 512, 600, 70_000} {
		all := thinned(n, mostEpochs)
		if len(all) > mostEpochs || n <= mostEpochs && len(all) != n || n > 0 && (all[0] != 0 || all[len(all)-1] != n-1) || !slices.IsSorted(all) || n > mostEpochs && len(all) < mostEpochs/2 {
			t.Errorf("%d: %v", n, all)
		}
	}
}

// A long course is thinned, and read again only when its files are others: whoever has it is told so.
func TestCourseIsKept(t *testing.T) {
	file, reads := filepath.Join(t.TempDir(), "metrics"), 0
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("1")
	rows := make([]run.Row, 50_000)
	for i := range rows {
		rows[i].Epoch = i + 1
	}
	p := newPage(t, newRun(t, nil), func(o *Options) {
		o.Runs[0].CourseFiles = []string{file, file + " that is not there"}
		o.Runs[0].Course = func() ([]run.Row, error) { reads++; return rows, nil }
	})
	ask := func(tag string) (int, string, []byte) {
		status, header, body := p.ask("GET", "/api/runs/0/course", nil, func(q *http.Request) { q.Header.Set("If-None-Match", tag) })
		return status, header.Get("ETag"), body
	}
	_, tag, body := ask("")
	if c := into[course](t, body); len(c.Epochs) > mostLosses || len(c.Train) != len(c.Epochs) || c.Epochs[0] != 1 || c.Epochs[len(c.Epochs)-1] != 50_000 {
		t.Errorf("%d epochs, %d losses", len(c.Epochs), len(c.Train))
	}
	if status, _, _ := ask(tag); status != http.StatusNotModified || reads != 1 {
		t.Errorf("%d, %d reads", status, reads)
	}
	rows = rows[:7]
	write("12")
	if status, other, body := ask(tag); status != http.StatusOK || other == tag || reads != 2 || len(into[course](t, body).Epochs) != 7 {
		t.Errorf("%d, %d reads", status, reads)
	}
}

type carriedOfAPage struct {
	Epochs  []int
	Latents []struct {
		Number int
		KL     []*float64
	}
}

// Marks of a slider are percentiles of the codes that are shown, where the model tells of none.
func TestQuantilesOfLatents(t *testing.T) {
	p := newPage(t, newRun(t, nil), nil)
	for _, l := range into[runInfo](t, p.get("/api/runs/0")).Latents {
		codes := floatsFrom(t, p.get(fmt.Sprintf("/api/runs/0/values?of=z%d", l.Number)))
		for k, q := range l.Quantiles {
			below := 0
			for _, v := range codes {
				if float64(v) < q {
					below++
				}
			}
			if want := latentPercent[k] / 100 * testImages; math.Abs(float64(below)-want) > 1 {
				t.Errorf("z%d: %d of %d codes are below the percentile %g", l.Number, below, testImages, latentPercent[k])
			}
		}
	}
}

// Of many images in the order of their classes the marks of a slider are those of all, and a code far out moves neither end.
func TestQuantilesOfOrderedImages(t *testing.T) {
	r := newRun(t, nil)
	space, err := walk.NewSpace(r.model, nil)
	if err != nil {
		t.Fatal(err)
	}
	const n = 3*mostSorted + 7
	codes := make([]float32, n)
	for i := range codes {
		codes[i] = float32(100*i) / n
	}
	codes[0], codes[n-1] = -1e6, 1e6
	l := latentOf(space, 0, codes, 1)
	for k, percent := range latentPercent {
		if math.Abs(l.Quantiles[k]-percent) > 0.1 {
			t.Errorf("%g at %g", l.Quantiles[k], percent)
		}
	}
	if math.Abs(l.Low-lowPercent) > 0.1 || math.Abs(l.High-highPercent) > 0.1 {
		t.Errorf("from %g to %g", l.Low, l.High)
	}
}
