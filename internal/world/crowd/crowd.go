// Package crowd is a world whose processes are goroutines of one, for tests.
package crowd

import (
	"errors"
	"fmt"
	"sync"

	"vae/internal/world"
)

// errLeft is what the others get when one is gone.
var errLeft = errors.New("a member of the crowd is gone")

// Run calls work once for each rank of a world of n, a power of two, at the same time, and returns the errors,
// by rank. Who returns an error is gone, and the others' calls fail.
func Run(n int, work func(w world.World) error) []error {
	c := &crowd{size: n, given: make([]any, n)}
	c.turned = sync.NewCond(&c.mu)
	errs := make([]error, n)
	var wg sync.WaitGroup
	for rank := range n {
		wg.Go(func() {
			errs[rank] = work(&member{crowd: c, rank: rank})
			if errs[rank] != nil {
				c.leave()
			}
		})
	}
	wg.Wait()
	return errs
}

type crowd struct {
	size int

	mu     sync.Mutex
	turned *sync.Cond
	turn   int // how many meetings were held
	come   int // to the one under way
	given  []any
	taken  []any // of the last meeting
	gone   bool
}

// meet has everybody bring something, and returns all of it.
func (c *crowd) meet(rank int, own any) ([]any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return nil, errLeft
	}
	c.given[rank] = own
	c.come++
	if c.come == c.size {
		c.taken, c.given = c.given, make([]any, c.size)
		c.come = 0
		c.turn++
		c.turned.Broadcast()
		return c.taken, nil
	}
	for turn := c.turn; c.turn == turn; {
		if c.gone {
			return nil, errLeft
		}
		c.turned.Wait()
	}
	return c.taken, nil
}

func (c *crowd) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = true
	c.turned.Broadcast()
}

type member struct {
	crowd *crowd
	rank  int
	begun [][]float32
	sent  int64
}

func (m *member) Rank() int         { return m.rank }
func (m *member) Size() int         { return m.crowd.size }
func (m *member) Sent() int64       { return m.sent }
func (m *member) Memory(n int) int  { return 8 * n } // as the helper's
func (m *member) Begin(x []float32) { m.begun = append(m.begun, x) }

func (m *member) Finish() error {
	var own [][]float32
	for _, x := range m.begun {
		own = append(own, append([]float32(nil), x...))
		m.sent += int64(4 * len(x))
	}
	all, err := m.crowd.meet(m.rank, own)
	if err != nil {
		return err
	}
	for i, x := range m.begun {
		parts := make([][]float32, len(all))
		for rank, given := range all {
			g := given.([][]float32)
			if len(g) != len(m.begun) || len(g[i]) != len(x) {
				return fmt.Errorf("rank %d has begun something else than rank %d", rank, m.rank)
			}
			parts[rank] = append([]float32(nil), g[i]...)
		}
		for step := 1; step < len(parts); step *= 2 {
			for r := 0; r < len(parts); r += 2 * step {
				for j, v := range parts[r+step] {
					parts[r][j] += v
				}
			}
		}
		copy(x, parts[0])
	}
	m.begun = m.begun[:0]
	return nil
}

func (m *member) Gather(own []byte) ([][]byte, error) {
	all, err := m.crowd.meet(m.rank, append([]byte(nil), own...))
	if err != nil {
		return nil, err
	}
	parts := make([][]byte, len(all))
	for rank, given := range all {
		b, ok := given.([]byte)
		if !ok || len(b) != len(own) {
			return nil, fmt.Errorf("rank %d gives something else than rank %d", rank, m.rank)
		}
		parts[rank] = b
	}
	return parts, nil
}

func (m *member) Broadcast(b []byte) ([]byte, error) {
	all, err := m.crowd.meet(m.rank, append([]byte(nil), b...))
	if err != nil {
		return nil, err
	}
	return all[0].([]byte), nil
}
