package serve

import (
	"cmp"
	"net/http"
	"time"
)

const (
	// patience is how long a client may take nothing of a reply.
	patience = 30 * time.Second
	// slowest is how many bytes a second it must take in the mean beyond that.
	slowest = 16 << 10
	// piece is how much is written before the deadline moves.
	piece = 64 << 10
	// mostAnswered bounds the requests that are answered at once, each of which may hold a reply in memory.
	mostAnswered = 256
)

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
		p := &pacedWriter{ResponseWriter: w, out: http.NewResponseController(w), patience: cmp.Or(s.options.Patience, patience)}
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
	out      *http.ResponseController
	patience time.Duration
	began    time.Time // of what is written; zero before
	written  int
}

func (p *pacedWriter) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// extend sets the deadline. Where there is none, as in a test, nobody keeps anybody waiting.
func (p *pacedWriter) extend() {
	until := time.Now()
	if taken := p.began.Add(time.Duration(p.written) * time.Second / slowest); !p.began.IsZero() && taken.Before(until) {
		until = taken
	}
	_ = p.out.SetWriteDeadline(until.Add(p.patience))
}

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
		p.written += n
		if err != nil || done == len(b) {
			return done, err
		}
	}
}
