package serve

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"

	"vae/internal/npy"
)

// selection is what images that a person has chosen have in common.
type selection struct {
	Count   int        `json:"count"`
	Image   []byte     `json:"image"`   // [D] the mean of their pixels
	Mean    []float64  `json:"mean"`    // [L] of their codes
	Labels  []labelled `json:"labels"`  // the most frequent first
	Differs []differs  `json:"differs"` // latents, those first whose mean is farthest off
}

type labelled struct {
	Label string `json:"label"`
	Count int    `json:"count"`
}

// differs says how far the mean of a latent is from that of all images, in standard deviations of all.
type differs struct {
	Latent int     `json:"latent"`
	By     float64 `json:"by"`
}

// chosen reads the numbers of images of a request.
func (s *state) chosen(q *http.Request) ([]int, error) {
	return s.chosenOf(http.MaxBytesReader(nil, q.Body, int64(4*s.split.Len())))
}

// chosenOf reads the numbers of images, uint32 each.
func (s *state) chosenOf(r io.Reader) ([]int, error) {
	body, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if len(body) == 0 || len(body)%4 != 0 {
		return nil, faultf(http.StatusBadRequest, "%d bytes are no numbers of images", len(body))
	}
	all := make([]int, len(body)/4)
	for i := range all {
		n := uint32(body[4*i]) | uint32(body[4*i+1])<<8 | uint32(body[4*i+2])<<16 | uint32(body[4*i+3])<<24
		if int64(n) >= int64(s.split.Len()) {
			return nil, faultf(http.StatusBadRequest, "there is no image %d", n)
		}
		all[i] = int(n)
	}
	return all, nil
}

func (r *opened) answerSelection(q *http.Request) (reply, error) {
	s := r.now()
	images, err := s.chosen(q)
	if err != nil {
		return reply{}, err
	}
	return took(q.Context(), r.light, func() (reply, error) { return jsonReply(s.selected(images)) })
}

func (s *state) selected(images []int) *selection {
	l, d := s.model.Latent(), s.model.Shape().Pixels()
	sel := &selection{Count: len(images), Mean: make([]float64, l), Labels: []labelled{}, Differs: []differs{}}
	pixels, sum, counts := make([]float32, d), make([]float64, d), map[string]int{}
	for _, i := range images {
		s.split.Set.Floats(pixels, s.split.Index[i])
		for j, v := range pixels {
			sum[j] += float64(v)
		}
		for j := range l {
			sel.Mean[j] += float64(s.codes.Mu[i*l+j]) / float64(len(images))
		}
		counts[s.labelOf(i)]++
	}
	for j, v := range sum {
		pixels[j] = float32(v / float64(len(images)))
	}
	sel.Image = appendPixels(nil, pixels)
	for label, count := range counts {
		sel.Labels = append(sel.Labels, labelled{label, count})
	}
	slices.SortFunc(sel.Labels, func(a, b labelled) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Label, b.Label)) })
	for j := range l {
		mean, sd := s.moments(j)
		if sd > 0 {
			sel.Differs = append(sel.Differs, differs{j, (sel.Mean[j] - mean) / sd})
		}
	}
	slices.SortStableFunc(sel.Differs, func(a, b differs) int { return cmp.Compare(math.Abs(b.By), math.Abs(a.By)) })
	sel.Differs = sel.Differs[:min(len(sel.Differs), 16)]
	return sel
}

// moments are those of a latent over all images.
func (s *state) moments(latent int) (mean, sd float64) {
	l, n := s.model.Latent(), float64(s.split.Len())
	var squares float64
	for i := latent; i < len(s.codes.Mu); i += l {
		v := float64(s.codes.Mu[i])
		mean, squares = mean+v, squares+v*v
	}
	mean /= n
	return mean, math.Sqrt(max(squares/n-mean*mean, 0))
}

// answerExport gives the chosen images as a file: their names as CSV, or their codes as NPY.
func (r *opened) answerExport(q *http.Request) (reply, error) {
	s := r.now()
	images, err := s.chosen(q)
	if err != nil {
		return reply{}, err
	}
	switch as := q.PathValue("as"); as {
	case "csv":
		return took(q.Context(), r.light, func() (reply, error) { return s.namesOf(images) })
	case "npy":
		return took(q.Context(), r.light, func() (reply, error) { return s.codesOf(images) })
	default:
		return reply{}, faultf(http.StatusNotFound, "a selection is given as csv or npy, not %.20q", as)
	}
}

func (s *state) namesOf(images []int) (reply, error) {
	var body bytes.Buffer
	w := csv.NewWriter(&body)
	rows := [][]string{{"image", "name", "label"}}
	for _, i := range images {
		rows = append(rows, []string{strconv.Itoa(i), s.name(i), s.labelOf(i)})
	}
	err := w.WriteAll(rows)
	return reply{kind: "text/csv; charset=utf-8", body: body.Bytes(), file: "selection.csv"}, err
}

func (s *state) codesOf(images []int) (reply, error) {
	l := s.model.Latent()
	body, _, err := npy.Float32Header(len(images), l)
	if err != nil {
		return reply{}, err
	}
	body = appendFloats(body, s.codesAt(images))
	return reply{kind: "application/octet-stream", body: body, file: "selection.npy"}, nil
}
