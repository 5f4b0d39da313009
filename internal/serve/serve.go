// Package serve is a page on which a person moves in the latent spaces of runs: a map of the
// codes of images, a point that is decoded as it moves, drawings that are encoded. It answers
// requests of that page, reads no path and writes nothing.
//
// Shapes: N images, L latents, D pixels of an image (width x height x channels, rows of
// interleaved channels). Numbers in bodies are little-endian, float32 where nothing else is
// said, pixels are bytes from 0 black to 255 white.
package serve

import (
	"cmp"
	"context"
	"embed"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

//go:embed page
var files embed.FS

// Options say what is served, and to whom.
type Options struct {
	Runs []Source // at least one
	// Token must be given by whoever is not on this machine; "" where none but this machine is
	// served.
	Token   string
	Version string // of the program
	// Draw draws a picture by the command that Line is, as a person would write it.
	Draw func(ctx context.Context, d Drawing, out io.Writer) error
	Line func(d Drawing) string
	// Watch is how often the model files are looked at; 0 for each second.
	Watch time.Duration
	// Patience is how long a client may take nothing of a reply, or send nothing; 0 for half a minute.
	Patience time.Duration
	// Log hears of faults that no answer tells, one line each.
	Log func(text string)
}

// Server answers the page.
type Server struct {
	options Options
	runs    []*opened
	news    *news
	stop    context.CancelFunc
	ctx     context.Context

	busy atomic.Int32 // requests that are answered
	sent atomic.Int64 // bytes of what they have sent so far
	held atomic.Int64 // bytes of their replies
}

// New opens the runs, and watches their models until ctx ends or the server is closed.
func New(ctx context.Context, o Options) (*Server, error) {
	s := &Server{options: o, news: newNews()}
	s.ctx, s.stop = context.WithCancel(ctx)
	for i, source := range o.Runs {
		r := newOpened(s.ctx, i, source, s.news)
		r.version = o.Version
		r.watched.seen, r.beside = stamp(source.File), len(o.Runs) > 1
		if err := r.load(); err != nil {
			s.stop()
			return nil, err
		}
		s.runs = append(s.runs, r)
	}
	for _, r := range s.runs {
		go r.watch(s.every())
	}
	return s, nil
}

// every is how often a model file is looked at.
func (s *Server) every() time.Duration { return cmp.Or(s.options.Watch, time.Second) }

// Close ends all that the server does by itself.
func (s *Server) Close() { s.stop() }

// Handler answers requests that reach a listener at an address.
func (s *Server) Handler(listener net.Addr) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", answerPage)
	for pattern, answer := range map[string]func(*opened, *http.Request) (reply, error){
		"GET /api/runs/{run}":                 (*opened).answerAbout,
		"GET /api/runs/{run}/points":          (*opened).answerPoints,
		"GET /api/runs/{run}/values":          (*opened).answerValues,
		"GET /api/runs/{run}/thumbs":          (*opened).answerThumbs,
		"GET /api/runs/{run}/images/{image}":  (*opened).answerImage,
		"GET /api/runs/{run}/search":          (*opened).answerSearch,
		"GET /api/runs/{run}/pixels/{image}":  (*opened).answerPixels,
		"POST /api/runs/{run}/decode":         (*opened).answerDecode,
		"POST /api/runs/{run}/at":             (*opened).answerAt,
		"POST /api/runs/{run}/near":           (*opened).answerNear,
		"POST /api/runs/{run}/encode":         (*opened).answerEncode,
		"POST /api/runs/{run}/selection":      (*opened).answerSelection,
		"POST /api/runs/{run}/direction":      (*opened).answerDirection,
		"GET /api/runs/{run}/course":          (*opened).answerCourse,
		"POST /api/runs/{run}/selection/{as}": (*opened).answerExport,
	} {
		mux.HandleFunc(pattern, s.ofRun(answer))
	}
	mux.HandleFunc("GET /api/runs", s.answered(s.about))
	mux.HandleFunc("GET "+eventsPath, s.answerEvents)
	mux.HandleFunc("GET /api/runs/{run}/picture", s.answered(s.picture))
	mux.HandleFunc("GET /api/runs/{run}/compare", s.answered(s.compare))
	return s.paced(s.guard(mux, listener))
}

// NewHTTP is the server of HTTP that the handler is to stand behind: no client may keep it
// waiting, or fill its memory.
func NewHTTP(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 1 << 14}
}
