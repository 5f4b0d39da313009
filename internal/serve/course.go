package serve

import (
	"bufio"
	"cmp"
	"errors"
	"io/fs"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"vae/internal/evaluate"
	"vae/internal/run"
	"vae/internal/walk"
)

// course is how the training of a run has gone so far, of fewer epochs where there are many.
type course struct {
	Epochs     []int             `json:"epochs"`
	Train      []evaluate.Number `json:"train"` // losses; null where there is none
	Validation []evaluate.Number `json:"validation"`
	KL         []evaluate.Number `json:"kl"`
	Carried    carried           `json:"carried"`
}

// carried is what latents have carried, those that carry the most now first. It is of fewer epochs where there are many.
type carried struct {
	Top     bool            `json:"top"` // they are of the uppermost of several levels
	Epochs  []int           `json:"epochs"`
	Latents []carriedLatent `json:"latents"`
}

type carriedLatent struct {
	Number int               `json:"number"`
	KL     []evaluate.Number `json:"kl"` // mean, in nats, of each of the epochs
}

// mostLosses bounds the epochs of which a page is told the losses, mostCarried and mostEpochs what it is told of what latents carry.
const (
	mostLosses  = 1000
	mostCarried = 64
	mostEpochs  = 256
)

// thinned are at most so many of the numbers below n, each so-and-so-many-th: the first and the last are among them.
func thinned(n, most int) (all []int) {
	every := max((n+most-3)/(most-1), 1)
	for i := 0; i < n-1; i += every {
		all = append(all, i)
	}
	if n > 0 {
		all = append(all, n-1)
	}
	return all
}

// toldCourse is an answer that is the same as long as its files are.
type toldCourse struct {
	mu     sync.Mutex
	stamp  string // of them; "" for none
	answer reply
}

func (t *toldCourse) of(stamp string) (reply, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.answer, stamp != "" && stamp == t.stamp
}

// courseStamp tells one state of the files of a course from another; "" where they are not known.
func (r *opened) courseStamp() string {
	if len(r.source.CourseFiles) == 0 {
		return ""
	}
	all := []string{strconv.FormatBool(r.now().model.Variational())}
	for _, file := range r.source.CourseFiles {
		all = append(all, stamp(file))
	}
	return strings.Join(all, "\n")
}

// answerCourse gives the losses of the epochs.
func (r *opened) answerCourse(q *http.Request) (reply, error) {
	if a, ok := r.told.of(r.courseStamp()); ok {
		return a, nil
	}
	return took(q.Context(), r.light, func() (reply, error) { // of files that may be large
		now := r.courseStamp()
		if a, ok := r.told.of(now); ok {
			return a, nil
		}
		a, err := r.course()
		if err != nil {
			return a, err
		}
		a.tag = digestOf(func(w *bufio.Writer) { _, _ = w.Write(a.body) })
		r.told.mu.Lock()
		defer r.told.mu.Unlock()
		r.told.stamp, r.told.answer = now, a
		return a, nil
	})
}

func (r *opened) course() (reply, error) {
	c := course{Epochs: []int{}, Carried: carried{Epochs: []int{}, Latents: []carriedLatent{}}}
	if r.source.Course == nil {
		return jsonReply(c)
	}
	rows, err := r.source.Course()
	if err != nil {
		return reply{}, &fault{http.StatusUnprocessableEntity, err.Error()}
	}
	for _, i := range thinned(len(rows), mostLosses) {
		c.add(rows[i])
		if !r.now().model.Variational() {
			c.KL[len(c.KL)-1] = evaluate.Number(math.NaN())
		}
	}
	if r.source.Carried != nil {
		table, err := r.source.Carried()
		switch {
		case errors.Is(err, fs.ErrNotExist): // of an older version, or of a model whose latents carry nothing that could be told
		case err != nil:
			return reply{}, &fault{http.StatusUnprocessableEntity, err.Error()}
		default:
			c.Carried = carriedOf(table)
		}
	}
	return jsonReply(c)
}

func carriedOf(t *run.LatentTable) carried {
	c := carried{Top: t.Top, Epochs: []int{}, Latents: []carriedLatent{}}
	if len(t.Rows) == 0 {
		return c
	}
	last := t.Rows[len(t.Rows)-1].KL
	for j := range last {
		c.Latents = append(c.Latents, carriedLatent{Number: j})
	}
	slices.SortStableFunc(c.Latents, func(a, b carriedLatent) int { return cmp.Compare(last[b.Number], last[a.Number]) })
	c.Latents = c.Latents[:min(len(c.Latents), mostCarried)]
	for _, i := range thinned(len(t.Rows), mostEpochs) {
		c.Epochs = append(c.Epochs, t.Rows[i].Epoch)
		for k := range c.Latents {
			l := &c.Latents[k]
			l.KL = append(l.KL, evaluate.Number(t.Rows[i].KL[l.Number]))
		}
	}
	return c
}

func (c *course) add(row run.Row) {
	c.Epochs = append(c.Epochs, row.Epoch)
	c.Train = append(c.Train, evaluate.Number(row.Train.Loss))
	c.Validation = append(c.Validation, evaluate.Number(row.Validation.Loss))
	c.KL = append(c.KL, evaluate.Number(row.Train.KL))
}

// direction is the way from the codes of some images to those of others, and how sure it is.
type direction struct {
	Vector []float64       `json:"vector"` // [L]
	Length float64         `json:"length"`
	Error  evaluate.Number `json:"error"` // of chance alone it would be about as long
	AUROC  evaluate.Number `json:"auroc"` // of codes that are held out
	From   int             `json:"from"`  // how many
	To     int             `json:"to"`
}

// answerDirection gives the way from one selection to another: the numbers of their images, those of the first, then
// those of the second; first says how many the first has.
func (r *opened) answerDirection(q *http.Request) (reply, error) {
	s := r.now()
	first, err := number(q, "first", 0, 1, s.split.Len())
	if err != nil {
		return reply{}, err
	}
	images, err := s.chosenOf(http.MaxBytesReader(nil, q.Body, int64(8*s.split.Len())))
	if err != nil {
		return reply{}, err
	}
	if first == 0 || first >= len(images) {
		return reply{}, faultf(http.StatusBadRequest, "first=%d of %d images leaves one of the selections empty", first, len(images))
	}
	d, err := took(q.Context(), r.light, func() (walk.Difference, error) {
		return walk.Differ(s.codesAt(images[first:]), s.codesAt(images[:first]), s.model.Latent()), nil
	})
	if err != nil {
		return reply{}, err
	}
	return jsonReply(direction{d.Vector, d.Length, evaluate.Number(d.Error), evaluate.Number(d.AUROC), first, len(images) - first})
}

// codesAt are the codes of images.
func (s *state) codesAt(images []int) []float32 {
	l := s.model.Latent()
	codes := make([]float32, 0, len(images)*l)
	for _, i := range images {
		codes = append(codes, s.codes.Mu[i*l:(i+1)*l]...)
	}
	return codes
}
