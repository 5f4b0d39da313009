package plot

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"vae/internal/render/draw"
)

// DefaultBands is the most bands with a color of their own.
const DefaultBands = len(classColors)

// band is one of those that are drawn.
type band struct {
	name   string
	values []float64
	color  draw.RGB
}

// stack are the bands from the top down: by their last values, equal ones in their order, and then
// the rest as one.
func (b *Bands) stack() []band {
	order := make([]int, len(b.Values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Compare(b.last(j), b.last(i))
	})
	most := b.Most
	if most <= 0 || most > DefaultBands {
		most = DefaultBands
	}
	var stack []band
	var rest band
	for place, i := range order {
		if place < most {
			stack = append(stack, band{b.Names[i] + "  " + twoDigits(b.last(i)), b.amounts(i), classColors[place]})
			continue
		}
		rest.add(b.amounts(i))
	}
	if others := len(order) - most; others > 0 {
		rest.name, rest.color = fmt.Sprintf("%d others  %s", others, twoDigits(rest.values[len(rest.values)-1])), noClassColor
		stack = append(stack, rest)
	}
	return stack
}

// last is the value of a band at the last place.
func (b *Bands) last(i int) float64 {
	if len(b.X) == 0 {
		return 0
	}
	return amount(b.Values[i][len(b.X)-1])
}

// amounts are the values of a band as they are drawn.
func (b *Bands) amounts(i int) []float64 {
	values := make([]float64, len(b.X))
	for k, v := range b.Values[i] {
		values[k] = amount(v)
	}
	return values
}

// amount is a value as it is drawn, at most so much that no sum overflows.
func amount(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 0) {
		return 0
	}
	return min(v, 1e290)
}

func (b *band) add(values []float64) {
	if b.values == nil {
		b.values = make([]float64, len(values))
	}
	for i, v := range values {
		b.values[i] += v
	}
}

// twoDigits writes a value with two decimals, or in three digits where it is large.
func twoDigits(v float64) string {
	if v >= 1000 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// total is the largest sum of all bands at a place.
func total(stack []band) (most float64) {
	for k := range stack[0].values {
		sum := 0.0
		for _, b := range stack {
			sum += b.values[k]
		}
		most = max(most, sum)
	}
	return most
}

// bandOverlap is how far a band reaches below the upper edge of the next, in pixels, so that no
// ground shows between two, however steep.
const bandOverlap = 24

// edges are the upper edges of the bands on the page, and the axis below the last. One place has no
// extent: its bands are a bar.
func (p *panel) edges() (xs []float64, edges [][]float64) {
	for _, x := range p.Bands.X {
		xs = append(xs, p.atX(x))
	}
	edges = make([][]float64, len(p.stack)+1)
	sums := make([]float64, len(xs))
	for at := len(p.stack); at >= 0; at-- {
		for i := range xs {
			if at < len(p.stack) {
				sums[i] += p.stack[at].values[i]
			}
			edges[at] = append(edges[at], p.atY(sums[i]))
		}
	}
	if len(xs) > 1 {
		return xs, edges
	}
	middle, half := math.Round(xs[0]), math.Round(min(2*p.em, p.area.Width()/4))
	for at := range edges {
		edges[at] = slices.Repeat(edges[at], 2)
	}
	return []float64{middle - half, middle + half}, edges
}

// drawBands draws each band from its upper edge to somewhat below the next, from the top down, and
// thin lines, which tell bands of like colors apart.
func (p *panel) drawBands(c draw.Canvas) {
	xs, edges := p.edges()
	floor := edges[len(p.stack)]
	for at, b := range p.stack {
		bottom := make([]float64, len(xs))
		for i := range bottom {
			bottom[i] = min(floor[i], edges[at+1][i]+bandOverlap)
		}
		c.Band(xs, edges[at], bottom, b.color, 1)
	}
	for at := range p.stack {
		line := make([]draw.Place, len(xs))
		for i, x := range xs {
			line[i] = draw.Place{X: x, Y: edges[at][i]}
		}
		c.Line(line, draw.Stroke{Width: 0.8, Opacity: 0.7, Color: draw.White})
	}
}
