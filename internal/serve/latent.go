package serve

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"strings"

	"vae/internal/kernel"
	"vae/internal/knn"
)

const (
	// mostDecoded bounds the images of a request.
	mostDecoded = 256
	mostNear    = 100
)

// decode gives the images [n,D] of latents [n,L], as bytes. Of a conditional model all have one label.
func (s *state) decode(ctx context.Context, latents []float32, label int) (pixels []byte, err error) {
	l := s.model.Latent()
	rows := make([][]float32, len(latents)/l)
	for i := range rows {
		rows[i] = latents[i*l : (i+1)*l]
	}
	err = s.run.machine.take(ctx, func() error {
		for from := 0; from < len(rows); from += s.decoder.Rows() {
			some := rows[from:min(from+s.decoder.Rows(), len(rows))]
			images, err := s.decoder.Decode(some, s.labels(label, len(some)))
			if err != nil {
				return err
			}
			for _, image := range images {
				pixels = appendPixels(pixels, image)
			}
		}
		return nil
	})
	return pixels, err
}

// labels are n times a label, of a conditional model.
func (s *state) labels(label, n int) []int {
	if len(s.model.Classes()) == 0 {
		return nil
	}
	all := make([]int, n)
	for i := range all {
		all[i] = label
	}
	return all
}

// appendPixels rounds an image to bytes.
func appendPixels(dst []byte, image []float32) []byte {
	for _, v := range image {
		dst = append(dst, uint8(math.RoundToEven(float64(min(max(v, 0), 1))*math.MaxUint8)))
	}
	return dst
}

// label is the class that an address names by its number, of a conditional model.
func (s *state) label(q *http.Request) (int, error) {
	return number(q, "label", 0, 0, max(len(s.model.Classes())-1, 0))
}

// latents are those of a body, whole rows.
func (s *state) latents(q *http.Request, most int) ([]float32, error) {
	l := s.model.Latent()
	z, err := floats(q, most*l)
	if err == nil && (len(z) == 0 || len(z)%l != 0) {
		err = faultf(http.StatusBadRequest, "%d numbers are no rows of %d latents", len(z), l)
	}
	return z, err
}

// answerDecode gives the images of latents.
func (r *opened) answerDecode(q *http.Request) (reply, error) {
	s := r.now()
	z, err := s.latents(q, mostDecoded)
	if err != nil {
		return reply{}, err
	}
	label, err := s.label(q)
	if err != nil {
		return reply{}, err
	}
	pixels, err := s.decode(q.Context(), z, label)
	if err != nil {
		return reply{}, err
	}
	return bytesReply(pixels)
}

// answerAt moves latents to a place of a map: the latents there, and then the image as bytes.
func (r *opened) answerAt(q *http.Request) (reply, error) {
	s := r.now()
	z, err := s.latents(q, 1)
	if err != nil {
		return reply{}, err
	}
	label, err := s.label(q)
	if err != nil {
		return reply{}, err
	}
	x, ex := strconv.ParseFloat(q.URL.Query().Get("x"), 64)
	y, ey := strconv.ParseFloat(q.URL.Query().Get("y"), 64)
	if ex != nil || ey != nil || !(math.Abs(x) <= mostValue && math.Abs(y) <= mostValue) {
		return reply{}, faultf(http.StatusBadRequest, "x and y must be numbers")
	}
	if _, err := s.at(q.Context(), q.URL.Query().Get("map"), z, x, y); err != nil {
		return reply{}, err
	}
	if !kernel.Finite(z) {
		return reply{}, faultf(http.StatusUnprocessableEntity, "there is no code at that place")
	}
	pixels, err := s.decode(q.Context(), z, label)
	if err != nil {
		return reply{}, err
	}
	return bytesReply(append(appendFloats(nil, z), pixels...))
}

// near is an image among the nearest to a code.
type near struct {
	Image    int     `json:"image"`
	Name     string  `json:"name"`
	Label    string  `json:"label"`
	Distance float64 `json:"distance"`
}

// nearest are the k images with the codes nearest to z [L].
func (s *state) nearest(ctx context.Context, z []float32, k int) ([]near, error) {
	k = min(k, s.split.Len())
	var index []int
	var distance []float64
	err := s.run.light.take(ctx, func() (err error) {
		index, distance, err = knn.Nearest(ctx, z, s.codes.Mu, len(z), k)
		return err
	})
	if err != nil {
		return nil, err
	}
	all := make([]near, k)
	for i, image := range index {
		all[i] = near{image, s.name(image), s.labelOf(image), distance[i]}
	}
	return all, nil
}

func (s *state) name(image int) string    { return s.split.Set.Name(s.split.Index[image]) }
func (s *state) labelOf(image int) string { return s.split.Set.Label(s.split.Index[image]) }

// answerNear gives the images nearest to latents, and where these lie on a map, if that is made.
func (r *opened) answerNear(q *http.Request) (reply, error) {
	s := r.now()
	z, err := s.latents(q, 1)
	if err != nil {
		return reply{}, err
	}
	k, err := number(q, "k", 8, 1, mostNear)
	if err != nil {
		return reply{}, err
	}
	all, err := s.nearest(q.Context(), z, k)
	if err != nil {
		return reply{}, err
	}
	var place []float32
	if name := q.URL.Query().Get("map"); name != "" {
		if place, err = s.place(q.Context(), name, z); err != nil {
			return reply{}, err
		}
	}
	return jsonReply(map[string]any{"near": all, "place": place})
}

// numbers reads the numbers of images, in text with commas.
func (s *state) numbers(text string) ([]int, error) {
	var all []int
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || n >= s.split.Len() {
			return nil, faultf(http.StatusBadRequest, "%.20q: must be the number of an image, below %d", part, s.split.Len())
		}
		all = append(all, n)
	}
	return all, nil
}
