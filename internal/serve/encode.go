package serve

import (
	"context"
	"io"
	"math"
	"net/http"
	"strings"

	"vae/internal/dataset"
	"vae/internal/evaluate"
	"vae/internal/infer"
	"vae/internal/stats"
)

// mostUploaded bounds an image that is sent, 16 MiB.
const mostUploaded = 16 << 20

// encoded is what the model makes of an image that was sent.
type encoded struct {
	Input   []byte      `json:"input"` // [D] as the model sees it
	Mu      []float32   `json:"mu"`
	Logvar  []float32   `json:"logvar"`
	KL      []float64   `json:"kl"`
	Scores  []scored    `json:"scores"`
	Place   []float32   `json:"place"`   // on the map that was named; null where that is not made yet
	Ellipse *[3]float64 `json:"ellipse"` // of q(z|x) on a map of two latents: standard deviations across and up, and 0
}

// scored is a score, and which percent of the training images have less.
type scored struct {
	Name    string   `json:"name"`
	Value   float64  `json:"value"`
	Percent *float64 `json:"percent"`
}

// answerEncode encodes an image: a file of one, or with the type application/octet-stream its pixels.
func (r *opened) answerEncode(q *http.Request) (reply, error) {
	s := r.now()
	label, err := s.label(q)
	if err != nil {
		return reply{}, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, q.Body, mostUploaded))
	if err != nil {
		return reply{}, err
	}
	pixels, err := s.read(q.Context(), body, strings.HasPrefix(q.Header.Get("Content-Type"), "application/octet-stream"), q.URL.Query().Get("invert") == "1")
	if err != nil {
		return reply{}, err
	}
	e, err := s.encode(q, pixels, label)
	if err != nil {
		return reply{}, err
	}
	return jsonReply(e)
}

// read makes pixels of a body.
func (s *state) read(ctx context.Context, body []byte, raw, invert bool) (dataset.Pixels, error) {
	if raw {
		if d := s.model.Shape().Pixels(); len(body) != d {
			return dataset.Pixels{}, faultf(http.StatusBadRequest, "%d bytes, and an image of the model has %d", len(body), d)
		}
		return dataset.Bytes(body), nil
	}
	var p dataset.Pixels
	err := s.run.heavy.take(ctx, func() (err error) {
		if p, err = s.run.source.Input(s.model, s.saved, body, invert); err != nil {
			return &fault{http.StatusUnprocessableEntity, err.Error()}
		}
		return nil
	})
	return p, err
}

func (s *state) encode(q *http.Request, pixels dataset.Pixels, label int) (*encoded, error) {
	e := &encoded{}
	values := make([]float32, pixels.Len())
	pixels.Floats(values)
	e.Input = appendPixels(nil, values)
	err := s.run.machine.take(q.Context(), func() error {
		codes, err := s.encoder.Encode([]dataset.Pixels{pixels}, s.labels(label, 1))
		if err != nil {
			return err
		}
		e.Mu, e.Logvar = append(e.Mu, codes[0].Mu...), append(e.Logvar, codes[0].Logvar...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if e.Scores, err = s.scored(q.Context(), s.one(pixels, label), 0); err != nil {
		return nil, err
	}
	e.KL = s.divergences(e.Mu, e.Logvar)
	name := q.URL.Query().Get("map")
	if name == "" {
		return e, nil
	}
	if across, up, ok := s.latentsOf(name); ok && e.Logvar != nil {
		e.Ellipse = &[3]float64{math.Exp(float64(e.Logvar[across]) / 2), math.Exp(float64(e.Logvar[up]) / 2), 0}
	}
	e.Place, err = s.place(q.Context(), name, e.Mu)
	return e, err
}

// scored are the scores of the image of a split; number is whose draws it gets.
func (s *state) scored(ctx context.Context, one dataset.Split, number int) (all []scored, err error) {
	err = s.run.machine.take(ctx, func() error {
		scores, err := s.scorer.Score(ctx, one, number)
		if err != nil {
			return err
		}
		for i, name := range evaluate.ScoreNames(s.model, false) {
			all = append(all, s.standing(name, scores[0].Values[i]))
		}
		return nil
	})
	for _, score := range all {
		if math.IsNaN(score.Value) || math.IsInf(score.Value, 0) {
			return nil, infer.ErrNotFinite
		}
	}
	return all, err
}

// standing is where a score stands among those of the training images.
func (s *state) standing(name string, value float64) scored {
	one := scored{Name: name, Value: value}
	if known := s.saved.Scores; known != nil && len(known.Quantiles[name]) > 0 {
		percent := stats.Quantiles{Percent: known.Percent, Value: known.Quantiles[name]}.Of(value)
		one.Percent = &percent
	}
	return one
}

// divergences are KL(q(z_j|x) || N(0,1)) of each latent; nil where the prior is another, or q has no variance.
func (s *state) divergences(mu, logvar []float32) []float64 {
	if len(logvar) == 0 || len(s.model.Levels()) > 1 || !s.model.StandardNormal() {
		return nil
	}
	all := make([]float64, len(mu))
	for j := range mu {
		m, v := float64(mu[j]), float64(logvar[j])
		all[j] = (m*m + math.Exp(v) - 1 - v) / 2
	}
	return all
}
