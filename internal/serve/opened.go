package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"vae/internal/dataset"
	"vae/internal/evaluate"
	"vae/internal/infer"
	"vae/internal/model"
	"vae/internal/run"
)

// Source is a run that is served.
type Source struct {
	Name string // of it, for people
	File string // its model
	// Load reads the model as it is now.
	Load func() (*model.Model, *run.Model, error)
	// Images are those whose codes are shown, for a model of the run, and what each is called as
	// an input of the program's commands, "" where it has no such name.
	Images func(*model.Model, *run.Model) (dataset.Split, func(i int) string, error)
	Inputs string // names all the images to a command; "" where no name does
	// Input reads one image from the bytes of a file, as the model's data were read.
	Input func(m *model.Model, saved *run.Model, file []byte, invert bool) (dataset.Pixels, error)
	Model string // by which a command of the program finds it
	// Course gives the epochs of the training so far; nil where there is none to tell of.
	Course func() ([]run.Row, error)
	// Carried gives what each latent has carried in those epochs; nil where it is not known.
	Carried func() (*run.LatentTable, error)
	// Keep and Kept keep a map [N,2] beside the run and find it again, by a name that says all
	// that it depends on; both may fail.
	Keep func(name string, places []float32)
	Kept func(name string, n int) []float32
}

// opened is a run that is served.
type opened struct {
	number  int
	source  Source
	news    *news
	ctx     context.Context
	seen    string       // the stamp of the file, before it was read
	waiting atomic.Int32 // requests for the machine, and for a command
	beside  bool         // there are other runs, which may show the same images
	pixels  once[string] // a digest of the images, which are the same for each model
	heavy   sync.Mutex   // one command, or one file that is read, at a time

	mu      sync.Mutex
	current *state
	fault   string // why the model file cannot be read now; "" where it can
}

// state is a model and what follows from it. Another model file brings another one as a whole.
type state struct {
	run    *opened
	model  *model.Model
	saved  *run.Model
	digest string // of model and images, in hexadecimal
	split  dataset.Split
	input  func(i int) string
	codes  *infer.Codes

	machine sync.Mutex // one at a time uses the graphs
	decoder *infer.Decoder
	encoder *infer.Encoder
	scorer  *evaluate.Scorer

	ctx    context.Context // ends when the state is no longer shown
	end    context.CancelFunc
	bounds once[[]float64] // the same with the bound
	scores once[[]float64] // [N, names] of all images
	maps   maps
}

// once makes a value when it is first asked for.
type once[T any] struct {
	mu    sync.Mutex
	done  bool
	value T
	err   error
}

func (o *once[T]) get(make func() (T, error)) (T, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.done {
		o.value, o.err = make()
		o.done = true
	}
	return o.value, o.err
}

// pageRows is how many latents are decoded at once for a page: a drag asks for a few.
const pageRows = 16

// purpose names the streams of the draws for a page.
const purpose = "explore"

// load reads the model and encodes the images.
func (r *opened) load() error {
	m, saved, err := r.source.Load()
	if err != nil {
		return err
	}
	split, input, err := r.source.Images(m, saved)
	if err != nil {
		return err
	}
	if err := infer.Fits(m, split); err != nil {
		return err
	}
	s := &state{run: r, model: m, saved: saved, split: split, input: input}
	s.ctx, s.end = context.WithCancel(r.ctx)
	if s.codes, err = infer.EncodeSplit(m, split, saved.Info.Seed, purpose); err != nil {
		return err
	}
	if s.decoder, err = infer.NewDecoderOf(m, min(pageRows, infer.Rows(m))); err != nil {
		return err
	}
	if s.encoder, err = infer.NewEncoderOf(m, 1); err != nil {
		return err
	}
	if s.scorer, err = evaluate.NewScorer(m, evaluate.ScoreOptions{Seed: 1, Rows: 1}); err != nil {
		return err
	}
	s.digest = digestOf(s.codes)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current != nil {
		r.current.end()
	}
	r.current, r.fault = s, ""
	return nil
}

// digestOf names codes, from which all that is shown follows.
func digestOf(c *infer.Codes) string {
	sum := sha256.Sum256(appendFloats(appendFloats(nil, c.Mu), c.Logvar))
	return hex.EncodeToString(sum[:8])
}

// now is the state that answers are of.
func (r *opened) now() *state {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.current
}

// watch looks whether the model file is another, as it is while the run is trained, until the
// server is closed. One that is gone or damaged leaves the last good one.
func (r *opened) watch(every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	seen := r.seen
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-ticker.C:
		}
		now := stamp(r.source.File)
		if now == seen {
			continue
		}
		seen = now
		if err := r.load(); err != nil {
			r.mu.Lock()
			r.fault = err.Error()
			r.mu.Unlock()
			r.news.tell(event{Run: r.number, What: "gone", Text: err.Error()})
			continue
		}
		r.news.tell(event{Run: r.number, What: "model"})
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
