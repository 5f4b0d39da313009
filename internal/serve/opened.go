package serve

import (
	"context"
	"sync"

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
	Split  string // what they are called: "test", "validation"
	Shown  string // which they are, for people: "test images of mnist"
	Inputs string // names all the images to a command; "" where no name does
	// Input reads one image from the bytes of a file, as the model's data were read.
	Input func(m *model.Model, saved *run.Model, file []byte, invert bool) (dataset.Pixels, error)
	Model string // by which a command of the program finds it
	// Course gives the epochs of the training so far; nil where there is none to tell of.
	Course func() ([]run.Row, error)
	// Carried gives what each latent has carried in those epochs; nil where it is not known.
	Carried func() (*run.LatentTable, error)
	// CourseFiles are those that both read: as long as they are the same nothing is read again; none where that is not known.
	CourseFiles []string
	// Keep and Kept keep a map [N,2] beside the run and find it again, by a name that says all
	// that it depends on; both may fail.
	Keep func(name run.MapName, places []float32)
	Kept func(name run.MapName, n int) []float32
}

// opened is a run that is served.
type opened struct {
	number  int
	source  Source
	news    *news
	ctx     context.Context
	watched watched
	version string       // of the program
	images  imagesDigest // of a load, one at a time
	beside  bool         // there are other runs, which may show the same images
	told    toldCourse
	pixels  once[string] // a digest of the images, which are the same for each model
	machine *turns       // one at a time uses the graphs
	heavy   *turns       // one command, or one file that is read, at a time
	light   *turns       // what takes a part of a second

	mu      sync.Mutex
	current *state
	fault   string // why the model file cannot be read now; "" where it can
}

// state is a model and what follows from it. Another model file brings another one as a whole.
type state struct {
	run     *opened
	model   *model.Model
	saved   *run.Model
	digest  string // of model and images, in hexadecimal
	weights string // of the model alone
	split   dataset.Split
	stamp   string // of the file, before it was read
	input   func(i int) string
	codes   *infer.Codes

	decoder *infer.Decoder
	encoder *infer.Encoder
	scorer  *evaluate.Scorer

	ctx     context.Context // ends when the state is no longer shown
	end     context.CancelFunc
	bounds  once[[]float64] // the same with the bound
	scores  once[[]float64] // [N, names] of all images
	figures once[evaluate.Measured]
	ranked  once[[]latentInfo]
	maps    maps
}

// pageRows is how many latents are decoded at once for a page: a drag asks for a few.
const pageRows = 16

// purpose names the streams of the draws for a page.
const purpose = "explore"

// newOpened is a run of which nothing is loaded yet.
func newOpened(ctx context.Context, number int, source Source, n *news) *opened {
	r := &opened{number: number, source: source, news: n, ctx: ctx, machine: newTurns(1, mostWaiting), heavy: newTurns(1, mostWaiting), light: newTurns(lightTurns, mostLight)}
	r.watched.asks = make(chan chan struct{})
	return r
}

// load reads the model and encodes the images.
func (r *opened) load() error {
	s, err := guarded(r.state)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault = ""
	if r.current != nil && r.current.digest == s.digest { // the same again, of which the maps are made
		r.current.stamp = s.stamp
		s.end()
		return nil
	}
	if r.current != nil {
		r.current.end()
	}
	r.current = s
	return nil
}

// state is what the model file brings now.
func (r *opened) state() (*state, error) {
	before := stamp(r.source.File)
	m, saved, err := r.source.Load()
	if err != nil {
		return nil, err
	}
	split, input, err := r.source.Images(m, saved)
	if err != nil {
		return nil, err
	}
	if err := infer.Fits(m, split); err != nil {
		return nil, err
	}
	s := &state{run: r, model: m, saved: saved, split: split, input: input, stamp: before}
	if s.codes, err = infer.EncodeSplit(m, split, saved.Info.Seed, purpose); err != nil {
		return nil, err
	}
	if s.decoder, err = infer.NewDecoderOf(m, min(pageRows, infer.Rows(m))); err != nil {
		return nil, err
	}
	if s.encoder, err = infer.NewEncoderOf(m, 1); err != nil {
		return nil, err
	}
	if s.scorer, err = evaluate.NewScorer(m, evaluate.ScoreOptions{Seed: 1, Rows: 1}); err != nil {
		return nil, err
	}
	s.identify(r.version)
	s.ctx, s.end = context.WithCancel(r.ctx) // last, for nothing to fail behind it
	return s, nil
}

// keep keeps a map beside the run, if that still has the model.
func (r *opened) keep(s *state, method string, places []float32) {
	r.mu.Lock()
	has := r.current == s && s.stamp == stamp(r.source.File)
	r.mu.Unlock()
	if has && r.source.Keep != nil {
		r.source.Keep(s.kept(method), places)
	}
}

// now is the state that answers are of.
func (r *opened) now() *state {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.current
}
