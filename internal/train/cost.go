package train

import (
	"fmt"
	"time"

	"vae/internal/config"
)

// cost finds out what the work of several processes together costs, in the first steps.
type cost struct {
	t        *trainer
	exchange time.Duration // of all gradients, by itself
	bytes    int64         // that this process sends for it
	steps    int
	began    time.Time
	all, run time.Duration // of the steps that count: as a whole, and of the graph on the own rows
	waited   time.Duration // for the others, behind that
}

const (
	warming  = 2  // steps that do not count
	counting = 20 // that do
	trials   = 3  // of an exchange

	// sample is how many numbers are tried at most: several pieces that travel at once, of 8 MB together. More take as much longer.
	sample = 1 << 21
)

// newCost tries the exchange of the gradients; nil of one process alone.
func newCost(t *trainer) (*cost, error) {
	if !t.shared() {
		return nil, nil
	}
	c, size := &cost{t: t}, 0
	for _, p := range t.Model.Params() {
		size += len(p.Value)
	}
	x := make([]float32, min(size, sample))
	for range trials {
		sent, began := t.World.Sent(), time.Now()
		t.World.Begin(x)
		if err := t.World.Finish(); err != nil {
			return nil, err
		}
		took := time.Since(began)
		if c.bytes = t.World.Sent() - sent; c.exchange == 0 || took < c.exchange {
			c.exchange = took
		}
	}
	if tried := len(x); tried < size {
		times := float64(size) / float64(tried)
		c.bytes, c.exchange = int64(times*float64(c.bytes)), time.Duration(times*float64(c.exchange))
	}
	return c, nil
}

// step takes note of one, of which the run of the graph took so long, and tells of the cost when it is known.
func (c *cost) step(run time.Duration) {
	if c == nil || c.steps > warming+counting {
		return
	}
	now := time.Now()
	if c.steps > warming {
		waited := c.t.objective.Waited()
		c.all, c.run, c.waited = c.all+now.Sub(c.began), c.run+run-waited, c.waited+waited
	}
	c.began = now
	if c.steps++; c.steps > warming+counting {
		c.t.Observer.Note(c.String())
	}
}

// String is what it costs, and whether it pays: one process alone would compute on the rows of all, and do the rest as it is.
func (c *cost) String() string {
	n := c.t.World.Size()
	step, waited := c.all/counting, c.waited/counting
	alone := (c.all-c.run-c.waited)/counting + time.Duration(n)*c.run/counting
	text := fmt.Sprintf("%d processes: each sends %s a step, which takes %s by itself; a step takes %s, %s of it waiting for the others; one process like these would take about %s",
		n, megabytes(c.bytes), milliseconds(c.exchange), milliseconds(step), milliseconds(waited), milliseconds(alone))
	if step < alone*9/10 {
		return text
	}
	return text + fmt.Sprintf(": %d do not pay for this network and batch; more images a step, %s, or fewer processes do", n, config.Mention("train.batch"))
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.3g MB", float64(bytes)/1e6) }

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.3g ms", float64(d)/1e6) }
