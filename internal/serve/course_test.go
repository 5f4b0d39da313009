package serve

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/http"
	"testing"

	"vae/internal/run"
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
	if n := len(got.Epochs); n != 200 || got.Epochs[n-1] != 600 || got.Epochs[0] != 3 {
		t.Errorf("epochs %v", got.Epochs)
	}
	if len(got.Latents) != 3 || got.Latents[0].Number != 1 || got.Latents[1].Number != 0 || *got.Latents[0].KL[199] != 599 || *got.Latents[0].KL[0] != 2 || got.Latents[2].KL[5] != nil {
		t.Errorf("latents %+v", got.Latents)
	}
	fault = errors.New("latents.csv: line 2: no number")
	p.refused("GET", "/api/runs/0/course", nil, http.StatusUnprocessableEntity, "line 2")
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
