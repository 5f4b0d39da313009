package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/run"
)

// history is what a run tells of its training so far.
type history struct {
	name    string // in legends
	path    string
	rows    []run.Row        // at least one, by rising epoch
	latents *run.LatentTable // nil without
	config  *config.Config   // nil where it cannot be read
}

// newestCourse is the newest run with an epoch that has ended.
func newestCourse() (string, error) {
	path, err := run.LatestWith(runsRoot, run.MetricsFile)
	named := run.Unnumbered(runsRoot, run.MetricsFile)
	switch {
	case errors.Is(err, run.ErrNoModel) && named != "":
		return "", fmt.Errorf("no numbered run under %q, of which the newest would be taken, that has ended an epoch; name another, such as %s", runsRoot, named)
	case errors.Is(err, run.ErrNoModel):
		return "", fmt.Errorf("no run under %q that has ended an epoch; run `vae train` first, or name a run", runsRoot)
	}
	return path, err
}

// readCourses reads all runs. One that cannot be read is named on stderr where there are others;
// bad is how many these are.
func readCourses(ctx context.Context, args []string, s console.Streams) (courses []*history, bad int, err error) {
	var faults []error
	for _, arg := range args {
		c, err := readCourse(arg)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		courses = append(courses, c)
		if ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
	}
	if len(courses) == 0 {
		return nil, 0, faults[0]
	}
	for _, fault := range faults {
		console.Notes{W: s.Err}.Printf("vae: %s\n", worded(fault.Error()))
	}
	nameCourses(courses)
	return courses, len(faults), nil
}

// readCourse reads one run, which may be training.
func readCourse(path string) (*history, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: no such run", path)
	case err != nil:
		return nil, console.PathError(err)
	case !info.IsDir():
		return nil, fmt.Errorf("%s: is a file; name the folder of the run", path)
	}
	c := &history{path: path}
	c.rows, err = run.MetricsSoFar(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !run.Holds(path):
		return nil, noRun(path)
	case errors.Is(err, fs.ErrNotExist), err == nil && len(c.rows) == 0:
		return nil, fmt.Errorf("%s: no epoch has ended yet: there is nothing to draw", path)
	case err != nil:
		return nil, err
	}
	if c.latents, err = run.ReadLatents(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if own, err := run.ConfigOf(path); err == nil {
		c.config = &own
	}
	return c, c.check()
}

// check refuses epochs that do not rise, as of two trainings in one file.
func (c *history) check() error {
	for i, row := range c.rows[1:] {
		if row.Epoch <= c.rows[i].Epoch {
			return fmt.Errorf("%s: its row of epoch %d comes after that of epoch %d", filepath.Join(c.path, run.MetricsFile), row.Epoch, c.rows[i].Epoch)
		}
	}
	if c.latents == nil || len(c.latents.Rows) == 0 {
		c.latents = nil
		return nil
	}
	for i, row := range c.latents.Rows[1:] {
		if row.Epoch <= c.latents.Rows[i].Epoch {
			return fmt.Errorf("%s: its row of epoch %d comes after that of epoch %d", filepath.Join(c.path, run.LatentsFile), row.Epoch, c.latents.Rows[i].Epoch)
		}
	}
	return nil
}

// noRun is the error of a folder without a run, which may be that of all runs.
func noRun(path string) error {
	if newest, err := run.LatestWith(path, run.MetricsFile); err == nil {
		return fmt.Errorf("%s: is no run, but a folder of runs: name those in it, such as %s", path, newest)
	}
	return fmt.Errorf("%s: holds no run (no %s)", path, run.MetricsFile)
}

// nameCourses names runs by their folders, or by the paths where two folders are called alike.
func nameCourses(courses []*history) {
	count := map[string]int{}
	for _, c := range courses {
		c.name = baseOf(c.path)
		count[c.name]++
	}
	for _, c := range courses {
		if count[c.name] > 1 {
			c.name = filepath.ToSlash(filepath.Clean(c.path))
		}
	}
}

// baseOf is the name of a folder, however the path leads there.
func baseOf(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	return filepath.Base(path)
}

// epochs are the places of the rows.
func (c *history) epochs() []float64 {
	x := make([]float64, len(c.rows))
	for i, row := range c.rows {
		x[i] = float64(row.Epoch)
	}
	return x
}

// of are the values of a figure, epoch by epoch.
func (c *history) of(figure func(run.Row) float64) []float64 {
	y := make([]float64, len(c.rows))
	for i, row := range c.rows {
		y[i] = figure(row)
	}
	return y
}

// best is the place of the row with the lowest validation loss, -1 without.
func (c *history) best() int {
	return lowest(c.of(func(r run.Row) float64 { return r.Validation.Loss }))
}

// lowest is the place of the smallest number, the first of equal ones; -1 without numbers.
func lowest(values []float64) int {
	best := -1
	for i, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) && (best < 0 || v < values[best]) {
			best = i
		}
	}
	return best
}

// growth lists the epochs, from and to, in which the weight of the KL term grows: as far as the training
// has come, one span a cycle.
func (c *history) growth() (spans [][2]float64) {
	if c.config == nil || c.config.Model.Kind != config.VAE {
		return nil
	}
	w, err := config.ParseKLWarmup(c.config.Train.KLWarmup)
	if err != nil || w.Kind == config.NoGrowth {
		return nil
	}
	last := float64(c.rows[len(c.rows)-1].Epoch)
	for from := 0.0; from < last && len(spans) < maxSpans; from += w.Epochs {
		spans = append(spans, [2]float64{from, min(last, from+w.Share*w.Epochs)})
		if w.Kind == config.LinearGrowth {
			break
		}
	}
	return spans
}

// maxSpans is the most cycles that are shaded: more are no stripes any more.
const maxSpans = 200

// column is the latents of a table as columns, one a latent.
func columnsOf(t *run.LatentTable) (x []float64, y [][]float64) {
	n := len(t.Rows[0].KL)
	for range n {
		y = append(y, make([]float64, len(t.Rows)))
	}
	for i, row := range t.Rows {
		x = append(x, float64(row.Epoch))
		for j, kl := range row.KL {
			y[j][i] = kl
		}
	}
	return x, y
}

// byLast orders latents by the last of their values, the largest first.
func byLast(y [][]float64) []int {
	order := make([]int, len(y))
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch last := len(y[a]) - 1; {
		case y[a][last] > y[b][last]:
			return -1
		case y[a][last] < y[b][last]:
			return 1
		}
		return 0
	})
	return order
}
