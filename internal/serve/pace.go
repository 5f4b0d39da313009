package serve

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

const (
	// patience is how long a client may take nothing of a reply.
	patience = 30 * time.Second
	// slowest is how many bytes a second it must take in the mean beyond that.
	slowest = 16 << 10
	// piece is how much is written before the deadline moves.
	piece = 64 << 10
	// mostAnswered bounds the requests that are answered at once.
	mostAnswered = 256
	// little is so much that it is always taken and given: with mostAnswered that has a bound, too.
	little = 1 << 20
	// mostHeld bounds the bytes of replies that are larger, and mostSent those of bodies as they come; a single one may be larger.
	mostHeld = 128 << 20
	mostSent = 64 << 20
)

// hold counts more bytes of a transfer among those of all, and tells whether there is room for them: for little there is, and for one
// alone. Of the size bytes before, it has counted some; who finds no room has these given back in the same step, or all who
// come together would be refused for each other.
func hold(all *atomic.Int64, size, counted, more int, most int64) (change int, err error) {
	if size+more <= little {
		return 0, nil
	}
	change = size + more - counted
	for {
		before := all.Load()
		now := before + int64(change)
		if now > most && now > int64(size+more) {
			now, change, err = before-int64(counted), -counted, faultf(http.StatusTooManyRequests, "too many requests at once")
		}
		if all.CompareAndSwap(before, now) {
			return change, err
		}
		change, err = size+more-counted, nil
	}
}

// pace is how a transfer goes on.
type pace struct {
	patience time.Duration
	began    time.Time // zero before
	done     int       // bytes
}

func (s *Server) pace() pace { return pace{patience: cmp.Or(s.options.Patience, patience)} }

// until is when more must have come: nobody may pause longer than the patience, or fall as far behind the slowest pace.
func (p *pace) until() time.Time {
	until := time.Now()
	if taken := p.began.Add(time.Duration(p.done) * time.Second / slowest); !p.began.IsZero() && taken.Before(until) {
		until = taken
	}
	return until.Add(p.patience)
}

// pacedBody is the body of a request, which is counted and whose deadline moves as it comes.
type pacedBody struct {
	io.ReadCloser
	pace
	out     *http.ResponseController
	all     *atomic.Int64
	counted int
}

// body paces the body of a request.
func (s *Server) body(w http.ResponseWriter, r *http.Request) *pacedBody {
	b := &pacedBody{ReadCloser: r.Body, pace: s.pace(), out: http.NewResponseController(w), all: &s.sent}
	if r.Body != http.NoBody {
		r.Body = b
	}
	return b
}

func (b *pacedBody) Read(into []byte) (int, error) {
	if b.began.IsZero() {
		b.began = time.Now()
	}
	_ = b.out.SetReadDeadline(b.until())
	n, err := b.ReadCloser.Read(into)
	change, full := hold(b.all, b.done, b.counted, n, mostSent)
	b.done, b.counted = b.done+n, b.counted+change
	switch {
	case full != nil:
		return 0, full
	case err == io.EOF:
		_ = b.out.SetReadDeadline(time.Time{})
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = faultf(http.StatusRequestTimeout, "what was sent has come too slowly")
	case err != nil:
		err = faultf(http.StatusBadRequest, "what was sent has no end")
	}
	return n, err
}

// release is for when an answer is made.
func (b *pacedBody) release() { b.all.Add(-int64(b.counted)) }

// eventsPath is that of the one reply that does not end, which has deadlines of its own.
const eventsPath = "/api/events"

// paced gives up clients that do not take their replies, and refuses requests beyond so many at once.
func (s *Server) paced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == eventsPath {
			next.ServeHTTP(w, r)
			return
		}
		defer s.busy.Add(-1)
		p := &pacedWriter{ResponseWriter: w, out: http.NewResponseController(w), pace: s.pace()}
		p.extend()
		if s.busy.Add(1) > mostAnswered {
			s.refuse(p, r, faultf(http.StatusTooManyRequests, "too many requests at once"))
			return
		}
		next.ServeHTTP(p, r)
	})
}

// pacedWriter moves the deadline of a reply as it is taken.
type pacedWriter struct {
	http.ResponseWriter
	pace
	out *http.ResponseController
}

func (p *pacedWriter) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// extend sets the deadline. Where there is none, as in a test, nobody keeps anybody waiting.
func (p *pacedWriter) extend() { _ = p.out.SetWriteDeadline(p.until()) }

func (p *pacedWriter) WriteHeader(status int) {
	p.extend()
	p.ResponseWriter.WriteHeader(status)
}

func (p *pacedWriter) Write(b []byte) (done int, err error) {
	if p.began.IsZero() {
		p.began = time.Now()
	}
	for {
		p.extend()
		n, err := p.ResponseWriter.Write(b[done:min(done+piece, len(b))])
		done += n
		p.pace.done += n
		if err != nil || done == len(b) {
			return done, err
		}
	}
}
