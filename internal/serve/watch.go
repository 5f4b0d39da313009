package serve

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// watched is what is known of a model file.
type watched struct {
	asks chan chan struct{} // for a look at it, with what is to be closed behind it; nil for nobody waits
	at   atomic.Int64       // when it was last looked at, in nanoseconds

	seen   string    // its stamp, before it was read
	failed time.Time // when it could not be read; zero where it could
}

const (
	// newestWithin is how long a page that opens waits for a model that is loaded; then it is shown the one
	// before, and told of the other.
	newestWithin = 10 * time.Second
	// retryEvery is how often a file is read again that could not be read and looks the same.
	retryEvery = 5 * time.Second
)

// watch loads the model again when its file is another, as it is while the run is trained, until the
// server is closed: while somebody listens, or when somebody asks. One that is gone or damaged leaves the last good one.
func (r *opened) watch(every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-ticker.C:
			if r.news.heard() {
				r.look()
			}
		case done := <-r.watched.asks:
			r.look()
			if done != nil {
				close(done)
			}
		}
	}
}

// look loads the model if its file is another.
func (r *opened) look() {
	w := &r.watched
	defer func() { w.at.Store(time.Now().UnixNano()) }()
	now := stamp(r.source.File)
	if now == w.seen && (w.failed.IsZero() || time.Since(w.failed) < retryEvery) {
		return
	}
	again := now == w.seen
	w.seen, w.failed = now, time.Time{}
	if err := r.load(); err != nil {
		w.failed = time.Now()
		r.mu.Lock()
		known := again && r.fault == err.Error()
		r.fault = err.Error()
		r.mu.Unlock()
		if !known {
			r.news.tell(event{Run: r.number, What: "gone", Text: err.Error()})
		}
		return
	}
	r.news.tell(event{Run: r.number, What: "model"})
}

// fresh waits until the model is that of the file, if that does not take too long.
func (r *opened) fresh(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, newestWithin)
	defer stop()
	done := make(chan struct{})
	select {
	case r.watched.asks <- done:
	case <-ctx.Done():
		return
	case <-r.ctx.Done():
		return
	}
	select {
	case <-done:
	case <-ctx.Done():
	case <-r.ctx.Done():
	}
}

// nudge has the file looked at, now and then, of a run that is asked for while no page listens.
func (r *opened) nudge(every time.Duration) {
	if time.Now().UnixNano()-r.watched.at.Load() < int64(every) {
		return
	}
	select {
	case r.watched.asks <- nil:
	default: // it is being looked at
	}
}

// stamp tells one content of a file from another.
func stamp(file string) string {
	info, err := os.Stat(file)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(info.Size(), info.ModTime().UnixNano())
}
