package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/render/plot"
	"vae/internal/stats"
)

// Limits of what principal axes are found of: the time grows with the cube of the
// latents, and all codes are in memory.
const (
	maxPrincipal   = 1024    // latents
	maxPlotNumbers = 1 << 28 // latents of all images
)

// axes are what a plot of latents shows across and up.
type axes struct {
	across, up int
	principal  bool // the first two principal axes instead
}

// newAxes settles the axes; text is that of --axes.
func newAxes(text string, m *loaded, given bool) (axes, error) {
	latents := m.Latent()
	switch {
	case latents < 2:
		return axes{}, usagef("a plot needs two latents, and %s has one: use --format csv or npy", m.file)
	case given:
		return parseAxes(text, m)
	case latents == 2:
		return axes{across: 0, up: 1}, nil
	case latents > maxPrincipal:
		return axes{}, usagef("principal axes are found of at most %s latents, and %s has %s: name two with --axes, such as --axes 0,1",
			console.Comma(maxPrincipal), m.file, console.Comma(latents))
	}
	return axes{principal: true}, nil
}

func parseAxes(text string, m *loaded) (axes, error) {
	left, right, _ := strings.Cut(text, ",")
	i, errI := config.ParseInt(strings.TrimSpace(left))
	j, errJ := config.ParseInt(strings.TrimSpace(right))
	last := m.Latent() - 1
	switch {
	case errI != nil || errJ != nil || i == j:
		return axes{}, usagef("--axes %q: must be two different latents with a comma between, such as 0,1", console.Brief(text))
	case min(i, j) < 0 || max(i, j) > last:
		return axes{}, usagef("--axes %q: the latents of %s are 0 to %d", console.Brief(text), m.file, last)
	}
	return axes{across: i, up: j}, nil
}

// plotRows collects latents and draws them at the end. It is a [rows].
type plotRows struct {
	w       io.Writer
	axes    axes
	width   int       // values kept of an image: 2, or L where principal axes are to be found
	values  []float32 // [N, width]
	labels  []int32   // [N], numbers in names, or plot.NoClass
	numbers map[string]int32
	names   []string
	prior   bool // the latents' is the standard normal
	vector  bool // as SVG
	scale   int
	title   string
	notes   console.Notes
}

func newPlot(w io.Writer, e *encoding) (rows, error) {
	m := e.reader.model
	a, err := newAxes(e.axes, m, e.out.flags.Changed("axes"))
	if err != nil {
		return nil, err
	}
	p := &plotRows{w: w, axes: a, width: 2, numbers: map[string]int32{}, title: plotTitle(m, e.draw), notes: e.notes}
	if a.principal {
		p.width = m.Latent()
	}
	p.prior, p.vector, p.scale = m.StandardNormal(), e.out.format == "svg", e.out.grid.scale
	return p, nil
}

func plotTitle(m *loaded, draws bool) string {
	kind := map[config.Kind]string{config.VAE: "variational autoencoder", config.AE: "autoencoder", config.PCA: "PCA"}[m.Config().Kind]
	what := "codes"
	if draws {
		what = "draws from q(z|x)"
	}
	return fmt.Sprintf("%s, %s of %s", what, kind, console.Count(m.Latent(), "latent"))
}

func (p *plotRows) row(item dataset.Item, values []float32) error {
	if len(p.values)+p.width > maxPlotNumbers {
		return fmt.Errorf("%s of %d latents are too many to find principal axes of: give fewer with -n, or name two latents with --axes",
			console.Count(len(p.labels)+1, "image"), p.width)
	}
	if !p.axes.principal {
		values = []float32{values[p.axes.across], values[p.axes.up]}
	}
	p.values = append(p.values, values...)
	p.labels = append(p.labels, p.number(item.Label))
	return nil
}

// number counts the labels in the order in which they come.
func (p *plotRows) number(label string) int32 {
	if label == "" {
		return plot.NoClass
	}
	n, known := p.numbers[label]
	if !known {
		n = int32(len(p.names))
		p.numbers[label] = n
		p.names = append(p.names, label)
	}
	return n
}

func (p *plotRows) flush() error { return nil }
func (p *plotRows) abort()       {}

// close draws the plot.
func (p *plotRows) close(ctx context.Context) error {
	s := plot.Scatter{
		Title: p.title, Prior: p.prior, Scale: p.scale,
		XLabel: fmt.Sprintf("latent %d", p.axes.across), YLabel: fmt.Sprintf("latent %d", p.axes.up),
	}
	points := p.values
	if p.axes.principal {
		var err error
		if points, err = p.project(ctx, &s); err != nil {
			return err
		}
	}
	var place []int
	s.Classes, place = sortedLabels(p.names)
	tellKey(p.notes, s)
	paint := s.PNG
	if p.vector {
		paint = s.SVG
	}
	return paint(p.w, len(p.labels), func(i int) plot.Point {
		point := plot.Point{X: points[2*i], Y: points[2*i+1], Class: plot.NoClass}
		if n := p.labels[i]; n != plot.NoClass {
			point.Class = place[n]
		}
		return point
	})
}

// tellKey says which classes the legend has by number.
func tellKey(notes console.Notes, s plot.Scatter) {
	const most = 40
	key := s.Key()
	for i, class := range key {
		if i == most {
			notes.Printf("and %s more\n", console.Comma(len(key)-most))
			return
		}
		notes.Printf("[%d] in the legend: %s\n", class, s.Classes[class])
	}
}

// project returns the places [N, 2] of the codes on their first two principal axes,
// which go through the origin, so that a standard normal prior stays one.
func (p *plotRows) project(ctx context.Context, s *plot.Scatter) ([]float32, error) {
	at := func(dst []float32, i int) { copy(dst, p.values[i*p.width:(i+1)*p.width]) }
	found, err := stats.FitPCA(ctx, at, len(p.labels), p.width, 2)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("the codes of %s have no principal axes (%w): name two latents with --axes, such as --axes 0,1", console.Count(len(p.labels), "image"), err)
	}
	all := (found.Variances[0] + found.Variances[1]) / found.Explained
	axis := func(i int) string {
		return fmt.Sprintf("principal axis %d of the codes (%.0f %% of the variance)", i+1, 100*found.Variances[i]/all)
	}
	s.XLabel, s.YLabel = axis(0), axis(1)
	clear(found.Mean)
	points := make([]float32, 2*len(p.labels))
	return points, found.Encode(points, p.values)
}

// sortedLabels brings labels into the order that a reader expects, numbers by their
// value before names. place[n] is where label n has gone.
func sortedLabels(labels []string) (names []string, place []int) {
	order := make([]int, len(labels))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return compareLabels(labels[a], labels[b]) })
	names, place = make([]string, len(labels)), make([]int, len(labels))
	for to, from := range order {
		names[to], place[from] = console.ValidText(labels[from]), to
	}
	return names, place
}

func compareLabels(a, b string) int {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	switch {
	case errX == nil && errY == nil && x != y:
		return cmp.Compare(x, y)
	case (errX == nil) != (errY == nil):
		return map[bool]int{true: -1, false: 1}[errX == nil]
	}
	return cmp.Compare(a, b)
}
