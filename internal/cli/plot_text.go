package cli

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"vae/internal/console"
	"vae/internal/run"
	"vae/internal/stats"
)

// spark are the heights of a sparkline.
var spark = []rune("▁▂▃▄▅▆▇█")

const (
	widestSpark  = 60 // letters
	slimmestLine = 8
	listedBands  = 12 // latents of which there is a line each
)

// sparkline draws values in at most so many letters, from the lowest to the highest of them. What is
// not finite is a blank; of more values than letters, each letter is the mean of those in its place.
func sparkline(values []float64, width int) string {
	places := pooled(values, min(width, len(values)))
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range places {
		if !math.IsNaN(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	var b strings.Builder
	for _, v := range places {
		switch {
		case math.IsNaN(v):
			b.WriteRune(' ')
		case high/2 == low/2: // as of denormal numbers, too
			b.WriteRune(spark[len(spark)/2-1])
		default:
			part := (v/2 - low/2) / (high/2 - low/2) // halves, so that none overflows
			b.WriteRune(spark[min(int(part*float64(len(spark))), len(spark)-1)])
		}
	}
	return b.String()
}

// pooled are the means of the finite values in n equal parts, NaN where there are none.
func pooled(values []float64, n int) []float64 {
	means := make([]float64, n)
	for i := range means {
		sum, count := 0.0, 0.0
		for _, v := range values[i*len(values)/n : (i+1)*len(values)/n] {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				count++
				sum += (v - sum) / count
			}
		}
		if means[i] = sum; count == 0 {
			means[i] = math.NaN()
		}
	}
	return means
}

// textLine is one curve as text.
type textLine struct {
	label, split string
	values       []float64
	end          string // behind the last value
}

// text draws all curves as lines of text, which fit into so many columns.
func (p *plotted) text(w io.Writer, columns int) error {
	var parts []string
	for _, c := range p.courses {
		part := console.OneLine(c.headline()) + "\n" + laidOut(p.lines(c), columns)
		if others := p.others(c); others != "" {
			part += "  " + others + "\n"
		}
		parts = append(parts, part)
	}
	_, err := io.WriteString(w, strings.Join(parts, "\n"))
	return err
}

// headline says how far a training has come.
func (c *history) headline() string {
	first, last := c.rows[0].Epoch, c.rows[len(c.rows)-1].Epoch
	text := fmt.Sprintf("%s: epoch %d", c.name, last)
	if first != last {
		text = fmt.Sprintf("%s: epochs %d to %d", c.name, first, last)
	}
	if c.config != nil && last < c.config.Train.Epochs {
		text += fmt.Sprintf(" of %d", c.config.Train.Epochs)
	}
	if best := c.best(); best >= 0 {
		text += fmt.Sprintf(", best validation loss in %d", c.rows[best].Epoch)
	}
	return text
}

// lines are the curves of a run.
func (p *plotted) lines(c *history) (lines []textLine) {
	for _, m := range p.chosen {
		switch {
		case !m.has(c):
		case m.ofLatents():
			lines = append(lines, latentLines(c)...)
		default:
			lines = append(lines, figureLines(c, m)...)
		}
	}
	return lines
}

func figureLines(c *history, m curve) (lines []textLine) {
	for _, part := range []struct {
		split string
		of    func(run.Row) float64
	}{{"train", m.train}, {"validation", m.validation}} {
		if part.of == nil || lowest(c.of(part.of)) < 0 {
			continue
		}
		line := textLine{label: m.name, split: part.split, values: c.of(part.of)}
		if m.validation == nil {
			line.split = ""
		}
		if best := lowest(line.values); m.name == "loss" && len(line.values) > 1 {
			line.end = fmt.Sprintf("  lowest in %d", c.rows[best].Epoch)
		}
		lines = append(lines, line)
	}
	return lines
}

// latentLines are those that carry most at the end.
func latentLines(c *history) (lines []textLine) {
	_, y := columnsOf(c.latents)
	for place, j := range byLast(y) {
		if place == listedBands {
			break
		}
		line := textLine{label: "KL of z", split: strconv.Itoa(j), values: y[j]}
		if c.latents.Top {
			line.label = "KL of upper z"
		}
		lines = append(lines, line)
	}
	return lines
}

// others says of how many latents there is no line, and how many carry nothing.
func (p *plotted) others(c *history) string {
	drawn := false
	for _, m := range p.chosen {
		drawn = drawn || m.ofLatents()
	}
	if !drawn || c.latents == nil {
		return ""
	}
	_, y := columnsOf(c.latents)
	empty := 0
	for _, values := range y {
		if values[len(values)-1] < stats.EmptyKL {
			empty++
		}
	}
	verb := map[bool]string{true: "carries", false: "carry"}[empty == 1]
	text := fmt.Sprintf("%d of %s %s less than %g nats", empty, console.Count(len(y), "latent"), verb, stats.EmptyKL)
	if rest := len(y) - listedBands; rest > 0 {
		text = console.Count(rest, "more latent") + "; " + text
	}
	return text
}

// laidOut are lines of text in columns.
func laidOut(lines []textLine, columns int) string {
	var b strings.Builder
	var label, split, first, last, end int
	for _, l := range lines {
		label, split = max(label, utf8.RuneCountInString(l.label)), max(split, utf8.RuneCountInString(l.split))
		first, last = max(first, len(shortFigure(l.first()))), max(last, len(shortFigure(l.last())))
		end = max(end, len(l.end))
	}
	room := columns - (2 + label + 1 + split + 2 + first + 1 + 1 + last)
	room = max(slimmestLine, min(widestSpark, room-end))
	for _, l := range lines {
		line := sparkline(l.values, room)
		line += strings.Repeat(" ", min(room, len(l.values))-utf8.RuneCountInString(line))
		fmt.Fprintf(&b, "  %-*s %-*s  %*s %s %*s%s\n", label, l.label, split, l.split, first, shortFigure(l.first()), line, last, shortFigure(l.last()), l.end)
	}
	return b.String()
}

func (l textLine) first() float64 { return l.values[0] }
func (l textLine) last() float64  { return l.values[len(l.values)-1] }

// shortFigure writes a number with some five digits.
func shortFigure(v float64) string {
	switch size := math.Abs(v); {
	case math.IsNaN(v):
		return "none"
	case v == 0:
		return "0"
	case math.IsInf(v, 0), size >= 1e6, size < 1e-3:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case size >= 1000:
		return console.Fixed(v, 0)
	case size >= 10:
		return console.Fixed(v, 2)
	}
	return console.Fixed(v, 4)
}

// csv writes the figures of all runs in one table.
func (p *plotted) csv(w io.Writer, out *output) error {
	table := csv.NewWriter(w)
	if err := table.Write(append([]string{"run"}, run.MetricsColumns()...)); err != nil {
		return err
	}
	for _, c := range p.courses {
		name := out.cells(c.name)
		for _, row := range c.rows {
			if err := table.Write(append(name[:1:1], row.Cells()...)); err != nil {
				return err
			}
		}
	}
	table.Flush()
	return table.Error()
}
