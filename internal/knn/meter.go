package knn

import (
	"sync"
	"time"
)

// reportEvery is the least time between two reports.
const reportEvery = 20 * time.Millisecond

// meter counts what several goroutines have done, and reports it now and then.
type meter struct {
	report func(done, of int) // may be nil
	of     int

	mu   sync.Mutex
	done int
	last time.Time
}

func (m *meter) add(n int) {
	if m.report == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done += n
	if now := time.Now(); m.done == m.of || now.Sub(m.last) >= reportEvery {
		m.last = now
		m.report(m.done, m.of)
	}
}
