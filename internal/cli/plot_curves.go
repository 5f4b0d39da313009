package cli

import (
	"fmt"
	"math"
	"slices"

	"vae/internal/console"
	"vae/internal/render/plot"
	"vae/internal/run"
)

// curves are the panels as a picture, so many pixels for one.
func (p *plotted) curves(scale int) plot.Curves {
	c := plot.Curves{XLabel: "epoch", Solid: "validation", Faint: "training", Best: "lowest validation loss", Scale: scale}
	if len(p.courses) == 1 {
		c.Title, c.Note = p.courses[0].name, p.courses[0].told()
	}
	for _, m := range p.chosen {
		if m.ofLatents() {
			c.Panels = append(c.Panels, p.bands(m)...)
			continue
		}
		c.Panels = append(c.Panels, p.panel(m))
	}
	return c
}

// told is what is said of a run below its name.
func (c *history) told() string {
	last := c.rows[len(c.rows)-1]
	if c.config == nil {
		return "epoch " + console.Comma(last.Epoch)
	}
	text := fmt.Sprintf("%s, %s, epoch %s of %s", c.config.Model.Kind, console.Count(c.config.Model.Latent, "latent"), console.Comma(last.Epoch), console.Comma(c.config.Train.Epochs))
	if best := c.best(); best >= 0 {
		text += fmt.Sprintf(", lowest validation loss %s in epoch %d", shortFigure(c.rows[best].Validation.Loss), c.rows[best].Epoch)
	}
	return text
}

// panel draws one figure of all runs. One that is of the training images alone is not faint.
func (p *plotted) panel(m curve) plot.Panel {
	panel := plot.Panel{Label: p.label(m), Log: m.log}
	for _, c := range p.courses {
		if !m.has(c) {
			continue
		}
		if m.train != nil {
			panel.Series = append(panel.Series, c.series(m.train, -1, m.validation != nil))
		}
		if m.validation != nil && lowest(c.of(m.validation)) >= 0 {
			panel.Series = append(panel.Series, c.series(m.validation, c.best(), false))
		}
	}
	if len(p.courses) == 1 {
		panel.Spans = spansOf(p.courses[0])
	}
	return panel
}

// series is a curve of a run, with the row marked that is the best, unless that is -1.
func (c *history) series(figure func(run.Row) float64, best int, faint bool) plot.Series {
	x, y := c.epochs(), c.of(figure)
	s := plot.Series{Name: c.name, Faint: faint}
	for _, i := range telling(y, best) {
		if i == best {
			s.Best = []int{len(s.X)}
		}
		s.X, s.Y = append(s.X, x[i]), append(s.Y, y[i])
	}
	return s
}

// manyEpochs is beyond what a picture has room for: three places or more a pixel.
const manyEpochs = 4000

// telling are the places of values that a curve must pass through to look the same: all of them, and of
// many the first, the lowest, the highest and the last in each of a thousand parts, and one more
// place, unless that is -1.
func telling(values []float64, more int) (places []int) {
	n := len(values)
	if n <= manyEpochs {
		for i := range values {
			places = append(places, i)
		}
		return places
	}
	const parts = manyEpochs / 4
	for part := range parts {
		from, to := part*n/parts, (part+1)*n/parts
		own := []int{from, to - 1}
		if low := lowest(values[from:to]); low >= 0 {
			own = append(own, from+low)
		}
		if high := highest(values[from:to]); high >= 0 {
			own = append(own, from+high)
		}
		if from <= more && more < to {
			own = append(own, more)
		}
		slices.Sort(own)
		places = append(places, slices.Compact(own)...)
	}
	return places
}

// highest is the place of the largest number, the first of equal ones; -1 without numbers.
func highest(values []float64) int {
	best := -1
	for i, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) && (best < 0 || v > values[best]) {
			best = i
		}
	}
	return best
}

// bands draws what the latents carry, a panel a run.
func (p *plotted) bands(m curve) (panels []plot.Panel) {
	for _, c := range p.courses {
		if !m.has(c) {
			continue
		}
		x, y := columnsOf(evenly(c.latents))
		b := &plot.Bands{X: x, Values: y}
		for j := range y {
			b.Names = append(b.Names, fmt.Sprintf("z%d", j))
		}
		label := "KL of each latent (nats)"
		if c.latents.Top {
			label = "KL of each upper latent (nats)"
		}
		if len(p.courses) > 1 {
			label = console.Brief(c.name) + ": " + label
		}
		panels = append(panels, plot.Panel{Label: label, Bands: b, Spans: spansOf(c)})
	}
	return panels
}

// evenly leaves rows out of many, so that as many remain as bands have room for, the first and the last
// among them.
func evenly(t *run.LatentTable) *run.LatentTable {
	const most = manyEpochs / 4
	n := len(t.Rows)
	if n <= most {
		return t
	}
	some := &run.LatentTable{Top: t.Top}
	for i := range most {
		some.Rows = append(some.Rows, t.Rows[i*(n-1)/(most-1)])
	}
	return some
}

func spansOf(c *history) (spans []plot.Span) {
	for _, s := range c.growth() {
		spans = append(spans, plot.Span{From: s[0], To: s[1], Label: "KL weight grows"})
	}
	return spans
}
