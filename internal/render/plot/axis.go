package plot

import (
	"math"
	"strconv"
	"strings"

	"vae/internal/render/draw"
)

const (
	axisMargin   = 0.04 // of an axis, free of points at each end
	axisSlack    = 0.25 // of the extent of the untrimmed points: how far an axis goes beyond them
	axisRelative = 1e-5 // least length of an axis in parts of its largest value, so that labels stay short
	priorRadius  = 2    // of the outer circle
)

// interval is a part of an axis in the units of the points.
type interval struct{ lo, hi float64 }

func (v interval) span() float64    { return v.hi - v.lo }
func (v interval) largest() float64 { return max(math.Abs(v.lo), math.Abs(v.hi)) }

// about is the interval of that length around the middle of v.
func (v interval) about(span float64) interval {
	middle := v.lo + v.span()/2
	return interval{middle - span/2, middle + span/2}
}

// axes are the intervals that a plotting area of width x height pixels shows.
func (s Scatter) axes(v survey, width, height float64) (x, y interval) {
	x, y = s.extents(v)
	if s.Prior {
		x, y = withPrior(x, y)
	}
	if s.Stretch {
		return x.about(max(padded(x), leastSpan(x))), y.about(max(padded(y), leastSpan(y)))
	}
	unit := max(padded(x)/width, padded(y)/height, leastSpan(x, y)/min(width, height))
	return x.about(unit * width), y.about(unit * height)
}

// padded is the length of an axis that holds v between its margins.
func padded(v interval) float64 { return v.span() / (1 - 2*axisMargin) }

// extents are the intervals that hold the points, outliers left out: see Scatter.PNG.
func (s Scatter) extents(v survey) (x, y interval) {
	slackX, slackY := axisSlack*(v.x.high-v.x.low), axisSlack*(v.y.high-v.y.low)
	if !s.Stretch {
		slackX = max(slackX, slackY)
		slackY = slackX
	}
	return v.x.within(slackX), v.y.within(slackY)
}

// within is the extent of all points, at most slack beyond the untrimmed ones; where those are all
// equal there is nothing that outliers could squash, and it is the extent of all.
func (s spread) within(slack float64) interval {
	if slack == 0 {
		return interval{s.min, s.max}
	}
	return interval{max(s.min, s.low-slack), min(s.max, s.high+slack)}
}

// withPrior adds the prior's circles to the intervals unless the points, far from them, would shrink
// too much.
func withPrior(x, y interval) (interval, interval) {
	px := interval{min(x.lo, -priorRadius), max(x.hi, priorRadius)}
	py := interval{min(y.lo, -priorRadius), max(y.hi, priorRadius)}
	if max(px.span(), py.span()) > 4*max(x.span(), y.span(), priorRadius) {
		return x, y
	}
	return px, py
}

// leastSpan is the least length of an axis that shows the intervals: enough for different labels,
// also around a single value.
func leastSpan(intervals ...interval) float64 {
	span, largest := 0.0, 0.0
	for _, v := range intervals {
		span, largest = max(span, v.span()), max(largest, v.largest())
	}
	if span == 0 {
		return max(2, largest)
	}
	return axisRelative * largest
}

// ticks are round values along an axis: first, first+1, ... last times digit * 10^exponent.
type ticks struct {
	first, last     int
	digit, exponent int // digit is 1, 2 or 5
}

// leastStep is the least distance of round values: denormal numbers have no power of ten below them.
const leastStep = 1e-300

// newTicks are the round values in v at the least round distance from step up.
func newTicks(v interval, step float64) ticks {
	step = max(step, leastStep)
	exponent := int(math.Floor(math.Log10(step)))
	digit := 10
	for _, d := range [...]int{1, 2, 5} {
		if float64(d)*math.Pow10(exponent) >= step*(1-1e-9) {
			digit = d
			break
		}
	}
	if digit == 10 {
		digit, exponent = 1, exponent+1
	}
	t := ticks{digit: digit, exponent: exponent}
	unit := t.value(1)
	t.first, t.last = int(math.Ceil(v.lo/unit-1e-6)), int(math.Floor(v.hi/unit+1e-6))
	return t
}

func (t ticks) value(k int) float64 { return float64(k*t.digit) * math.Pow10(t.exponent) }

// label writes value(k) without rounding, with the same number of decimals at every k, or as
// 1.5e30 where the axis has very large or very small values.
func (t ticks) label(k int) string {
	largest := max(math.Abs(t.value(t.first)), math.Abs(t.value(t.last)))
	digits := strconv.Itoa(max(k, -k) * t.digit)
	switch {
	case k == 0:
		return "0"
	case largest >= 1e6 || largest < 1e-3:
		digits = scientific(digits, t.exponent)
	case t.exponent >= 0:
		digits += strings.Repeat("0", t.exponent)
	default:
		if short := 1 - t.exponent - len(digits); short > 0 {
			digits = strings.Repeat("0", short) + digits
		}
		point := len(digits) + t.exponent
		digits = digits[:point] + "." + digits[point:]
	}
	if k < 0 {
		return "−" + digits
	}
	return digits
}

// width is that of the widest label in pixels, at a size in pixels per em.
func (t ticks) width(size float64) (width float64) {
	for k := t.first; k <= t.last; k++ {
		width = max(width, draw.NewLine(t.label(k)).Width(size))
	}
	return width
}

// scientific writes digits * 10^exponent with one digit before the point.
func scientific(digits string, exponent int) string {
	exponent += len(digits) - 1
	mantissa, rest := digits[:1], strings.TrimRight(digits[1:], "0")
	if rest != "" {
		mantissa += "." + rest
	}
	if exponent < 0 {
		return mantissa + "e−" + strconv.Itoa(-exponent)
	}
	return mantissa + "e" + strconv.Itoa(exponent)
}
