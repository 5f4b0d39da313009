package cli

import (
	"fmt"

	"vae/internal/render/plot"
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
		return fmt.Sprintf("%d epochs", last.Epoch)
	}
	text := fmt.Sprintf("%s, %d latents, epoch %d of %d", c.config.Model.Kind, c.config.Model.Latent, last.Epoch, c.config.Train.Epochs)
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
		x := c.epochs()
		if m.validation != nil && lowest(c.of(m.validation)) >= 0 {
			panel.Series = append(panel.Series, plot.Series{Name: c.name, X: x, Y: c.of(m.train), Faint: true})
			solid := plot.Series{Name: c.name, X: x, Y: c.of(m.validation)}
			if best := c.best(); best >= 0 {
				solid.Best = []int{best}
			}
			panel.Series = append(panel.Series, solid)
		} else {
			panel.Series = append(panel.Series, plot.Series{Name: c.name, X: x, Y: c.of(m.train), Faint: m.validation != nil})
		}
	}
	if len(p.courses) == 1 {
		panel.Spans = spansOf(p.courses[0])
	}
	return panel
}

// bands draws what the latents carry, a panel a run.
func (p *plotted) bands(m curve) (panels []plot.Panel) {
	for _, c := range p.courses {
		if !m.has(c) {
			continue
		}
		x, y := columnsOf(c.latents)
		b := &plot.Bands{X: x, Values: y}
		for j := range y {
			b.Names = append(b.Names, fmt.Sprintf("z%d", j))
		}
		label := "KL of each latent (nats)"
		if c.latents.Top {
			label = "KL of each upper latent (nats)"
		}
		if len(p.courses) > 1 {
			label = c.name + ": " + label
		}
		panels = append(panels, plot.Panel{Label: label, Bands: b, Spans: spansOf(c)})
	}
	return panels
}

func spansOf(c *history) (spans []plot.Span) {
	for _, s := range c.growth() {
		spans = append(spans, plot.Span{From: s[0], To: s[1], Label: "KL weight grows"})
	}
	return spans
}
