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
	_, known := t.space.Quantiles(t.along[0])
	byQuantile := t.flags.Changed("quantile") || !t.span.given && !t.space.StandardNormal() && known
	switch {
	case byQuantile && !known:
		return columns{}, t.unknown("--quantile", "does not say where its codes lie")
	case byQuantile:
		return t.quantileColumns(n), nil
	}
	from, to := -float64(defaultReach), float64(defaultReach)
	if t.span.given {
		from, to = t.span.from, t.span.to
	}
	unit, of := " sd", "in standard deviations of the codes"
	switch {
	case t.standard(t.along[0]):
		unit, of = "", "of the latents, whose prior is standard normal"
	case t.unscaled(t.along[0]):
		unit, of = "", "of the latents"
	}
	places := walk.Spaced(from, to, n)
	return columns{places: places, texts: ticks(places, unit), note: fmt.Sprintf("values %g to %g %s", from, to, of)}, nil
}

// quantileColumns are n columns at quantiles of the codes.
func (t *traversal) quantileColumns(n int) columns {
	q, why := t.quantile, ""
	if !t.flags.Changed("quantile") {
		q, why = defaultQuantile, ", as "+t.priorless()
	}
	places := walk.Spaced(100*q, 100*(1-q), n)
	return columns{
		places: places, texts: ticks(places, " %"), quantiles: true,
		note: fmt.Sprintf("values from the %.4g %% to the %.4g %% quantile of the codes%s", 100*q, 100*(1-q), why),
	}
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
