package serve

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"vae/internal/dataset"
	"vae/internal/evaluate"
	"vae/internal/infer"
	"vae/internal/render"
)

// answerValues gives a number of each image: its label, one of its scores, a latent of its code.
func (r *opened) answerValues(q *http.Request) (reply, error) {
	s, of := r.now(), q.URL.Query().Get("of")
	values, err := s.values(q.Context(), of)
	if err != nil {
		return reply{}, err
	}
	a, err := took(q.Context(), r.light, func() (reply, error) {
		all := make([]float32, s.split.Len())
		for i := range all {
			all[i] = values(i)
		}
		return floatsReply(all)
	})
	a.tag = s.digest + "-" + of
	return a, err
}

// values is a number of each image.
func (s *state) values(ctx context.Context, of string) (func(image int) float32, error) {
	l := s.model.Latent()
	if of == "label" {
		labels := s.split.Set.Labels
		return func(i int) float32 {
			if labels == nil {
				return -1
			}
			return float32(labels[s.split.Index[i]])
		}, nil
	}
	if text, ok := strings.CutPrefix(of, "z"); ok {
		latent, err := strconv.Atoi(text)
		if err != nil || latent < 0 || latent >= l {
			return nil, faultf(http.StatusBadRequest, "of=%.20q: there are the latents z0 to z%d", of, l-1)
		}
		return func(i int) float32 { return s.codes.Mu[i*l+latent] }, nil
	}
	for bound, kept := range map[bool]*once[[]float64]{false: &s.scores, true: &s.bounds} {
		names := evaluate.ScoreNames(s.model, bound)
		column := slices.Index(names, of)
		if column < 0 || bound != (of == evaluate.ScoreBound) {
			continue
		}
		all, err := kept.get(ctx, s.ctx, func(ctx context.Context) ([]float64, error) { return s.score(ctx, bound) })
		return func(i int) float32 { return float32(all[i*len(names)+column]) }, err
	}
	return nil, faultf(http.StatusBadRequest, "of=%.20q: there are label, z0 and so on, and the scores of the model", of)
}

// boundSamples are the draws of the bound of an image, L_10: it takes as many times what the loss takes.
const boundSamples = 10

// scoreNames are the scores of images, the bound last where there is one.
func (s *state) scoreNames() []string { return evaluate.ScoreNames(s.model, s.model.Variational()) }

// score scores all images [N, names], with the bound or without.
func (s *state) score(ctx context.Context, bound bool) ([]float64, error) {
	samples := 0
	if bound {
		samples = boundSamples
	}
	scorer, err := evaluate.NewScorer(s.model, evaluate.ScoreOptions{Seed: 1, Samples: samples})
	if err != nil {
		return nil, err
	}
	var all []float64
	for from := 0; from < s.split.Len(); from += infer.Rows(s.model) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		some := s.split
		some.Index = s.split.Index[from:min(from+infer.Rows(s.model), s.split.Len())]
		scores, err := scorer.Score(ctx, some, from)
		if err != nil {
			return nil, err
		}
		for _, one := range scores {
			all = append(all, one.Values...)
		}
	}
	return all, nil
}

// thumbSide is the most pixels of a side of a thumbnail; mostThumbs bounds those of a request.
const (
	thumbSide  = 32
	mostThumbs = 4096
)

// thumbShape is the size of thumbnails: each pixel stands for n by n.
func (s *state) thumbShape() (width, height, n int) {
	shape := s.model.Shape()
	n = (max(shape.Width, shape.Height) + thumbSide - 1) / thumbSide
	return (shape.Width + n - 1) / n, (shape.Height + n - 1) / n, n
}

// answerThumbs gives the thumbnails of images: width, height and channels, a byte each, and the pixels.
func (r *opened) answerThumbs(q *http.Request) (reply, error) {
	s := r.now()
	list, err := s.numbers(q.URL.Query().Get("images"))
	if err != nil {
		return reply{}, err
	}
	if len(list) > mostThumbs {
		return reply{}, faultf(http.StatusBadRequest, "%d images: %d are the most at once", len(list), mostThumbs)
	}
	width, height, n := s.thumbShape()
	shape := s.model.Shape()
	return took(q.Context(), r.light, func() (reply, error) {
		body := []byte{uint8(width), uint8(height), uint8(shape.Channels)}
		for _, i := range list {
			body = appendThumb(body, s.pixels(i), shape.Width, shape.Height, shape.Channels, n)
		}
		return bytesReply(body)
	})
}

// appendThumb appends the means of n by n pixels.
func appendThumb(dst, pixels []byte, width, height, channels, n int) []byte {
	if n == 1 {
		return append(dst, pixels...)
	}
	for top := 0; top < height; top += n {
		for left := 0; left < width; left += n {
			for c := range channels {
				sum, count := 0, 0
				for y := top; y < min(top+n, height); y++ {
					for x := left; x < min(left+n, width); x++ {
						sum += int(pixels[(y*width+x)*channels+c])
						count++
					}
				}
				dst = append(dst, uint8((sum+count/2)/count))
			}
		}
	}
	return dst
}

// pixels are those of an image, as bytes.
func (s *state) pixels(image int) []byte {
	values := make([]float32, s.model.Shape().Pixels())
	s.split.Set.Floats(values, s.split.Index[image])
	return appendPixels(nil, values)
}

// image is the number of an image in an address.
func (s *state) image(q *http.Request) (int, error) {
	all, err := s.numbers(q.PathValue("image"))
	if err != nil || len(all) != 1 {
		return 0, faultf(http.StatusNotFound, "there is no such image")
	}
	return all[0], nil
}

// answerPixels gives an image as PNG, with what=reconstruction what the model makes of it, with
// what=difference how far that is off, grey for not at all.
func (r *opened) answerPixels(q *http.Request) (reply, error) {
	s := r.now()
	i, err := s.image(q)
	if err != nil {
		return reply{}, err
	}
	pixels := s.pixels(i)
	if what := q.URL.Query().Get("what"); what != "" {
		l := s.model.Latent()
		made, err := s.decode(q.Context(), s.codes.Mu[i*l:(i+1)*l], s.classOf(i))
		if err != nil {
			return reply{}, err
		}
		for j, v := range made {
			if what == "difference" {
				v = uint8((int(v) - int(pixels[j]) + 256) / 2)
			}
			pixels[j] = v
		}
	}
	var body bytes.Buffer
	shape := s.model.Shape()
	err = render.PNGBytes(&body, shape.Width, shape.Height, shape.Channels, pixels)
	return reply{kind: "image/png", body: body.Bytes()}, err
}

// classOf is the label of an image of a conditional model.
func (s *state) classOf(image int) int {
	if len(s.model.Classes()) == 0 {
		return 0
	}
	return s.split.Set.Labels[s.split.Index[image]]
}

// imageInfo is what is told of an image.
type imageInfo struct {
	Image  int       `json:"image"`
	Name   string    `json:"name"`
	Input  string    `json:"input"` // what commands call it; "" where they have no name for it
	Label  string    `json:"label"`
	Class  int       `json:"class"`
	Mu     []float32 `json:"mu"`
	Logvar []float32 `json:"logvar"`
	KL     []float64 `json:"kl"`               // of each latent; null where there is none in closed form
	Scores []scored  `json:"scores,omitempty"` // where they are asked for, with scores=1
}

func (r *opened) answerImage(q *http.Request) (reply, error) {
	s := r.now()
	i, err := s.image(q)
	if err != nil {
		return reply{}, err
	}
	l := s.model.Latent()
	info := imageInfo{Image: i, Name: s.name(i), Label: s.labelOf(i), Class: s.classOf(i), Mu: s.codes.Mu[i*l : (i+1)*l]}
	if s.input != nil {
		info.Input = s.input(i)
	}
	if s.codes.Logvar != nil {
		info.Logvar = s.codes.Logvar[i*l : (i+1)*l]
	}
	info.KL = s.divergences(info.Mu, info.Logvar)
	if q.URL.Query().Get("scores") == "1" {
		some := s.split
		some.Index = s.split.Index[i : i+1]
		if info.Scores, err = s.scored(q.Context(), some, i); err != nil {
			return reply{}, err
		}
	}
	return jsonReply(info)
}

// one is a split of one image.
func (s *state) one(p dataset.Pixels, class int) dataset.Split {
	set := dataset.NewSet(s.model.Shape(), []dataset.Pixels{p})
	if classes := s.model.Classes(); len(classes) > 0 {
		set.Classes, set.Labels = classes, []int{class}
	}
	return dataset.Split{Set: set, Index: []int{0}}
}
