package cli

import (
	"fmt"
	"math"

	"vae/internal/config"
	"vae/internal/walk"
)

// Where --range and --quantile do not say which values a traversal has.
const (
	defaultReach    = 3 // standard deviations
	defaultQuantile = 0.05
)

// columns are the columns of a traversal.
type columns struct {
	places    []float64 // in standard deviations, or in percent of the codes
	texts     []string  // above them
	note      string    // what they are
	quantiles bool
}

// chooseColumns settles n columns.
func (t *traversal) chooseColumns(n int) (columns, error) {
	standard := t.space.StandardNormal() && t.axes != principalRows
	_, known := t.space.Quantiles(t.along[0])
	byQuantile := t.flags.Changed("quantile") || !t.span.given && !t.space.StandardNormal() && known
	switch {
	case byQuantile && !known:
		return columns{}, t.unknown("--quantile", "does not say where its codes lie")
	case byQuantile:
		return t.quantileColumns(n), nil
	}
	from, to, unit := -float64(defaultReach), float64(defaultReach), " sd"
	if t.span.given {
		from, to = t.span.from, t.span.to
	}
	c := columns{places: walk.Spaced(from, to, n)}
	of := "of the prior"
	if _, _, ok := t.space.Prior(t.along[0]); !ok || t.along[0].Vector != nil {
		of = "of the codes"
	}
	switch {
	case standard:
		unit, of = "", "of the latents, whose prior is standard normal"
	case !t.space.Measured() && of == "of the codes":
		unit, of = "", "of the latents"
	default:
		of = "in standard deviations " + of
	}
	c.texts, c.note = ticks(c.places, unit), fmt.Sprintf("values %g to %g %s", from, to, of)
	return c, nil
}

// quantileColumns are n columns at quantiles of the codes.
func (t *traversal) quantileColumns(n int) columns {
	q, why := t.quantile, ""
	if !t.flags.Changed("quantile") {
		q = defaultQuantile
		why = fmt.Sprintf(", as %s", t.priorless())
	}
	c := columns{places: walk.Spaced(100*q, 100*(1-q), n), quantiles: true}
	c.texts = ticks(c.places, " %")
	c.note = fmt.Sprintf("values from the %g %% to the %g %% quantile of the codes%s", 100*q, 100*(1-q), why)
	return c
}

// priorless says why there is no range of the prior.
func (t *traversal) priorless() string {
	switch {
	case len(t.model.Levels()) > 1:
		return "the layer next to the image has no prior of its own"
	case t.model.Config().Kind == config.PCA:
		return "PCA has no prior of a fixed scale"
	}
	return "an autoencoder has no prior of a fixed scale"
}

// values are those of a row in each column.
func (t *traversal) values(a walk.Axis) []float64 {
	values := make([]float64, len(t.across.places))
	quantiles, _ := t.space.Quantiles(a)
	mean, sd := t.scale(a)
	for i, place := range t.across.places {
		if t.across.quantiles {
			values[i] = quantiles.At(place)
		} else {
			values[i] = mean + place*sd
		}
	}
	return values
}

// nearest is the column of a row whose value is nearest to that of the image's code; -1 where that
// lies beyond the columns.
func (t *traversal) nearest(a walk.Axis, values []float64) int {
	own, best := a.Coordinate(t.point), 0
	for i, v := range values {
		if math.Abs(v-own) < math.Abs(values[best]-own) {
			best = i
		}
	}
	step := 0.0
	if n := len(values); n > 1 {
		step = math.Abs(values[n-1]-values[0]) / float64(n-1)
	}
	if math.Abs(values[best]-own) > step {
		return -1
	}
	return best
}
