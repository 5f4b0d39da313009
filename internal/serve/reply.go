package serve

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"vae/internal/infer"
)

// reply is an answer that is whole before any of it is sent.
type reply struct {
	kind string // the media type
	body []byte
	tag  string // names what the body depends on; "" where it is never asked for again
	file string // a name to keep it under
}

// fault is an error that the one who asks can do something about.
type fault struct {
	status int
	text   string
}

func (f *fault) Error() string { return f.text }

func faultf(status int, format string, args ...any) error {
	return &fault{status, fmt.Sprintf(format, args...)}
}

func jsonReply(value any) (reply, error) {
	body, err := json.Marshal(value)
	return reply{kind: "application/json", body: body}, err
}

func bytesReply(body []byte) (reply, error) {
	return reply{kind: "application/octet-stream", body: body}, nil
}

// floatsReply is numbers as the page takes them.
func floatsReply(values ...[]float32) (reply, error) {
	var body []byte
	for _, part := range values {
		body = appendFloats(body, part)
	}
	return bytesReply(body)
}

func appendFloats(body []byte, values []float32) []byte {
	for _, v := range values {
		body = binary.LittleEndian.AppendUint32(body, math.Float32bits(v))
	}
	return body
}

// ofRun answers what is asked of a run.
func (s *Server) ofRun(answer func(*opened, *http.Request) (reply, error)) http.HandlerFunc {
	return s.answered(func(r *http.Request) (reply, error) {
		run, err := s.run(r)
		if err != nil {
			return reply{}, err
		}
		return answer(run, r)
	})
}

// answered sends an answer, or says why there is none. A panic, as images bring that are in a file which is cut short, is a fault like others.
func (s *Server) answered(answer func(*http.Request) (reply, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body := s.body(w, r)
		a, err := s.ofModel(answer, r)
		body.release()
		if err == nil {
			err = s.give(a, w, r)
		}
		if err != nil {
			s.refuse(w, r, err)
		}
	}
}

// mostModels is how many models in turn an answer is tried of, and mostReplayed the bytes of a request that are kept for that.
const (
	mostModels   = 3
	mostReplayed = 1 << 20
)

// ofModel answers of the model that is shown, and where that gives way to another meanwhile, anew of that one.
func (s *Server) ofModel(answer func(*http.Request) (reply, error), r *http.Request) (a reply, err error) {
	var read bytes.Buffer
	given, size := r.Body, r.ContentLength
	replayed := size >= 0 && size <= mostReplayed
	if replayed {
		r.Body = io.NopCloser(io.TeeReader(given, &read))
	}
	for range mostModels {
		if a, err = guarded(func() (reply, error) { return answer(r) }); !replayed || !s.replaced(r, err) {
			return a, err
		}
		if r.Body = io.NopCloser(bytes.NewReader(read.Bytes())); int64(read.Len()) < size { // else nothing is left to read
			r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(slices.Clone(read.Bytes())), io.TeeReader(given, &read)))
		}
	}
	return a, err
}

// replaced tells whether there is no answer as the model gave way to another meanwhile.
func (s *Server) replaced(r *http.Request, err error) bool {
	return errors.Is(err, context.Canceled) && r.Context().Err() == nil && s.ctx.Err() == nil
}

// give sends a reply, unless others hold too many bytes.
func (s *Server) give(a reply, w http.ResponseWriter, r *http.Request) error {
	counted, err := hold(&s.held, 0, 0, len(a.body), mostHeld)
	if err != nil {
		return err
	}
	defer s.held.Add(-int64(counted))
	a.send(w, r)
	return nil
}

// run is the one that a request is about, by its number.
func (s *Server) run(r *http.Request) (*opened, error) {
	number, err := strconv.Atoi(r.PathValue("run"))
	if err != nil || number < 0 || number >= len(s.runs) {
		return nil, faultf(http.StatusNotFound, "there is no such run")
	}
	s.runs[number].nudge(s.every())
	return s.runs[number], nil
}

func (a reply) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	if a.file != "" {
		h.Set("Content-Disposition", `attachment; filename="`+a.file+`"`)
	}
	if a.tag != "" {
		h.Set("ETag", `"`+a.tag+`"`)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
}

// refuse says in one line why there is no answer. What is nobody's doing outside goes to the
// log.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var f *fault
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &f):
		if f.status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "1")
		}
		http.Error(w, f.text, f.status)
	case r.Context().Err() != nil: // nobody waits any more
	case errors.Is(err, context.Canceled):
		http.Error(w, "the model is another by now: ask again", http.StatusConflict)
	case errors.As(err, &large):
		http.Error(w, fmt.Sprintf("too much was sent: %d bytes are the most", large.Limit), http.StatusRequestEntityTooLarge)
	case errors.Is(err, infer.ErrNotFinite):
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
	default:
		s.log(r.Method + " " + r.URL.Path + ": " + err.Error())
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (s *Server) log(text string) {
	if s.options.Log != nil {
		s.options.Log(text)
	}
}

// floats reads a body of up to most numbers, all finite.
func floats(r *http.Request, most int) ([]float32, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, int64(4*most)))
	if err != nil {
		return nil, err
	}
	if len(body)%4 != 0 {
		return nil, faultf(http.StatusBadRequest, "%d bytes are no whole number of float32", len(body))
	}
	values := make([]float32, len(body)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[4*i:]))
		if v := float64(values[i]); math.IsNaN(v) || math.Abs(v) > mostValue {
			return nil, faultf(http.StatusBadRequest, "number %d is %v: latents are from -%g to %g", i, v, mostValue, mostValue)
		}
	}
	return values, nil
}

// mostValue bounds what a latent may be asked to be.
const mostValue = 1e6

// number is a parameter of the address from least to most, fallback where it is not given.
func number(r *http.Request, name string, fallback, least, most int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, faultf(http.StatusBadRequest, "%s=%.20q: must be from %d to %d", name, text, least, most)
	}
	return n, nil
}
