package serve

import (
	"bytes"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// Drawing is a picture that a command of the program draws.
type Drawing struct {
	Kind    string   // of Drawings
	Model   string   // by which the command finds it
	Images  []string // as the command calls them
	Path    string   // from image to image: "" for the usual one, or one of Paths
	Among   string   // what a path by way of other images leads along
	Latents []int    // that are moved; none for the usual ones
	Steps   int      // 0 for as many as usual
	Film    bool     // a GIF, not a PNG
	Label   string   // the class of a conditional model, where no image brings one
	Seed    int      // of samples, from 1; 0 of what is no matter of chance
}

// Drawings are the kinds there are, and Paths the ways from image to image.
var (
	Drawings = []string{"interpolate", "traverse", "manifold", "sample"}
	Paths    = []string{"straight", "spherical", ByImages}
)

// ByImages is the path by way of other images.
const ByImages = "graph"

// picture gives a picture that a command of the program draws, or with as=command the line that draws it.
func (s *Server) picture(r *http.Request) (reply, error) {
	run, err := s.run(r)
	if err != nil {
		return reply{}, err
	}
	d, err := run.now().drawing(r)
	if err != nil {
		return reply{}, err
	}
	if r.URL.Query().Get("as") == "command" {
		return reply{kind: "text/plain; charset=utf-8", body: []byte(s.options.Line(d))}, nil
	}
	var body bytes.Buffer
	err = run.heavy.take(r.Context(), func() error {
		if err := s.options.Draw(r.Context(), d, &body); err != nil {
			return &fault{http.StatusUnprocessableEntity, err.Error()}
		}
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	if d.Film {
		return reply{kind: "image/gif", body: body.Bytes()}, nil
	}
	return reply{kind: "image/png", body: body.Bytes()}, nil
}

// mostPictured bounds the images that a picture is made of.
const mostPictured = 64

// drawing is what an address asks for: images by their numbers, and nothing that the one who asks has written himself.
func (s *state) drawing(r *http.Request) (d Drawing, err error) {
	q := r.URL.Query()
	d = Drawing{Model: s.run.source.Model, Film: q.Get("format") == "gif"}
	if d.Kind, err = oneOf(q.Get("kind"), "kind", Drawings); err != nil {
		return d, err
	}
	if d.Images, err = s.inputs(q.Get("images")); err != nil {
		return d, err
	}
	if d.Steps, err = number(r, "steps", 0, 2, mostPictured); err != nil {
		return d, err
	}
	if d.Latents, err = s.latentNumbers(q.Get("latents")); err != nil {
		return d, err
	}
	if path := q.Get("path"); path != "" {
		if d.Path, err = oneOf(path, "path", Paths); err != nil {
			return d, err
		}
	}
	if d.Path == ByImages {
		d.Among = s.run.source.Inputs
	}
	if classes := s.model.Classes(); len(classes) > 0 && len(d.Images) == 0 {
		label, err := s.label(r)
		if err != nil {
			return d, err
		}
		d.Label = classes[label]
	}
	if d.Kind == "sample" {
		if d.Seed, err = number(r, "seed", 1, 1, math.MaxInt32); err != nil {
			return d, err
		}
	}
	switch n := len(d.Images); {
	case d.Film && (d.Kind == "manifold" || d.Kind == "sample"):
		return d, faultf(http.StatusBadRequest, "kind=%s is one picture, and no film", d.Kind)
	case d.Kind == "sample" && (n > 0 || len(d.Latents) > 0):
		return d, faultf(http.StatusBadRequest, "samples are drawn of the prior, and depart from no image or latent")
	case d.Kind == "interpolate" && n != 2 && n != 4:
		return d, faultf(http.StatusBadRequest, "a path leads from one image to another, and a palette is between four: %d are named", n)
	case d.Kind != "interpolate" && n > 1:
		return d, faultf(http.StatusBadRequest, "a walk departs from one image at most: %d are named", n)
	}
	return d, nil
}

// oneOf is one of several words.
func oneOf(word, name string, words []string) (string, error) {
	for _, w := range words {
		if w == word {
			return w, nil
		}
	}
	return "", faultf(http.StatusBadRequest, "%s=%.20q: must be %s", name, word, strings.Join(words, ", "))
}

// latentNumbers reads latents, numbers with commas.
func (s *state) latentNumbers(text string) (all []int, err error) {
	if text == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || n >= s.model.Latent() || len(all) == mostPictured {
			return nil, faultf(http.StatusBadRequest, "%.20q: must be a latent, below %d", part, s.model.Latent())
		}
		all = append(all, n)
	}
	return all, nil
}

// inputs are images as commands call them.
func (s *state) inputs(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	images, err := s.numbers(text)
	if err != nil {
		return nil, err
	}
	if len(images) > mostPictured {
		return nil, faultf(http.StatusBadRequest, "%d images: %d are the most", len(images), mostPictured)
	}
	var all []string
	for _, i := range images {
		input := ""
		if s.input != nil {
			input = s.input(i)
		}
		if input == "" {
			return nil, faultf(http.StatusUnprocessableEntity, "%s has no name by which a command could read it", s.name(i))
		}
		all = append(all, input)
	}
	return all, nil
}
