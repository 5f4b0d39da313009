package stats

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// L-BFGS for a smooth convex function (Nocedal and Wright 2006, algorithms 7.4
// and 7.5). gonum/optimize has one too, but its line search compares function
// values, and those of the probe are known to about nine digits only: on 55,000
// codes it gives up at a gradient of 1.3e-6 after 87 evaluations. Here the
// approximate Wolfe conditions (Hager and Zhang 2005, equation 4.1) judge by
// slopes where values no longer differ: 8e-9 after 44.

const (
	memory    = 10   // pairs of steps and changes of the gradient
	armijo    = 0.1  // delta of Hager and Zhang
	curvature = 0.9  // sigma
	alike     = 1e-7 // epsilon: values that differ by this part are equal
	trials    = 40   // of a line search
)

// objective returns the value at x and writes the gradient to g.
type objective func(x, g []float64) float64

// minimum is where minimize stopped.
type minimum struct {
	value, gradient float64 // gradient: its largest magnitude
	steps           int
	converged       bool // gradient is at most the tolerance
}

// minimize moves x to the minimum of f, until no entry of the gradient exceeds
// the tolerance or the steps are used up.
func minimize(f objective, x []float64, tolerance float64, steps int) minimum {
	s := &search{f: f, x: x, g: make([]float64, len(x)), direction: make([]float64, len(x)),
		nextX: make([]float64, len(x)), nextG: make([]float64, len(x))}
	s.value = f(x, s.g)
	m := minimum{}
	for ; m.steps < steps && !(largest(s.g) <= tolerance); m.steps++ {
		if !s.step() {
			break
		}
	}
	m.value, m.gradient = s.value, largest(s.g)
	m.converged = m.gradient <= tolerance
	return m
}

func largest(g []float64) float64 { return floats.Norm(g, math.Inf(1)) }

// pair is a step and what it did to the gradient.
type pair struct {
	step, change []float64
	product      float64 // of the two, above zero
}

type search struct {
	f            objective
	x, g         []float64
	value        float64
	pairs        []pair // the latest last
	direction    []float64
	nextX, nextG []float64
}

// step does one iteration. ok is false where no step leads down any more.
func (s *search) step() (ok bool) {
	s.newton()
	if s.line() {
		return true
	}
	if len(s.pairs) == 0 {
		return false
	}
	s.pairs = s.pairs[:0] // the steepest descent may do it yet
	s.newton()
	return s.line()
}

// newton sets the direction to -H g, H the approximate inverse of the Hessian,
// by the two loops of algorithm 7.4.
func (s *search) newton() {
	q := s.direction
	copy(q, s.g)
	alpha := make([]float64, len(s.pairs))
	for i := len(s.pairs) - 1; i >= 0; i-- {
		p := s.pairs[i]
		alpha[i] = floats.Dot(p.step, q) / p.product
		floats.AddScaled(q, -alpha[i], p.change)
	}
	if len(s.pairs) > 0 {
		last := s.pairs[len(s.pairs)-1]
		floats.Scale(last.product/floats.Dot(last.change, last.change), q)
	} else {
		floats.Scale(1/max(floats.Norm(q, 2), 1), q)
	}
	for i, p := range s.pairs {
		beta := floats.Dot(p.change, q) / p.product
		floats.AddScaled(q, alpha[i]-beta, p.step)
	}
	floats.Scale(-1, q)
}

// line looks along the direction for a point that satisfies the Wolfe conditions
// or the approximate ones, and moves there. ok is false where it finds none.
func (s *search) line() (ok bool) {
	slope := floats.Dot(s.g, s.direction)
	if !(slope < 0) {
		return false
	}
	low, high, lowSlope, highSlope := 0.0, math.Inf(1), slope, math.NaN()
	at := 1.0
	for range trials {
		floats.AddScaledTo(s.nextX, s.x, at, s.direction)
		value := s.f(s.nextX, s.nextG)
		there := floats.Dot(s.nextG, s.direction)
		exact := value <= s.value+armijo*at*slope
		approximate := value <= s.value+alike*math.Abs(s.value) && there <= (2*armijo-1)*slope
		switch {
		case !exact && !approximate:
			high, highSlope = at, there
		case there < curvature*slope:
			low, lowSlope = at, there
		default:
			s.move(value)
			return true
		}
		at = next(low, high, lowSlope, highSlope)
	}
	return false
}

// next is the point to try: twice as far while there is no upper end, else where
// the slope would be zero if it were linear, but not near the ends.
func next(low, high, lowSlope, highSlope float64) float64 {
	if math.IsInf(high, 1) {
		return 2 * low
	}
	part := lowSlope / (lowSlope - highSlope)
	if !(part > 0.1 && part < 0.9) {
		part = 0.5
	}
	return low + part*(high-low)
}

// move takes the step and remembers what it taught.
func (s *search) move(value float64) {
	p := pair{make([]float64, len(s.x)), make([]float64, len(s.x)), 0}
	floats.SubTo(p.step, s.nextX, s.x)
	floats.SubTo(p.change, s.nextG, s.g)
	p.product = floats.Dot(p.step, p.change)
	if p.product > 0 {
		if len(s.pairs) == memory {
			s.pairs = append(s.pairs[:0], s.pairs[1:]...)
		}
		s.pairs = append(s.pairs, p)
	}
	copy(s.x, s.nextX)
	copy(s.g, s.nextG)
	s.value = value
}
